"""The market as a Mesa model: builds a world from a scenario and a seed, and runs it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, ClassVar, TypeVar

import polars as pl
from tidegate_core import Side

from tidegate import assembly, joining
from tidegate.agents.base import MarketAgent
from tidegate.books import Audit, Omnibus
from tidegate.keywords import told
from tidegate.policies.admission import checked_policies
from tidegate.policies.base import Agenda, Policy
from tidegate.scenario import Scenario
from tidegate.seeds import seed_of
from tidegate.tick_frames import market_ticks
from tidegate.world import World

__all__ = ["Market"]

Newcomer = TypeVar("Newcomer", bound=MarketAgent)

MAX_ROUNDS = 64  # a tick ends by then, even if somebody still wants to trade


class Market(World):
    """A BTC spot market on several venues.

    Parameters
    ----------
    spec : Scenario, optional
        The scenario; the default one if not given.
    rng : int, optional
        Seed: with the scenario it fixes every bit of the run. Without one every run is another;
        its seed is the attribute `seed`.
    policies : sequence of Policy
        Policies of the run; more can be added with `apply` before they are announced.
    **changes
        Values of the scenario and levers in force from the start, by flat name:
        ``**{"holders.elasticity": 0.1, "pension.allocation": 0.01}``. All of them hold together.

    Notes
    -----
    The market steps its own agents in an order that matters; `model.agents` lists them, but adding
    to it or removing from it schedules nothing. A trader of your own comes in by `join`.

    Within a tick: policies, belief, revaluations; then rounds of quoting, trading and clearing,
    as many as the step length asks for and more while someone has business left; then transfers
    and the tape.
    """

    # Groups of levers that somebody here reads.
    heeded: ClassVar[tuple[str, ...]] = (
        "pension",
        "shock",
        "rates",
        "reserve",
        "mining",
        "plans",
        "etf",
        "strategies",
        "macro",
        "tokens",
        "hype",
        "trade",
        "metals",
        "companies",
        "hack",
    )

    def __init__(
        self,
        spec: Scenario | None = None,
        *,
        rng: int | None = None,
        policies: Sequence[Policy] = (),
        **changes: Any,
    ) -> None:
        seed = seed_of(rng)
        if not (spec is None or isinstance(spec, Scenario)):
            raise TypeError(f"spec must be a Scenario, got {spec!r}")
        spec, start = told(spec or Scenario(), changes, self.heeded)
        super().__init__(seed)
        self.spec = spec
        world = assembly.assemble(self, self.spec, seed)
        self.clock = world.clock
        self.streams = world.streams
        self.board = world.board
        self.books = world.books
        self.tape = world.tape
        self.exchanges = world.exchanges
        self.crowd = world.crowd
        self.makers = world.makers
        self.takers: list[MarketAgent] = list(world.takers)
        self.joined: list[MarketAgent] = []
        self.funds = world.funds
        self.institutions = world.institutions
        self.rounds = world.rounds
        self.agenda = Agenda()
        self.apply(start)
        self.apply(policies)

    # -- time ---------------------------------------------------------------------------------

    @property
    def tick(self) -> int:
        """The number of ticks that have passed."""
        return self.clock.tick + 1

    def step(self) -> None:
        """Advance by one tick."""
        self.clock.tick += 1
        self.clock.round = 0
        self.board.now = self.agenda.levers_at(self.clock.seconds)
        self.books.settle(self.clock.seconds, self.custodians)
        quoters: list[MarketAgent] = [*self.makers]
        for agent in (self.crowd, *quoters, *self.takers):
            agent.begin()
        while True:
            self._round(quoters)
            self.clock.round += 1
            done = self.clock.round >= self.rounds and not any(t.pending for t in self.takers)
            if done or self.clock.round >= MAX_ROUNDS:
                break
        self._close()

    def _round(self, quoters: Sequence[MarketAgent]) -> None:
        for agent in quoters:
            agent.withdraw()
        self.crowd.withdraw()
        self.crowd.post()
        for exchange in self.exchanges:
            exchange.publish()
        for agent in quoters:
            agent.post()
        for agent in quoters:
            agent.quote()
        for exchange in self.exchanges:
            exchange.publish()
        self.crowd.trade()
        for taker in self.takers:
            taker.trade()
        for exchange in self.exchanges:
            exchange.step()

    def _close(self) -> None:
        for agent in self.takers:
            agent.end()
        outside = sum(fund.lots for fund in self.funds)
        flow = sum(fund.planned for fund in self.funds)
        for exchange in self.exchanges:
            exchange.close(
                self.tape,
                outside=outside,
                flow=flow,
                crowd=self.crowd.coins(exchange.venue),
                consensus=self.crowd.consensus,
            )

    def run_days(self, days: float) -> None:
        """Advance by a number of days."""
        if not isinstance(days, Real):
            raise TypeError(f"days must be a number, got {days!r}")
        if not 0 <= days < math.inf:
            raise ValueError(f"days is {days}; it must be finite and >= 0")
        self.run_until(self.tick + round(days * self.spec.ticks_per_day))

    def join(
        self,
        kind: Callable[..., Newcomer],
        path: str,
        *,
        usd: float = 0.0,
        coins: float = 0.0,
        **own: Any,
    ) -> Newcomer:
        """Let a trader of your own into the market; it trades from the next tick on.

        Parameters
        ----------
        kind : callable
            Its class, such as a subclass of `tidegate.agents.Trader`; called with this model and,
            by name, `accounts` (by venue), `path`, `venues`, `streams`, `clock` and `own`.
        path : str
            Its stable name: the key of its draws and of its table in `frames`.
        usd, coins : float
            What it begins with, spread over venues by share: dollars from the world, coins from
            owners who are not simulated.
        **own
            More arguments of its class.

        Raises
        ------
        ValueError
            If the path is that of a trader or a table, an amount is negative, or others have
            not so many coins.
        """
        return joining.join(self, kind, path, usd=usd, coins=coins, **own)

    # -- policies and copies ------------------------------------------------------------------

    def apply(self, policies: Sequence[Policy]) -> None:
        """Take up policies that are not announced yet; until then they change nothing.

        Raises
        ------
        ValueError
            If a policy's announcement lies in the past, or it sets levers that nobody here reads.
        """
        now = self.tick * self.spec.step_seconds
        fresh = checked_policies(policies, now=now, market=type(self).__name__, heeded=self.heeded)
        for policy in fresh:
            burst = policy.settings().get("shock.burst")
            if burst:
                raise ValueError(
                    f"policy {policy.name!r}: burst is {burst:g}, it must be 0 here: extra noise "
                    "of news needs leverage"
                )
            self._check_hack(policy)
        self.agenda = Agenda.decide((*self.agenda.policies, *fresh), self.streams)

    def _check_hack(self, policy: Policy) -> None:
        """Refuse a robbery of an exchange that is not there."""
        robbed = policy.settings().get("hack.exchange")
        if robbed is None:
            return
        kept = () if self.spec.deposits is None else self.spec.deposits.exchanges
        names = [exchange.name for exchange in kept]
        if robbed not in names:
            raise ValueError(
                f"policy {policy.name!r}: exchange is {robbed!r}; the scenario's deposits have "
                f"{', '.join(names) or 'none'}"
            )

    # -- reading ------------------------------------------------------------------------------

    @property
    def venues(self) -> tuple[Any, ...]:
        """The venues, in the order of the scenario."""
        return tuple(exchange.venue for exchange in self.exchanges)

    @property
    def custodians(self) -> tuple[Omnibus, ...]:
        """Whoever holds clients' balances: the venues, and listed markets if there are any."""
        return (*self.venues, *self.institutions.listed)

    @property
    def price(self) -> float:
        """Price of the whole market: venues' indicative prices by share, USD."""
        return float(sum(v.share * v.price(v.indicative) for v in self.venues))

    def depth(self, side: Side, fraction: float = 0.01) -> float:
        """Return resting depth of all venues within a fraction of the price, USD."""
        lots = sum(
            v.depth_within(side, fraction) * v.lot * v.price(v.indicative) for v in self.venues
        )
        return float(lots)

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the tape in units, by table name.

        ``bars``: a row per tick and venue. ``policies``: a row per lever that a policy sets, with
        whether the policy takes effect. ``trades``: a row a day, kind of buyer and kind of seller.
        Institutions of the scenario add tables of their own: ``rates``, ``macro``, ``states``,
        ``mining``, ``etf`` and others, and so do traders who `join`.
        """
        asset = self.spec.asset
        names = tuple(v.name for v in self.spec.venues)
        return {
            "bars": self.tape.bars(names, asset.tick, asset.lot, self.spec.step_seconds),
            "policies": self._policies(),
            "trades": self.tape.flows.frame(asset.lot),
            **self.institutions.frames(),
            **joining.tables(self.joined),
        }

    def _policies(self) -> pl.DataFrame:
        schema = {
            "policy": pl.Utf8,
            "announced": pl.Int64,
            "effective": pl.Int64,
            "takes_effect": pl.Boolean,
            "lever": pl.Utf8,
            "value": pl.Utf8,
        }
        rows = [
            (p.name, p.announcement, p.effective, p.name in self.agenda.taking_effect, name, str(v))
            for p in self.agenda.policies
            for name, v in p.settings().items()
        ]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def ticks(self) -> pl.DataFrame:
        """Return the whole market tick by tick; columns are those of `market_ticks`."""
        return market_ticks(self.tape, self.spec)

    def audit(self) -> Audit:
        """Prove that every coin and dollar is somewhere.

        Raises
        ------
        AssertionError
            With every difference found.
        """
        audit = self.books.audit(self.clock.tick, self.custodians)
        assert audit.passed, f"tick {audit.tick}: " + "; ".join(audit.differences)
        self.institutions.audit()
        return audit

    def _check(self) -> None:
        """Assert every invariant of the world (our bug if one fails); slow."""
        self.audit()
        self.books._check()
        for venue in self.venues:
            venue._check()
        for listed in self.institutions.listed:
            listed._check()
        for desk in self.crowd.desks:
            desk.holders._check()
