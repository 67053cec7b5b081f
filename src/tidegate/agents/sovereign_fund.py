"""A state with a crypto reserve as a trader in any Mesa model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.listed_assets import ListedAssets
from tidegate.agents.sovereign_state import SovereignState
from tidegate.agents.state_treasury import StateTreasury
from tidegate.books import Books
from tidegate.clock import Clock
from tidegate.scenario.reserve_levers import ReserveLevers
from tidegate.scenario.sovereign import StateSpec, StatesSpec

__all__ = ["SovereignFund", "first_day", "market_price"]

DAY = 86_400


def market_price(venues: tuple[Any, ...]) -> float:
    """Return the price of the whole market: indicative prices by share, USD."""
    total = weight = 0.0
    for venue in venues:
        total += venue.share * venue.price(venue.indicative)
        weight += venue.share
    return total / weight


def first_day(clock: Clock) -> int:
    """Return the first day that one who joins now decides on: those over are over."""
    return clock.end // DAY if clock.tick > 0 else 0


class SovereignFund(DeskAgent):
    """Buys, holds and sells for one state.

    Parameters
    ----------
    spec : StateSpec
        The state.
    accounts : mapping of venue name to account
        Its client account at each venue.
    books : Books
        Carries its accounts (``state/<code>/...``) and its transfers.
    daily_volume : float
        Calm volume of the whole market, USD per day: the base of the participation cap.
    rounds : int, optional
        Rounds of a tick over which a slice is spread.
    terms : StatesSpec, optional
        How states trade.
    listed : ListedAssets, optional
        Where it buys securities; a market of its own if not given.
    levers : callable, optional
        Returns the levers in force; none are if not given.
    world, others : str, optional
        Parties in the books with which it settles in USD, and in coins.

    Notes
    -----
    Its path is that of the state; it decides in the first tick of a day.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: StateSpec,
        accounts: Mapping[str, int],
        books: Books,
        daily_volume: float,
        rounds: int = 1,
        terms: StatesSpec | None = None,
        listed: ListedAssets | None = None,
        levers: Callable[[], ReserveLevers] = ReserveLevers,
        world: str = "world",
        others: str = "others",
        **base: Any,
    ) -> None:
        super().__init__(model, path=spec.path, **base)
        terms = terms or StatesSpec()
        betas = {"firms": terms.firm_beta, "other": terms.other_beta}
        self.listed = listed or ListedAssets(betas, books, world)
        self._marks = listed is None
        treasury = StateTreasury(
            path=spec.path,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=terms.execution,
            daily_volume=daily_volume,
            rounds=rounds,
            custody_hours=terms.custody_hours,
            world=world,
            others=others,
        )
        self.desk = treasury.desk
        self.state = SovereignState(
            spec,
            treasury,
            listed=self.listed,
            streams=self.streams,
            lot=self.venues[0].lot,
            levers=levers,
        )
        self._next_day = first_day(self.clock)

    @property
    def treasury(self) -> StateTreasury:
        """What the state owns."""
        return self.state.treasury

    @property
    def lots(self) -> int:
        """Lots it owns, wherever they are."""
        return self.treasury.held

    @property
    def planned(self) -> int:
        """Money for coins decided since the start less sales, micro-USD."""
        return self.state.orders.planned

    def begin(self) -> None:
        """Book what arrived; decide at the start of a day; fund what is ordered."""
        treasury = self.treasury
        today = self.clock.seconds // DAY
        new_day = today >= self._next_day
        if not new_day and treasury.idle:
            return
        treasury.look()
        if new_day:
            price = market_price(self.venues)
            if self._marks:
                self.listed.mark(price)
            for day in range(self._next_day, today + 1):
                self.state.day(day, price)
            self._next_day = today + 1
        treasury.work()

    def trade(self) -> None:
        """Send this round's part of the slice to the venues."""
        if self.treasury.desk.backlog:
            self.treasury.desk.trade()

    def end(self) -> None:
        """Book the tick's trades."""
        if not self.treasury.idle:
            self.treasury.look()

    def _check(self) -> None:
        """Assert that every unit is accounted for (our bug if one fails)."""
        self.treasury.look()
        self.treasury._check()
        self.listed._check()
