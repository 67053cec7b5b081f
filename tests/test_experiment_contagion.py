"""The experiment on who follows, from its parameters to its metrics and claims."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from experiments.adoption_contagion import EXPERIMENT, AdoptionContagion, arms, measure
from tidegate.agents.peers import similarity_weights
from tidegate.analysis.adoption import adopters, head_start, years_until
from tidegate.model import Market
from tidegate.setups.contagion import COLLECTIVE, DIRECTED

TINY = AdoptionContagion(warm_up_days=5, belief_warm_up_days=0, after=90, days=200, plans=20)


def test_years_are_counted_until_each_joined() -> None:
    """From day 10 to day 740.5: b joins on day 375.25 of 365.25 a year, a never, c was in."""
    table = pl.DataFrame(
        {
            "day": [0, 0, 0, 376, 376, 376],
            "state": ["a", "b", "c"] * 2,
            "phase": ["idle", "idle", "holding", "idle", "buying", "holding"],
        }
    )
    joined = pl.col("phase") != "idle"
    years = years_until(table, joined, ["a", "b", "c"], by="state", first=10, last=741)
    assert years == pytest.approx({"a": 731 / 365.25, "b": 366 / 365.25, "c": 0.0})
    assert adopters(years, within=731 / 365.25) == 2
    assert head_start(years, ["b", "c"], ["a"]) == pytest.approx((731 - 183) / 365.25)


def test_arms_and_claims_speak_of_each_other() -> None:
    p = AdoptionContagion()
    claims = EXPERIMENT.family(EXPERIMENT.checked_arms(p))
    assert len(claims) == len(EXPERIMENT.claims)
    assert {claim.horizon_days for claim in claims} == {EXPERIMENT.timeline(p).horizon_days}


def test_alike_means_that_nobody_is_nearer_or_more_cautious() -> None:
    p = AdoptionContagion(alike=True)
    spec = p.scenario().foreign
    assert spec is not None
    assert spec.db == spec.government == spec.dc
    assert len(DIRECTED) + len(COLLECTIVE) == 7
    peers = p.scenario().state_peers
    assert peers is not None
    weights = similarity_weights(p.states().attributes, peers.similarity)
    assert weights == pytest.approx((1.0 - np.eye(6)) / 5)


def test_caution_scales_what_systems_ask_for() -> None:
    terms = AdoptionContagion(caution=0.1).systems()
    assert [terms.dc.threshold, terms.db.threshold] == pytest.approx([0.01, 0.025])
    assert terms.government.threshold == pytest.approx(0.04)


@pytest.fixture(scope="module")
def worlds() -> dict[str, Market]:
    """Three records in forks of one world."""
    trunk = Market(TINY.scenario(), rng=3)
    trunk.run_days(TINY.warm_up_days)
    found = {}
    for arm in arms(TINY):
        if arm.label in ("still", "gain", "loss"):
            world = found[arm.label] = trunk.fork()
            world.apply(arm.policies)
            world.run_days(TINY.days)
    return found


def test_coins_and_dollars_are_somewhere_in_every_world(worlds: dict[str, Market]) -> None:
    for world in worlds.values():
        world.audit()
        leader = world.frames()["states"].filter(pl.col("state") == "kz")
        assert leader["deployed"][-1] == pytest.approx(TINY.reserve_usd, rel=1e-3)


def test_news_makes_the_record(worlds: dict[str, Market]) -> None:
    found = {label: measure(world.frames(), TINY) for label, world in worlds.items()}
    assert found["gain"]["price"] > found["still"]["price"] > found["loss"]["price"]
    names = [metric.name for metric in EXPERIMENT.metrics]
    assert all(list(values) == names for values in found.values())
