"""What pension money asks of custody and markets, as data."""

from __future__ import annotations

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["InfrastructureSpec"]


class InfrastructureSpec(Frozen):
    """How losses and spreads fall as pensions hold more of the coins (PEN-H21)."""

    loss_rate: float = quantity(
        0.0007,
        unit="1/yr",
        source="about 2 bn USD stolen of 3 T in 2024 (general knowledge, not verified)",
        about="Share of coins in custody lost in a year where pensions hold none.",
        ge=0,
        le=1,
    )
    loss_floor: float = quantity(
        0.2,
        unit="1",
        source="assumption: keys can be stolen from the best custodian too",
        about="Part of the loss rate that no standard takes away.",
        ge=0,
        le=1,
    )
    spread_floor: float = quantity(
        0.5,
        unit="1",
        source="assumption: half of today's spread; it fell by 99 % from 2017 to 2023 without "
        "pensions (M5)",
        about="Part of the spread that no standard takes away.",
        gt=0,
        le=1,
    )
    scale: float = quantity(
        0.05,
        unit="1",
        source="assumption: nobody has measured it; most of the gain comes with the first tenth",
        about="Share of coins held by pensions at which 63 % of the gain is had.",
        gt=0,
    )
    strength: float = quantity(
        1.0,
        unit="1",
        source="a dial: nobody has measured what pensions ask for",
        about="How much a pension share counts against the scale above; 0: standards stay.",
        ge=0,
    )
    enabled: bool = quantity(
        True, unit="yes/no", source="switch", about="False: standards stay.", strict=True
    )
