"""A market with leverage as a Mesa model: spot and perpetuals of several coins, in seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from tidegate_core import Side
from tidegate_core.draws import exp, log
from tidegate_crowd.basis import unwind

from tidegate.agents.collateral_market import CollateralMarket
from tidegate.agents.lender import Lender
from tidegate.agents.leveraged_exchange import FUND, VAULT, LeveragedExchange
from tidegate.agents.rescue import inject
from tidegate.books import Audit
from tidegate.collateral_tape import holders_frame
from tidegate.keywords import told
from tidegate.leveraged_assembly import assemble_leveraged, calm_volatility
from tidegate.leveraged_houses import PRICE_ROOM, USD, WORLD
from tidegate.leveraged_tape import LeveragedTape, accounts_frame
from tidegate.levers import Board
from tidegate.policies.admission import checked_policies
from tidegate.policies.base import Agenda, Policy
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.seeds import seed_of
from tidegate.tick_frames import leveraged_ticks
from tidegate.world import World

__all__ = ["LeveragedMarket"]

MICRO = 1_000_000
CALM_ROUND = 60  # seconds of a round while nothing happens
NEWS_ROUND = 5  # while news is breaking
PACES = ((4.0, 1), (2.5, 3), (1.6, 10))  # stress from which on a round lasts so long, seconds
MOMENTUM_SECONDS = 300.0
MOST_RISE = math.log(PRICE_ROOM / 2)  # by news, log price: half of the room is for trading


class LeveragedMarket(World):
    """Exchanges with spot books and margin engines, and who trades there.

    A tick is made of rounds: of a second while anybody waits for liquidation or makers are very
    nervous, of up to a minute while nothing happens. So what happens in a crash does not depend
    on the length of a tick.

    Within a round: news; what carrying the public asks for over spot, if the public has moods;
    makers re-quote; value traders; basis traders; the leveraged public renews, stops, tops up;
    marks move and find who is due; engines liquidate at their pace; funds and vaults sell what
    they took over.

    Parameters
    ----------
    spec : LeveragedScenario, optional
        The scenario; the default one if not given.
    rng : int, optional
        Seed: with the scenario it fixes every bit of the run. Without one every run is another;
        its seed is the attribute `seed`.
    policies : sequence of Policy
        Policies of the run; more can be added with `apply` before they are announced.
    **changes
        Values of the scenario and levers in force from the start, by flat name:
        ``**{"exchanges.binance.hedged": 0.7, "leverage.cap": 20}``. All of them hold together.
    """

    # Groups of levers.
    heeded: ClassVar[tuple[str, ...]] = (
        "shock",
        "leverage",
        "outage",
        "makers",
        "rescue",
        "rates",
    )

    def __init__(
        self,
        spec: LeveragedScenario | None = None,
        *,
        rng: int | None = None,
        policies: Sequence[Policy] = (),
        **changes: Any,
    ) -> None:
        seed = seed_of(rng)
        if not (spec is None or isinstance(spec, LeveragedScenario)):
            raise TypeError(f"spec must be a LeveragedScenario, got {spec!r}")
        spec, start = told(spec or LeveragedScenario(), changes, self.heeded)
        super().__init__(seed)
        self.spec = spec
        world = assemble_leveraged(self, self.spec, seed)
        self.streams = world.streams
        self.books = world.books
        self.news = world.news
        self.exchanges = world.exchanges
        self.places = world.places
        self.quotes = world.quotes
        self.value = world.value
        self.basis = world.basis
        self.others = world.others
        self.appetite = world.appetite
        self.carry = world.carry
        self.board = Board()
        self.agenda = Agenda()
        self.tape = LeveragedTape()
        self.now = 0
        self._passed = 0  # ticks
        self._calm = np.array([calm_volatility(self.spec, coin) for coin in self.spec.coins])
        self._usual = self._calm * (MOMENTUM_SECONDS / 2 / 86_400) ** 0.5  # move in calm
        self._ticks = np.array([coin.tick for coin in self.spec.coins])
        self._weights = np.array([round(1000 * e.spot_share) for e in self.spec.exchanges])
        self._venue = self.places.venue
        self.reservation = self.news.value.copy()
        self._memory = np.zeros(len(self.spec.coins))  # reservation price less news
        self._mean = self.news.value.copy()  # of the last minutes' log price, by coin
        self.resting: tuple[NDArray[np.int64], ...] = ()  # bids, asks: lots within 1 %, by place
        self.apply(start)
        self.apply(policies)

    # -- time ---------------------------------------------------------------------------------

    @property
    def tick(self) -> int:
        """The number of ticks that have passed."""
        return self._passed

    def step(self) -> None:
        """Advance by one tick."""
        end = self.now + self.spec.step_seconds
        while self.now < end:
            self._heed()
            self._round(self._pace(end - self.now))
        self._passed += 1
        self.tape.record(self)

    def _pace(self, left: int) -> int:
        """Return how long the next round may last, seconds: no further than the next levers."""
        if any(exchange.busy for exchange in self.exchanges):
            return 1
        if self.collateral is not None and self.collateral.busy:
            return 1
        stress = float(self.quotes.stress.max())
        longest = next((seconds for least, seconds in PACES if stress >= least), CALM_ROUND)
        if self.news.breaking:
            longest = min(longest, NEWS_ROUND)
        change = next((t for t in self.agenda.changes() if t > self.now), self.now + left)
        return min(left, longest, change - self.now)

    def _heed(self) -> None:
        """Let the levers in force reach the news and the exchanges."""
        levers = self.agenda.levers_at(self.now)
        before = self.board.now
        if levers is before:
            return
        self.board.now = levers
        if levers.makers != before.makers:
            least = max(levers.makers.obligation, self.spec.quotes.floor)
            self.quotes.change(obligation=least)
        if levers.rescue != before.rescue and levers.rescue.injection:
            amount = round(levers.rescue.injection * MICRO)
            self._bring(inject(self.exchanges, amount), amount)
        if levers.rates != before.rates and self.lender is not None:
            self.lender.heed(levers.rates)
        self.news.heed(self.board.now.shocks)
        for exchange in self.exchanges:
            self._bring(exchange, exchange.heed(self.board.now))

    def _round(self, seconds: int) -> None:
        self.news.advance(seconds)
        self.now += seconds
        self.reservation = self.news.value + self._memory
        premium = None if self.carry is None else self.carry.advance(self.places, seconds)
        self.quotes.quote(self.places, seconds, self.news.change, self.reservation, premium)
        if self.now % self.spec.step_seconds == 0:  # a tick is over: the tape asks for it
            self.resting = tuple(self.places.depth_within(side, 0.01)[0] for side in Side)
        depth = self.quotes.depth
        self.value.trade(self.places, seconds, self.reservation, depth, premium)
        self.basis.trade(self.places, seconds, depth, premium)
        spot = self.places.index(self._weights)
        price = log(spot * self._ticks)
        if self.appetite is not None:
            self.appetite.advance(self.now, price)
        self._crowds(seconds, spot, (price - self._mean) / self._usual)
        self._liquidate(seconds, spot)
        self._unwind(seconds, depth)
        self._remember(seconds, price)

    def _crowds(self, seconds: int, spot: NDArray[np.int64], momentum: NDArray[np.float64]) -> None:
        """Let the public act; momentum is the move of the last minutes over what is usual."""
        stress = self._stress()
        for at, exchange in enumerate(self.exchanges):
            appetite = None if self.appetite is None else self.appetite.at(at)
            self._bring(exchange, exchange.admit(self.now, stress, momentum, appetite))
        for agent in self.others:
            agent.act(self.now, seconds, spot)

    def _bring(self, exchange: LeveragedExchange, amount: int) -> None:
        """Book money that came to an exchange from outside."""
        if amount:
            self.books.move(USD, WORLD, exchange.name, amount)

    def _stress(self) -> NDArray[np.float64]:
        """Return volatility over calm by coin, at its most nervous place."""
        volatility = self.quotes.volatility.reshape(-1, len(self._calm))
        stress: NDArray[np.float64] = (volatility / self._calm).max(axis=0)
        return stress

    def _liquidate(self, seconds: int, spot: NDArray[np.int64]) -> None:
        index = spot.tolist()
        for exchange in self.exchanges:
            exchange.mark(self.now, index)
            exchange.liquidate(self.now, seconds)

    def _unwind(self, seconds: int, depth: NDArray[np.float64]) -> None:
        """Let funds and vaults sell what they took over, where the engine is up."""
        down = [exchange.outage.engine for exchange in self.exchanges]
        if any(down):
            depth = np.where(np.array(down)[self._venue], 0.0, depth)
        pace = self.spec.unwinding
        for account in (FUND, VAULT):
            unwind(self.places, account, seconds, depth, tau=pace.seconds, share=pace.share)

    def _remember(self, seconds: int, price: NDArray[np.float64]) -> None:
        """Let what is thought fair follow the price, and keep the mean of the last minutes."""
        kept = exp(-seconds / self.spec.value.memory_seconds)
        self._memory = self._memory + (1.0 - kept) * (price - self.reservation)
        kept = exp(-seconds / MOMENTUM_SECONDS)
        self._mean = kept * self._mean + (1.0 - kept) * price

    # -- policies and copies ------------------------------------------------------------------

    def apply(self, policies: Sequence[Policy]) -> None:
        """Take up policies that are not announced yet; until then they change nothing.

        Raises
        ------
        ValueError
            If a policy's announcement lies in the past, it sets levers that nobody here reads, it
            takes down an exchange that does not exist, or news would lift prices further than
            the engines can count.
        """
        fresh = checked_policies(
            policies, now=self.now, market=type(self).__name__, heeded=self.heeded
        )
        names = [exchange.name for exchange in self.exchanges]
        for policy in fresh:
            down = policy.settings().get("outage.exchange")
            if down is not None and down not in names:
                raise ValueError(f"policy {policy.name!r}: exchange {down!r} is none of {names}")
            self._need_borrowers(policy)
        everything = (*self.agenda.policies, *fresh)
        self._leave_room(everything)
        self.agenda = Agenda.decide(everything, self.streams)

    def _need_borrowers(self, policy: Policy) -> None:
        """Refuse a rate that nobody answers: what it does to value is news, a shock of its own."""
        if not any(lever.startswith("rates.") for lever in policy.settings()):
            return
        if self.spec.lending is None or self.spec.lending.rates is None:
            raise ValueError(
                f"policy {policy.name!r} sets a policy rate, and nobody here answers one: "
                f"lending.rates must be given"
            )

    def _leave_room(self, policies: Sequence[Policy]) -> None:
        """Refuse news that would lift prices too far for the engines, were all of it to come."""
        beta = max(coin.beta for coin in self.spec.coins)
        rise = 0.0
        for policy in policies:
            size = policy.settings().get("shock.size")
            rise += max(0.0, float(size or 0.0))
            if rise * beta > MOST_RISE:
                raise ValueError(
                    f"policy {policy.name!r}: shock sizes above 0 add up to {rise:g}; at most "
                    f"{MOST_RISE / beta:.3g} is allowed at the coins' largest beta, {beta:g}, as "
                    f"prices may not pass {PRICE_ROOM:g} times the first"
                )

    # -- reading ------------------------------------------------------------------------------

    @property
    def collateral(self) -> CollateralMarket | None:
        """The market of collateral coins, if the scenario has any."""
        return next((a for a in self.others if isinstance(a, CollateralMarket)), None)

    @property
    def lender(self) -> Lender | None:
        """The lenders against coins, if the scenario has any."""
        return next((a for a in self.others if isinstance(a, Lender)), None)

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return what happened in units, by table name.

        ``bars``, ``exchanges``, ``liquidations``, ``lockouts``, ``credit``, ``hunts``,
        ``buyers``, ``collateral`` and ``seizures`` are of the whole run (the last five empty
        without lenders, a predator, buyers or collateral coins), ``accounts`` of this moment and
        ``holders`` of the start.
        """
        return {
            **self.tape.frames(self.spec),
            "accounts": accounts_frame(self.exchanges),
            "holders": holders_frame(self.collateral),
        }

    def ticks(self) -> pl.DataFrame:
        """Return the whole market tick by tick; columns are those of `leveraged_ticks`."""
        return leveraged_ticks(self.tape, self.spec)

    def audit(self) -> Audit:
        """Prove that every coin and dollar is somewhere.

        Raises
        ------
        AssertionError
            With every difference found.
        """
        audit = self.books.audit(self.tick, self.exchanges)
        assert audit.passed, f"tick {audit.tick}: " + "; ".join(audit.differences)
        return audit

    def _check(self) -> None:
        """Assert every invariant of the world (our bug if one fails); slow."""
        self.audit()
        self.books._check()
        for exchange in self.exchanges:
            exchange._check()
        self.quotes._check(self.places)
        self.value._check()
        self.basis._check()
        self.places._check()
        if self.appetite is not None:
            self.appetite._check()
        if self.carry is not None:
            self.carry._check()
        for agent in self.others:
            agent._check()
