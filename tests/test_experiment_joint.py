"""The experiment on adoption across classes, from its parameters to its metrics and claims."""

from __future__ import annotations

import pytest

from experiments.joint_adoption import EXPERIMENT, JointAdoption, arms, measure
from tidegate.model import Market

TINY = JointAdoption(warm_up_days=5, belief_warm_up_days=0, days=120, plans=20, link=5.0)


def test_arms_and_claims_speak_of_each_other() -> None:
    p = JointAdoption()
    claims = {claim.row: claim for claim in EXPERIMENT.family(EXPERIMENT.checked_arms(p))}
    assert list(claims) == list(EXPERIMENT.claims)
    assert claims["X6"].beyond == (("states", "none"), ("plans", "none"))
    assert {claim.horizon_days for claim in claims.values()} == {1096}


def test_arms_set_the_link_to_none_and_double() -> None:
    links = {arm.label: arm.overrides.get("link") for arm in arms(JointAdoption())}
    assert links["both-apart"] == 0.0
    assert links["both-double"] == pytest.approx(0.76)
    assert links["both"] is None


def test_who_looks_at_others_follows_them_and_the_books_balance() -> None:
    """At 5 a year and more the example of a state and some plans is followed within months."""
    found = {}
    for label in ("none", "both", "both-apart"):
        arm = next(a for a in arms(TINY) if a.label == label)
        world = Market(TINY.overridden(arm.overrides).scenario(), rng=5)
        world.run_days(TINY.warm_up_days)
        world.apply(arm.policies)
        world.run_days(TINY.days)
        world.audit()
        found[label] = measure(world.frames(), TINY)
    assert list(found["both"]) == [metric.name for metric in EXPERIMENT.metrics]
    assert found["both"]["institutions"] > found["both-apart"]["institutions"]
    assert found["both"]["money"] > found["none"]["money"]
    both = found["both"]
    shares = both["states"] / 5, both["listing"], both["institutions"] / 100
    assert both["joint"] == pytest.approx(sum(shares) / 3)
