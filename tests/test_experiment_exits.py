"""The experiments on coins or a fund, from their parameters to their metrics and claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import pytest

from experiments import custody_route, etf_route
from experiments.custody_route import CustodyRoute
from experiments.etf_route import EtfRoute
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.world import Auditable

P = TypeVar("P", bound=Parameters)


@pytest.mark.parametrize(
    ("experiment", "p"),
    [(etf_route.EXPERIMENT, EtfRoute()), (custody_route.EXPERIMENT, CustodyRoute())],
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
    world.run_until(experiment.timeline(p).end)
    assert isinstance(world, Auditable)
    world.audit()
    found = experiment.measure(world.frames(), p)
    assert set(found) == {metric.name for metric in experiment.metrics}
    return found


def test_exits_by_either_route() -> None:
    p = EtfRoute(days=70, warm_up_days=7, belief_warm_up_days=0)
    coins, ready, slow, fund, mixed, frozen = (
        metrics(etf_route.EXPERIMENT, p, label)
        for label in ("coins", "coins-ready", "coins-slow", "fund", "mixed", "fund-frozen")
    )
    assert ready["delay_calm"] + 18 < coins["delay_calm"] < slow["delay_calm"] - 18
    assert coins["delay_outage"] > ready["delay_calm"]
    assert 75.0 < fund["delay_weekend"] < 96.0  # Presidents' Day follows
    assert coins["delay_weekend"] < mixed["delay_weekend"] < fund["delay_weekend"]
    assert 0.0 < abs(coins["cost_calm"]) < 0.2
    assert 0.0 < abs(fund["cost_calm"]) < 0.2
    assert frozen["cost_calm"] == pytest.approx(0.0, abs=1e-4)  # the fund's fee
    assert frozen["delay_calm"] == 9 * 24


def test_perils_and_waits_by_either_route() -> None:
    p = CustodyRoute(
        **{"days": 60, "warm_up_days": 5, "belief_warm_up_days": 0},
        **{"states": 40, "keys": 2.0, "custodian": 1.0, "freeze": 1.0, "friction": 0.03},
    )
    coins, half, double, fund, coins_frozen, fund_frozen = (
        metrics(custody_route.EXPERIMENT, p, label)
        for label in ("coins", "coins-half", "coins-double", "fund", "coins-frozen", "fund-frozen")
    )
    assert half["lost"] < coins["lost"] < double["lost"]
    assert 0.0 < fund["lost"] < coins["lost"]
    assert coins["barred"] == coins["lost"]
    assert fund["barred"] > fund["lost"]
    assert coins["worst"] >= 0.5
    for name in ("lost", "worst", "barred", "barred_worst"):  # perils do not ask for prices
        assert (coins_frozen[name], fund_frozen[name]) == (coins[name], fund[name])
    assert coins_frozen["adopted"] == 0.0  # friction is as large as innovation
    assert fund_frozen["wait"] <= coins_frozen["wait"]


def test_worlds_with_exits_fork_and_add_up() -> None:
    p = EtfRoute(days=56, warm_up_days=7, fund=0.5, belief_warm_up_days=0)
    world = etf_route.build(p, 1)
    world.run_until(10 * 4)  # in the first exit
    fork = world.fork()
    for each in (world, fork):
        each.run_until(etf_route.timeline(p).end)
        each.audit()
    exits = world.frames()["exits"]
    assert exits.height == p.exits().count
    assert exits.equals(fork.frames()["exits"])
    assert world.digest() == fork.digest()


def test_the_fund_stays_with_its_coins_at_the_steps_that_are_allowed() -> None:
    p = EtfRoute(days=84, warm_up_days=7, fund=1.0, belief_warm_up_days=0)
    assert p.step_hours == 6
    world = etf_route.build(p, 1)
    world.run_until(etf_route.timeline(p).end)
    premium = world.frames()["etf_market"]["premium"].abs()
    high = premium.quantile(0.95)
    assert high is not None
    assert high < 0.01
