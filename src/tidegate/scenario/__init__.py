"""Frozen scenario data: what may vary between runs, with unit and source per value."""

from tidegate.scenario.belief import BeliefSpec
from tidegate.scenario.chiarella import ChiarellaSpec
from tidegate.scenario.ecology import ECOLOGIES, Ecology, EcologySpec
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
from tidegate.scenario.switching import SwitchingSpec

__all__ = [
    "ECOLOGIES",
    "ArbitrageSpec",
    "AssetSpec",
    "BeliefSpec",
    "ChiarellaSpec",
    "Ecology",
    "EcologySpec",
    "ExecutionSpec",
    "Frozen",
    "HolderSpec",
    "MakerSpec",
    "Scenario",
    "SwitchingSpec",
    "TraderSpec",
    "VenueSpec",
    "quantity",
]
