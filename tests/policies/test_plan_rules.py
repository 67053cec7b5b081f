"""Policies on plans set their levers, from their effective days on."""

from __future__ import annotations

from tidegate.policies.base import Agenda
from tidegate.policies.plan_rules import (
    PlanFee,
    PlanOpening,
    PlanReversal,
    PlansFreeze,
    SafeHarbour,
    SaverEducation,
)
from tidegate.scenario.plan_levers import PlansLevers

DAY = 86_400


def plans(agenda: Agenda, day: int) -> PlansLevers:
    return agenda.levers_at(day * DAY).plans


def test_a_rule_is_opened_and_reversed() -> None:
    policies = (
        PlanOpening(effective_day=30, allocation=0.02, route="menu"),
        PlanReversal(effective_day=400),
        PlanOpening(name="again", effective_day=800),
    )
    agenda = Agenda(policies, frozenset(p.name for p in policies))
    assert plans(agenda, 29) == PlansLevers()
    opened = plans(agenda, 30)
    assert (opened.opened, opened.route, opened.allocation) == (30 * DAY, "menu", 0.02)
    assert plans(agenda, 400).reversed_from == 400 * DAY
    assert plans(agenda, 400).allocation == 0.02
    assert plans(agenda, 800).reversed_from is None


def test_protection_fee_education_and_freeze() -> None:
    policies = (
        SafeHarbour(effective_day=1),
        PlanFee(effective_day=2, fee=0.02),
        SaverEducation(effective_day=3),
        PlansFreeze(effective_day=4),
        SafeHarbour(name="gone", effective_day=5, granted=False),
    )
    agenda = Agenda(policies, frozenset(p.name for p in policies))
    last = plans(agenda, 4)
    assert (last.safe_harbour, last.fee, last.education, last.frozen) == (True, 0.02, 0.9, True)
    assert not plans(agenda, 5).safe_harbour


def test_a_rule_that_lapses_opens_nothing() -> None:
    """PEN-H26: it is pending, with its chance, and then it is gone."""
    rule = PlanOpening(announcement_day=1, effective_day=9, success_probability=0.3)
    agenda = Agenda((rule,))
    (pending,) = agenda.levers_at(5 * DAY).pending
    assert (pending.probability, dict(pending.levers)["plans.allocation"]) == (0.3, 0.01)
    assert plans(agenda, 9) == PlansLevers()
    assert agenda.levers_at(9 * DAY).pending == ()
