"""The experiments on the economy, from their parameters to their metrics and claims."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from experiments import dollar_cycle, macro_rotation
from tidegate.report.summary import Summary
from tidegate.study.launch import run_experiment

TINY = {"warm_up_days": 5, "belief_warm_up_days": 5}


def effects(module: Any, days: int, *labels: str) -> Mapping[tuple[str, str], float]:
    """Return metrics of some arms less those of the first, on one seed, every tick audited."""
    p = module.EXPERIMENT.parameters(days=days, **TINY)
    arms = {arm.label: arm for arm in module.EXPERIMENT.checked_arms(p)}
    found: dict[tuple[str, str], float] = {}
    for label in ("none", *labels):
        arm_parameters = module.EXPERIMENT.arm_parameters(p, arms[label])
        world = module.build(arm_parameters, 1_000)
        times = module.timeline(arm_parameters)
        world.run_until(times.announcement)
        world.apply(arms[label].policies)
        world.run_until(times.end)
        world.audit()
        measured = module.measure(world.frames(), arm_parameters)
        found |= {(label, name): value for name, value in measured.items()}
    return {key: value - found["none", key[1]] for key, value in found.items()}


@pytest.mark.parametrize("module", [macro_rotation, dollar_cycle])
def test_arms_and_claims_speak_of_each_other(module: Any) -> None:
    p = module.EXPERIMENT.parameters()
    claims = module.EXPERIMENT.family(module.EXPERIMENT.checked_arms(p))
    assert [claim.row for claim in claims] == list(module.EXPERIMENT.claims)
    days = module.EXPERIMENT.timeline(p).horizon_days
    assert all(math.isclose(claim.horizon_days, days) for claim in claims)


@pytest.fixture(scope="module")
def rotation() -> Mapping[tuple[str, str], float]:
    labels = ("ai", "china", "none-unlinked", "ai-unlinked", "abrupt", "gradual", "recession")
    twins = ("none-frozen", "ai-frozen", "china-frozen")
    return effects(macro_rotation, 70, *labels, "unbelieved", *twins)


@pytest.fixture(scope="module")
def cycle() -> Mapping[tuple[str, str], float]:
    labels = ("bills", "quick", "slow", "believed", "doubted", "pressure", "pressure-notes")
    return effects(dollar_cycle, 60, *labels, "none-notes", "none-frozen", "cycle-frozen")


def test_what_is_assumed_of_cheap_ai_is_the_link_and_nothing_without_it(
    rotation: Mapping[tuple[str, str], float],
) -> None:
    assert rotation["ai", "assumed"] == pytest.approx(-0.035 * 1.3, abs=1e-6)
    assert rotation["china", "assumed"] == 0.0
    assert rotation["ai-unlinked", "assumed"] == rotation["none-unlinked", "assumed"]
    assert rotation["abrupt", "assumed"] < rotation["gradual", "assumed"] < 0.0


def test_frozen_prices_follow_what_is_assumed_and_nothing_else(
    rotation: Mapping[tuple[str, str], float],
) -> None:
    for arm in ("ai", "china"):
        twin = f"{arm}-frozen"
        assert rotation[twin, "assumed"] == rotation[arm, "assumed"]
        assert rotation[twin, "added"] == pytest.approx(rotation["none-frozen", "added"], abs=1e-3)
    still = rotation["none-frozen", "price_soon"]
    assert rotation["ai-frozen", "price_soon"] < still - 3_000.0  # USD
    assert rotation["china-frozen", "price_soon"] == still
    assert rotation["china-frozen", "crypto_share"] < rotation["none-frozen", "crypto_share"] - 0.01


def test_money_goes_where_it_is_said_to(rotation: Mapping[tuple[str, str], float]) -> None:
    assert rotation["china", "flow"] < -2.0  # bn USD
    assert rotation["recession", "bought"] > rotation["unbelieved", "bought"]


def test_turns_of_the_dollar_reach_coins_by_their_link(
    cycle: Mapping[tuple[str, str], float],
) -> None:
    fall = -0.1 * (-0.9 - 0.8 * 0.1)  # directly, and by gold
    for arm in ("quick", "slow"):
        assert cycle[arm, "assumed"] == pytest.approx(fall, rel=0.02)
    assert cycle["bills", "assumed"] < 0.0
    assert 0.0 < cycle["doubted", "assumed"] < cycle["believed", "assumed"]
    assert cycle["cycle-frozen", "phase_gap"] < cycle["none-frozen", "phase_gap"] - 0.1


def test_short_paper_loses_less_than_long(cycle: Mapping[tuple[str, str], float]) -> None:
    bills = cycle["pressure", "reserve_loss"]
    notes = cycle["pressure-notes", "reserve_loss"] - cycle["none-notes", "reserve_loss"]
    assert 0.0 < bills < notes


@pytest.mark.slow
@pytest.mark.parametrize("module", [macro_rotation, dollar_cycle])
def test_a_study_runs_from_its_options_to_its_summary(module: Any, tmp_path: Path) -> None:
    days = ["--days", "60", "--warm-up-days", "5", "--belief-warm-up-days", "5"]
    options = [*days, "--seeds", "1", "--workers", "1", "--audit", "--out", str(tmp_path)]
    assert run_experiment(module.EXPERIMENT, options) == 0
    summary = Summary.model_validate_json((tmp_path / "summary.json").read_bytes())
    assert not summary.failures
    assert {v.row for v in summary.verdicts} == set(module.EXPERIMENT.claims)
