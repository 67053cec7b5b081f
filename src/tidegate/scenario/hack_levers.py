"""A robbery as the board shows it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["HackLevers", "Wallet"]

Wallet = Literal["hot", "cold", "all"]


class HackLevers(Frozen):
    """What was stolen from whom, when, and what may be done about it."""

    started: int | None = quantity(
        None, unit="s", source="none unless a policy posts one", about="Second of the theft.", ge=0
    )
    exchange: str = Field(default="bybit", description="Who is robbed.", min_length=1)
    usd: float = quantity(
        1.46e9,
        unit="USD",
        source="Bybit, 21 February 2025 (M7)",
        about="Coins taken, at the price of the moment; cash follows where coins do not suffice.",
        ge=0,
        le=2e11,
    )
    share: float | None = quantity(
        None,
        unit="share of claims",
        source="none unless a policy gives one",
        about="In place of `usd`: what is taken, over what clients own.",
        ge=0,
        le=1,
    )
    wallet: Wallet = Field(default="cold", description="Out of which reserves: hot, cold, all.")
    disclosed_hours: float = quantity(
        0.0,
        unit="h",
        source="assumption: the chain shows it, and hours of loans and words count from the theft",
        about="Until it is public.",
        ge=0,
    )
    publicity: float = quantity(
        1.0,
        unit="fear",
        source="1 by definition: the largest theft so far, in every newspaper",
        about="Fear that the news starts.",
        ge=0,
        le=10,
    )
    statement: bool = Field(
        default=True, strict=True, description="False: the management keeps silent."
    )
    loans: bool = Field(default=True, strict=True, description="False: nobody lends.")
    outsiders: bool = Field(
        default=True, strict=True, description="False: neither owner nor new shareholders pay."
    )
