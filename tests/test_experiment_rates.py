"""The experiment on rate cuts, from its parameters to its metrics and claims."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from experiments.rate_cut import EXPERIMENT, RateCut
from tidegate.report.summary import Summary
from tidegate.study.launch import run_experiment

TINY = ["--accounts", "500", "--step-hours", "24", "--days", "95", "--warm-up-days", "5"]


def test_arms_and_claims_speak_of_each_other() -> None:
    p = RateCut()
    claims = EXPERIMENT.family(EXPERIMENT.checked_arms(p))
    assert [claim.row for claim in claims] == ["PEN-H9", "PEN-H10", "PEN-H10r"]
    assert claims[0].compared == ("both", "none", "pension", "none", "surprise", "none")
    days = EXPERIMENT.timeline(p).horizon_days
    assert all(math.isclose(claim.horizon_days, days) for claim in claims)


def test_what_is_assumed_and_what_is_added_are_kept_apart(tmp_path: Path) -> None:
    arguments = [*TINY, "--seeds", "2", "--workers", "1", "--out", str(tmp_path)]
    assert run_experiment(EXPERIMENT, arguments) == 0
    summary = Summary.model_validate_json((tmp_path / "summary.json").read_bytes())
    found = {(e.arm, e.metric): e for e in summary.effects}
    day_0 = 25 * 0.0025
    assumed = found["surprise", "assumed"].effect
    assert assumed == pytest.approx(1.5 * day_0, rel=0.01)  # half as much again in three days
    assert found["both", "assumed"].effect == assumed
    assert found["expected", "assumed"].effect == 0.0
    assert found["expected", "price"].effect == 0.0  # bit for bit the world without
    later, added = found["surprise", "price_later"].effect, found["surprise", "added"].effect
    assert later is not None
    assert added is not None
    assert assumed is not None
    assert later == pytest.approx(added + assumed, abs=0.01)  # means of days, against a day
    frozen = found["surprise-frozen", "price_later"].effect
    assert frozen == pytest.approx(assumed, abs=1e-6)  # to the tick: all of it is assumed
    assert {v.row: v.verdict.value for v in summary.verdicts} == dict.fromkeys(
        ("PEN-H9", "PEN-H10", "PEN-H10r"), "undecided"
    )
