"""Lasting demand for leverage, and what those ask for who take the other side."""

from __future__ import annotations

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["AppetiteSpec"]

CALIBRATED = "calibrated: BTC funding, November 2024 to November 2025 (sd 0.0065 % per 8 hours"
CALIBRATED += ", correlation 0.86 over 4 hours)"


class AppetiteSpec(Frozen):
    """How the public's wish to be long comes and goes over days, and what carrying it costs.

    Log odds move the chance that a new position is long; where they are 0 the public keeps the
    share of longs that it opened with. Professionals, who are short what the public is long, ask
    for a premium over spot in proportion to what they carry beyond what capital has come in for.
    """

    spread: float = quantity(
        0.6,
        unit="log odds",
        source="assumption: one standard deviation takes the chance of a long from 0.58 to 0.71",
        about="Standard deviation of the part of moods that all exchanges share.",
        ge=0,
        le=3,
    )
    own: float = quantity(
        0.2,
        unit="log odds",
        source="assumption: funding of exchanges moves together",
        about="Standard deviation of an exchange's own part.",
        ge=0,
        le=3,
    )
    days: float = quantity(
        1.5, unit="days", source=CALIBRATED, about="Time constant of both parts.", gt=0, le=365
    )
    chase: float = quantity(
        0.3,
        unit="log odds",
        source="assumption; sign: flows of funds follow prices (correlation of ETF flows 0.42 with "
        "the day before); that chasing saturates: extended Chiarella model (Majewski et al. 2018)",
        about="Added for a large return over `chase_days`: chase x tanh(return in standard "
        "deviations).",
        ge=0,
        le=3,
    )
    chase_days: float = quantity(
        2.0, unit="days", source="assumption", about="Days over which returns count.", gt=0, le=365
    )
    carry: float = quantity(
        4e-3,
        unit="log price",
        source=CALIBRATED,
        about="Premium over spot for being short all open interest at once.",
        ge=0,
        le=0.1,
    )
    capital_days: float = quantity(
        1.0,
        unit="days",
        source=CALIBRATED,
        about="Time in which capital comes in for what is carried, and leaves again.",
        gt=0,
        le=3_650,
    )
    pooled: float = quantity(
        0.7,
        unit="1",
        source="assumption: the same firms carry everywhere, but margin lies with an exchange",
        about="Part of the premium that follows what is carried on all exchanges together.",
        ge=0,
        le=1,
    )
