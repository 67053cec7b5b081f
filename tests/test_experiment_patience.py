"""The experiments on coins held for good, leverage that answers calm, and reserves in a crash."""

from __future__ import annotations

import importlib
import math
import statistics
from typing import Any

import polars as pl
import pytest

from experiments.boom_and_bust import BoomAndBust
from experiments.pension_leverage import PensionLeverage
from experiments.reserve_of_last_resort import ReserveOfLastResort
from tidegate.agents.credit_response import leverage_factor
from tidegate.analysis.spot_buyers import outlay_and_gain
from tidegate.policies.rate_decision import RateDecision
from tidegate.scenario.easing import CreditResponseSpec
from tidegate.setups.patient import PatientParameters, bought
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment

NAMES = ("pension_leverage", "boom_and_bust", "reserve_of_last_resort")
TINY: dict[str, Any] = {"accounts": 2_000, "lead_hours": 0.1, "hours": 0.1}
BRIEF = {"boom_and_bust": {"boom_hours": 0.1}}


def experiment(name: str) -> Experiment[Any]:
    found: Experiment[Any] = importlib.import_module(f"experiments.{name}").EXPERIMENT
    return found


@pytest.mark.parametrize("name", NAMES)
def test_arms_and_claims_speak_of_each_other(name: str) -> None:
    it = experiment(name)
    p = it.parameters()
    claims = it.family(it.checked_arms(p))
    assert {claim.row for claim in claims} == set(it.claims)
    days = it.timeline(p).horizon_days
    assert all(math.isclose(claim.horizon_days, days, rel_tol=1e-9) for claim in claims)
    assert all(claim.rival != claim.statement for claim in claims)


def test_interactions_are_held_beyond_each_part_alone() -> None:
    parts = {
        claim.row: {treated for treated, _ in claim.beyond}
        for name in NAMES
        for claim in experiment(name).family(experiment(name).checked_arms(_p(name)))
        if claim.beyond
    }
    assert parts == {"X1": {"pension", "leverage"}, "X7": {"cut", "pension", "leverage"}}


def _p(name: str) -> Any:
    return experiment(name).parameters()


@pytest.mark.parametrize("name", NAMES)
def test_every_arm_is_a_market_of_its_own(name: str) -> None:
    it = experiment(name)
    p = it.parameters()
    seen = set()
    for arm in it.checked_arms(p):
        scenario = it.arm_parameters(p, arm).scenario()
        seen.add((scenario.digest, tuple(policy.model_dump_json() for policy in arm.policies)))
    assert len(seen) == len(it.checked_arms(p))


@pytest.mark.parametrize("name", NAMES)
def test_every_arm_adds_up_and_yields_every_metric(name: str) -> None:
    it = experiment(name)
    p = it.parameters(**TINY, **BRIEF.get(name, {}))
    times = it.timeline(p)
    for arm in it.checked_arms(p):
        own = it.arm_parameters(p, arm)
        world = it.build(own, 1)
        world.run_until(times.announcement)
        world.apply(arm.policies)
        world.run_until(times.end)
        world.audit()
        frames = world.frames()
        assert set(it.measure(frames, own)) == {metric.name for metric in it.metrics}
    assert it.record is not None
    assert it.record(frames, p).height > 2


# ---- coins held, and leverage that answers -------------------------------------------------------


def test_coins_held_take_the_spot_book_and_calm_the_news() -> None:
    p = PensionLeverage()
    today, held = p.scenario(), p.overridden({"held": 0.04}).scenario()
    calm = math.exp(-4.0 * 0.04)
    assert held.news.volatility == pytest.approx(calm * today.news.volatility)
    assert held.coins[1].own_volatility == pytest.approx(calm * today.coins[1].own_volatility)
    assert held.quotes.spot_houses == pytest.approx(0.96 * today.quotes.spot_houses)
    assert held.interest == today.interest
    assert held.dial == today.dial
    assert held.quotes.depth == today.quotes.depth  # perpetuals need no coins


def test_leverage_answers_volatility_in_proportion() -> None:
    p = PensionLeverage(answered=0.10)
    more = math.exp(4.0 * 0.10)
    assert p.looser == pytest.approx(more)
    assert p.scenario().dial.leverage_cap == round(10 * more) == 15
    half = p.overridden({"answer": 0.5})
    assert half.looser == pytest.approx(math.sqrt(more))
    interest = p.scenario().interest.one_sided
    same_cap = PensionLeverage(leverage_cap=15).scenario().interest.one_sided
    assert interest == pytest.approx(more * same_cap)
    assert p.scenario().news == PensionLeverage().scenario().news


def test_no_venue_permits_more_than_venues_do() -> None:
    assert PensionLeverage(leverage_cap=100, answered=0.5).scenario().dial.leverage_cap == 125


def test_the_news_is_the_same_in_dollars_however_calm_it_was() -> None:
    p = PensionLeverage()
    volatility = p.scenario().news.volatility
    for arm in experiment("pension_leverage").checked_arms(p):
        (post,) = arm.policies
        own = p.overridden(arm.overrides).scenario().news.volatility
        assert post.size == p.shock  # type: ignore[attr-defined]
        noise = post.burst * own  # type: ignore[attr-defined]
        assert noise == pytest.approx(p.burst * volatility)


def test_pension_money_comes_in_at_its_pace_until_the_end() -> None:
    p = PatientParameters(lead_hours=0.5, hours=1.0, paid_in=True, inflow=2.0)
    (buyer,) = p.buyers()
    assert buyer.hours == pytest.approx(1.5)
    assert buyer.size == pytest.approx(2e9 * 1.5 / 24)
    assert buyer.fall == 0.0
    assert p.overridden({"paid_in": False}).buyers() == ()
    assert p.overridden({"inflow": 0.0}).buyers() == ()


def test_what_buyers_spent_is_read_at_the_end() -> None:
    rows = [(60, "a", 1.0), (60, "b", 2.0), (120, "a", 4.0), (120, "b", 8.0)]
    frame = pl.DataFrame(rows, schema=["seconds", "buyer", "spent"], orient="row")
    assert bought({"buyers": frame}) == 12.0
    assert bought({"buyers": frame.clear()}) == 0.0


# ---- boom and bust -------------------------------------------------------------------------------


def test_a_boom_is_a_cut_and_then_the_same_bad_news() -> None:
    p = BoomAndBust()
    by_label = {arm.label: arm for arm in experiment("boom_and_bust").checked_arms(p)}
    (alone,) = by_label["none"].policies
    decision, value, bust = by_label["cut"].policies
    assert bust == alone
    assert isinstance(decision, RateDecision)
    assert decision.effective == p.first
    assert value.size == pytest.approx(0.0025 * 25)  # type: ignore[attr-defined]
    assert bust.effective == p.day.second == p.first + 5_400  # type: ignore[attr-defined]


def test_rates_loosen_leverage_only_where_it_answers() -> None:
    p = BoomAndBust(eased=True)
    assert p.looser == 1.0
    more = leverage_factor(262.5, 362.5, CreditResponseSpec())
    assert more == pytest.approx(math.exp(0.025))
    both = p.overridden({"answered": 0.04})
    assert both.looser == pytest.approx(more * math.exp(4.0 * 0.04))


# ---- a reserve of last resort --------------------------------------------------------------------


def test_a_reserve_watches_from_the_news_on() -> None:
    p = ReserveOfLastResort(lead_hours=0.5)
    assert p.scenario().buyers == ()
    (buyer,) = p.overridden({"reserve": 5.0}).scenario().buyers
    assert buyer.size == 5e9
    assert buyer.begin_hours == 0.5
    assert buyer.fall == 0.05
    falls = {
        arm.label: arm.overrides.get("trigger", p.trigger)
        for arm in experiment("reserve_of_last_resort").checked_arms(p)
    }
    assert falls["early"] == pytest.approx(0.03)
    assert falls["late"] == pytest.approx(0.08)


def test_what_a_reserve_gained_as_computed_by_hand() -> None:
    bars = pl.DataFrame(
        [(60, "one", "spot", "BTC", 100.0, 1.0, 1.0), (120, "one", "spot", "BTC", 90.0, 1.0, 1.0)],
        schema=["seconds", "exchange", "market", "coin", "mid", "bid_depth", "ask_depth"],
        orient="row",
    )
    rows = [(60, "BTC", 0.0, 0.0), (120, "BTC", 1e8, 8e9)]  # a hundred million coins at 80 USD
    buyers = pl.DataFrame(rows, schema=["seconds", "coin", "bought", "spent"], orient="row")
    assert outlay_and_gain(buyers, bars) == (8e9, 90 / 80 - 1)
    spent, gain = outlay_and_gain(buyers.head(1), bars)
    assert spent == 0.0
    assert math.isnan(gain)
    assert outlay_and_gain(buyers.clear(), bars)[0] == 0.0


@pytest.mark.evidence
def test_what_a_reserve_does_does_not_hang_on_the_number_of_accounts() -> None:
    it = experiment("reserve_of_last_resort")
    lifts = []
    for accounts in (2_000, 4_000):
        p = it.parameters(accounts=accounts, lead_hours=0.5, hours=0.75)
        by_label = {arm.label: arm for arm in it.checked_arms(p)}
        troughs = {
            label: [_trough(it, p, by_label[label], seed) for seed in range(4)]
            for label in ("none", "vast")
        }
        lifts.append([b - a for a, b in zip(troughs["none"], troughs["vast"], strict=True)])
    means = [statistics.fmean(values) for values in lifts]
    error = math.sqrt(sum(statistics.variance(values) / len(values) for values in lifts))
    assert abs(means[0] - means[1]) <= 2 * error, (means, error)


def _trough(it: Experiment[Any], p: Any, arm: Arm, seed: int) -> float:
    own, times = it.arm_parameters(p, arm), it.timeline(p)
    world = it.build(own, seed)
    world.run_until(times.announcement)
    world.apply(arm.policies)
    world.run_until(times.end)
    return it.measure(world.frames(), own)["trough"]


def test_dials_may_be_turned_where_arms_scale_them() -> None:
    turned = {"answer": 0.5, "pension": 0.02, "thinning": 0.5, "calming": 2.0}
    it = experiment("pension_leverage")
    arms = {arm.label: arm for arm in it.checked_arms(it.parameters(**turned))}
    assert arms["both"].overrides["held"] == 0.02
    assert arms["locked-double"].overrides["answer"] == 1.0
    with pytest.raises(ValueError, match=r"--held is 0\.1, but arms set it themselves"):
        it.checked_arms(it.parameters(held=0.1))
    reserve = experiment("reserve_of_last_resort")
    arms = {a.label: a for a in reserve.checked_arms(reserve.parameters(size=2.0, trigger=0.1))}
    assert arms["vast"].overrides["reserve"] == 40.0
    assert arms["early"].overrides["trigger"] == pytest.approx(0.06)
