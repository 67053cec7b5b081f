"""A fork costs little more than copying the buffers it has to copy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.market.conftest import small_spec
from tidegate.model import Market
from tidegate.scenario import HolderSpec

ACCOUNTS = 50_000  # a venue, on two venues


@pytest.fixture(scope="module")
def large() -> Market:
    world = Market(small_spec(holders=HolderSpec(accounts=ACCOUNTS)), rng=1)
    world.run_until(6)
    return world


def buffers(world: Market) -> list[np.ndarray[Any, Any]]:
    """Return arrays of the sizes that a fork must copy: columns, balances, the open chunk."""
    sizes = []
    for desk in world.crowd.desks:
        _, (columns, *_) = desk.holders.__reduce__()
        sizes += [np.asarray(column).nbytes for column in columns]
        free, reserved = desk.venue.engine.balances()
        sizes.append(free.nbytes + reserved.nbytes)
    sizes.append(world.tape._open.nbytes)
    return [np.ones(size, dtype=np.uint8) for size in sizes]


def best(function: Callable[[], object], repetitions: int = 15) -> float:
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.mark.bench
def test_a_fork_costs_at_most_three_copies_of_its_buffers(large: Market) -> None:
    columns = buffers(large)
    copied, forked = [], []
    for _ in range(5):  # side by side, so that a busy machine slows both
        copied.append(best(lambda: [column.copy() for column in columns]))
        forked.append(best(large.fork))
    print(f"fork {min(forked) * 1e3:.2f} ms, copy {min(copied) * 1e3:.2f} ms")
    assert min(forked) <= 3.0 * min(copied)


@pytest.mark.bench
@pytest.mark.benchmark(group="fork of 100,000 accounts")
@pytest.mark.parametrize("what", ["fork", "copy"])
def test_fork_beside_copy(large: Market, benchmark: Any, what: str) -> None:
    columns = buffers(large)
    work = {"fork": large.fork, "copy": lambda: [column.copy() for column in columns]}[what]
    assert benchmark(work) is not None


def test_a_fork_copies_every_buffer(large: Market) -> None:
    """What makes it cheap is not that something is shared."""
    twin = large.fork()
    before = large.digest()
    states = [desk.holders.coins for desk in large.crowd.desks]
    twin.run_until(8)
    assert large.digest() == before
    for desk, coins in zip(large.crowd.desks, states, strict=True):
        assert np.array_equal(desk.holders.coins, coins)
    assert twin.spec is large.spec  # what cannot change is shared
