"""Policy rates: the calendar's arithmetic, surprise against anticipation, purchases, credit."""

from __future__ import annotations

import copy
import datetime as dt
import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import mesa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.credit_response import (
    borrow_rate_bp,
    leverage_factor,
    ltv_factor,
    ltv_slack,
)
from tidegate.agents.easing import CentralBank
from tidegate.agents.rate_path import MONTH, Decision, RatePath
from tidegate.clock import Clock
from tidegate.scenario.easing import (
    SEPTEMBER_2025,
    CreditResponseSpec,
    EasingSpec,
    Meeting,
    RateLevers,
)
from tidegate.streams import Streams

DAY, START = 86_400, dt.date(2026, 1, 5)
MEETING = dt.date(2026, 1, 28)
PUBLIC = 23 * DAY + 19 * 3_600
BARE: dict[str, Any] = {"drift": 0.0, "ramp_minutes": 1.0}


def path(change: float, expected: float, **changes: Any) -> RatePath:
    early = changes.pop("priced_days", None)
    meeting = Meeting(day=MEETING, change_bp=change, expected_bp=expected, priced_days=early)
    return RatePath.scheduled(EasingSpec(meetings=(meeting,), **changes), START)


@dataclass
class Listener:
    """A public that adds up what it hears."""

    heard: list[float] = field(default_factory=list)

    def hear(self, log_jump: float) -> None:
        self.heard.append(log_jump)


@dataclass
class Levers:
    """A board with one group of levers."""

    now: RateLevers = field(default_factory=RateLevers)

    def __call__(self) -> RateLevers:
        return self.now


def bank(spec: EasingSpec, step: int = DAY) -> CentralBank:
    return CentralBank(
        mesa.Model(),
        spec=spec,
        public=Listener(),
        levers=Levers(),
        path="central_bank",
        venues=(),
        streams=Streams(1),
        clock=Clock(START, step),
    )


def run(agent: CentralBank, days: int) -> None:
    for _ in range(days * DAY // agent.clock.step_seconds):
        agent.clock.tick += 1
        agent.begin()
        agent.end()


# -- the path -------------------------------------------------------------------------------------


def test_the_calendar_is_the_committees() -> None:
    spec = EasingSpec()
    assert [meeting.day.isoformat() for meeting in spec.meetings][:2] == [
        "2026-01-28",
        "2026-03-18",
    ]
    assert {meeting.day.weekday() for meeting in spec.meetings} == {2}
    assert len(spec.meetings) == 8
    quiet = RatePath.scheduled(spec, START)
    assert [quiet.decisions[0].second, quiet.decisions[-1].second] == [PUBLIC, 338 * DAY + 68_400]
    assert quiet.value(400 * DAY) == 0.0
    assert quiet.target_bp(400 * DAY) == (350.0, 375.0)


def test_a_decision_moves_the_range_when_it_is_public() -> None:
    cut = path(-25.0, -20.0)
    assert cut.target_bp(PUBLIC - 1) == (350.0, 375.0)
    assert cut.target_bp(PUBLIC) == (325.0, 350.0)
    assert cut.expected_bp(0) == 330.0
    assert cut.expected_bp(PUBLIC) == 325.0
    assert path(-500.0, -500.0).target_bp(PUBLIC) == (0.0, 25.0)
    assert path(-500.0, -500.0).expected_bp(0) == 0.0


def test_what_was_decided_before_the_run_is_history() -> None:
    spec = EasingSpec(meetings=(SEPTEMBER_2025, Meeting(day=MEETING)))
    assert len(RatePath.scheduled(spec, START).decisions) == 1


# -- S25.1: surprise and anticipation --------------------------------------------------------------


def test_a_surprise_moves_value_by_a_quarter_of_a_percent_per_bp() -> None:
    """S25.1, by hand: +1 bp is -0.25 % on the day, 25 bp a hundred times a quarter of that."""
    rise = path(1.0, 0.0)
    assert rise.value(PUBLIC) == 0.0
    assert rise.value(PUBLIC + 900) == pytest.approx(
        -0.00125 - 0.00125 * (1 - math.exp(-900 / (3 * DAY))), rel=1e-12
    )
    end_of_day = rise.value(24 * DAY)
    assert end_of_day == pytest.approx(-0.0025 * (1 + 0.5 * (1 - math.exp(-5 / 72))), rel=1e-12)
    assert -0.0035 < end_of_day < -0.0015
    assert -0.0035 < rise.value(PUBLIC + DAY) < -0.0015
    assert rise.value(PUBLIC + 100 * DAY) == pytest.approx(-0.00375, rel=1e-12)
    assert path(-25.0, 0.0, **BARE).value(24 * DAY) == pytest.approx(0.0625, rel=1e-15)


def test_it_grows_over_the_following_days() -> None:
    cut = path(-25.0, 0.0)
    days = [cut.value(PUBLIC + n * DAY) for n in range(1, 15)]
    assert all(later > earlier for earlier, later in pairwise(days))


def test_what_was_expected_moves_nothing() -> None:
    assert path(-25.0, -25.0).value(60 * DAY) == 0.0
    slight = path(-25.0, -25.0, anticipated=0.1, **BARE)
    assert abs(slight.value(24 * DAY)) / 25 < 0.0005
    assert slight.value(24 * DAY) == pytest.approx(25 * 0.00025, rel=1e-14)


def test_less_than_expected_is_a_rise() -> None:
    assert path(0.0, -25.0).value(30 * DAY) == path(25.0, 0.0).value(30 * DAY) < 0.0


def test_an_expectation_that_forms_within_the_run_is_news_then() -> None:
    early = path(-25.0, -25.0, priced_days=10, **BARE)
    assert early.expected_bp(PUBLIC - 10 * DAY - 1) == 350.0
    assert early.expected_bp(PUBLIC - 10 * DAY) == 325.0
    assert early.value(PUBLIC - 10 * DAY) == 0.0
    assert early.value(PUBLIC - 9 * DAY) == pytest.approx(0.0625, rel=1e-14)
    assert early.value(PUBLIC + DAY) == early.value(PUBLIC - DAY)
    # What had been taken up before the run is in the price at its start.
    assert path(-25.0, -25.0, priced_days=40, **BARE).value(60 * DAY) == 0.0


def test_the_channel_can_be_switched_off() -> None:
    assert path(-50.0, 0.0, response=0.0).value(60 * DAY) == 0.0


# -- purchases ------------------------------------------------------------------------------------


def test_purchases_grow_the_balance_sheet_and_surprise_by_their_sum() -> None:
    spec = EasingSpec(balance_usd=6e12, balance_usd_month=1e10, **BARE)
    levers = RateLevers(decided=MONTH, balance_usd_month=8e10, balance_months=6, surprise_share=0.5)
    bought = RatePath(spec, (Decision.of(levers, spec),))
    assert bought.balance(0) == 6_000_000_000_000
    assert bought.balance(MONTH) == 6_010_000_000_000
    assert bought.balance(3 * MONTH) == 6_190_000_000_000
    assert bought.balance(10 * MONTH) == 6_580_000_000_000
    # Half of 480 bn a surprise, at -19.4 bp a trillion.
    assert bought.value(2 * MONTH) == pytest.approx(0.0025 * 19.4 * 0.24, rel=1e-12)
    run_off = RateLevers(decided=0, balance_usd_month=-1e12, balance_months=120)
    assert RatePath(spec, (Decision.of(run_off, spec),)).balance(50 * MONTH) == 0


# -- the agent ------------------------------------------------------------------------------------


@given(
    change=st.floats(-75, 75),
    expected=st.floats(-75, 75),
    early=st.none() | st.floats(0.5, 40),
    step=st.sampled_from([3_600, 14_400, 86_400]),
)
def test_the_public_hears_the_same_at_any_step(
    change: float, expected: float, early: float | None, step: int
) -> None:
    meeting = Meeting(day=MEETING, change_bp=change, expected_bp=expected, priced_days=early)
    agent = bank(EasingSpec(meetings=(meeting,)), step)
    run(agent, 30)
    value = agent.rates.value(30 * DAY)
    assert math.fsum(agent.public.heard) == pytest.approx(value, abs=1e-15)
    daily = bank(agent.spec)
    run(daily, 30)
    assert agent.frame().equals(daily.frame())


def test_decisions_of_policies_add_up_and_stay() -> None:
    agent = bank(EasingSpec(meetings=(), **BARE))
    run(agent, 2)
    assert agent.public.heard == []
    agent.levers.now = RateLevers(decided=2 * DAY, cut_bp=25, surprise_share=1)
    run(agent, 2)
    agent.levers.now = RateLevers(decided=4 * DAY, cut_bp=-10, surprise_share=0.5)
    run(agent, 2)
    agent.levers.now = RateLevers()
    run(agent, 1)
    assert agent.public.heard == pytest.approx([0.0625, -0.0125], rel=1e-12)
    assert agent.policy_rate_bp == 347.5
    rows = agent.frame()
    assert rows["day"].to_list() == list(range(7))
    assert rows["lower_bp"].to_list() == [350, 350, 325, 325, 335, 335, 335]
    assert rows["upper_bp"].to_list() == [375, 375, 350, 350, 360, 360, 360]
    assert rows["value"].to_list() == pytest.approx([0, 0, 0.0625, 0.0625, 0.05, 0.05, 0.05])
    assert rows["balance_usd"].to_list() == [6_500_000_000_000] * 7


def test_a_copy_goes_on_alike() -> None:
    agent = bank(EasingSpec(meetings=(Meeting(day=MEETING, change_bp=-25),)))
    run(agent, 10)
    twin = copy.deepcopy(agent)
    run(agent, 20)
    assert len(twin.table) == 10
    run(twin, 20)
    assert twin.public.heard == agent.public.heard
    assert twin.table.digest == agent.table.digest


# -- credit ---------------------------------------------------------------------------------------


def test_what_credit_costs_and_how_much_is_wanted() -> None:
    spec = CreditResponseSpec()
    assert borrow_rate_bp(400, spec, on_chain=False) == 1_000
    assert borrow_rate_bp(400, spec, on_chain=True) == 600
    assert ltv_factor(300, 400, spec, on_chain=False) == pytest.approx(math.exp(0.025), rel=1e-14)
    assert ltv_factor(400, 400, spec, on_chain=True) == 1.0
    deaf = CreditResponseSpec(pool_pass_through=0.0, leverage_semi_elasticity=0.0)
    assert ltv_factor(0, 400, deaf, on_chain=True) == 1.0
    assert leverage_factor(0, 400, deaf) == 1.0
    assert leverage_factor(500, 400, spec) == pytest.approx(math.exp(-0.025), rel=1e-14)


def test_slack_ends_at_the_ceiling() -> None:
    assert ltv_slack(0.40, 1.1, 0.72) == pytest.approx(0.04, rel=1e-12)
    assert ltv_slack(0.40, 0.9, 0.72) == pytest.approx(-0.04, rel=1e-12)
    assert ltv_slack(0.70, 1.1, 0.72) == pytest.approx(0.02, rel=1e-12)
    assert ltv_slack(0.75, 1.1, 0.72) == 0.0


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: EasingSpec(meetings=(Meeting(day=MEETING),) * 2), "in order of different days"),
        (lambda: Decision.of(RateLevers(), EasingSpec()), "these levers show no decision"),
        (
            lambda: borrow_rate_bp(-1, CreditResponseSpec(), on_chain=True),
            "policy_bp must be >= 0, got -1",
        ),
        (lambda: leverage_factor(1, -1, CreditResponseSpec()), "start_bp must be >= 0, got -1"),
        (lambda: ltv_slack(1.0, 1.0, 0.7), r"wanted must be in \[0, 1\), got 1.0"),
        (lambda: RateLevers(cut_bp=1_000), "cut_bp"),
    ],
)
def test_errors_name_argument_value_and_rule(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
