"""Those who trade ahead of announced policies, as data."""

from __future__ import annotations

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["AnticipationSpec"]


class AnticipationSpec(Frozen):
    """How much of an announced flow is bought ahead of it, and how it is left."""

    lever: str = Field(
        default="plans.allocation", description="Lever whose announcement is acted on."
    )
    share: float = quantity(
        0.02,
        unit="1",
        source="assumption; none measured (PEN-H8)",
        about="Part of the expected flow that is bought ahead.",
        ge=0,
        le=1,
    )
    capital: float = quantity(
        2e9, unit="USD", source="assumption", about="Most that is bought ahead.", ge=0
    )
    exit_days: int = quantity(
        30,
        unit="days",
        source="assumption",
        about="Days over which the position is sold once the policy is decided, or has lapsed.",
        ge=1,
    )
