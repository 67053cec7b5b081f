"""How long one waits before anything happens, as ratios to importing Mesa in the same minutes.

Run with ``pytest -m bench -s tests/benchmarks/test_import_speed.py``. Processor time is compared,
and not the clock's, because other processes may be busy.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from functools import cache

import pytest

pytestmark = pytest.mark.bench
ROUNDS = 7

# What a process spends, but for the start of Python: shown last, on the stream that help leaves.
TIMED = """\
import atexit, sys, time
began = time.process_time()
atexit.register(lambda: print(time.process_time() - began, file=sys.stderr))
"""
ASKED = {
    "mesa": "import mesa",
    "numpy": "import numpy",
    "core": "import tidegate_core",
    "book": "from tidegate_core import Ledger, OrderBook",
    "agents": "from tidegate.agents import Exchange, PensionFund, RetailTrader",
    "help": "from tidegate.cli import main; main(['--help'])",
}


def spent(program: str) -> float:
    """Return the processor seconds of a program in a process of its own, but for its start."""
    ran = subprocess.run(
        [sys.executable, "-c", TIMED + program], capture_output=True, text=True, check=True
    )
    return float(ran.stderr.split()[-1])


@cache
def ratios() -> dict[str, float]:
    """Return medians over rounds in which all take turns, over Mesa's."""
    taken: dict[str, list[float]] = {name: [] for name in ASKED}
    for _ in range(ROUNDS):
        for name, program in ASKED.items():
            taken[name].append(spent(program))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    print("  ".join(f"{name} {1e3 * time:.0f} ms" for name, time in medians.items()))
    return {name: time / medians["mesa"] for name, time in medians.items()}


@pytest.mark.parametrize(("name", "most"), [("core", 0.1), ("agents", 1.3), ("help", 1.6)])
def test_import_takes_no_longer_than(name: str, most: float) -> None:
    assert ratios()[name] <= most


def test_a_book_adds_little_to_numpy() -> None:
    """The core's classes load NumPy, of which takes 0.08 to 0.17 of Mesa."""
    assert ratios()["book"] - ratios()["numpy"] <= 0.05
