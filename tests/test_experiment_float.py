"""The experiment on coins held for good, from its parameters to its metrics and claims."""

from __future__ import annotations

import math

import polars as pl
import pytest

from experiments.held_float import EXPERIMENT, HeldFloat, arms, measure
from tidegate.model import Market
from tidegate.setups.float import timeline

TINY = HeldFloat(accounts=500, warm_up_days=5, belief_warm_up_days=0)


def test_arms_and_claims_speak_of_each_other() -> None:
    p = HeldFloat()
    claims = {claim.row: claim for claim in EXPERIMENT.family(EXPERIMENT.checked_arms(p))}
    assert list(claims) == list(EXPERIMENT.claims)
    assert claims["X2"].beyond == (("none-probe", "none"),)
    assert {claim.horizon_days for claim in claims.values()} == {timeline(p).horizon_days}
    assert p.probe_day == p.warm_up_days + 730


def test_three_buy_and_hold_and_then_the_probe_spends_its_sum() -> None:
    arm = next(a for a in arms(TINY) if a.label == "all-probe")
    world = Market(TINY.scenario(), rng=2)
    world.run_days(TINY.warm_up_days)
    world.apply(arm.policies)
    world.run_until(timeline(TINY).end)
    world.audit()
    frames = world.frames()
    states = frames["states"]
    last = states.filter(pl.col("day") == states["day"].max())
    spent = dict(zip(last["state"], last["deployed"], strict=True))
    assert spent["st"] == pytest.approx(TINY.each_usd, rel=1e-3)
    assert spent["co"] == pytest.approx(TINY.each_usd, rel=1e-3)
    assert spent["probe"] == pytest.approx(TINY.probe_usd, rel=1e-3)
    assert set(last["phase"]) == {"holding"}
    year = states.filter(pl.col("day") == TINY.warm_up_days + 370)
    assert set(year["phase"]) == {"holding", "idle"}  # all three are done within a year
    flow = world.frames()["bars"].filter(pl.col("venue") == "onshore")["outside_flow"]
    held = flow[TINY.warm_up_days + 370]
    assert held == flow[TINY.probe_day - 1]
    assert held > 2.4 * TINY.each_usd  # pensions bring about as much as each of the others
    found = measure(frames, TINY)
    assert list(found) == [metric.name for metric in EXPERIMENT.metrics]
    assert 0.05 < found["held"] < 0.15


@pytest.mark.evidence
def test_the_lift_does_not_hang_on_the_number_of_accounts() -> None:
    """Twice the holders, the same lift by all three within a fifth, on the mean of two seeds."""
    policies = {a.label: a.policies for a in arms(TINY) if a.label in ("none", "all")}
    lifts = []
    for accounts in (500, 1_000):
        p = TINY.overridden({"accounts": accounts})
        lift = 0.0
        for seed in (1, 2):
            trunk = Market(p.scenario(), rng=seed)
            trunk.run_days(p.warm_up_days)
            found = {}
            for label, chosen in policies.items():
                world = trunk.fork()
                world.apply(chosen)
                world.run_until(timeline(p).end)
                found[label] = measure(world.frames(), p)["price_held"]
            lift += math.log(found["all"] / found["none"]) / 2
        lifts.append(lift)
    assert lifts[1] == pytest.approx(lifts[0], rel=0.2)
