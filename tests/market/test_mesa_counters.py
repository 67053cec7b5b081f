"""A model that nobody holds any more is gone, whatever Mesa counts."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import mesa
import pytest

from tests.market.crash_worlds import crash_world
from tidegate.model import Market


@pytest.mark.parametrize("build", [Market, crash_world])
def test_a_model_is_forgotten(build: Callable[[], Any]) -> None:
    world = build()
    world.step()
    seen = weakref.ref(world)
    del world
    gc.collect()
    assert seen() is None


def test_ids_of_agents_go_on_within_a_model_and_begin_again_in_the_next() -> None:
    one, other = mesa.Model(), mesa.Model()
    ids = [mesa.Agent(model).unique_id for model in (one, one, other, one)]
    assert ids == [1, 2, 1, 3]
