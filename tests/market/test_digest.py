"""The same bits in every process and on every processor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tidegate.model import Market
from tidegate.policies.pension_access import PensionAccess
from tidegate.scenario import BeliefSpec, HolderSpec, Scenario

ROOT = Path(__file__).parents[2]
# Whoever changes what the market does on purpose writes the new digest here, and says why in the
# commit; a digest that changes by itself is a bug.
GOLDEN = "ab0293b3c2fdba3b8dea09963cdcb68b"


def golden_world() -> Market:
    """Run every kind of agent for a month; belief is stated, so calibration changes nothing."""
    belief = BeliefSpec(
        horizons=12,
        shortest_minutes=3.7,
        longest_days=45.0,
        fast_limit_hours=2.5,
        fast_weight=0.47,
        slow_weight=0.5,
        fast_saturation=260.0,
        slow_saturation=23.0,
        fast_tilt=0.0,
        slow_tilt=0.0,
        saturation_tilt=0.0,
        news_share=0.19,
        asymmetry=0.06,
        sentiment_days=200.0,
        annual_volatility=0.5,
        mean_variance=0.63,
        mean_activity=0.76,
        warm_up_days=5,
    )
    world = Market(
        Scenario(step_seconds=14_400, holders=HolderSpec(accounts=2_000), belief=belief),
        rng=11,
        policies=[PensionAccess(allocation=0.05, route="headline", ramp_months=1)],
    )
    world.run_days(30)
    return world


def features() -> list[str]:
    """Return the vector instructions that NumPy found here and can do without."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return [name for name in __cpu_dispatch__ if __cpu_features__[name]]


def elsewhere(module: str = __name__, **environment: str) -> str:
    """Return the digest of a module's golden world that a process of its own comes to."""
    code = (
        f"from {module} import features, golden_world;print(golden_world().digest(), *features())"
    )
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_digest_of_a_run_is_the_committed_one() -> None:
    world = golden_world()
    assert world.funds[0].lots > 0
    assert world.digest() == GOLDEN


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_a_second_process_comes_to_the_same(hash_seed: str) -> None:
    assert elsewhere(PYTHONHASHSEED=hash_seed).split()[0] == GOLDEN


def test_vector_instructions_change_nothing() -> None:
    found = features()
    if not found:
        pytest.skip(f"NumPy {np.__version__} uses no vector instructions beyond its baseline here")
    digest, *still_on = elsewhere(NPY_DISABLE_CPU_FEATURES=" ".join(found)).split()
    assert still_on == []
    assert digest == GOLDEN


def test_the_c_library_changes_nothing() -> None:
    """Without fused multiply-add its exp, log and pow round differently; nobody may use them."""
    off = "-AVX512F,-AVX2,-AVX,-FMA,-FMA4"
    assert elsewhere(GLIBC_TUNABLES=f"glibc.cpu.hwcaps={off}").split()[0] == GOLDEN
