"""The experiments on robberies, from their parameters to their metrics and claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from experiments import exchange_hack, macro_hack
from experiments.exchange_hack import ExchangeHackParameters
from experiments.macro_hack import MacroHack
from tidegate.analysis.contrast import Direction
from tidegate.analysis.scales import Scale
from tidegate.scenario.calendars import XNYS
from tidegate.scenario.carry_trade import CarryTradeSpec
from tidegate.setups.hack import METRICS, HackParameters
from tidegate.study.experiment import Experiment

TINY: dict[str, Any] = {"clients": 200, "days": 22, "belief_warm_up_days": 0, "warm_up_days": 5}


@pytest.mark.parametrize(
    ("experiment", "p"),
    [
        (exchange_hack.EXPERIMENT, ExchangeHackParameters()),
        (macro_hack.EXPERIMENT, MacroHack()),
    ],
)
def test_arms_and_claims_speak_of_each_other(experiment: Experiment[Any], p: Any) -> None:
    arms = experiment.checked_arms(p)
    claims = experiment.family(arms)
    assert {claim.row for claim in claims} == set(experiment.claims)
    assert all(claim.horizon_days == experiment.timeline(p).horizon_days for claim in claims)
    # Every arm that a claim compares has a twin with prices frozen.
    twins = {arm.frozen_twin_of for arm in arms}
    assert {label for claim in claims for label in claim.compared} <= twins


def metrics(experiment: Experiment[Any], p: HackParameters, label: str) -> Mapping[str, float]:
    """Run one arm from the robbery on and measure it, having proved that all adds up."""
    arm = next(arm for arm in experiment.arms(p) if arm.label == label)
    world: Any = experiment.build(experiment.arm_parameters(p, arm), 1)
    world.apply(arm.policies)
    world.run_until(experiment.timeline(p).end)
    world.audit()
    found = experiment.measure(world.frames(), p)
    assert list(found) == [metric.name for metric in METRICS]
    return found


def test_help_shows_and_so_does_who_needs_it() -> None:
    p = ExchangeHackParameters(**TINY)
    hack, silent, small = (
        metrics(exchange_hack.EXPERIMENT, p, label) for label in ("hack", "silent", "infini")
    )
    assert 0.0 < hack["asked"] < silent["asked"]
    assert hack["outside"] == small["outside"] == 1.0  # lenders; a founder
    assert silent["outside"] == 0.0
    assert silent["kept"] < hack["kept"] < small["kept"]
    assert hack["feared"] > 0.0
    assert hack["group_gap"] > 0.0


@pytest.mark.parametrize("experiment", [exchange_hack.EXPERIMENT, macro_hack.EXPERIMENT])
def test_it_is_a_friday_and_five_sessions_follow(experiment: Experiment[Any]) -> None:
    p = experiment.parameters()
    robbed = p.scenario().start + dt.timedelta(days=p.warm_up_days)
    assert robbed.strftime("%A") == "Friday"
    week = {robbed + dt.timedelta(days=3 + number) for number in range(5)}
    assert not week & set(XNYS.off(robbed.year))


def shifts(p: ExchangeHackParameters, label: str) -> list[float]:
    """Return the basis of every day but for the coin's return, in the world of an arm."""
    arm = next(arm for arm in exchange_hack.arms(p) if arm.label == label)
    it = exchange_hack.EXPERIMENT.arm_parameters(p, arm)
    agenda: Any = exchange_hack.build(it, 1).agenda
    days = range(p.warm_up_days + 2)
    usual = CarryTradeSpec().usual
    return [usual + agenda.levers_at(day * 86_400).etf.basis_shift for day in days]


def test_the_basis_slides_from_december_to_the_day_of_the_robbery() -> None:
    p = ExchangeHackParameters(accounts=500, clients=200)
    basis = shifts(p, "slide")
    assert basis[0] == pytest.approx(0.15)
    assert basis[-1] == basis[p.warm_up_days] == pytest.approx(0.045)
    assert basis[p.warm_up_days - 1] == pytest.approx(0.045 + 0.0105)
    assert basis == sorted(basis, reverse=True)
    assert len(set(basis)) == exchange_hack.SLIDE + 1
    assert set(shifts(p, "hack")) == {CarryTradeSpec().usual}
    short = p.model_copy(update={"warm_up_days": 18})  # begins within the slide
    assert shifts(short, "slide") == basis[p.warm_up_days - 18 :]


def test_with_prices_frozen_basis_traders_leave_by_what_the_basis_does() -> None:
    p = ExchangeHackParameters(**{**TINY, "warm_up_days": 18})
    labels = ("hack-frozen", "slide-frozen")
    hack, slid = (metrics(exchange_hack.EXPERIMENT, p, label) for label in labels)
    assert hack["carried"] == 0.0
    assert slid["carried"] > 2.0
    assert slid["feared"] == hack["feared"]


def test_size_alone_saves_a_firm_to_which_nobody_gives() -> None:
    p = ExchangeHackParameters(**TINY)
    small, large = (
        metrics(exchange_hack.EXPERIMENT, p, label) for label in ("infini-alone", "infini-large")
    )
    assert (small["failed"], large["failed"]) == (1.0, 0.0)
    arms = {arm.label: arm for arm in exchange_hack.arms(p)}
    assert arms["infini-large"].policies == arms["infini-alone"].policies
    size = arms["infini-large"].overrides["infini_size"]
    once, more = (ExchangeHackParameters(infini_size=k).exchange("infini") for k in (1.0, size))
    assert more.claims_usd == pytest.approx(p.exchange("bybit").claims_usd)
    assert more.cash_usd / once.cash_usd == pytest.approx(size)
    assert more.statement_hours == once.statement_hours


@pytest.mark.parametrize("experiment", [exchange_hack.EXPERIMENT, macro_hack.EXPERIMENT])
def test_events_are_compared_as_probabilities(experiment: Experiment[Any]) -> None:
    scales = {metric.name: metric.scale for metric in METRICS}
    assert scales["failed"] is scales["outside"] is Scale.INDICATOR
    claims = experiment.family(experiment.checked_arms(experiment.parameters()))
    for claim in claims:
        if claim.direction is Direction.NONE and scales[claim.metric] is Scale.INDICATOR:
            assert claim.pairs >= 128


def test_news_makes_the_coin_fall_and_basis_traders_leave() -> None:
    p = MacroHack(**TINY, macro=0.2, news_days=1.0)
    none, news = (metrics(macro_hack.EXPERIMENT, p, label) for label in ("none", "macro"))
    assert none["fall"] + 0.05 < news["fall"] < none["fall"] + 0.25
    assert news["carried"] > none["carried"]
    assert none["asked"] <= news["asked"]
