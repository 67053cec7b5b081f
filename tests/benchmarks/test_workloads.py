"""How fast crowds are, as ratios to others measured in the same minute.

Run with ``pytest -m bench -s tests/benchmarks/test_workloads.py``; add ``--benchmark-enable`` for
tables of all contenders.
"""

from importlib.util import find_spec
from typing import Any

import pytest

from tests.benchmarks import workloads
from tests.benchmarks.workloads import Workload

pytestmark = pytest.mark.bench

needs_bourse = pytest.mark.skipif(find_spec("bourse") is None, reason="needs the bench extra")
needs_pams = pytest.mark.skipif(find_spec("pams") is None, reason="needs the bench extra")
needs_compiler = pytest.mark.skipif(not workloads.compiler_found(), reason="needs a C compiler")


def best(rounds: int, agents: int, steps: int, **contenders: Workload) -> dict[str, float]:
    """Best CPU nanoseconds an order of each contender; they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            taken[name].append(run(agents, steps))
    found = {name: min(times) for name, times in taken.items()}
    rates = "  ".join(f"{name} {1e3 / ns:.3f} M/s" for name, ns in found.items())
    print(f"\n{agents:,} agents, {steps} steps: {rates}")
    return found


@needs_bourse
@pytest.mark.parametrize(
    ("agents", "steps", "whole_venue", "book_alone"),
    [(100_000, 10, 4.0, 6.0), (1_000_000, 3, 2.5, 3.5)],
)
def test_array_crowds(agents: int, steps: int, whole_venue: float, book_alone: float) -> None:
    ns = best(
        3,
        agents,
        steps,
        venue=workloads.venue,
        book=workloads.book_columns,
        bourse=workloads.bourse_arrays,
    )
    assert ns["bourse"] >= whole_venue * ns["venue"]
    assert ns["bourse"] >= book_alone * ns["book"]


@needs_compiler
@pytest.mark.parametrize(("agents", "steps", "share"), [(100_000, 20, 0.3), (1_000_000, 4, 0.4)])
def test_a_venue_against_a_bare_loop(agents: int, steps: int, share: float) -> None:
    """The loop has no keyed draws, reservations, log, ids or checks.

    The goal is 0.4 at both sizes. At 100,000 agents 0.33 to 0.36 is reached so far, so that is
    what is guarded there, with room for a busy machine.
    """
    ns = best(7, agents, steps, venue=workloads.venue, loop=workloads.bare_loop)
    assert ns["loop"] >= share * ns["venue"]


@needs_bourse
def test_one_object_per_agent() -> None:
    ns = best(
        5, 10_000, 10, mesa_agents=workloads.mesa_agents, bourse_objects=workloads.bourse_objects
    )
    assert ns["bourse_objects"] >= 1.2 * ns["mesa_agents"]


@needs_pams
def test_fundamentalists_chartists_and_noise_traders() -> None:
    """Nearly every order has a price level of its own: six million ticks about the price."""
    fcn = best(5, 1_000, 20, fcn=workloads.fcn)["fcn"]
    pams = best(1, 1_000, 20, pams=workloads.pams)["pams"]
    assert pams >= 3_000 * fcn


@pytest.mark.parametrize("agents", [10_000, 100_000])
@pytest.mark.parametrize(
    "contender",
    [
        workloads.venue,
        workloads.book_columns,
        workloads.mesa_agents,
        pytest.param(workloads.bare_loop, marks=needs_compiler),
        pytest.param(workloads.bourse_arrays, marks=needs_bourse),
        pytest.param(workloads.bourse_objects, marks=needs_bourse),
    ],
)
def test_table(benchmark: Any, contender: Workload, agents: int) -> None:
    if not benchmark.enabled:
        pytest.skip("only for the tables of --benchmark-enable")
    benchmark.group = f"zero intelligence, {agents:,} agents"
    benchmark.extra_info["cpu_ns_an_order"] = min(contender(agents, 5) for _ in range(3))
    benchmark.pedantic(contender, args=(agents, 5), rounds=3)
