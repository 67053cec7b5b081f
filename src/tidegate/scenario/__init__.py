"""Frozen scenario data: what may vary between runs, with unit and source per value."""

from tidegate.scenario.belief import BeliefSpec
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.market import (
    ArbitrageSpec,
    AssetSpec,
    HolderSpec,
    MakerSpec,
    TraderSpec,
    VenueSpec,
)
from tidegate.scenario.scenario import Scenario

__all__ = [
    "ArbitrageSpec",
    "AssetSpec",
    "BeliefSpec",
    "ExecutionSpec",
    "Frozen",
    "HolderSpec",
    "MakerSpec",
    "Scenario",
    "TraderSpec",
    "VenueSpec",
    "quantity",
]
