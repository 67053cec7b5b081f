"""A trader who pushes a price into the liquidations of others, where these can be seen."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["PredatorSpec"]


class PredatorSpec(Frozen):
    """What a predator has, sees and dares."""

    exchange: str = Field(
        default="hyperliquid", description="Where it hunts: a venue whose ledger can be public."
    )
    visible: bool = Field(
        default=True,
        description="Whether it sees everybody's liquidation price; if not, open interest is all.",
    )
    capital: float = quantity(
        150e6,
        unit="USD",
        source="assumption: a large account of a public venue",
        about="Cash at the start; it gets no more.",
        gt=0,
    )
    leverage: int = quantity(
        5,
        unit="x",
        source="assumption: well below what venues allow",
        about="Largest short over equity.",
        ge=1,
        le=125,
    )
    near: float = quantity(
        0.01,
        unit="log price",
        source="assumption: what lies nearer falls without a push",
        about="Where the cluster that it looks at begins, below the mark.",
        gt=0,
        lt=0.5,
    )
    far: float = quantity(
        0.03,
        unit="log price",
        source="assumption: beyond that a push costs too much",
        about="Where the cluster that it looks at ends, below the mark.",
        gt=0,
        lt=0.5,
    )
    threshold: float = quantity(
        1.0,
        unit="1",
        source="a cascade feeds itself where forced sales exceed depth",
        about="Gain (forced sales over depth, both per 1 %) from which on it hunts.",
        ge=0,
    )
    linked: float = quantity(
        1.0,
        unit="1",
        source="assumption: arbitrage takes seconds, a push a minute, so it moves all places",
        about="Share of the depth at other places of the coin that it counts as in its way.",
        ge=0,
        le=1,
    )
    ignite: float = quantity(
        0.25,
        unit="1",
        source="assumption: the rest is to fall by itself",
        about="Share of the cluster that it pushes the price through.",
        gt=0,
        le=1,
    )
    guess: float = quantity(
        0.0,
        unit="1",
        source="assumption: without a map it does not hunt",
        about="Share of open interest that it takes for the cluster when it sees no positions.",
        ge=0,
        le=1,
    )
    look_seconds: int = quantity(
        60, unit="s", source="assumption", about="Time between two looks at positions.", ge=1
    )
    push_seconds: float = quantity(
        60.0,
        unit="s",
        source="assumption: about as long as makers take to refill",
        about="Time in which it sells what lies between the price and the cluster.",
        gt=0,
    )
    patience_seconds: int = quantity(
        600, unit="s", source="assumption", about="When it gives up, and leaves.", ge=1
    )
    rest_seconds: int = quantity(
        1_800, unit="s", source="assumption", about="Pause after a hunt.", ge=0
    )
    levels: int = quantity(
        5, unit="orders", source="resolution", about="Bids in which it waits.", ge=1, le=50
    )
    stop: float = quantity(
        0.015,
        unit="1",
        source="assumption: half of the way it hopes for",
        about="Rise of the mark over its start that makes it leave.",
        gt=0,
    )
    slip: float = quantity(
        0.005,
        unit="1",
        source="assumption",
        about="How far above the mark it buys when it leaves.",
        gt=0,
        lt=1,
    )

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.near >= self.far:
            raise ValueError(f"near {self.near:g} must be below far {self.far:g}")
        return self
