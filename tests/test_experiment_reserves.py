"""The experiment on sovereign reserves, from its parameters to its metrics and claims."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

import numpy as np
import pytest

from experiments.sovereign_reserve import EXPERIMENT, build, measure
from tidegate.model import Market
from tidegate.setups.reserve import ReserveParameters, timeline
from tidegate.setups.reserve_cases import news
from tidegate.study.arms import Arm

TINY = ReserveParameters(
    accounts=500, step_hours=24, warm_up_days=50, lag_days=30, days=95, belief_warm_up_days=0
)
ARMS = EXPERIMENT.checked_arms(TINY)


def runs(labels: list[str]) -> Iterator[tuple[Arm, dict[str, float]]]:
    """Run arms as a study does: those of one scenario fork from one warm-up."""
    trunks: dict[str, Market] = {}
    times = timeline(TINY)
    for arm in ARMS:
        if arm.label not in labels:
            continue
        p = EXPERIMENT.arm_parameters(TINY, arm)
        key = p.model_dump_json()
        if key not in trunks:
            trunks[key] = build(p, 1)
            trunks[key].run_until(times.announcement)
        world = copy.deepcopy(trunks[key])
        world.apply(arm.policies)
        world.run_until(times.end)
        world.audit()
        yield arm, dict(measure(world.frames(), p))


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, float]]:
    return {arm.label: values for arm, values in runs([arm.label for arm in ARMS])}


def test_arms_and_claims_speak_of_each_other() -> None:
    claims = EXPERIMENT.family(EXPERIMENT.checked_arms(ReserveParameters()))
    assert {claim.row for claim in claims} == set(EXPERIMENT.claims)
    assert all(claim.horizon_days == ReserveParameters().days for claim in claims)
    concave = next(claim for claim in claims if claim.row == "KZ-H1c")
    assert concave.beyond == (("buy-1", "none"),) * 5  # five times the money


def test_every_arm_has_all_of_its_metrics(measured: dict[str, dict[str, float]]) -> None:
    assert set(measured) == {arm.label for arm in ARMS}
    for label, values in measured.items():
        assert set(values) == {metric.name for metric in EXPERIMENT.metrics}, label
        plans = label.startswith(("vague", "firm"))
        assert math.isfinite(values["on_time"]) == plans


def test_what_is_announced_is_bought(measured: dict[str, dict[str, float]]) -> None:
    assert measured["none"]["placed"] == 0.0
    for size in (0.1, 0.5, 1.0, 5.0, 20.0):
        assert measured[f"buy-{size:g}"]["placed"] == pytest.approx(size, rel=1e-3)
    assert measured["slow"]["placed"] == pytest.approx(1.0, rel=1e-3)


def test_the_fall_without_a_market_is_the_one_assumed(
    measured: dict[str, dict[str, float]],
) -> None:
    before, after = (measured[arm]["price"] for arm in ("none-frozen", "fall-frozen"))
    assert after / before == pytest.approx(1.0 - TINY.fall, rel=1e-3)


def test_who_sells_without_a_market_follows_from_the_weights(
    measured: dict[str, dict[str, float]],
) -> None:
    """A fall of 30 % costs a budget 0.30 and seizures 0.03: tolerances are 0.05 to 0.40."""
    assert measured["held-budget-frozen"]["sold"] == 5 / 8
    assert measured["held-fx-frozen"]["sold"] == 4 / 8  # 0.21
    assert measured["held-mining-frozen"]["sold"] == 1 / 8  # 0.09
    assert measured["held-seizures-frozen"]["sold"] == 0.0
    assert measured["held-seizures-double-frozen"]["sold"] == 1 / 8  # 0.06


def test_a_firm_plan_starts_whatever_happens(measured: dict[str, dict[str, float]]) -> None:
    for label in ("firm", "firm-fall", "firm-fall-frozen"):
        assert measured[label]["on_time"] == 1.0
    assert measured["vague-fall-frozen"]["on_time"] < 0.5


def test_only_the_budget_is_asked_to_pay(measured: dict[str, dict[str, float]]) -> None:
    assert measured["fall"]["granted"] == pytest.approx(0.0, abs=1e-6)
    assert measured["fall-seizures"]["granted"] == pytest.approx(0.0, abs=1e-6)
    year = 365.2425
    assert measured["fall-budget"]["granted"] == pytest.approx(TINY.days / year, rel=1e-3)


def test_without_a_freeze_there_is_little_use_for_coins(
    measured: dict[str, dict[str, float]],
) -> None:
    """Where prices stand still: 0.02 x 0.5 / 3 over a variance of 0.2475."""
    assert measured["none-frozen"]["best_share"] == pytest.approx(0.0, abs=1e-12)
    assert measured["freeze-frozen"]["best_share"] == pytest.approx(0.01 / 3 / 0.2475, rel=1e-6)
    assert measured["freeze-frozen"]["best_half"] == pytest.approx(0.005 / 3 / 0.2475, rel=1e-6)


def test_without_a_market_coins_add_what_rates_do_to_them(
    measured: dict[str, dict[str, float]],
) -> None:
    """A tenth in coins: -0.25 % a bp and half as much again, against -0.02 %."""
    expected = 0.1 * (0.00375 - 0.0002) * 100
    assert measured["rise-frozen"]["exposure"] == pytest.approx(expected, rel=1e-3)
    assert measured["none-frozen"]["exposure"] == 0.0


def test_news_takes_off_what_it_says() -> None:
    decision = news(TINY, 50)
    assert -decision.cut_bp * -0.0025 * 1.5 == pytest.approx(math.log(0.7))


def test_a_run_must_outlast_an_announced_purchase() -> None:
    with pytest.raises(ValueError, match="160"):
        ReserveParameters(days=159)


def lift(accounts: int, seed: int) -> float:
    """Return what 5 bn USD bought in a day do to the log price of the day after."""
    p = ReserveParameters(accounts=accounts, belief_warm_up_days=0, warm_up_days=20)
    trunk = build(p, seed)
    trunk.run_until(timeline(p).announcement)
    (arm,) = (a for a in EXPERIMENT.arms(p) if a.label == "buy-5")
    prices = []
    for policies in (arm.policies, ()):
        world = copy.deepcopy(trunk)
        world.apply(policies)
        world.run_days(2)
        prices.append(world.price)
    return math.log(prices[0] / prices[1])


@pytest.mark.slow
def test_the_lift_does_not_hang_on_the_number_of_accounts() -> None:
    coarse, fine = (np.array([lift(n, seed) for seed in range(16)]) for n in (2_000, 4_000))
    assert coarse.mean() > 0.003
    error = math.hypot(*(x.std(ddof=1) / 4.0 for x in (coarse, fine)))
    assert abs(coarse.mean() - fine.mean()) < 3.0 * error
    assert error < 0.002
