"""An institution's trading desk: wires cash to venues, works a backlog in slices, sends money home.

What is wanted joins a backlog in micro-USD. Each tick the desk funds what it is to buy, works a
slice of it within a share of the market's volume, and returns the cash that no purchase needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate_core import Kind, Side
from tidegate_core.draws import exp

from tidegate.books import USD, Books
from tidegate.clock import Clock
from tidegate.scenario.execution import ExecutionSpec
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["TradingDesk"]

MICRO = 1_000_000
WORLD = "world"
ROUNDING = 1e-9  # kept back of what cash could buy, so that floats never overspend


class TradingDesk:
    """Trades coins for one institution on all venues, by their share of the market.

    Call `look` and then, with the backlog brought up to date, `work` once a tick; `trade` once a
    round, for as long as it is `pending`.

    Parameters
    ----------
    path : str
        Stable name of the institution: the key of its draws, and of its bank account in the books.
    venues : sequence of Venue
        Where it trades.
    accounts : mapping of venue name to account
        Its client account at each venue.
    books : Books
        Carries its bank account and its transfers.
    streams, clock
        Keyed random numbers; the world's clock.
    execution : ExecutionSpec
        How it trades.
    daily_volume : float
        Calm volume of the whole market, USD per day: the base of the participation cap.
    rounds : int
        Rounds of a tick over which a slice is spread.
    payer : str, optional
        Party in the books that pays for purchases and receives what comes home.
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
        payer: str = WORLD,
    ) -> None:
        self.path = path
        self.venues = tuple(venues)
        self.accounts = dict(accounts)
        for venue in self.venues:
            venue.kinds.name(self.accounts[venue.name], path.partition("/")[0])
        self.books = books
        self.streams = streams
        self.clock = clock
        self.rounds = rounds
        self.payer = payer
        self.backlog = 0  # micro-USD still to trade; positive buys
        self.invested = 0  # micro-USD spent on coins less proceeds, fees included
        self._slice = 0
        self._wires: list[tuple[int, int]] = []
        self._cash = self.cash
        self._progress = False
        self._daily_volume = daily_volume
        self.trade_as(execution)
        self.bank = f"bank/{path}"
        books.open(self.bank)

    def trade_as(self, execution: ExecutionSpec) -> None:
        """Trade on these terms from now on."""
        self.execution = execution
        # What a tick works off: a cap from the market's volume, a pace from the window.
        step = self.clock.step_seconds
        self._cap = int(execution.participation * self._daily_volume * step / 86_400 * MICRO)
        self._pace = 1.0 - exp(-step / (3600.0 * execution.window_hours))

    # -- position -----------------------------------------------------------------------------

    @property
    def lots(self) -> int:
        """Lots it holds on all venues."""
        return sum(v.coins(self.accounts[v.name]) for v in self.venues)

    @property
    def cash(self) -> int:
        """Cash it holds on all venues, micro-USD."""
        return sum(v.cash(self.accounts[v.name]) for v in self.venues)

    @property
    def value(self) -> int:
        """Value of its coins at the indicative prices, micro-USD."""
        total = 0.0
        for v in self.venues:
            total += v.coins(self.accounts[v.name]) * v.lot * v.price(v.indicative)
        return int(total * MICRO)

    # -- a tick -------------------------------------------------------------------------------

    def look(self) -> None:
        """Start a tick: book what was traded and what arrived since the last."""
        self._cash += self._arrived()
        self.book_trades()
        self._slice = 0

    def work(self) -> None:
        """Fund the backlog, send surplus cash home, and set the tick's slice."""
        self._fund()
        self._return_surplus()
        self._slice = self._next_slice()

    def _need(self) -> int:
        """Return the cash that should stand at the venues, micro-USD."""
        return max(self.backlog, 0)

    def _fund(self) -> None:
        """Wire the cash that is needed at the venues; the payer pays."""
        want = self._need() - self._cash - self.in_transit
        if want < MICRO:
            return
        arrives = self._arrival()
        self.books.move(USD, self.payer, self.bank, want)
        for venue, part in zip(self.venues, self._placed(want), strict=True):
            if part > 0:
                account = self.accounts[venue.name]
                self.books.deposit(venue, account, USD, part, source=self.bank, arrives=arrives)
        self._wires.append((arrives, want))

    def _arrival(self) -> int:
        """Return when what is sent now arrives: with the next tick, the books' next settlement."""
        return self.clock.seconds + max(1, round(3600 * self.execution.funding_hours))

    def _placed(self, want: int) -> list[int]:
        """Return how much of a wire goes to each venue: by its share of the market."""
        parts = [int(want * venue.share) for venue in self.venues]
        parts[-1] = want - sum(parts[:-1])
        return parts

    def _return_surplus(self) -> None:
        """Send home the cash that no purchase needs, such as the proceeds of sales."""
        surplus = self._cash - self._need()
        if surplus < MICRO:
            return
        arrives = self._arrival()
        for venue, part in zip(self.venues, self._drawn(surplus), strict=True):
            if part > 0:
                account = self.accounts[venue.name]
                self.books.withdraw(venue, account, USD, part, target=self.payer, arrives=arrives)
                self._cash -= part

    def _drawn(self, surplus: int) -> list[int]:
        """Return how much of a surplus comes from each venue: all there is, one after another."""
        parts = []
        for venue in self.venues:
            parts.append(min(venue.cash(self.accounts[venue.name]), surplus))
            surplus -= parts[-1]
        return parts

    @property
    def in_transit(self) -> int:
        """Cash on its way to the venues, micro-USD."""
        return sum(amount for _, amount in self._wires)

    def _arrived(self) -> int:
        """Return the cash that has reached the venues since the last look."""
        now = self.clock.seconds
        arrived = sum(amount for at, amount in self._wires if at <= now)
        self._wires = [(at, amount) for at, amount in self._wires if at > now]
        return arrived

    def _next_slice(self) -> int:
        size = min(int(abs(self.backlog) * self._pace) or abs(self.backlog), self._cap)
        return min(size, self._cash) if self.backlog > 0 else -size

    # -- a round ------------------------------------------------------------------------------

    def book_trades(self) -> None:
        """Take what was traded since the last look off the backlog and the slice."""
        spent = self._cash - self.cash
        self._progress = spent != 0
        self._cash -= spent
        self.backlog -= spent
        self._slice -= spent
        self.invested += spent

    @property
    def pending(self) -> bool:
        """Whether more of the slice than a thousandth of the cap is open and can be filled.

        A round that filled nothing ends it: the next would not either.
        """
        self.book_trades()
        return self._progress and abs(self._slice) > max(self._cap // 1000, MICRO) and self._able()

    def _able(self) -> bool:
        if not any(venue.accepts for venue in self.venues):
            return False
        return self.cash > MICRO if self._slice > 0 else self.lots > 0

    def trade(self) -> None:
        """Send this round's part of the slice to the venues, by their share of the market."""
        self.book_trades()
        if abs(self._slice) < MICRO:
            return
        part = self._slice // max(1, self.rounds - self.clock.round)
        for venue in self.venues:
            self._send(venue, part)

    def _send(self, venue: Venue, part: int) -> None:
        side = Side.BUY if part > 0 else Side.SELL
        account = self.accounts[venue.name]
        unit = venue.lot * venue.price(venue.indicative) * MICRO
        if unit <= 0:
            return
        slack = self.execution.protection if side is Side.BUY else -self.execution.protection
        limit = max(1, round(venue.indicative * (1.0 + slack)))
        if side is Side.BUY:
            fee = max(venue.maker_ppm, venue.taker_ppm, 0) * 1e-6
            worst = venue.lot * venue.price(limit) * MICRO * (1.0 + fee)
            affordable = int(venue.cash(account) / worst * (1.0 - ROUNDING))
            weight = venue.cash(account) / max(1, self.cash)
        else:
            affordable = venue.coins(account)
            weight = affordable / max(1, self.lots)
        resting = venue.depth_to(Side.SELL if side is Side.BUY else Side.BUY, limit)
        sweep = int(resting * self.execution.sweep)
        lots = min(int(abs(part) * weight / unit), affordable, sweep)
        if lots < 1:
            return
        arrival = self.streams.integer(
            self.path, f"arrival/{venue.name}", self.clock.tick, self.clock.round, n=2**62
        )
        venue.send(account, side, limit, lots, Kind.IOC, arrival)
