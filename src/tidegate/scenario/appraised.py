"""A token on what has no market at all, such as a farm or an oil well: appraised once a quarter."""

from __future__ import annotations

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.tokens import GK, TokenPublicSpec

__all__ = ["AppraisedSpec"]


class AppraisedSpec(Frozen):
    """A property in a vault, its tokens, and when anybody says what it is worth.

    Nobody mints or burns by the hour: there is nothing to hedge with. The vault takes tokens back
    when it has published, at what it has published, as far as its gate lets it.
    """

    ticker: str = Field(default="FARM", description="The token's name.", min_length=1)
    size: float = quantity(
        1e9, unit="USD", source="assumption", about="The property at the start.", gt=0, le=1e12
    )
    price: float = quantity(100.0, unit="USD", source="a unit", about="Of one token.", gt=0)
    tick: float = quantity(0.01, unit="USD", source="a cent", about="Price step.", gt=0)
    volatility: float = quantity(
        0.0063,
        unit="log price/sqrt(day)",
        source=f"12 % a year: land and wells between bonds and shares {GK}",
        about="What happens to its worth, every day of the week.",
        ge=0,
        le=0.2,
    )
    beta: float = quantity(
        0.2,
        unit="log price per log price of BTC",
        source="assumption: about half of a stock's 0.37",
        about="What posted news does to its worth.",
        ge=-5,
        le=5,
    )
    quarter_days: int = quantity(
        91, unit="days", source="appraised quarterly", about="From one figure to the next.", ge=1
    )
    smoothing: float = quantity(
        0.4,
        unit="1",
        source=f"appraisers move part of the way (Geltner 1993, on property) {GK}",
        about="Weight of today's worth in a new figure; the rest is the last one.",
        gt=0,
        le=1,
    )
    gate: float = quantity(
        0.05,
        unit="share of tokens per quarter",
        source=f"interval funds and property funds {GK}",
        about="Most that the vault takes back.",
        ge=0,
        le=1,
    )
    threshold: float = quantity(
        0.01,
        unit="log price",
        source="assumption",
        about="Discount at which holders ask for their money.",
        ge=0,
        le=1,
    )
    reserve: float = quantity(
        0.05,
        unit="share of the property",
        source="assumption",
        about="Cash in the vault at the start.",
        ge=0,
        le=1,
    )
    public: TokenPublicSpec = TokenPublicSpec()
