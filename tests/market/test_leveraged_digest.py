"""The leveraged market: the same bits in every process and on every processor.

``python -m tests.market.test_leveraged_digest`` prints the digest to be written below.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.market.crash_worlds import MINUTE, NEWS, at, shock
from tests.market.test_digest import elsewhere, features
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.outage import Outage, Recovery
from tidegate.scenario.appetite import AppetiteSpec
from tidegate.scenario.leveraged import LeveragedScenario

# Whoever changes what the market does on purpose writes the new digest here, and says why in the
# commit; a digest that changes by itself is a bug. The scenario is written out beside this file,
# so calibration changes nothing.
GOLDEN = "86c4a3a9d642faa9f0c494289a58379b"
GOLDEN_MOODS = "d2aafaf102cf2bf38c06bdaa381fab1c"  # the same with moods that last
MOODS = AppetiteSpec(
    spread=2.0,
    own=0.5,
    days=0.1,
    chase=0.5,
    chase_days=0.1,
    carry=0.02,
    capital_days=0.1,
    pooled=0.7,
)
SPEC = Path(__file__).with_name("golden_leveraged.json")


def golden_world(**changes: Any) -> LeveragedMarket:
    """Run every kind of trader, engine and fault through a crash."""
    world = LeveragedMarket(
        LeveragedScenario.model_validate_json(SPEC.read_text()).model_copy(update=changes),
        rng=1,
        policies=[
            shock(),
            Outage(compensation=0.5, **at(NEWS + 3 * MINUTE)),
            Recovery(**at(NEWS + 5 * MINUTE)),
        ],
    )
    world.run_until(NEWS // MINUTE + 10)
    return world


def test_the_digest_of_a_run_is_the_committed_one() -> None:
    world = golden_world()
    kinds = world.frames()["liquidations"]["kind"]
    assert {"book", "takeover", "adl", "vault", "shortfall", "surplus"} <= set(kinds)
    assert world.digest() == GOLDEN


def test_the_digest_of_a_run_with_moods_is_the_committed_one() -> None:
    assert golden_world(appetite=MOODS).digest() == GOLDEN_MOODS


def test_another_process_without_vectors_or_fused_arithmetic_comes_to_the_same() -> None:
    off = "-AVX512F,-AVX2,-AVX,-FMA,-FMA4"
    digest, *still_on = elsewhere(
        "tests.market.test_leveraged_digest",
        PYTHONHASHSEED="12345",
        NPY_DISABLE_CPU_FEATURES=" ".join(features()),
        GLIBC_TUNABLES=f"glibc.cpu.hwcaps={off}",
    ).split()
    assert still_on == []
    assert digest == GOLDEN


if __name__ == "__main__":
    print(golden_world().digest())
