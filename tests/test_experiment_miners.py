"""The experiment on miners in uncertain times, from its parameters to its metrics and claims."""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl
import pytest

from experiments.mining_uncertainty import (
    EXPERIMENT,
    METRICS,
    MiningUncertainty,
    arms,
    build,
    measure,
    timeline,
)
from tidegate.analysis import mining
from tidegate.policies.base import Policy

TINY = {"accounts": 500, "warm_up_days": 5, "days": 60, "belief_warm_up_days": 0}


@pytest.fixture(scope="module")
def found() -> dict[str, Mapping[str, float]]:
    """Return what one seed comes to, arm by arm."""
    p = MiningUncertainty.model_validate(TINY)
    return {arm.label: outcome(p, arm.label, 1) for arm in arms(p) if "-frozen" not in arm.label}


def outcome(p: MiningUncertainty, label: str, seed: int) -> Mapping[str, float]:
    arm = next(arm for arm in arms(p) if arm.label == label)
    world = build(p.overridden(arm.overrides), seed)
    world.apply([policy for policy in arm.policies if isinstance(policy, Policy)])
    world.run_until(timeline(p).end)
    world.audit()
    return measure(world.frames(), p)


def test_arms_and_claims_speak_of_each_other() -> None:
    p = MiningUncertainty()
    claims = EXPERIMENT.family(EXPERIMENT.checked_arms(p))
    assert {claim.row for claim in claims} == set(EXPERIMENT.claims)
    days = EXPERIMENT.timeline(p).horizon_days
    assert all(math.isclose(claim.horizon_days, days) for claim in claims)


def test_miners_keep_more_the_warier_they_are(found: Mapping[str, Mapping[str, float]]) -> None:
    assert set(found["calm"]) == {metric.name for metric in METRICS}
    labels = ("calm", "uncertain-half", "uncertain", "uncertain-double")
    stock = [found[label]["stock"] for label in labels]
    assert stock == sorted(stock)
    assert stock[-1] > stock[0]
    sold = [found[label]["sold"] for label in labels]
    assert sold == sorted(sold, reverse=True)


def test_machines_that_do_not_come_are_missed(found: Mapping[str, Mapping[str, float]]) -> None:
    assert found["scarce"]["world"] < found["calm"]["world"]
    assert found["hardware"]["world"] < found["calm"]["world"]
    assert found["hardware"]["hashprice"] > found["calm"]["hashprice"]
    # Uncertainty is told to nobody but miners, and machines know nothing of what is hoarded.
    assert found["both"]["stock"] > found["hardware"]["stock"]


def test_what_a_coin_costs_counts_all_bills_and_all_coins() -> None:
    table = pl.DataFrame(
        {
            "day": [0, 0, 1, 1],
            "mined": [100.0, 300.0, 50.0, 150.0],
            "cost": [1.0e6, 3.0e6, 1.0e6, 1.0e6],
            "state_cost": [0.0, 4.0e6, 0.0, 0.0],
            "held": [1.0, 2.0, 4.0, 8.0],
        }
    )
    assert mining.coin_bill(table, 1, window=1) == (200.0, 10_000.0, 0.0)
    both = mining.coin_bill(table, 1, window=2)
    assert both.coins == 300.0
    assert both.running == both.cost == pytest.approx(10e6 / 600.0)
    assert mining.held(table, 1) == 12.0
    assert math.isnan(mining.coin_bill(table, 9, window=1).cost)


def test_machines_wear_off_at_what_they_cost_now() -> None:
    """60 EH/s at 16 USD a TH/s are 960 M USD; over 1,000 days and 200 coins 4,800 USD a coin."""
    table = pl.DataFrame(
        {
            "day": [1, 1],
            "mined": [50.0, 150.0],
            "cost": [1.0e6, 1.0e6],
            "state_cost": [0.0, 0.0],
            "hashrate": [20.0, 40.0],
        }
    )
    bill = mining.coin_bill(table, 1, window=1, rig_price=16.0, life_days=1_000.0)
    assert bill.machines == pytest.approx(4_800.0)
    assert bill.cost == pytest.approx(10_000.0 + 4_800.0)
    with pytest.raises(ValueError, match="life_days is 0"):
        mining.coin_bill(table, 1, rig_price=16.0, life_days=0.0)


def test_the_price_of_machines_is_that_of_the_shock_in_force() -> None:
    days = {"policy": ["a", "b"], "effective": [5 * 86_400, 9 * 86_400], "value": ["2.0", "3.0"]}
    levers = {"lever": ["mining.hardware_price"] * 2, "takes_effect": [True, False]}
    table = pl.DataFrame({**days, **levers})
    assert [mining.hardware_price(table, 16.0, day) for day in (4, 5, 9)] == [16.0, 32.0, 32.0]


def test_dear_machines_make_coins_dear_but_not_to_run(
    found: Mapping[str, Mapping[str, float]],
) -> None:
    """Machines at twice the price: as many work in so short a time, at the same power bill."""
    calm, dear = found["calm"], found["dear"]
    assert dear["running"] == pytest.approx(calm["running"], rel=0.02)
    machines = [arm["cost"] - arm["running"] for arm in (calm, dear)]
    assert machines[1] == pytest.approx(2.0 * machines[0], rel=0.02)
    # 1,050 EH/s at 16 USD a TH/s over four years, for 450 coins a day.
    assert machines[0] == pytest.approx(1.05e9 * 16.0 / 1_460 / 450, rel=0.1)


def test_with_prices_frozen_miners_sell_all_the_same() -> None:
    """At the price that stands, to owners who are not simulated; the books are audited."""
    p = MiningUncertainty.model_validate(TINY)
    calm, unsure = (outcome(p, label, 1) for label in ("calm-frozen", "uncertain-frozen"))
    # 450 coins a day; bills take about all that they earn at the start's price.
    assert calm["sold"] > 300.0
    assert calm["sold"] > unsure["sold"]
    assert unsure["stock"] > calm["stock"] > 0.0
    kept = 450.0 * (p.days + p.warm_up_days) / 1_000.0 - calm["stock"]
    assert kept == pytest.approx(calm["sold"] * (p.days + p.warm_up_days) / 1_000.0, rel=0.05)


def test_frozen_twins_keep_the_price_and_nothing_else() -> None:
    p = MiningUncertainty.model_validate(TINY)
    calm, unsure = (outcome(p, label, 1) for label in ("calm-frozen", "uncertain-frozen"))
    assert calm["price"] == unsure["price"] == pytest.approx(p.scenario().asset.price)
    assert calm["world"] == unsure["world"]
