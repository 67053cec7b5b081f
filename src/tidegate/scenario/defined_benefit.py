"""Defined-benefit funds as data: what they hold of coins, how, and what they owe."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Literal, Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["DefinedBenefitSpec", "examples"]

REPORTED = "the fund's own report, or the data file's comment"


class DefinedBenefitSpec(Frozen):
    """One fund.

    A *direct* holder buys coins. *Strategies* are claims on managers that move with coins by
    `beta` and trade nothing here. A *venture* stake is kept at cost until its firm fails.
    """

    name: str = Field(description="Name, unique among the funds.", min_length=1)
    assets_usd: int = quantity(
        ..., unit="USD", source=REPORTED, about="All assets at the start.", gt=0, le=9 * 10**12
    )
    holding: Literal["direct", "strategies", "venture"] = Field(
        description="How it holds coins: direct, strategies or venture."
    )
    share: float = quantity(
        0.0, unit="1", source=REPORTED, about="Target weight of coins.", ge=0, le=1
    )
    low: float = quantity(
        0.0, unit="1", source=REPORTED, about="Weight below which it buys.", ge=0, le=1
    )
    high: float = quantity(
        1.0, unit="1", source=REPORTED, about="Weight above which it sells.", ge=0, le=1
    )
    firm: str | None = Field(default=None, description="Firm in which the venture stake is.")
    stake_usd: int = quantity(0, unit="USD", source=REPORTED, about="Cost of that stake.", ge=0)
    beta: float = quantity(
        1.0, unit="1", source="assumption", about="Beta of strategies to coins.", ge=0, le=3
    )
    enters_day: float | None = quantity(
        0.0,
        unit="days",
        source="scenario: holds from the start",
        about="Day of the run on which it enters; None: only after others (below).",
        ge=0,
    )
    listing_threshold: float | None = quantity(
        None,
        unit="1",
        source="scenario; a menu that lists coins makes them fit for others (PEN-H7)",
        about="Share of all plans' assets at whose listing it enters; None: never for that.",
        ge=0,
        le=1,
    )
    abstention_months: int = quantity(
        60,
        unit="months",
        source="assumption; OTPP has stayed away since 2022",
        about="Time without purchases after a loss of its own.",
        ge=0,
    )
    funded: float = quantity(
        1.0, unit="1", source="assumption", about="Assets over liabilities at the start.", gt=0
    )
    discount: float = quantity(
        0.05,
        unit="1/yr",
        source="assumption",
        about="Rate at which liabilities grow, and other assets earn.",
        ge=0,
        le=0.5,
    )
    benefits: float = quantity(
        0.05,
        unit="1/yr",
        source="assumption: pensions paid, less contributions, keep a mature fund level",
        about="Share of liabilities paid out in a year.",
        ge=0,
        le=1,
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.holding != "venture" and not self.low <= self.share <= self.high:
            raise ValueError(
                f"low, share and high of {self.name!r} must be in order, "
                f"got {self.low}, {self.share}, {self.high}"
            )
        if (self.holding == "venture") != (self.firm is not None):
            raise ValueError(f"a venture stake has a firm, and nothing else has: {self.name!r}")
        if self.stake_usd > self.assets_usd:
            raise ValueError(
                f"stake_usd must be <= assets_usd ({self.assets_usd}), got {self.stake_usd}"
            )
        return self


def examples() -> tuple[DefinedBenefitSpec, ...]:
    """Return the funds of the data file: OTPP, Houston's firefighters and two of Fairfax."""
    text = resources.files("tidegate.data").joinpath("defined_benefit.toml").read_text()
    return tuple(DefinedBenefitSpec(**fund) for fund in tomllib.loads(text)["fund"])
