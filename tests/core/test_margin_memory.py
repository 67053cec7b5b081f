"""Without memory nothing changes."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource
import numpy as np
from tidegate_core.codes import Reject
from tests.margin_venue import UNIT, linear, venue

engine = venue(cash=(10**6,) * 4)
engine.add_accounts(1_000)
before = engine.snapshot()
unlimited = resource.getrlimit(resource.RLIMIT_AS)


def starved(call, spare):
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + spare, unlimited[1]))
    try:
        return call()
    except MemoryError:
        return "MemoryError"
    finally:
        resource.setrlimit(resource.RLIMIT_AS, unlimited)


n = 400_000
rows = np.arange(n, dtype=np.int64)
one = np.ones(n, np.int64)
assert starved(lambda: engine.add_accounts(50_000_000), 1 << 24) == "MemoryError"
assert engine.snapshot() == before

first = engine.add_accounts(n)
sides = np.where(rows % 2 == 0, 1, -1)
before = engine.snapshot()
zeros = np.zeros(n, np.int64)
call = lambda: engine.endow(0, first + rows, sides, sides * 100, zeros)
assert starved(call, 1 << 24) == "MemoryError"
assert engine.snapshot() == before

engine.deposit_many(account=first + rows, asset=0, amount=1_000 * UNIT * one)
call = lambda: engine.submit_many(account=first + rows, side=0 * one, price=50 * one, quantity=one)
results = starved(call, 1 << 25)
assert (results < 0).any() and (results > 0).any(), results
assert set(results[results < 0].tolist()) == {-Reject.MEMORY}
engine._check()
assert engine.submit(0, first + n - 1, 0, 50, 1) > 0
engine._check()
print("fine")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of address space")
def test_without_memory_nothing_changes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert done.stdout == "fine\n", done.stderr
