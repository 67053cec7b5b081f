"""Measures of a crash are the same to the last bit in every process."""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
import numpy as np, polars as pl
from tidegate.analysis import crash
rng = np.random.default_rng(1)
events = pl.DataFrame({
    "second": np.arange(60_000) % 60,
    "exchange": [f"exchange {at}" for at in rng.integers(0, 12, 60_000)],
    "kind": ["book"] * 60_000,
    "side": ["long"] * 60_000,
    "notional": rng.lognormal(10.0, 2.0, 60_000),
})
print(crash.concentration(events, 0, 60).hex())
"""


def test_a_sum_over_exchanges_does_not_depend_on_the_order_of_groups() -> None:
    """Groups come in an order of their hashes and of threads unless they are told not to."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "POLARS_MAX_THREADS": str(threads)},
        )
        for threads in (1, 1, 1, 2, 2, 3, 4, 8)
    ]
    assert len({run.communicate()[0] for run in runs}) == 1
    assert not any(run.returncode for run in runs)
