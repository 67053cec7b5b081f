"""A state's balance sheet: accounts in the books, a trading desk, custody, and wires between.

Coins bought rest at the venues for a day and are then brought home: those for the state itself to
its own custody, those behind its ETF shares to the fund's custodian. Where no ETF is simulated,
a holding is looked through to its coins, since an issuer buys a coin for every one subscribed;
where one is, the money goes to a desk for its shares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.agents.share_account import ShareHolding
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import BTC, USD, Books
from tidegate.clock import Clock
from tidegate.scenario.execution import ExecutionSpec
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["StateTreasury"]

MICRO = 1_000_000
ACCOUNTS = ("fx", "fund", "frozen", "coins", "etf", "etf-frozen", "mined")


class StateTreasury:
    """Holds and moves what one state owns; decides nothing.

    Parameters
    ----------
    path : str
        Stable name, such as ``"state/kz"``: the prefix of its accounts in the books.
    venues, accounts, books, streams, clock, execution, daily_volume, rounds
        As of `TradingDesk`.
    custody_hours : float, optional
        How long coins take between a venue and custody.
    world, others : str, optional
        Parties in the books with which it settles in USD, and in coins.
    """

    def __init__(
        self,
        *,
        path: str,
        venues: Sequence[Venue],
        accounts: Mapping[str, int],
        books: Books,
        streams: Streams,
        clock: Clock,
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
        custody_hours: float = 24.0,
        world: str = "world",
        others: str = "others",
    ) -> None:
        for role, party in (("world", world), ("others", others)):
            _check_party(books, role, party)
        self.path = path
        self.books = books
        self.clock = clock
        self.world = world
        self.others = others
        self._custody = round(3600 * custody_hours)
        self._wire = round(3600 * execution.funding_hours)
        self._names = {name: f"{path}/{name}" for name in ACCOUNTS}
        for name in self._names.values():
            books.open(name)
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
            payer=f"{path}/fund",
        )
        self.shares = ShareHolding()
        self.received = 0  # micro-USD from the world less what was paid to it, all told
        self.gathered = 0  # lots that came otherwise than by trade, less those lost
        self.bought = 0  # lots bought on venues
        self.sold = 0  # lots sold on venues
        self.selling = False  # whether what rests at the venues is there to be sold
        self._home: list[tuple[int, int]] = []  # micro-USD on their way to the fund
        self._flights: list[tuple[int, int, bool]] = []  # lots under way; True: to a venue
        self._ordered = {"coins": 0, "etf": 0}  # micro-USD ever ordered
        self._kept = 0  # lots bought that were brought to the ETF's custodian
        self._carried = 0  # lots bought that were brought anywhere
        self._lots = 0  # lots at the venues when last looked
        self._resting = 0  # micro-USD left at the venues when last worked

    # -- position -----------------------------------------------------------------------------

    def usd(self, account: str) -> int:
        """Return the balance of one of its accounts, micro-USD."""
        return self.books.balance(self._names[account], USD)

    def lots(self, account: str) -> int:
        """Return the balance of one of its accounts, lots."""
        return self.books.balance(self._names[account], BTC)

    @property
    def held(self) -> int:
        """Lots it owns, wherever they are; not what its farms delivered since midnight."""
        held = self._lots + self.lots("coins") + self.lots("etf") + self.lots("etf-frozen")
        return held + sum([lots for _, lots, _ in self._flights])

    @property
    def at_venues(self) -> int:
        """Lots that rest at the venues."""
        return self._lots

    @property
    def bound(self) -> bool:
        """Whether coins are on their way to a venue."""
        return any(to_venue for _, _, to_venue in self._flights)

    @property
    def free_cash(self) -> int:
        """Cash in the fund that no purchase has been promised, micro-USD."""
        desk = self.desk
        promised = max(0, desk.backlog - desk.cash - desk.in_transit)
        promised += max(0, self.shares.backlog - self.shares.cash)
        return self.usd("fund") - promised

    @property
    def cash(self) -> int:
        """Cash of the fund, wherever it is, micro-USD."""
        coming = sum(amount for _, amount in self._home)
        at_desks = self.desk.cash + self.desk.in_transit + self.shares.cash
        return self.usd("fund") + at_desks + coming

    @property
    def invested(self) -> int:
        """What was spent on coins and ETF shares less proceeds, micro-USD."""
        return self.desk.invested + self.shares.invested

    @property
    def idle(self) -> bool:
        """Whether nothing is ordered, under way or resting at a venue."""
        if self.desk.backlog or self._lots or self._resting >= MICRO:
            return False
        return not (self._home or self._flights or self.desk.in_transit)

    # -- coming and going ---------------------------------------------------------------------

    def receive(self, micro: int, account: str = "fund") -> int:
        """Take micro-USD from the world; negative pays them."""
        if micro > 0:
            self.books.move(USD, self.world, f"{self.path}/{account}", micro)
        elif micro < 0:
            self.books.move(USD, f"{self.path}/{account}", self.world, -micro)
        self.received += micro
        return micro

    def gather(self, lots: int, account: str = "coins") -> int:
        """Take lots from others, at most what they have; return how many came."""
        lots = min(lots, self.books.balance(self.others, BTC))
        if lots > 0:
            self.books.move(BTC, self.others, f"{self.path}/{account}", lots)
            self.gathered += lots
        return max(lots, 0)

    def lose(self, lots: int, account: str) -> int:
        """Lose lots to others, at most what is there; return how many."""
        lots = min(lots, self.lots(account))
        if lots > 0:
            self.books.move(BTC, f"{self.path}/{account}", self.others, lots)
            self.gathered -= lots
        return max(lots, 0)

    def collect_mined(self) -> int:
        """Move what its farms have delivered into custody; return the lots."""
        lots = self.lots("mined")
        if lots:
            self.shift(BTC, "mined", "coins", lots)
            self.gathered += lots
        return lots

    def collect_taxes(self) -> int:
        """Move what its farms, and farms it taxes, have paid into the fund; return micro-USD."""
        micro = self.usd("mined")
        if micro:
            self.shift(USD, "mined", "fund", micro)
            self.received += micro
        return micro

    def shift(self, asset: int, source: str, target: str, amount: int) -> None:
        """Move between its own accounts."""
        if amount > 0:
            self.books.move(asset, f"{self.path}/{source}", f"{self.path}/{target}", amount)

    # -- orders -------------------------------------------------------------------------------

    def order(self, coins: int, etf: int) -> None:
        """Add purchases to the backlog, micro-USD; the fund must have the money."""
        if self.shares.desk is not None:
            self.shares.desk.backlog += etf
            etf = 0
        self._ordered["coins"] += coins
        self._ordered["etf"] += etf
        self.desk.backlog += coins + etf
        self.selling = False

    def offer(self, lots: int, account: str = "coins") -> None:
        """Send lots from custody to the venues, by their share of the market, to be sold."""
        lots = min(lots, self.lots(account))
        if lots < 1:
            return
        self.selling = True
        arrives = self.clock.seconds + self._custody
        left = lots
        for number, venue in enumerate(self.desk.venues):
            last = number == len(self.desk.venues) - 1
            part = left if last else int(lots * venue.share)
            left -= part
            if part:
                client = self.desk.accounts[venue.name]
                source = f"{self.path}/{account}"
                self.books.deposit(venue, client, BTC, part, source=source, arrives=arrives)
        self._flights.append((arrives, lots, True))

    def sweep(self) -> None:
        """Bring home the coins that rest at the venues, unless they are there to be sold."""
        if self.selling or not self._lots:
            return
        arrives = self.clock.seconds + self._custody
        for venue in self.desk.venues:
            client = self.desk.accounts[venue.name]
            lots = venue.coins(client)
            if lots:
                etf = self._share_of_etf(lots)
                for account, part in (("coins", lots - etf), ("etf", etf)):
                    self._carry(venue, client, part, account, arrives)
                self._lots -= lots

    def _share_of_etf(self, lots: int) -> int:
        """Return which of the lots brought home back ETF shares, by what was ordered."""
        self._carried += min(lots, self.bought - self._carried)  # the rest was left of a sale
        ordered = self._ordered["coins"] + self._ordered["etf"]
        due = self._carried * self._ordered["etf"] // ordered if ordered else 0
        etf = min(max(due - self._kept, 0), lots)
        self._kept += etf
        return etf

    def _carry(self, venue: Venue, client: int, lots: int, account: str, arrives: int) -> None:
        if lots > 0:
            target = f"{self.path}/{account}"
            self.books.withdraw(venue, client, BTC, lots, target=target, arrives=arrives)
            self._flights.append((arrives, lots, False))

    # -- a tick -------------------------------------------------------------------------------

    def look(self) -> None:
        """Book what arrived and what was traded since the last look."""
        now = self.clock.seconds
        self.desk.look()
        self._home = [wire for wire in self._home if wire[0] > now]
        arrived = sum(lots for at, lots, to_venue in self._flights if to_venue and at <= now)
        self._flights = [flight for flight in self._flights if flight[0] > now]
        lots = self.desk.lots
        traded = lots - self._lots - arrived
        self.bought += max(traded, 0)
        self.sold += max(-traded, 0)
        self._lots = lots

    def work(self) -> None:
        """Fund the backlog within what the fund has, and send home what nothing needs."""
        desk = self.desk
        reserved = max(0, self.shares.backlog - self.shares.cash)
        within = desk.cash + desk.in_transit + max(0, self.usd("fund") - reserved)
        desk.backlog = min(desk.backlog, within)
        before = desk.cash
        desk.work()
        returned = before - desk.cash
        self._resting = before - returned
        if returned:
            self._home.append((self.clock.seconds + self._wire, returned))

    def quote_sale(self, unit: float) -> None:
        """Set the backlog to all that rests at the venues, at micro-USD a lot."""
        self.desk.backlog = -int(self._lots * unit)

    def _check(self) -> None:
        """Assert that every unit is accounted for (our bug if one fails)."""
        owned = self.usd("fx") + self.usd("frozen") + self.cash
        assert owned == self.received - self.invested, (owned, self.received)
        assert self.held == self.gathered + self.bought - self.sold


def _check_party(books: Books, role: str, party: str) -> None:
    try:
        books.balance(party, USD)
    except KeyError:
        raise ValueError(f"{role} is {party!r}; it must be a party of the books") from None
