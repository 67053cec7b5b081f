"""Haircuts that move: what lenders ask of collateral when prices swing, and what rivals ask."""

from __future__ import annotations

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["HaircutSpec"]


class HaircutSpec(Frozen):
    """How lenders set the part of collateral's value that they do not lend against.

    Every lender starts from the haircut of its terms, 1 less the threshold of its loans.
    """

    response: float = quantity(
        1.0,
        unit="1",
        source="1: value at risk (Brunnermeier & Pedersen 2009; Aymanns & Farmer 2015); 0: none;"
        " below 0: countercyclical",
        about="Elasticity of a haircut in volatility.",
        ge=-2,
        le=3,
    )
    usual_volatility: float = quantity(
        0.5,
        unit="1/sqrt(yr)",
        source="BTC: 53 % in 2024, 42 % in 2025",
        about="Volatility at which haircuts are those of the lenders' terms.",
        gt=0,
        le=5,
    )
    memory_days: float = quantity(
        15.0,
        unit="days",
        source="assumption: risk desks look at weeks",
        about="Over which the middle lender measures volatility; the shortest half, the longest"
        " twice as long.",
        gt=0,
        le=1_000,
    )
    speed_days: float = quantity(
        5.0,
        unit="days",
        source="assumption: terms are reviewed by the week",
        about="Time in which terms in force follow.",
        gt=0,
        le=1_000,
    )
    competition: float = quantity(
        0.3,
        unit="1",
        source="assumption: who asks for more than the laxest rival loses borrowers to it",
        about="Weight of the laxest rival's terms, each measured by its own usual ones.",
        ge=0,
        le=1,
    )
    least: float = quantity(
        0.05, unit="1", source="assumption", about="No haircut is smaller.", gt=0, lt=1
    )
    most: float = quantity(0.6, unit="1", source="assumption", about="None is larger.", gt=0, lt=1)
    remargins: bool = Field(
        default=True,
        strict=True,
        description="Whether desks apply new terms to loans that they have made; on chain,"
        " thresholds of loans stay.",
    )
    look_hours: float = quantity(
        24.0, unit="hours", source="assumption: once a day", about="Between two looks.", gt=0
    )
