"""The experiment on where liquidation falls and whom it hits, and the claims that it took over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import ModuleType

import pytest

from experiments import crash_shares, flash_crash
from experiments.crash_shares import EXPERIMENT, CrashShares
from tidegate.study.claims import Claim
from tidegate.study.seed import run_arm

TINY = CrashShares(accounts=2_000, lead_hours=0.1, hours=6.2)


def claims(experiment: ModuleType) -> dict[str, Claim]:
    it = experiment.EXPERIMENT
    return {claim.row: claim for claim in it.family(it.checked_arms(it.parameters()))}


@pytest.fixture(scope="module")
def found() -> dict[str, Mapping[str, float]]:
    """Return the metrics of each arm; their worlds must be the same."""
    made, tapes = {}, set()
    for arm in EXPERIMENT.checked_arms(TINY):
        world = run_arm(EXPERIMENT, TINY, 1, arm)
        tapes.add(world.digest())
        made[arm.label] = crash_shares.measure(world.frames(), EXPERIMENT.arm_parameters(TINY, arm))
    assert len(tapes) == 1
    return made


def test_rows_ask_for_a_level_within_one_crash() -> None:
    own = claims(crash_shares)
    assert set(own) == {"LEV-H22", "LEV-H28"}
    for claim in own.values():
        assert (claim.treated, claim.control) == ("losses", "positions")
        assert math.isclose(claim.horizon_days, EXPERIMENT.timeline(CrashShares()).horizon_days)
    assert (own["LEV-H22"].metric, own["LEV-H28"].metric) == ("concentration", "small")


def test_what_leverage_does_to_them_stays_on_the_ledger() -> None:
    """Under ids of their own, and as the claims that they were."""
    before = claims(flash_crash)
    assert before["LEV-H22l"].recorded_as == "LEV-H22"
    assert before["LEV-H28n"].recorded_as == "LEV-H28"
    assert not {"LEV-H22", "LEV-H28"} & set(before)


def test_both_arms_are_figures_of_one_crash(found: dict[str, Mapping[str, float]]) -> None:
    losses, positions = found["losses"], found["positions"]
    assert set(losses) == {metric.name for metric in EXPERIMENT.metrics}
    for name in ("liquidated", "accounts"):
        assert losses[name] == positions[name] > 0.0
    for name in ("concentration", "largest", "small", "gini"):
        assert 0.0 < losses[name] < 1.0
        assert 0.0 < positions[name] < 1.0
        assert losses[name] != positions[name]
    # Binance, Bybit, OKX and Hyperliquid at 30, 33, 30 and 7 % of the open interest.
    assert positions["concentration"] == pytest.approx(0.294, abs=0.01)
    assert positions["largest"] == pytest.approx(0.33, abs=0.01)
    # Of the accounts most lose nothing by liquidation.
    assert losses["gini"] > positions["gini"]
