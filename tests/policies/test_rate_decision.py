"""A policy that cuts rates: which levers it sets, and when."""

from __future__ import annotations

import pytest

from tidegate.policies.base import Agenda
from tidegate.policies.rate_decision import RateDecision
from tidegate.scenario.easing import RateLevers
from tidegate.streams import Streams


def test_a_decision_is_posted_on_its_effective_day() -> None:
    cut = RateDecision(effective_day=10, cut_bp=50, surprise_share=0.4, balance_usd_month=4e10)
    agenda = Agenda.decide([cut], Streams(1))
    before, after = (agenda.levers_at(day * 86_400) for day in (9, 10))
    assert before.rates == RateLevers()
    assert after.rates == RateLevers(
        decided=864_000, cut_bp=50, surprise_share=0.4, balance_usd_month=4e10
    )


def test_levers_are_those_of_the_group() -> None:
    assert {name.partition(".")[2] for name in RateDecision().settings()} == set(
        RateLevers.model_fields
    )
    assert {name.partition(".")[0] for name in RateDecision().settings()} == {"rates"}


def test_bounds_are_those_of_the_levers() -> None:
    with pytest.raises(ValueError, match="cut_bp"):
        RateDecision(cut_bp=501)
