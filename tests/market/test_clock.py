"""The clock: ticks of equal length from a calendar start."""

from __future__ import annotations

import datetime as dt

import pytest

from tidegate.clock import Clock


@pytest.mark.parametrize(
    ("step", "tick", "seconds", "end", "days", "now"),
    [
        (3600, 0, 0, 3600, 0.0, "2026-01-05T00:00+00:00"),
        (3600, 30, 108_000, 111_600, 1.25, "2026-01-06T06:00+00:00"),
        (86_400, 27, 2_332_800, 2_419_200, 27.0, "2026-02-01T00:00+00:00"),
        (1, 59, 59, 60, 59 / 86_400, "2026-01-05T00:00:59+00:00"),
    ],
)
def test_a_tick_spans_its_seconds(
    step: int, tick: int, seconds: int, end: int, days: float, now: str
) -> None:
    clock = Clock(dt.date(2026, 1, 5), step, tick=tick)
    assert (clock.seconds, clock.end, clock.days) == (seconds, end, days)
    assert clock.now == dt.datetime.fromisoformat(now)
    assert clock.now.tzinfo is dt.UTC


@pytest.mark.parametrize("step", [1, 900, 14_400, 86_400])
def test_days_begin_at_whole_ticks(step: int) -> None:
    clock = Clock(dt.date(2026, 1, 5), step)
    for day in (0, 1, 40):
        clock.tick = clock.tick_of_day(day)
        assert clock.days == day
        assert (clock.now.hour, clock.now.minute, clock.now.second) == (0, 0, 0)
    assert clock.ticks_per_day * step == 86_400


def test_it_starts_before_the_first_tick() -> None:
    clock = Clock(dt.date(2026, 1, 5), 3600)
    assert (clock.tick, clock.round, clock.end) == (-1, 0, 0)
