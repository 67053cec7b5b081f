"""The experiment on credit through a cycle, from its parameters to its metrics and claims."""

from __future__ import annotations

import math

import polars as pl
import pytest

from experiments.credit_cycle import EXPERIMENT, arms, build, measure
from tidegate.analysis.credit import mean_haircut
from tidegate.setups.cycle import CycleParameters, timeline

TINY = CycleParameters(
    accounts=500,
    loans=200,
    warm_up_days=5,
    belief_warm_up_days=0,
    boom_days=30,
    bust_days=10,
    after_days=20,
)


def lived(label: str) -> dict[str, float]:
    arm = next(a for a in arms(TINY) if a.label == label)
    p = TINY.overridden(arm.overrides)
    world = build(p, 3)
    world.run_until(timeline(p).announcement)
    world.apply(arm.policies)
    world.run_until(timeline(p).end)
    world.audit()
    frames = world.frames()
    assert EXPERIMENT.record(frames, p).height == p.last + 1
    return dict(measure(frames, p))


def test_arms_and_claims_speak_of_each_other() -> None:
    p = CycleParameters()
    claims = EXPERIMENT.family(EXPERIMENT.checked_arms(p))
    assert [claim.row for claim in claims] == list(EXPERIMENT.claims)
    assert {claim.horizon_days for claim in claims} == {timeline(p).horizon_days}


def test_a_cycle_lends_sells_and_ruins() -> None:
    moving, old = (lived(label) for label in ("moving", "unsecured"))
    for found in (moving, old):
        assert set(found) == {metric.name for metric in EXPERIMENT.metrics}
        assert found["fall"] > 0.4
    assert moving["strict"] > moving["lax"] > 0.0
    assert moving["sold"] > 0.0
    assert old["losses"] > 0.0


def test_without_lenders_nothing_is_lent_or_lost() -> None:
    p = TINY.overridden({"style": "none"})
    world = build(p, 3)
    world.run_until(timeline(p).end)
    found = measure(world.frames(), p)
    assert found["sold"] == found["failed"] == 0.0
    assert math.isnan(found["boom"])


def test_a_mean_haircut_is_that_of_secured_dollars() -> None:
    """10 % on 3 and 30 % on 1 are 15 %; unsecured loans do not count."""
    table = pl.DataFrame(
        {"seconds": [1, 1, 1], "haircut": [0.1, 0.3, 0.0], "stock": [3.0, 1.0, 9.0]}
    )
    assert mean_haircut(table)["haircut"].to_list() == pytest.approx([0.15])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="less than or equal to 1"):
        CycleParameters(competition=2.0)
