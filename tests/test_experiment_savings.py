"""Four experiments on plans and their savers, from parameters to metrics and claims."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from experiments import pension_cohorts, pension_ratchet, pension_rules, pension_savers
from tidegate.report.summary import Summary
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment

SAVERS, RULES = pension_savers.EXPERIMENT, pension_rules.EXPERIMENT
RATCHET, COHORTS = pension_ratchet.EXPERIMENT, pension_cohorts.EXPERIMENT
ALL: tuple[Experiment[Any], ...] = (SAVERS, RULES, RATCHET, COHORTS)
TINY: dict[str, Any] = {
    "accounts": 500,
    "plans": 20,
    "initiative": 10.0,
    "warm_up_days": 5,
    "belief_warm_up_days": 5,
}
DAYS = {"pension_savers": 120, "pension_rules": 160, "pension_ratchet": 120, "pension_cohorts": 60}


def run(experiment: Experiment[Any], labels: tuple[str, ...], **changes: Any) -> dict[str, Any]:
    """Return the metrics of some arms at tiny size, having audited their worlds."""
    p = experiment.parameters(**{**TINY, "days": DAYS[experiment.name], **changes})
    times, found = experiment.timeline(p), {}
    for arm in experiment.checked_arms(p):
        if arm.label in labels:
            own = experiment.arm_parameters(p, arm)
            world: Any = experiment.build(own, 1)
            world.apply(arm.policies)
            world.run_until(times.end)
            world.audit()
            found[arm.label] = experiment.measure(world.frames(), own)
    assert set(found) == set(labels)
    return found


@pytest.mark.parametrize("experiment", ALL, ids=lambda e: e.name)
def test_arms_and_claims_speak_of_each_other(experiment: Experiment[Any]) -> None:
    p = experiment.parameters()
    arms = experiment.checked_arms(p)
    claims = experiment.family(arms)
    assert tuple(claim.row for claim in claims) == experiment.claims
    days = experiment.timeline(p).horizon_days
    assert all(math.isclose(claim.horizon_days, days) for claim in claims)
    twins = {arm.frozen_twin_of for arm in arms}
    assert {label for claim in claims for label in claim.compared} <= twins


@pytest.mark.parametrize("experiment", ALL, ids=lambda e: e.name)
def test_every_metric_is_measured(experiment: Experiment[Any]) -> None:
    first = experiment.arms(experiment.parameters())[0].label
    changes = {"open_days": 60} if experiment is RATCHET else {}
    changes |= {"wait": 20} if experiment is RULES else {}
    found = run(experiment, (first,), **changes)[first]
    assert list(found) == [metric.name for metric in experiment.metrics]


def test_savers_by_fee_route_and_knowledge() -> None:
    # At a third of the usual fee weight only the cheap fund is offered by all.
    labels = ("closed", "menu", "dear", "pooled", "window", "swing-untaught", "swing-taught")
    found = run(SAVERS, labels, fee_weight=1_000.0, days=240)
    assert found["closed"]["share"] == found["dear"]["listing"] == 0.0
    assert found["menu"]["listing"] > 0.3
    untaught, taught = found["swing-untaught"], found["swing-taught"]
    assert untaught["scared"] > 4.0 * taught["scared"] > 0.0
    assert untaught["weight"] > 1.5 * taught["weight"] > 0.0
    assert found["window"]["share"] > 0.0
    assert 0.0 < found["closed"]["gini"] < 1.0
    assert found["closed"]["early"] == pytest.approx(
        found["closed"]["price"] * 19.94e6 / 300e6, rel=1e-9
    )


def test_in_twins_plans_trade_at_the_price_that_stands() -> None:
    """What a path of prices alone does to savers; who sells to plans is as rich as who does not."""
    labels = ("closed-frozen", "pooled-frozen", "swing-untaught-frozen", "swing-taught-frozen")
    found = run(SAVERS, labels, fee_weight=1_000.0, days=240)
    assert found["pooled-frozen"]["share"] > 0.0
    assert found["pooled-frozen"]["price"] == found["closed-frozen"]["price"]
    assert found["pooled-frozen"]["early"] == pytest.approx(found["closed-frozen"]["early"])
    untaught, taught = found["swing-untaught-frozen"], found["swing-taught-frozen"]
    assert untaught["result_old"] < taught["result_old"]


def test_rules_before_while_and_after_they_hold() -> None:
    labels = ("closed", "announced", "fails", "exposed", "case", "harbour", "harbour-fall")
    found = run(RULES, labels, wait=40, dread=20.0, publicity=20.0)
    assert found["harbour"]["offered"] > 0.5 > found["exposed"]["offered"] > 0.0
    assert found["announced"]["offers"] > 0.5
    assert found["fails"]["offers"] == found["closed"]["offers"] == 0.0
    assert found["case"]["offers"] < found["exposed"]["offers"]
    assert found["harbour"]["stolen"] < found["closed"]["stolen"]
    assert found["harbour"]["held"] > found["closed"]["held"] == 0.0
    assert found["harbour-fall"]["price"] < 0.7 * found["harbour"]["price"]
    assert 0.0 < found["closed"]["spread"] < 0.01


def test_hysteresis_is_asked_from_both_sides() -> None:
    """Above where it never was open, below where it stays open, and which of the two is nearer."""
    claims = {
        claim.row: claim for claim in RATCHET.family(RATCHET.checked_arms(RATCHET.parameters()))
    }
    above, below, nearer = (claims[f"PEN-H22{letter}"] for letter in ("", "b", "h"))
    assert {claim.metric for claim in claims.values()} == {"open_now"}
    assert (above.control, above.direction) == ("closed", "increase")
    assert (below.control, below.direction) == ("open", "decrease")
    assert (nearer.control, nearer.beyond) == ("closed", (("open", "reversed"),))
    assert {claim.treated for claim in claims.values()} == {"reversed"}


def test_a_ratchet_lets_go_of_the_demanding_alone() -> None:
    labels = ("closed", "open", "reversed-half", "reversed-double")
    found = run(RATCHET, labels, open_days=60, days=300)
    assert found["closed"]["coins"] == found["closed"]["open_now"] == 0.0
    assert found["open"]["open_now"] >= found["open"]["open_then"] > 0.5
    for name in ("coins", "open_now"):
        held = [found[label][name] for label in ("reversed-double", "reversed-half", "open")]
        assert held == sorted(held)
        assert held[0] < held[-1]
    assert 0.0 < found["open"]["coins"] < 1.0
    assert found["reversed-double"]["open_now"] < 0.8 * found["open"]["open_now"]


def test_the_young_come_to_have_more_where_cohorts_age() -> None:
    found = run(COHORTS, ("still-frozen", "turnover-frozen"), days=2 * 365)
    still, turned = found["still-frozen"], found["turnover-frozen"]
    assert turned["young"] > still["young"] + 0.002
    assert turned["share"] != still["share"]


def test_from_the_command_line(tmp_path: Path) -> None:
    flags: Mapping[str, Any] = {**TINY, "days": 60, "seeds": 2, "workers": 1, "out": tmp_path}
    line = [
        word for name, value in flags.items() for word in (f"--{name.replace('_', '-')}", value)
    ]
    assert run_experiment(COHORTS, [str(word) for word in line]) == 0
    summary = Summary.model_validate_json((tmp_path / "summary.json").read_bytes())
    assert {v.row: v.verdict.value for v in summary.verdicts} == {"PEN-H23": "undecided"}


def offered(seed: int, label: str, **changes: Any) -> float:
    """Return the share of assets whose plans offer coins at the end of an arm of rules."""
    p = RULES.parameters(**changes)
    arm = next(arm for arm in RULES.checked_arms(p) if arm.label == label)
    own = RULES.arm_parameters(p, arm)
    world: Any = RULES.build(own, seed)
    world.apply(arm.policies)
    world.run_until(RULES.timeline(p).end)
    return float(RULES.measure(world.frames(), own)["offers"])


@pytest.mark.slow
def test_four_times_the_plans_offer_as_much() -> None:
    """The number of plans is a resolution: their share is the same within its scatter."""
    few, many = (
        [offered(seed, "harbour-frozen", plans=plans) for seed in (1, 2, 3)] for plans in (100, 400)
    )
    assert max(abs(a - b) for a, b in zip(few, many, strict=True)) < 0.1
    assert abs(sum(few) - sum(many)) / 3 < 0.05


@pytest.mark.slow
def test_at_the_average_products_initiative_nobody_begins() -> None:
    """0.03/yr less what an average drawdown takes off: with a safe harbour too."""
    assert max(offered(seed, "harbour", initiative=0.03) for seed in (1, 2, 3)) < 0.01
