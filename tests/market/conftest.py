"""Small worlds for the tests of the market."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.model import Market
from tidegate.scenario import BeliefSpec, HolderSpec, Scenario


def small_spec(**changes: Any) -> Scenario:
    """Return a scenario that builds and runs in a fraction of a second."""
    fields: dict[str, Any] = {
        "step_seconds": 14_400,
        "holders": HolderSpec(accounts=2_000),
        "belief": BeliefSpec(warm_up_days=5),
    }
    return Scenario(**{**fields, **changes})


@pytest.fixture
def world() -> Market:
    return Market(small_spec(), rng=1)
