"""A state's reserve as a policy: what it posts, and when."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tidegate.policies import base
from tidegate.policies.sovereign_reserve import ReserveFreeze, SovereignReserve
from tidegate.scenario.reserve_levers import ReserveLevers

DAY = 86_400


class Always:
    def uniform(self, path: str, stream: str, tick: int) -> float:
        return 0.5


def test_a_reserve_is_posted_on_its_effective_day() -> None:
    policy = SovereignReserve(
        state="kz",
        size_usd=1e9,
        coins=0.5,
        etf=0.3,
        days=30,
        source="seizures",
        announcement_day=10,
        effective_day=90,
    )
    agenda = base.Agenda.decide([policy], Always())
    before, after = agenda.levers_at(90 * DAY - 1), agenda.levers_at(90 * DAY)
    assert before.reserve == ReserveLevers()
    (announced,) = before.pending
    assert dict(announced.levers)["reserve.size_usd"] == 1e9
    assert after.reserve == ReserveLevers(
        state="kz",
        announced=10 * DAY,
        start=90 * DAY,
        size_usd=1e9,
        coins=0.5,
        etf=0.3,
        days=30,
        source="seizures",
    )


def test_a_freeze_leaves_plans_alone() -> None:
    policies = [
        SovereignReserve(),
        ReserveFreeze(announcement_day=5, effective_day=5, share=0.9),
        ReserveFreeze(name="thaw", state=None, announcement_day=8, effective_day=8),
    ]
    agenda = base.Agenda.decide(policies, Always())
    frozen = agenda.levers_at(6 * DAY)
    assert (frozen.reserve.frozen, frozen.reserve.frozen_share) == ("kz", 0.9)
    assert (frozen.reserve.state, frozen.reserve.size_usd) == ("kz", 750e6)
    thawed = agenda.levers_at(9 * DAY)
    assert thawed.reserve.frozen is None


def test_a_reserve_names_a_state() -> None:
    with pytest.raises(ValidationError, match="code of a state, got None"):
        SovereignReserve(state=None)
    with pytest.raises(ValidationError, match="at most 1"):
        SovereignReserve(coins=0.9, etf=0.9)
