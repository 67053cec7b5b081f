"""The experiment on states and mining, from its parameters to its metrics and claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.state_mining import EXPERIMENT, StateMining, arms, build, timeline
from tidegate.policies.base import Policy
from tidegate.report.summary import Summary
from tidegate.study.launch import run_experiment

TINY = {"accounts": 500, "warm_up_days": 5, "days": 60, "belief_warm_up_days": 0}
LINE = [
    *("--accounts", "500", "--warm-up-days", "5", "--days", "60", "--belief-warm-up-days", "0"),
    *("--seeds", "1", "--workers", "1"),
]


def test_arms_and_claims_speak_of_each_other() -> None:
    p = StateMining()
    claims = EXPERIMENT.family(EXPERIMENT.checked_arms(p))
    assert {claim.row for claim in claims} == set(EXPERIMENT.claims)
    days = EXPERIMENT.timeline(p).horizon_days
    assert all(claim.horizon_days == days for claim in claims)


@pytest.mark.parametrize("label", ["managed", "keep", "free-dear-frozen"])
def test_every_unit_is_accounted_for(label: str) -> None:
    p = StateMining.model_validate(TINY)
    arm = next(arm for arm in arms(p) if arm.label == label)
    world = build(p.overridden(arm.overrides), 1)
    world.apply([policy for policy in arm.policies if isinstance(policy, Policy)])
    world.run_until(timeline(p).end)
    world.audit()


def test_regimes_differ_as_their_rules_say(tmp_path: Path) -> None:
    assert run_experiment(EXPERIMENT, [*LINE, "--out", str(tmp_path)]) == 0
    summary = Summary.model_validate_json((tmp_path / "summary.json").read_bytes())
    mean = {(e.arm, e.metric): e.mean or 0.0 for e in summary.effects}
    assert mean["ban", "load"] == 0.0
    assert mean["ban", "score"] == 0.0
    assert mean["free", "tax"] == 0.0
    assert mean["tax", "tax"] > 0.0
    assert mean["managed", "shortage"] == 0.0  # last in line
    assert mean["capped", "load"] <= 400.0
    assert mean["free", "world"] < mean["none", "world"]  # moving takes 90 days
    assert mean["sell", "gain"] == pytest.approx(0.0, abs=1e-9)
    assert mean["keep", "gain"] != 0.0
    assert mean["free", "gain"] == 0.0  # no farms
    assert {verdict.row for verdict in summary.verdicts} == set(EXPERIMENT.claims)


def test_the_world_of_2026_has_its_own_hosts() -> None:
    now = StateMining(year="2026").scenario()
    assert now.mining is not None
    assert now.mining.hashrate > 1_000
    assert now.asset.price > 100_000
    then = StateMining(moving_cost=7.0).scenario()
    assert then.mining is not None
    assert then.mining.moving.cost == 7.0
