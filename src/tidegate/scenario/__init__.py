"""Frozen scenario data: what may vary between runs, with unit and source per value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.lazy_names import finder

if TYPE_CHECKING:
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

# Who needs one part (an agent in a model of somebody's own) does not wait for all.
__getattr__ = finder(
    __name__,
    {
        "ECOLOGIES": "ecology",
        "ArbitrageSpec": "market",
        "AssetSpec": "market",
        "BeliefSpec": "belief",
        "ChiarellaSpec": "chiarella",
        "Ecology": "ecology",
        "EcologySpec": "ecology",
        "ExecutionSpec": "execution",
        "Frozen": "frozen",
        "HolderSpec": "market",
        "MakerSpec": "market",
        "Scenario": "scenario",
        "SwitchingSpec": "switching",
        "TraderSpec": "market",
        "VenueSpec": "market",
        "quantity": "frozen",
    },
)
