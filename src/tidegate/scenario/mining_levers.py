"""The levers of mining: what states do to miners on their soil, and shocks to machines."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["MiningLevers", "Priority"]

Priority = Literal["first", "equal", "last"]
"""Where miners stand when a grid cannot serve everybody: served first, in proportion, or last."""


class MiningLevers(Frozen):
    """What a state does to mining on its soil, and what shocks machines and miners."""

    host: str | None = Field(
        default=None,
        description="Host that tax, priority, cap_mw, state_mw and sell_fraction are about.",
    )
    tax: float | None = quantity(
        None,
        unit="USD/kWh",
        source="the host's own unless a policy sets one",
        about="Levy on private miners' power; None: the host's own.",
        ge=0,
        le=1,
    )
    priority: Priority | None = Field(
        default=None, description="Who goes short when the grid does; None: the host's own rule."
    )
    cap_mw: float | None = quantity(
        None,
        unit="MW",
        source="the host's own unless a policy sets one",
        about="Most that private miners may draw; None: the host's own.",
        ge=0,
    )
    state_mw: float | None = quantity(
        None,
        unit="MW",
        source="the host's own unless a policy sets one",
        about="Farms run by the state; None: the host's own.",
        ge=0,
        le=1e6,
    )
    sell_fraction: float | None = quantity(
        None,
        unit="1",
        source="the host's own unless a policy sets one",
        about="Share of the state's coins sold as they are mined; None: the host's own.",
        ge=0,
        le=1,
    )
    banned: str = Field(
        default="", description="Hosts that ban private mining, names separated by commas."
    )
    hardware_price: float = quantity(
        1.0, unit="1", source="no shock", about="Factor on the price of machines.", gt=0, le=100
    )
    hardware_supply: float = quantity(
        1.0, unit="1", source="no shock", about="Factor on what makers deliver.", ge=0, le=100
    )
    uncertainty: float = quantity(
        0.0,
        unit="1",
        source="calm unless a policy says otherwise",
        about="How uncertain times are, from 0 to 1: miners hoard more.",
        ge=0,
        le=1,
    )
