"""Central banks abroad that sell American paper to defend their currencies."""

from __future__ import annotations

from typing import Final, Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["BANKS", "ForeignBankSpec", "ReserveDefenceSpec"]


class ForeignBankSpec(Frozen):
    """One central bank."""

    name: str = Field(description="Name, unique.", min_length=1)
    reserves_usd: float = quantity(
        ..., unit="USD", source="per bank", about="Reserves at the start.", gt=0, le=4e12
    )


def bank(name: str, billions: float) -> ForeignBankSpec:
    """Return a bank; reserves are the IMF's template on reserves, end of 2024, rounded."""
    return ForeignBankSpec(name=name, reserves_usd=billions * 1e9)


BANKS: Final = (
    bank("india", 640.0),
    bank("korea", 415.0),
    bank("brazil", 330.0),
    bank("indonesia", 155.0),
    bank("turkey", 155.0),
)


class ReserveDefenceSpec(Frozen):
    """How much they sell when the dollar rises, and how long the paper runs that they sell."""

    banks: tuple[ForeignBankSpec, ...] = Field(default=BANKS, description="Who.", min_length=1)
    defence: float = quantity(
        0.5,
        unit="share of reserves per log dollar",
        source="assumption, near 2022: the dollar rose by a sixth, reserves fell by a twelfth",
        about="What a rise of the dollar above its last high makes them sell; 0: nothing.",
        ge=0,
        le=10,
    )
    tolerated: float = quantity(
        0.02,
        unit="log dollar",
        source="assumption: a quarter of a year's volatility",
        about="Rise since the start that they let pass.",
        ge=0,
        le=1,
    )
    maturity_years: float = quantity(
        0.25,
        unit="years",
        source="Treasury bills: they run for 4 to 52 weeks, 13 is common",
        about="Average life of what they hold, and its duration.",
        gt=0,
        le=30,
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [each.name for each in self.banks]
        if len(set(names)) != len(names):
            raise ValueError(f"banks must have different names, got {names}")
        return self
