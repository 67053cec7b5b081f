"""The coins of a leveraged market: units, and how news about crypto moves each of them."""

from __future__ import annotations

from typing import Any

from pydantic import (
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["ALL_COINS", "DEFAULT_COINS", "CoinSpec"]

MICRO = 1_000_000
ALL_COINS = "common"  # draws of the news that moves all coins have this name


class CoinSpec(Frozen):
    """One coin, its units and its share in common news."""

    name: str
    price: float = quantity(..., unit="USD", source="per coin", about="Price at the start.", gt=0)
    tick: float = quantity(..., unit="USD", source="per coin", about="Price step.", gt=0)
    lot: float = quantity(..., unit="coins", source="per coin", about="Size step.", gt=0)
    beta: float = quantity(
        ..., unit="1", source="per coin", about="Response to news that moves BTC by one.", ge=0
    )
    own_volatility: float = quantity(
        ...,
        unit="per square root of a day",
        source="per coin",
        about="News about this coin alone.",
        ge=0,
        le=1,
    )

    supply: float | None = quantity(
        None,
        unit="coins",
        source="per coin",
        about="Coins in existence; None: nobody measures by them.",
        gt=0,
    )

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out a supply that is not given: no run depends on it."""
        written: dict[str, Any] = handler(self)
        if self.supply is None:
            written.pop("supply", None)
        return written

    @property
    def tick_value(self) -> int:
        """Micro-USD that one lot costs per tick."""
        return round(self.tick * self.lot * MICRO)

    @property
    def unit(self) -> float:
        """USD per tick and lot."""
        return self.tick * self.lot

    @field_validator("name")
    @classmethod
    def _has_news_of_its_own(cls, name: str) -> str:
        if name == ALL_COINS:
            raise ValueError(
                f"name is {name!r}; any other is allowed: that of a coin's own news must not be "
                "that of news that moves all coins"
            )
        return name

    @model_validator(mode="after")
    def _exact(self) -> CoinSpec:
        value = self.tick * self.lot * MICRO
        if value < 1 or abs(value - round(value)) > 1e-6:
            raise ValueError(
                f"tick {self.tick} x lot {self.lot} of {self.name} must be a whole number of "
                f"micro-USD, got {value}"
            )
        return self


# Prices: daily closes of 9 October 2025 (the basket is an index). Betas: days on which BTC fell by
# more than 4 %, January 2023 to September 2025, DOGE standing for the basket. Own volatility: what
# daily volatilities of 2024-2026 relative to BTC (ETH 1.47, SOL 1.73) leave beyond beta, at BTC's
# calm 1.35 % a day; for the basket an assumption between the two.
DEFAULT_COINS = (
    CoinSpec(name="BTC", price=121_714.0, tick=0.1, lot=1e-4, beta=1.0, own_volatility=0.0),
    CoinSpec(name="ETH", price=4_371.0, tick=0.01, lot=1e-3, beta=1.19, own_volatility=0.0116),
    CoinSpec(name="SOL", price=221.0, tick=0.01, lot=0.01, beta=1.41, own_volatility=0.0136),
    CoinSpec(name="SMALL", price=1.0, tick=1e-4, lot=1.0, beta=1.60, own_volatility=0.013),
)
