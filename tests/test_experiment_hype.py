"""The experiments on hype and fees to related parties, from their parameters to their claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import pytest

from experiments import hype, related_party
from experiments.hype import Hype
from experiments.related_party import RelatedParty
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.world import Auditable

P = TypeVar("P", bound=Parameters)
SMALL = {"warm_up_days": 5, "days": 40, "step_hours": 24, "belief_warm_up_days": 0}


@pytest.mark.parametrize(
    ("experiment", "p"),
    [(hype.EXPERIMENT, Hype()), (related_party.EXPERIMENT, RelatedParty())],
)
def test_arms_and_claims_speak_of_each_other(experiment: Experiment[P], p: P) -> None:
    claims = experiment.family(experiment.checked_arms(p))
    assert {claim.row for claim in claims} == set(experiment.claims)
    days = experiment.timeline(p).horizon_days
    assert all(claim.horizon_days == days for claim in claims)


def metrics(experiment: Experiment[P], p: P, label: str) -> Mapping[str, float]:
    """Run one arm and measure it, having proved that all adds up."""
    arm = next(arm for arm in experiment.arms(p) if arm.label == label)
    world = experiment.build(experiment.arm_parameters(p, arm), 1)
    world.apply(arm.policies)
    world.run_until(experiment.timeline(p).end)
    assert isinstance(world, Auditable)
    world.audit()
    found = experiment.measure(world.frames(), p)
    assert set(found) == {metric.name for metric in experiment.metrics}
    return found


def test_what_rises_by_attention_falls_if_people_leave() -> None:
    p = Hype(**SMALL)
    silence, word, stay, coins, index = (
        metrics(hype.EXPERIMENT, p, label)
        for label in ("silence", "word", "stay", "btc", "word-frozen")
    )
    assert silence["rise"] == silence["fall_back"] == silence["heard"] == 0.0
    assert word["rise"] > 1.0
    assert word["fall_back"] > 0.5
    assert stay["rise"] > word["rise"]
    assert stay["fall_back"] == 0.0
    assert coins["rise"] == 0.0
    assert coins["coin_boom"] != silence["coin_boom"] == word["coin_boom"]
    assert 0.1 < index["fall_back"] < 0.7


def test_fees_are_by_volume() -> None:
    p = RelatedParty(**SMALL)
    none, related = (metrics(related_party.EXPERIMENT, p, label) for label in ("none", "related"))
    assert none["income"] == 0.0
    assert related["income_share"] == pytest.approx(0.0075, rel=1e-6)
    assert related["late_return"] == none["late_return"]
    assert related["transfer"] == pytest.approx(none["transfer"] + 0.0075)
