"""What a scenario says of the leveraged public, as the population and the crowd take it."""

from __future__ import annotations

from tidegate.agents.leveraged_groups import CrowdGroup, Habits
from tidegate.scenario.leveraged import LeveragedCrowdSpec, LeveragedScenario

__all__ = ["groups_of", "habits_of"]

RANGES: tuple[tuple[float, float | None], ...] = ((1.0, 3.0), (3.0, 7.0), (7.0, None))


def groups_of(spec: LeveragedScenario, most: int) -> list[CrowdGroup]:
    """Return the public's groups on a venue; who would have more than it allows is at its cap."""
    crowd, interest = spec.crowd, spec.interest
    return [
        CrowdGroup(
            share,
            (low, high if high is None or high < most else None),
            mean_notional=notional,
            mean_age=age,
            turn=turn,
            trend=trend,
        )
        for share, (low, high), notional, age, turn, trend in zip(
            interest.class_shares,
            RANGES,
            crowd.mean_notional,
            interest.age_days,
            crowd.turn_days,
            (0.0, 0.0, crowd.momentum),
            strict=True,
        )
    ]


def habits_of(crowd: LeveragedCrowdSpec) -> Habits:
    """Return what all groups share."""
    return Habits(
        size_sigma=crowd.size_sigma,
        stop_share=crowd.stops,
        stop_way=crowd.stop_range,
        top_up_share=crowd.top_ups,
        mean_return=crowd.return_hours,
        max_stress=crowd.nervous_turn,
        work=crowd.work_minutes,
    )
