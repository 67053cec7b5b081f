"""How an institution works its orders."""

from __future__ import annotations

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["ExecutionSpec"]


class ExecutionSpec(Frozen):
    """Pace, size and price limits of an institution's execution desk."""

    window_hours: float = quantity(
        24.0, unit="h", source="assumption: flows are worked within a day", about="Pace.", gt=0
    )
    participation: float = quantity(
        0.10,
        unit="share of volume",
        source="execution desks' common limit (assumption)",
        about="Largest share of the market's calm volume.",
        gt=0,
        le=1,
    )
    sweep: float = quantity(
        0.25,
        unit="share of resting orders",
        source="assumption: a desk leaves most of what it sees, so that it refills",
        about="Largest part of what rests within the limit that one order takes.",
        gt=0,
        le=1,
    )
    protection: float = quantity(
        0.005,
        unit="1",
        source="assumption",
        about="Limit beyond the indicative price.",
        gt=0,
        lt=0.5,
    )
    funding_hours: float = quantity(
        24.0, unit="h", source="wires settle the next day (T+1)", about="Cash to venue.", ge=0
    )
