"""The board of levers: what a policy may set, and what agents and venues read.

Policies write the board and call nobody; agents read it and know no policy. A lever is named
``group.name`` (``pension.allocation``) and checked like any other scenario value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError

from tidegate.scenario.commodity_levers import MetalLevers, TradeLevers
from tidegate.scenario.companies import CompanyLevers
from tidegate.scenario.easing import RateLevers
from tidegate.scenario.etf import EtfLevers
from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.hack_levers import HackLevers
from tidegate.scenario.hype import HypeLevers
from tidegate.scenario.macro_levers import MacroLevers
from tidegate.scenario.mining_levers import MiningLevers
from tidegate.scenario.plan_levers import PlansLevers
from tidegate.scenario.reserve_levers import ReserveLevers
from tidegate.scenario.strategy_levers import StrategyLevers
from tidegate.scenario.tokens import TokensLevers

__all__ = [
    "Announcement",
    "LeverValue",
    "LeverageLevers",
    "Levers",
    "MacroLevers",
    "MakersLevers",
    "OutageLevers",
    "PensionLevers",
    "PensionRoute",
    "PensionTerms",
    "RebalancingRule",
    "RescueLevers",
    "ShockLevers",
    "known_news",
]

LeverValue = bool | int | float | str | None
Group = TypeVar("Group", bound=Frozen)

PensionRoute = Literal["default", "menu", "window", "headline"]
"""How savings reach crypto: a sleeve of the default fund, an option of the plan's menu, a
brokerage window, or (the arithmetic of headlines) every dollar at once."""

RebalancingRule = Literal["none", "calendar", "band"]


class PensionTerms(Frozen):
    """By which route savings reach crypto, how fast sponsors offer it, and what rebalances it."""

    route: PensionRoute = Field(
        default="default",
        description="How savings reach crypto: default, menu, window or headline.",
    )
    ramp_months: float = quantity(
        60.0,
        unit="months",
        source="assumption; PEN-H1 spans 1-120",
        about="Time from 5 % to 95 % of plan sponsors.",
        gt=0,
        le=1200,
    )
    rebalancing: RebalancingRule | None = Field(
        default=None,
        description="Rule that keeps the sleeve at its weight; None leaves it to the route.",
    )


class PensionLevers(PensionTerms):
    """What the law and plan practice let pension savings do."""

    opened: int | None = quantity(
        None,
        unit="s",
        source="closed today: no route at scale (GAO, 2022 data: far below 1 % of 401(k) assets)",
        about="Second of the run from which the allocation below is adopted; None: not at all.",
        ge=0,
    )
    allocation: float = quantity(
        0.0,
        unit="1",
        source="status quo; headlines range over 0.001-0.1 (PEN-H1)",
        about="Share that the money within reach of the route puts into crypto.",
        ge=0,
        le=1,
    )
    frozen: bool = quantity(
        False,
        unit="yes/no",
        source="a measuring device, to read what remains of a flow after it has ended",
        about="True: the sector neither buys nor sells; what it holds stays.",
        strict=True,
    )


class ShockLevers(Frozen):
    """News that moves the value of all coins, from one moment on."""

    started: int | None = quantity(
        None, unit="s", source="none unless a policy posts one", about="Second it broke.", ge=0
    )
    size: float = quantity(
        0.0,
        unit="log price of BTC",
        source="none unless a policy posts one",
        about="What it does to value; other coins by their betas.",
        ge=-2,
        le=2,
    )
    ramp_seconds: float = quantity(
        60.0, unit="s", source="assumption", about="Time until all of it is known.", gt=0
    )
    burst: float = quantity(
        0.0,
        unit="calm volatility",
        source="none unless a policy posts one",
        about="Extra noise right after it broke.",
        ge=0,
        le=50,
    )
    burst_seconds: float = quantity(
        10_800.0, unit="s", source="assumption", about="Time in which it fades.", gt=0
    )


def known_news(news: Sequence[ShockLevers], second: int) -> float:
    """Return what is known of news by a second, log price: evenly more until it is all of it."""
    known = 0.0
    for shock in news:
        if shock.started is not None:
            part = (second - shock.started) / shock.ramp_seconds
            known += shock.size * min(max(part, 0.0), 1.0)
    return known


class LeverageLevers(Frozen):
    """What traders on margin may do."""

    cap: int | None = quantity(
        None,
        unit="x",
        source="venue's own tables",
        about="Most leverage of new positions on every exchange; None: the venues' own.",
        strict=True,
        ge=1,
        le=125,
    )
    frozen: bool = quantity(
        False,
        unit="yes/no",
        source="a control: what a crash would be without liquidation",
        about="True: no exchange liquidates anybody.",
        strict=True,
    )


class MakersLevers(Frozen):
    """What market makers have to do."""

    obligation: float = quantity(
        0.0,
        unit="1",
        source="no exchange holds makers to their quotes in a crash",
        about="Least part of the depth in calm that is quoted; 0: makers' own floor holds.",
        ge=0,
        le=1,
    )


class RescueLevers(Frozen):
    """Whom money from outside saves."""

    injection: float = quantity(
        0.0,
        unit="USD",
        source="none unless a policy pays one",
        about="Margin given to the largest position on margin, once.",
        ge=0,
        le=1e12,
    )


class OutageLevers(Frozen):
    """What of which exchange is down."""

    exchange: str | None = Field(default=None, description="Which; None: none is.")
    users: bool = Field(
        default=False, strict=True, description="True: the public's orders do not get through."
    )
    desks: bool = Field(
        default=False, strict=True, description="True: nor do those of makers and arbitrageurs."
    )
    engine: bool = Field(
        default=False, strict=True, description="True: the liquidation engine is down too."
    )
    withdrawals: bool = Field(
        default=False, strict=True, description="True: nothing can be withdrawn."
    )
    compensation: float = quantity(
        0.0,
        unit="1",
        source="none unless a policy promises it",
        about="Share of what users lost to liquidation meanwhile that the exchange pays.",
        ge=0,
        le=1,
    )
    settled_hours: float = quantity(
        0.0,
        unit="h",
        source="at the recovery unless a policy says later",
        about="From the recovery to the prices at which those losses are marked, and paid.",
        ge=0,
        le=8_760,
    )

    @property
    def anything(self) -> bool:
        """Whether anything is down."""
        return self.users or self.desks or self.engine or self.withdrawals


class Announcement(Frozen):
    """A policy that is public but not yet decided: what a trader may build beliefs on."""

    name: str
    announced: Annotated[int, Field(description="Second of the run it became public.", ge=0)]
    effective: Annotated[int, Field(description="Second of the run it is decided.", ge=0)]
    probability: Annotated[float, Field(description="Chance it takes effect.", ge=0, le=1)]
    levers: Annotated[
        tuple[tuple[str, LeverValue], ...], Field(description="What it would set, by lever.")
    ]


class Levers(Frozen):
    """The levers in force at one moment, and the policies that are pending."""

    pension: PensionLevers = PensionLevers()
    shock: ShockLevers = ShockLevers()
    leverage: LeverageLevers = LeverageLevers()
    outage: OutageLevers = OutageLevers()
    makers: MakersLevers = MakersLevers()
    rescue: RescueLevers = RescueLevers()
    rates: RateLevers = RateLevers()
    mining: MiningLevers = MiningLevers()
    reserve: ReserveLevers = ReserveLevers()
    plans: PlansLevers = PlansLevers()
    etf: EtfLevers = EtfLevers()
    strategies: StrategyLevers = StrategyLevers()
    macro: MacroLevers = MacroLevers()
    tokens: TokensLevers = TokensLevers()
    hype: HypeLevers = HypeLevers()
    trade: TradeLevers = TradeLevers()
    metals: MetalLevers = MetalLevers()
    companies: CompanyLevers = CompanyLevers()
    hack: HackLevers = HackLevers()
    older_hacks: tuple[HackLevers, ...] = Field(
        default=(), description="Robberies before `hack`, in order."
    )
    older_shocks: tuple[ShockLevers, ...] = Field(
        default=(), description="News posted before `shock`, in order."
    )
    older_macro: tuple[MacroLevers, ...] = Field(
        default=(), description="News of the economy posted before `macro`, in order."
    )
    other_outages: tuple[OutageLevers, ...] = Field(
        default=(), description="What else is down, one entry an exchange, in order."
    )
    pending: tuple[Announcement, ...] = Field(
        default=(), description="Announced, not yet decided; by time of announcement."
    )

    @property
    def shocks(self) -> tuple[ShockLevers, ...]:
        """All news posted so far, in order."""
        return tuple(s for s in (*self.older_shocks, self.shock) if s.started is not None)

    @property
    def macro_news(self) -> tuple[MacroLevers, ...]:
        """All news of the economy posted so far, in order."""
        return tuple(n for n in (*self.older_macro, self.macro) if n.started is not None)

    @property
    def hacks(self) -> tuple[HackLevers, ...]:
        """All robberies so far, in order."""
        return tuple(h for h in (*self.older_hacks, self.hack) if h.started is not None)

    def outage_of(self, exchange: str) -> OutageLevers:
        """Return what of one exchange is down."""
        entries = (*self.other_outages, self.outage)
        return next((o for o in entries if o.exchange == exchange), OutageLevers())

    def updated(self, values: Mapping[str, LeverValue]) -> Levers:
        """Return the board with some levers set.

        News and robberies add to what was posted before; an outage adds to those of other
        exchanges, and ends where nothing is down any more; ``outage.exchange = None`` ends them
        all.

        Parameters
        ----------
        values
            Value per lever, ``{"pension.allocation": 0.01}``.

        Raises
        ------
        ValueError
            If a lever does not exist or refuses its value; names lever, value and what is
            allowed.
        """
        by_group: dict[str, dict[str, LeverValue]] = {}
        for lever, value in values.items():
            group, _, name = lever.partition(".")
            if lever not in self.names():
                known = ", ".join(self.names())
                raise ValueError(f"lever {lever!r} does not exist; there are {known}")
            by_group.setdefault(group, {})[name] = value
        update: dict[str, object] = {}
        for group, changes in by_group.items():
            if group == "shock":
                update |= self._news(changes)
            elif group == "macro":
                update |= self._macro(changes)
            elif group == "hack":
                update |= self._thefts(changes)
            elif group == "outage":
                update |= self._outages(changes)
            else:
                update[group] = _changed(group, getattr(self, group), changes)
        return self.model_copy(update=update)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return every lever's name, ``group.name``."""
        return tuple(
            f"{group}.{name}"
            for group, field in cls.model_fields.items()
            if isinstance(field.annotation, type) and issubclass(field.annotation, Frozen)
            for name in field.annotation.model_fields
        )

    def _news(self, changes: Mapping[str, LeverValue]) -> dict[str, object]:
        """Return what a shock changes: one that starts is another than the last."""
        if "started" not in changes:
            return {"shock": _changed("shock", self.shock, changes)}
        return {"older_shocks": self.shocks, "shock": _changed("shock", ShockLevers(), changes)}

    def _macro(self, changes: Mapping[str, LeverValue]) -> dict[str, object]:
        """Return what news of the economy changes: a piece that starts is another than the last."""
        if "started" not in changes:
            return {"macro": _changed("macro", self.macro, changes)}
        return {"older_macro": self.macro_news, "macro": _changed("macro", MacroLevers(), changes)}

    def _thefts(self, changes: Mapping[str, LeverValue]) -> dict[str, object]:
        """Return what a robbery changes: one that starts is another than the last."""
        if "started" not in changes:
            return {"hack": _changed("hack", self.hack, changes)}
        return {"older_hacks": self.hacks, "hack": _changed("hack", HackLevers(), changes)}

    def _outages(self, changes: Mapping[str, LeverValue]) -> dict[str, object]:
        """Return what an outage changes: the entry of its exchange, or all of them."""
        exchange = changes.get("exchange", self.outage.exchange)
        if exchange is None:
            return {"outage": _changed("outage", OutageLevers(), changes), "other_outages": ()}
        entry = _changed("outage", self.outage_of(str(exchange)), changes)
        entries = [o for o in (*self.other_outages, self.outage) if o.exchange != exchange]
        entries = [o for o in (*entries, entry) if o.exchange is not None and o.anything]
        last = entries.pop() if entries else OutageLevers()
        return {"outage": last, "other_outages": tuple(entries)}


def _changed(group: str, levers: Group, changes: Mapping[str, LeverValue]) -> Group:
    """Return one group of the board with ``changes`` validated into it."""
    try:
        return type(levers).model_validate({**dict(levers), **changes})
    except ValidationError as error:
        told = error.errors()[0]
        raise ValueError(
            f"lever {group}.{'.'.join(str(part) for part in told['loc'])}: {told['msg']}, "
            f"got {told['input']!r}"
        ) from None
