"""All states of a run as one agent: each decides for itself, and they watch each other.

Once a day a row per state goes to a table of whole numbers from which every unit of money and
every coin of each balance sheet can be accounted for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tidegate.agents.base import MarketAgent
from tidegate.agents.listed_assets import ListedAssets
from tidegate.agents.reserve_phase import Phase
from tidegate.agents.reserve_politics import drawdown
from tidegate.agents.share_account import ShareAccount
from tidegate.agents.sovereign_fund import first_day, market_price
from tidegate.agents.sovereign_state import SovereignState
from tidegate.agents.state_risks import REVIEW_DAYS, REVIEW_YEARS
from tidegate.agents.state_treasury import StateTreasury
from tidegate.books import Books
from tidegate.int_table import IntTable
from tidegate.scenario.reserve_levers import ReserveLevers
from tidegate.scenario.sovereign import StatesSpec

__all__ = ["COLUMNS", "PeerNetwork", "Sovereigns"]

DAY = 86_400
SUCCESS_BOUND = 2.0

COLUMNS = (
    "day",
    "state",
    "phase",
    "fx",  # micro-USD
    "frozen_fx",
    "cash",
    "received",  # from the world less what was paid to it, since the start
    "invested",  # in coins and ETF shares less proceeds
    "coins",  # lots in its own custody
    "etf",  # lots behind its ETF holding
    "frozen_etf",
    "outside",  # lots at venues or under way
    "gathered",  # lots that came otherwise than by trade, less lost
    "bought",  # lots
    "sold",
    "shares",  # micro-USD in ETF shares, at what their coins are worth
    "securities",  # micro-USD, at market
    "planned",
    "deployed",
    "size",
    "cost",
    "value",
    "loss",
    "seized",
    "political_cost",  # 1e-6
    "reversed",
)
MONEY = (
    "fx",
    "frozen_fx",
    "cash",
    "received",
    "invested",
    "shares",
    "securities",
    "planned",
    "deployed",
    "size",
    "cost",
    "value",
    "loss",
    "seized",
)
LOTS = ("coins", "etf", "frozen_etf", "outside", "gathered", "bought", "sold")


class PeerNetwork(Protocol):
    """Who imitates whom; `tidegate.agents.diffusion.AdoptionNetwork` is one.

    Candidates are in the order of the states.
    """

    adopted: NDArray[np.bool_]

    def step(
        self,
        tick_key: int,
        years: float,
        *,
        success: ArrayLike = ...,
        drawdown: ArrayLike = ...,
        friction: ArrayLike = ...,
        open: ArrayLike = ...,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Let a stretch of time pass; return who joined and who left."""
        ...

    def move(self, tick_key: int, joined: NDArray[np.int64], left: NDArray[np.int64]) -> None:
        """Book adoptions and departures that were decided elsewhere."""
        ...


class Sovereigns(MarketAgent):
    """The states of a `StatesSpec`.

    Parameters
    ----------
    spec : StatesSpec
        The states.
    accounts : sequence of mapping of venue name to account
        Client accounts of each state, in the order of the states.
    books : Books
        Carries their accounts and transfers.
    daily_volume : float
        Calm volume of the whole market, USD per day: the base of the participation cap.
    rounds : int, optional
        Rounds of a tick over which a slice is spread.
    network : PeerNetwork, optional
        Who imitates whom, in the order of the states; nobody does if not given.
    levers : callable, optional
        Returns the levers in force; something that `copy.deepcopy` copies, such as a bound method
        or a `functools.partial`.
    world, others : str, optional
        Parties in the books with which they settle in USD, and in coins.

    Attributes
    ----------
    states : tuple of SovereignState
        One a state.
    table : IntTable
        A row per state and day, columns as `COLUMNS`.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: StatesSpec,
        accounts: Sequence[Mapping[str, int]],
        books: Books,
        daily_volume: float,
        rounds: int = 1,
        network: PeerNetwork | None = None,
        levers: Callable[[], ReserveLevers] = ReserveLevers,
        world: str = "world",
        others: str = "others",
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        if len(accounts) != len(spec.states):
            raise ValueError(
                f"accounts must be one mapping for each of {len(spec.states)} states, "
                f"got {len(accounts)}"
            )
        self.spec = spec
        self.network = network
        betas = {"firms": spec.firm_beta, "other": spec.other_beta}
        self.listed = ListedAssets(betas, books, world)
        self.lot = self.venues[0].lot
        self.states = tuple(
            SovereignState(
                state,
                StateTreasury(
                    path=state.path,
                    venues=self.venues,
                    accounts=clients,
                    books=books,
                    streams=self.streams,
                    clock=self.clock,
                    execution=spec.execution,
                    daily_volume=daily_volume,
                    rounds=rounds,
                    custody_hours=spec.custody_hours,
                    world=world,
                    others=others,
                ),
                listed=self.listed,
                streams=self.streams,
                lot=self.lot,
                levers=levers,
            )
            for state, clients in zip(spec.states, accounts, strict=True)
        )
        self.table = IntTable(COLUMNS)
        self._friction = np.array(
            [
                s.mix.coins * spec.coin_friction + (1.0 - s.mix.coins) * spec.etf_friction
                for s in spec.states
            ]
        )
        self._next_day = first_day(self.clock)
        self._top = 0.0
        self._busy: tuple[SovereignState, ...] = ()  # those with business in this tick
        self._still = 0  # lots of the others

    # -- position -----------------------------------------------------------------------------

    @property
    def lots(self) -> int:
        """Lots that all states own, wherever they are."""
        return self._still + sum(state.treasury.held for state in self._busy)

    @property
    def planned(self) -> int:
        """Money for coins decided since the start less sales, micro-USD."""
        return sum(state.orders.planned for state in self.states)

    def attach_shares(self, code: str, desk: ShareAccount) -> None:
        """Give a state a desk for ETF shares; its payer is the party ``state/<code>/fund``.

        Parameters
        ----------
        code
            Code of the state.
        desk
            Such as `tidegate.agents.share_desk.ShareDesk`; the listed exchange runs it.
        """
        codes = [state.spec.code for state in self.states]
        if code not in codes:
            raise ValueError(f"code is {code!r}; it must be one of {codes}")
        self.states[codes.index(code)].treasury.shares.desk = desk

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Book what arrived; let all states decide at the start of a day; fund their orders."""
        today = self.clock.seconds // DAY
        for state in self._busy:
            state.treasury.look()
        self._decide_until(today)
        for state in self._busy:
            state.treasury.work()

    def _decide_until(self, today: int) -> None:
        """Let all states decide if a day has begun, and see who has business in this tick."""
        if today >= self._next_day:
            price = market_price(self.venues)
            self.listed.mark(price)
            self._top = max(self._top, price)
            for day in range(self._next_day, today + 1):
                self._decide(day, price)
            self._next_day = today + 1
            self._still, self._busy = 0, self.states
        # Within a day nobody takes up business; the account of those who finish stands still.
        idle = [state for state in self._busy if state.treasury.idle]
        if idle:
            self._still += sum(state.treasury.held for state in idle)
            self._busy = tuple(state for state in self._busy if not state.treasury.idle)

    def _decide(self, day: int, price: float) -> None:
        for state in self.states:
            state.day(day, price)
        if self.network is not None and day % REVIEW_DAYS == 0:
            self._imitate(self.network, day, price)

    def _imitate(self, network: PeerNetwork, day: int, price: float) -> None:
        """Let peers' records work for a review period."""
        period = day // REVIEW_DAYS
        active = np.array([state.active for state in self.states], dtype=np.bool_)
        closed = np.array(
            [s.phase in (Phase.CLOSED, Phase.LAPSED) for s in self.states], dtype=np.bool_
        )
        network.move(
            period,
            np.flatnonzero(active & ~network.adopted),
            np.flatnonzero(closed & network.adopted),
        )
        joined, left = network.step(
            period,
            REVIEW_YEARS,
            success=np.array([self._success(state, day) for state in self.states]),
            drawdown=drawdown(price, self._top),
            friction=self._friction,
            open=np.array([state.latent for state in self.states], dtype=np.bool_),
        )
        for index in joined.tolist():
            self.states[index].adopt(day)
        for index in left.tolist():
            self.states[index].retreat()

    def _success(self, state: SovereignState, day: int) -> float:
        """Return a reserve's visible success: its return over that of an average success."""
        paid = state.paid
        if not state.active or paid <= 0 or day - (state.started or 0) < self.spec.visible_days:
            return 0.0
        worth = (state.value - state.cost) / paid / self.spec.return_scale
        return min(max(worth, -SUCCESS_BOUND), SUCCESS_BOUND)

    @property
    def pending(self) -> bool:
        """Whether a desk could fill more of its slice in this tick."""
        pending = [state.treasury.desk.pending for state in self._busy]  # books trades of all
        return any(pending)

    def trade(self) -> None:
        """Send this round's parts of the slices to the venues."""
        for state in self._busy:
            if state.treasury.desk.backlog:
                state.treasury.desk.trade()

    def end(self) -> None:
        """Book the tick's trades; record the day in its last tick."""
        for state in self._busy:
            state.treasury.look()
        if self.clock.end % DAY == 0:
            self._record()

    # -- the table ----------------------------------------------------------------------------

    def _record(self) -> None:
        day = self.clock.seconds // DAY
        rows = [self._row(day, number, state) for number, state in enumerate(self.states)]
        if rows:
            self.table.extend(np.array(rows, dtype=np.int64))

    def _row(self, day: int, number: int, state: SovereignState) -> tuple[int, ...]:
        treasury = state.treasury
        coins, etf, frozen = (treasury.lots(name) for name in ("coins", "etf", "etf-frozen"))
        held, securities, cost = treasury.held, state.securities, state.cost
        shares = treasury.shares.value
        value = int(held * state.unit) + shares + securities
        return (
            day,
            number,
            int(state.phase),
            treasury.usd("fx"),
            treasury.usd("frozen"),
            treasury.cash,
            treasury.received,
            treasury.invested,
            coins,
            etf,
            frozen,
            held - coins - etf - frozen,
            treasury.gathered,
            treasury.bought,
            treasury.sold,
            shares,
            securities,
            state.orders.planned,
            state.deployed,
            state.size,
            cost,
            value,
            max(cost - value, 0),
            state.seized,
            state.burden(value),
            int(state.reversed),
        )

    def frame(self) -> pl.DataFrame:
        """Return the table in units: USD and coins, states by code, phases by name."""
        codes = dict(enumerate(state.spec.code for state in self.states))
        phases = {int(phase): phase.name.lower() for phase in Phase}
        frame = pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")
        return frame.with_columns(
            *[(pl.col(name) * 1e-6).alias(name) for name in MONEY],
            *[(pl.col(name) * self.lot).alias(name) for name in LOTS],
            (pl.col("political_cost") * 1e-6).alias("political_cost"),
            pl.col("state").replace_strict(codes, return_dtype=pl.Utf8),
            pl.col("phase").replace_strict(phases, return_dtype=pl.Utf8),
            pl.col("reversed").cast(pl.Boolean),
        )

    def _check(self) -> None:
        """Assert that every unit is accounted for (our bug if one fails)."""
        for state in self.states:
            state.treasury.look()
            state.treasury._check()
        self.listed._check()
