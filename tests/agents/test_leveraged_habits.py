"""Groups by leverage under any cap: nobody wants what is forbidden, and nobody leaves for it."""

from __future__ import annotations

import pytest

from tidegate.agents.leveraged_habits import groups_of, habits_of
from tidegate.leveraged_model import LeveragedMarket
from tidegate.scenario.leveraged import LeveragedCrowdSpec, LeveragedScenario
from tidegate.scenario.rule_dial import RuleDial

SPEC = LeveragedScenario()


@pytest.mark.parametrize(
    ("most", "ranges"),
    [
        (125, [(1.0, 3.0), (3.0, 7.0), (7.0, None)]),
        (8, [(1.0, 3.0), (3.0, 7.0), (7.0, None)]),
        (7, [(1.0, 3.0), (3.0, None), (7.0, None)]),
        (4, [(1.0, 3.0), (3.0, None), (7.0, None)]),
        (3, [(1.0, None), (3.0, None), (7.0, None)]),
        (1, [(1.0, None), (3.0, None), (7.0, None)]),
    ],
)
def test_a_cap_ends_the_range_it_falls_into(
    most: int, ranges: list[tuple[float, float | None]]
) -> None:
    groups = groups_of(SPEC, most)
    assert [group.leverage for group in groups] == ranges
    for at, group in enumerate(groups):
        assert group.interest == SPEC.interest.class_shares[at]
        assert group.mean_age == SPEC.interest.age_days[at]
        assert group.mean_notional == SPEC.crowd.mean_notional[at]
        assert group.turn == SPEC.crowd.turn_days[at]
        assert group.trend == (SPEC.crowd.momentum if at == 2 else 0.0)


@pytest.mark.parametrize("cap", [1, 2, 3, 5])
def test_a_capped_market_has_the_same_interest_at_lower_leverage(cap: int) -> None:
    spec = LeveragedScenario(
        crowd=LeveragedCrowdSpec(accounts=1_000), dial=RuleDial(leverage_cap=cap)
    )
    for exchange in LeveragedMarket(spec).exchanges:
        positions = exchange.margin.positions()
        crowd = exchange.crowd
        ours = (positions["account"] >= crowd.first) & (
            positions["account"] < crowd.first + crowd.n
        )
        assert ours.sum() == crowd.n
        assert positions["leverage"][ours].max() <= cap


def test_every_habit_comes_from_the_scenario() -> None:
    crowd = LeveragedCrowdSpec(
        size_sigma=1.1,
        stops=0.2,
        stop_range=(0.4, 0.6),
        top_ups=0.3,
        return_hours=7.0,
        nervous_turn=9.0,
        work_minutes=2.0,
    )
    habits = habits_of(crowd)
    assert (habits.size_sigma, habits.stop_share, habits.stop_way) == (1.1, 0.2, (0.4, 0.6))
    assert (habits.top_up_share, habits.mean_return) == (0.3, 7.0)
    assert (habits.max_stress, habits.work) == (9.0, 2.0)
