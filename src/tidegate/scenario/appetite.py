"""Lasting demand for leverage, and what those ask for who take the other side."""

from __future__ import annotations

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["AppetiteSpec"]


class AppetiteSpec(Frozen):
    """How the public's wish to be long comes and goes over days, and what carrying it costs.

    Log odds move the chance that a new position is long; where they are 0 the public keeps the
    share of longs that it opened with.
    """

    spread: float = quantity(
        0.6, unit="log odds", source="calibrated", about="Sd of the common part.", ge=0, le=3
    )
    days: float = quantity(
        1.5, unit="days", source="calibrated", about="Time in which moods pass.", gt=0, le=365
    )
    own: float = quantity(
        0.2, unit="log odds", source="assumption", about="Sd of an exchange's own part.", ge=0, le=3
    )
    chase: float = quantity(
        0.3,
        unit="log odds",
        source="assumption",
        about="Added by a return of one standard deviation over `chase_days`.",
        ge=0,
        le=3,
    )
    chase_days: float = quantity(
        2.0, unit="days", source="assumption", about="Time over which returns count.", gt=0, le=365
    )
    carry: float = quantity(
        2e-3,
        unit="log price",
        source="calibrated",
        about="Premium over spot at which professionals would be short all open interest.",
        ge=0,
        le=0.1,
    )
    capital_days: float = quantity(
        1.0,
        unit="days",
        source="calibrated",
        about="Time in which capital comes in for what is carried, and leaves again.",
        gt=0,
        le=3_650,
    )
    pooled: float = quantity(
        0.7, unit="1", source="assumption", about="Part of it that all exchanges share.", ge=0, le=1
    )
