"""Foreign pension systems as data: what they are, and what they would have to see abroad."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["SYSTEMS", "ForeignSpec", "SystemKind", "SystemSpec", "SystemTerms"]

SystemKind = Literal["self_directed", "dc", "db", "government"]
"""Who decides: savers themselves; plans of defined contributions; funds of defined benefits;
a government."""

SIZE = "assumption: order of magnitude of OECD pension statistics"


class SystemTerms(Frozen):
    """What a kind of system asks for before it lets coins in."""

    threshold: float = quantity(
        ...,
        unit="1",
        source="assumption; the order of kinds is PEN-H19's claim, hence follows from it",
        about="Share of US plans' assets whose menus list coins.",
        ge=0,
        le=1,
    )
    watch_months: int = quantity(
        ..., unit="months", source="assumption", about="Time for which it must hold.", ge=0
    )


class SystemSpec(Frozen):
    """One country's system."""

    name: str = Field(description="Name, unique among the systems.", min_length=1)
    kind: SystemKind = Field(description="self_directed, dc, db or government.")
    assets_usd: int = quantity(
        ..., unit="USD", source=SIZE, about="Its assets.", gt=0, le=9 * 10**12
    )


def _system(name: str, kind: SystemKind, billions: int) -> SystemSpec:
    return SystemSpec(name=name, kind=kind, assets_usd=billions * 10**9)


SYSTEMS = (
    _system("australia_smsf", "self_directed", 650),
    _system("uk_sipp", "self_directed", 600),
    _system("uk_dc", "dc", 800),
    _system("australia_super", "dc", 2_000),
    _system("netherlands", "db", 1_800),
    _system("canada", "db", 1_600),
    _system("japan_gpif", "government", 1_600),
    _system("norway", "government", 1_800),
    _system("korea", "government", 800),
)


class ForeignSpec(Frozen):
    """All foreign systems."""

    systems: tuple[SystemSpec, ...] = Field(default=SYSTEMS, description="The systems.")
    self_directed: SystemTerms = SystemTerms(threshold=0.0, watch_months=0)
    dc: SystemTerms = SystemTerms(threshold=0.1, watch_months=12)
    db: SystemTerms = SystemTerms(threshold=0.25, watch_months=24)
    government: SystemTerms = SystemTerms(threshold=0.4, watch_months=36)
    allocation: float = quantity(
        0.005,
        unit="1",
        source="assumption; Houston's 0.5 % (PEN-N13)",
        about="Weight that a system gives coins once it lets them in.",
        ge=0,
        le=1,
    )
    ramp_months: int = quantity(
        36, unit="months", source="assumption", about="Time in which it builds it up.", ge=1
    )
    failure: float = quantity(
        0.5,
        unit="1",
        source="assumption",
        about="Fall from the year's high at which the watch starts again.",
        gt=0,
        le=1,
    )
    advice: float = quantity(
        0.0,
        unit="1",
        source="assumption: gaps in expertise (PEN-A14)",
        about="Advice of the self-directed, 0-1, which takes the timing out of their flows.",
        ge=0,
        le=1,
    )
    timing: float = quantity(
        2.0,
        unit="1 per log return",
        source="assumption: after a doubling in a year they buy 2.4 times as fast, after a "
        "halving they sell",
        about="Response of self-directed flows to the past year's gain.",
        ge=0,
    )
    closed: bool = quantity(
        False, unit="yes/no", source="switch", about="True: none of them acts.", strict=True
    )
