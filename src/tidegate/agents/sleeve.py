"""A fund of coins that many savers share: a register of units, a desk that trades, and its cash.

Money in buys units at the day's price and joins the desk's backlog; units cancelled are owed at
the day's price and sold for. At every moment, to the micro-USD,

    cash, wherever it is = what is still to be bought (less what is still to be sold) + what is owed

so the desk can always pay for what it buys, and the fund what it owes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.agents.trading_desk import MICRO, WORLD, TradingDesk
from tidegate.agents.unit_trust import UnitTrust
from tidegate.agents.whole_columns import Whole, total
from tidegate.books import USD, Books
from tidegate.clock import Clock
from tidegate.scenario.execution import ExecutionSpec
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["Sleeve"]


class Sleeve:
    """Coins on venues, cash in a bank, and the units that own both.

    Parameters
    ----------
    path : str
        Stable name of the institution: the key of its draws and of its accounts in the books.
    holders : tuple of int
        Shape of the holders' column.
    venues, accounts, books, streams, clock, execution, daily_volume, rounds
        As for `TradingDesk`.
    """

    def __init__(
        self,
        *,
        path: str,
        holders: tuple[int, ...],
        venues: Sequence[Venue],
        accounts: Mapping[str, int],
        books: Books,
        streams: Streams,
        clock: Clock,
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
    ) -> None:
        self.books = books
        self.party = f"fund/{path}"
        books.open(self.party)
        self.desk = TradingDesk(
            path=path,
            venues=venues,
            accounts=accounts,
            books=books,
            streams=streams,
            clock=clock,
            execution=execution,
            daily_volume=daily_volume,
            rounds=rounds,
            payer=self.party,
        )
        self.trust = UnitTrust(holders)
        self.paid_in = 0  # micro-USD that bought units
        self.paid_out = 0  # micro-USD paid to leavers and for fees
        self.owed = 0  # micro-USD of the same still to pay
        self.made_good = 0  # micro-USD from outside, where coins fetched less than was owed

    @property
    def cash(self) -> int:
        """Cash wherever it is, micro-USD, as of the last look."""
        return self.paid_in + self.made_good - self.paid_out - self.desk.invested

    @property
    def assets(self) -> int:
        """What the units own, micro-USD: cash and coins less what is owed."""
        return self.cash + self.desk.value - self.owed

    @property
    def idle(self) -> bool:
        """Whether nobody holds a unit and nothing is left to trade or to pay."""
        return not (self.trust.outstanding or self.owed or self.desk.backlog)

    def subscribe(self, amounts: Whole) -> Whole:
        """Take in money, issue units for it, and set out to buy coins; return the units."""
        amount = total(amounts)
        if not amount:
            return amounts * 0
        issued = self.trust.issue(amounts, self.assets)
        self.books.move(USD, WORLD, self.party, amount)
        self.paid_in += amount
        self.desk.backlog += amount
        return issued

    def redeem(self, units: Whole) -> Whole:
        """Cancel units and set out to sell coins; return what is owed to each holder."""
        owed = self.trust.redeem(units, self.assets)
        self._owe(total(owed))
        return owed

    def charge(self, fee: int) -> int:
        """Take a fee out of the assets, no more than there is; return it."""
        fee = min(fee, max(0, self.assets))
        self._owe(fee)
        return fee

    def _owe(self, amount: int) -> None:
        self.owed += amount
        self.desk.backlog -= amount

    # -- a tick -------------------------------------------------------------------------------

    def look(self) -> None:
        """Start a tick: book what was traded and what arrived since the last."""
        self.desk.look()

    def work(self) -> None:
        """Pay what is owed as far as there is cash, and set the desk to work."""
        self._make_good()
        self._pay()
        self.desk.work()

    def _make_good(self) -> None:
        """Let those who run the fund pay what coins do not fetch of what is owed."""
        desk = self.desk
        missing = -desk.backlog if desk.backlog < 0 and not desk.lots else -self.assets
        if missing > 0:
            self.books.move(USD, WORLD, self.party, missing)
            self.made_good += missing
            desk.backlog += missing

    def _pay(self) -> None:
        desk = self.desk
        wanted = max(0, desk.backlog - desk.cash - desk.in_transit)
        amount = min(self.owed, self.books.balance(self.party, USD) - wanted)
        if amount >= MICRO or (amount > 0 and amount == self.owed):
            self.books.move(USD, self.party, WORLD, amount)
            self.owed -= amount
            self.paid_out += amount

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.trust._check()
        assert self.owed >= 0
        assert self.cash == self.desk.backlog + self.owed
