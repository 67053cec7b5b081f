"""Basis trades through a listed fund, as data: long its shares, short futures on the coin."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["CarryTradeSpec"]

GK = "(general knowledge, not verified)"
BASIS = (
    "own regression of BTC's funding, all venues, a year's worth, on the return of 30 days: 322 "
    "days from 2024-11-14 to 2025-09-30, R2 0.30 (Newey-West errors, 10 lags)"
)


class CarryTradeSpec(Frozen):
    """What basis trades yield, and how much of the fund belongs to them at that."""

    share: float = quantity(
        0.08,
        unit="share of the fund",
        source=f"assumption: 8-10 bn USD of short futures against 110 bn in funds {GK}; one "
        "analyst gave 56 % of the funds' turnover to arbitrage (HACK-H1r), an arm at half",
        about="What basis trades hold where the basis is as usual.",
        ge=0,
        le=1,
    )
    usual: float = quantity(
        0.0664,
        unit="1/yr",
        source=f"{BASIS}: s.e. 0.0061",
        about="Basis after 30 days without a return.",
        gt=0,
        le=1,
    )
    slope: float = quantity(
        0.302,
        unit="1/yr per log return",
        source=f"{BASIS}: s.e. 0.086",
        about="What a return of the last 30 days adds to the basis.",
    )
    days: int = quantity(
        30, unit="days", source="as in the regression", about="Days of that return.", ge=1, le=365
    )
    hurdle: float = quantity(
        0.0433,
        unit="1/yr",
        source="federal funds, early 2025",
        about="Basis at which nobody trades it.",
        ge=0,
        lt=1,
    )
    most: float = quantity(
        2.0,
        unit="share",
        source="assumption: capital for it is finite",
        about="What it holds at the most, over what it holds usually.",
        ge=1,
        le=20,
    )
    speed: float = quantity(
        0.2,
        unit="1/session",
        source="assumption: a week to put on or take off",
        about="Part of the distance to what it wants that it goes in a session.",
        gt=0,
        le=1,
    )

    @model_validator(mode="after")
    def _worth_it(self) -> Self:
        if self.hurdle >= self.usual:
            raise ValueError(
                f"hurdle {self.hurdle} must be below usual {self.usual}: nobody would trade it"
            )
        return self
