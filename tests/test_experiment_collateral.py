"""The experiment on what collateral is valued at, from its parameters to its results."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from experiments.collateral_valuation import EXPERIMENT, CollateralValuation
from tidegate.scenario.collateral_coins import CollateralSpec
from tidegate.study.launch import run_experiment

TINY = CollateralValuation(accounts=2_000, lead_hours=0.1, hours=6.0, step_seconds=300)


def test_arms_differ_in_scenario_or_policies() -> None:
    p = CollateralValuation()
    seen = set()
    for arm in EXPERIMENT.checked_arms(p):
        scenario = EXPERIMENT.arm_parameters(p, arm).scenario()
        what = (scenario.digest, tuple(policy.model_dump_json() for policy in arm.policies))
        assert what not in seen
        seen.add(what)
    assert EXPERIMENT.family(EXPERIMENT.checked_arms(p)) == ()


def test_the_scenario_has_the_coins_and_the_dial_of_a_crash() -> None:
    p = CollateralValuation(
        valued_by="redemption_value", holdings=2.0, redemption=3.0, leverage_cap=10
    )
    spec = p.scenario()
    wanted = CollateralSpec(valued_by="redemption_value").backing(2.0).redeeming(3.0)
    assert spec.collateral == wanted
    assert spec.dial.leverage_cap == 10
    shut, back = p.freeze()
    assert shut.announcement == p.day.second + 28 * 60
    assert back.announcement == shut.announcement + 100 * 60


@pytest.mark.slow
def test_a_run_yields_every_metric_and_the_paths() -> None:
    times = EXPERIMENT.timeline(TINY)
    world = EXPERIMENT.build(TINY, 1)
    world.run_until(times.announcement)
    world.apply(EXPERIMENT.checked_arms(TINY)[0].policies)
    world.run_until(times.end)
    frames = world.frames()
    metrics = EXPERIMENT.measure(frames, TINY)
    assert set(metrics) == {metric.name for metric in EXPERIMENT.metrics}
    for name in ("least_usde", "gap_usde", "gap_wbeth", "backed", "due", "btc_there"):
        assert math.isfinite(metrics[name]), name
    assert 0 < metrics["least_usde"] <= 1.01
    assert metrics["backed"] > 0
    assert EXPERIMENT.record is not None
    paths = EXPERIMENT.record(frames, TINY)
    assert set(paths.columns) == {"day", *(series.name for series in EXPERIMENT.series)}
    assert paths["USDe"].null_count() == 0


def test_bad_input_names_the_field(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValidationError, match="valued_by"):
        CollateralValuation(valued_by="oracle")  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="holdings"):
        CollateralValuation(holdings=-1.0)
    assert run_experiment(EXPERIMENT, ["--quick", "--freeze-minutes", "0"]) == 2
    assert "freeze-minutes" in capsys.readouterr().err.replace("_", "-")
