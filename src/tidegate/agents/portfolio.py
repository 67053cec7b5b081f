"""One portfolio that follows a strategy: its legs, its two desks, and what it decides on a day.

Coins lie at venues, claims on lent dollars in the books; stocks, bonds and private assets are with
the rest of the world, which has the dollars that were paid for them. Idle dollars go back to one
place, the leg that a portfolio lives from: what it has lent, or its stocks and bonds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.agents.portfolio_desk import PortfolioDesk
from tidegate.agents.safe_yield import SafeYield
from tidegate.agents.strategy_rules import Closes, DipRule, Move, PanicRule, threshold
from tidegate.agents.trading_desk import MICRO
from tidegate.agents.whole_columns import PPB
from tidegate.books import BTC, USD, Books
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.strategies import StrategySpec

__all__ = ["Portfolio"]

NANO = 1_000_000_000


class Portfolio:
    """Money of one portfolio, exact to the micro-USD and the lot.

    Parameters
    ----------
    spec : StrategySpec
        Its strategy.
    number : int
        Which of the strategy's portfolios it is.
    path : str
        Stable name: its party in the books, and the key of its desks' draws.
    accounts : mapping of leg to (mapping of venue name to account)
        Client accounts of its ``core`` and of its ``bets``, empty.
    books : Books
        Keeps its dollars and its claims.
    safe : SafeYield
        To whom it lends.
    world : str
        Party with which stocks, bonds and private assets are bought and sold.
    estate : str
        Party that keeps what a failed venue takes.
    **desk
        As of `TradingDesk`: venues, streams, clock, execution, daily_volume, rounds.

    Attributes
    ----------
    outside, private : int
        Stocks and bonds, and private assets, micro-USD.
    planned : int
        What it has decided to put into coins less what it has decided to take out, micro-USD.
    """

    def __init__(
        self,
        spec: StrategySpec,
        number: int,
        *,
        path: str,
        accounts: Mapping[str, Mapping[str, int]],
        books: Books,
        safe: SafeYield,
        world: str,
        estate: str,
        **desk: Any,
    ) -> None:
        self.spec, self.number, self.party = spec, number, path
        self.books, self.safe, self.world, self.estate = books, safe, world, estate
        books.open(path)
        terms = {**desk, "books": books, "payer": path}
        self._calmly: ExecutionSpec = desk["execution"]
        self.core = self._desk("core", accounts, terms) if spec.coins > 0.0 else None
        self.bets = self._desk("bets", accounts, terms) if spec.dip is not None else None
        self.dip = self.panic = None
        if spec.dip is not None:
            self.dip = DipRule(spec.dip, self._fall(spec.dip.fall, spec.dip.spread))
        if spec.panic is not None:
            self.panic = PanicRule(spec.panic, self._fall(spec.panic.fall, spec.panic.spread))
        self.outside = self.private = 0
        self.planned = 0
        self.paper_paid = self.paper_got = 0  # micro-USD of bets at the closes that decided them
        self._paper = 0  # coins of them, nano
        self._dollars = 0  # but for what coins have cost and brought

    def _desk(
        self, leg: str, accounts: Mapping[str, Mapping[str, int]], terms: Mapping[str, Any]
    ) -> PortfolioDesk:
        # Who does nothing but wait for a fall keeps its dollars where it will need them.
        waits = leg == "bets" and self.spec.coins == 0.0 and not self.home
        return PortfolioDesk(
            ready=waits, path=f"{self.party}/{leg}", accounts=accounts[leg], **terms
        )

    def _fall(self, fall: float, spread: float) -> float:
        return threshold(fall, spread, self.number, self.spec.portfolios)

    @property
    def home(self) -> str:
        """Leg that idle dollars go back to: ``yielding``, ``outside``, or none."""
        if self.spec.yielding > 0.0:
            return "yielding"
        return "outside" if self.spec.outside > 0.0 else ""

    # -- what it has --------------------------------------------------------------------------

    @property
    def desks(self) -> Iterator[PortfolioDesk]:
        """Its desks."""
        return (desk for desk in (self.core, self.bets) if desk is not None)

    @property
    def lots(self) -> int:
        """Its coins, lots."""
        return sum(desk.lots for desk in self.desks)

    @property
    def coins(self) -> int:
        """Value of its coins, micro-USD."""
        return sum(desk.value for desk in self.desks)

    @property
    def claims(self) -> int:
        """Dollars lent on chain, micro-USD."""
        return self.safe.held(self.party)

    @property
    def dollars(self) -> int:
        """Dollars, wherever they are, micro-USD."""
        return self._dollars - sum(desk.spent for desk in self.desks)

    @property
    def wealth(self) -> int:
        """All that it has, micro-USD."""
        return self.dollars + self.claims + self.coins + self.outside + self.private

    def paper_value(self, price: int) -> int:
        """Return what its bets would be worth, had they been made at the closes that decided."""
        return self._paper * price // NANO

    # -- the start ----------------------------------------------------------------------------

    def found(self, assets: int, price: int, coins_from: str) -> None:
        """Endow it with its mix at a price, micro-USD, out of others' coins and new dollars."""
        left = assets
        if self.core is not None:
            for venue in self.core.venues:
                lots = int(self.spec.coins * assets * venue.share / (price * venue.lot))
                self.books.move(BTC, coins_from, venue.name, lots)
                venue.credit(self.core.accounts[venue.name], BTC, lots)
                left -= int(lots * venue.lot * price)
        self.books.move(USD, self.world, self.party, left)
        self._dollars = left
        self._lend(round(self.spec.yielding * assets))
        self._invest(round((self.spec.outside + self.spec.private) * assets))
        self._shift(round(self.spec.private * assets))

    # -- legs ---------------------------------------------------------------------------------

    def _idle(self) -> int:
        return self.books.balance(self.party, USD)

    def _lend(self, amount: int) -> None:
        amount = min(amount, self._idle())
        self.safe.lend(self.party, amount)
        self._dollars -= amount

    def _invest(self, amount: int) -> None:
        """Put idle dollars into stocks and bonds; below 0 take them out."""
        amount = max(min(amount, self._idle()), -self.outside)
        source, target = (self.party, self.world) if amount > 0 else (self.world, self.party)
        if amount:
            self.books.move(USD, source, target, abs(amount))
            self.outside += amount
            self._dollars -= amount

    def _shift(self, goal: int) -> None:
        """Bring private assets to a value, out of stocks and bonds or into them."""
        change = min(goal - self.private, self.outside)
        self.private += change
        self.outside -= change

    def _raise(self, amount: int) -> None:
        """Have so many idle dollars, if need be out of the leg that it lives from."""
        lacking = amount - self._idle()
        if lacking <= 0:
            return
        if self.home == "yielding":
            self._dollars += self.safe.take_back(self.party, lacking)
        elif self.home == "outside":
            self._invest(-lacking)

    def _sweep(self) -> None:
        """Send idle dollars back to the leg that it lives from."""
        if self._idle() < MICRO:
            return
        if self.home == "yielding":
            self._lend(self._idle())
        elif self.home == "outside":
            self._invest(self._idle())

    # -- a day --------------------------------------------------------------------------------

    def accrue(self) -> None:
        """Take a day's interest."""
        self.safe.accrue(self.party)

    def earn(self, balanced: float, private: float) -> None:
        """Book a day's returns of markets outside."""
        self.outside += _share(self.outside, balanced)
        self.private += _share(self.private, private)

    def decide(self, closes: Closes) -> None:
        """Do what the last close asks for."""
        self._sweep()
        if self.panic is not None and self.core is not None:
            self._panic(self.panic, self.core, closes)
        if self.dip is not None and self.bets is not None:
            self._bet(self.dip, self.bets, closes)
        every = self.spec.rebalance_days
        if every is not None:
            turn = self.number * every // self.spec.portfolios
            if closes.today and closes.today % every == turn:
                self._rebalance()

    def _panic(self, rule: PanicRule, core: PortfolioDesk, closes: Closes) -> None:
        move = rule.decide(closes)
        if move is Move.SELL:
            self.planned -= round(rule.spec.share * core.value)
            core.trade_as(rule.spec.execution)
            core.sell(rule.spec.share)
        elif move is Move.BUY:
            core.trade_as(self._calmly)
            self.planned += core.buy(core.available)

    def _bet(self, rule: DipRule, bets: PortfolioDesk, closes: Closes) -> None:
        move, price = rule.decide(closes), closes.last
        if move is Move.BUY:
            amount = round(rule.spec.part * self.wealth)
            self._raise(amount)
            amount = bets.buy(amount)
            self.planned += amount
            self.paper_paid += amount
            self._paper += amount * NANO // price
        elif move is Move.SELL:
            self.planned -= bets.value
            bets.sell(1.0)
            self.paper_got += self.paper_value(price)
            self._paper = 0

    def _rebalance(self) -> None:
        """Bring coins back to their weight if they are off it, and private assets."""
        wealth = self.wealth
        if self.core is not None:
            goal = round(self.spec.coins * wealth)
            gap, value = goal - self.core.value, self.core.value
            if abs(gap) > self.spec.band * goal and gap > 0:
                self._raise(gap)
                self.planned += self.core.buy(gap)
            elif abs(gap) > self.spec.band * goal:
                self.planned += gap
                self.core.sell(-gap / value)
        self._shift(round(self.spec.private * wealth))

    # -- a failure ----------------------------------------------------------------------------

    def lose(self, yield_lost: int, seized: int) -> None:
        """Lose shares, ppb, of what is lent and of what lies at venues."""
        self.safe.write_off(self.party, yield_lost)
        for desk in self.desks:
            self._dollars -= desk.seize(seized, self.estate)

    def audit(self) -> None:
        """Prove that its dollars are where it has them; raises AssertionError if not."""
        there = self._idle() + self.books.bound_for(self.party, USD)
        there += sum(
            self.books.balance(desk.bank, USD) + desk.cash + desk.in_transit for desk in self.desks
        )
        assert there == self.dollars, f"{self.party}: dollars {self.dollars}, found {there}"

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.audit()
        assert min(self.outside, self.private, self.claims, self._paper) >= 0


def _share(amount: int, part: float) -> int:
    """Return a part of an amount, rounded down in size, of the sign of the part."""
    size = amount * round(abs(part) * PPB) // PPB
    return size if part >= 0.0 else -size
