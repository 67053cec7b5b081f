"""The experiment on states and mining, from its parameters to its metrics and claims."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from experiments.state_mining import (
    EXPERIMENT,
    METRICS,
    StateMining,
    arms,
    build,
    measure,
    timeline,
)
from tidegate.policies.base import Policy

TINY = {"accounts": 500, "warm_up_days": 5, "days": 60, "belief_warm_up_days": 0}


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


def test_regimes_differ_as_their_rules_say() -> None:
    p = StateMining.model_validate(TINY)
    labels = ("none", "free", "tax", "managed", "capped", "ban", "keep", "half", "sell")
    found = outcomes(p, labels, 1)
    assert set(found["free"]) == {metric.name for metric in METRICS}
    assert found["ban"]["load"] == found["ban"]["score"] == 0.0
    assert found["free"]["tax"] == 0.0
    assert found["tax"]["tax"] > 0.0
    assert found["managed"]["shortage"] == 0.0  # last in line
    assert found["capped"]["load"] <= 400.0
    assert found["free"]["world"] < found["none"]["world"]  # moving takes 90 days
    gain = {label: found[label]["gain"] for label in ("free", "keep", "half", "sell")}
    assert gain["sell"] == pytest.approx(0.0, abs=1e-9)
    assert gain["half"] == pytest.approx(gain["keep"] / 2, rel=0.3)
    assert gain["keep"] != 0.0
    assert gain["free"] == 0.0  # no farms


def test_the_world_of_2026_has_its_own_hosts() -> None:
    now = StateMining(year="2026").scenario()
    assert now.mining is not None
    assert now.mining.hashrate > 1_000
    assert now.mining.hardware.supply == 1.0
    assert now.asset.price > 100_000
    then = StateMining(moving_cost=7.0, supply=0.3).scenario()
    assert then.mining is not None
    assert (then.mining.moving.cost, then.mining.hardware.supply) == (7.0, 0.3)


@pytest.mark.slow
def test_twice_the_accounts_say_the_same() -> None:
    def effects(accounts: int) -> tuple[float, float]:
        """Return what rules do to hours of shortage, and a ban elsewhere to hashrate, in logs."""
        p = StateMining(accounts=accounts)
        shortage, world = [], []
        for seed in (1, 2):
            found = outcomes(p, ("none", "free", "managed"), seed)
            shortage.append(found["managed"]["shortage"] - found["free"]["shortage"])
            world.append(math.log(found["free"]["world"] / found["none"]["world"]))
        return float(np.mean(shortage)), float(np.mean(world))

    few, many = effects(1_000), effects(2_000)
    assert many[0] == pytest.approx(few[0], abs=0.02)
    assert many[1] == pytest.approx(few[1], abs=0.05)


def outcomes(p: StateMining, labels: Sequence[str], seed: int) -> dict[str, Mapping[str, float]]:
    """Return the metrics of arms that share their warm-up."""
    by_label = {arm.label: arm for arm in arms(p)}
    trunk = build(p, seed)
    trunk.run_until(timeline(p).announcement)
    found = {}
    for label in labels:
        world = trunk.fork()
        world.apply([one for one in by_label[label].policies if isinstance(one, Policy)])
        world.run_until(timeline(p).end)
        found[label] = measure(world.frames(), p)
    return found
