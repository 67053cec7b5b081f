"""Who buys coins on spot and keeps them: a steady inflow, or a reserve that waits for a fall."""

from __future__ import annotations

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["SpotBuyerSpec"]


class SpotBuyerSpec(Frozen):
    """A buyer with a fixed sum of dollars, who never sells and owes nothing.

    Without a trigger it buys evenly from its moment on: savings that come in payday by payday.
    With one it waits for a fall, then buys in a short time, at no more than the price that made it
    begin: a buyer of last resort does not chase a rebound.
    """

    name: str = Field(description="Name, unique among buyers.", min_length=1)
    coin: str = Field(default="BTC", description="What it buys.")
    size: float = quantity(
        ..., unit="USD", source="per buyer", about="What it has to spend.", gt=0, le=1e12
    )
    begin_hours: float = quantity(
        0.0, unit="h", source="scenario", about="From when on it buys, or watches.", ge=0
    )
    hours: float = quantity(
        ..., unit="h", source="per buyer", about="Time in which it spends, evenly.", gt=0
    )
    fall: float = quantity(
        0.0,
        unit="1",
        source="scenario",
        about="Fall below the highest price since it watches at which it begins; 0: none.",
        ge=0,
        lt=1,
    )
    slip: float = quantity(
        0.005,
        unit="1",
        source="assumption: it is in no hurry; as borrowers who buy",
        about="How far above the price of the moment it buys at most.",
        gt=0,
        lt=0.5,
    )
