"""Activity time: hours of the week stretch and shrink, weeks do not."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.activity_clock import WEEK, ActivityClock, even_clock, weekly_clock
from tidegate.analysis.seasons import weekly_profile
from tidegate.model import Market

MONDAY = dt.date(2026, 1, 5)
PROFILES = ("variance", "volume")
starts = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))
seconds = st.integers(0, 10 * WEEK)


def plain(minutes: list[int], second: int) -> float:
    """Return seconds of activity from Monday on, hour by hour."""
    hours, rest = divmod(second, 3_600)
    whole = sum(60 * minutes[hour % 168] for hour in range(hours))
    return whole + rest * minutes[hours % 168] / 60


@pytest.mark.parametrize("profile", PROFILES)
def test_the_committed_week_has_whole_minutes_and_a_mean_of_exactly_one(profile: str) -> None:
    minutes = weekly_clock(profile, MONDAY).minutes
    assert len(minutes) == 168
    assert sum(minutes) == 168 * 60
    assert min(minutes) > 0
    week = np.reshape(minutes, (7, 24))
    assert week[5:].mean() < 0.7 * week[:5].mean()
    assert 1.5 * week[:5, 3:7].mean() < week[:5, 13:17].mean()


@given(start=starts, at=seconds, profile=st.sampled_from(PROFILES))
def test_it_is_the_sum_of_hours_since_the_start(start: dt.date, at: int, profile: str) -> None:
    clock = weekly_clock(profile, start)
    offset = start.weekday() * 86_400
    expected = plain([*clock.minutes], at + offset) - plain([*clock.minutes], offset)
    assert clock.at(at) == math.floor(expected + 1e-6)


@given(start=starts, at=seconds, later=st.integers(1, WEEK))
def test_it_never_stands_back_and_weeks_are_weeks(start: dt.date, at: int, later: int) -> None:
    clock = weekly_clock("variance", start)
    assert clock.at(0) == 0
    assert clock.at(at + later) >= clock.at(at)
    assert clock.at(at + WEEK) == clock.at(at) + WEEK
    assert clock.at(at // 3_600 * 3_600) % 60 == 0  # hours hold whole minutes


@given(at=seconds)
def test_even_hours_change_nothing(at: int) -> None:
    assert even_clock().at(at) == at


@pytest.mark.parametrize("minutes", [[60] * 167, [61] * 168, [-1, 121] * 84])
def test_what_is_no_week_is_refused(minutes: list[int]) -> None:
    with pytest.raises(ValueError, match="a week has 168 hours, none negative, and 10080 minutes"):
        ActivityClock.of(minutes, MONDAY)


# ---- In the market ----------------------------------------------------------------------------


def world(step_seconds: int, *, seasons: bool, seed: int = 4, **changes: object) -> Market:
    scenario = {"step_seconds": step_seconds, "holders.accounts": 200, "traders.seasons": seasons}
    return Market(rng=seed, **{**scenario, "belief.warm_up_days": 5, **changes})


def test_the_week_of_the_market_is_that_of_the_table() -> None:
    market = world(3_600, seasons=True)
    market.run_days(140)
    ticks = market.ticks()
    begin = pl.lit(MONDAY).cast(pl.Datetime("us")) + pl.duration(seconds=pl.col("seconds") - 3_600)
    week = weekly_profile(ticks.select(time=begin, close="price", volume="volume"))
    for profile, found in (("variance", week.size**2), ("volume", week.volume)):
        table = np.array(weekly_clock(profile, MONDAY).minutes, dtype=float)
        assert np.corrcoef(found, table)[0, 1] > 0.6, profile
    assert week.weeks == 20


def test_a_week_has_as_much_of_everything_whatever_the_length_of_ticks() -> None:
    weeks = []
    for step in (600, 3_600, 14_400, 86_400):
        market = world(step, seasons=True)
        market.run_days(7)
        assert market.crowd.belief.time == WEEK
        weeks.append(market.crowd.consensus)
    # The same draws of the same minutes of activity: only what prices feed back differs.
    assert np.ptp(weeks) < 0.02


def test_ticks_shorter_than_a_second_of_activity_wait_for_it() -> None:
    market = world(1, seasons=True)
    for _ in range(200):
        before = market.crowd.consensus
        market.step()
        now = market.crowd.belief.time
        assert now == market.crowd.pace.at(market.clock.end)
        assert (market.crowd.consensus == before) == (
            now == market.crowd.pace.at(market.clock.seconds)
        )


def test_a_fork_goes_on_with_the_week() -> None:
    market = world(3_600, seasons=True)
    market.run_days(3)
    twin = market.fork()
    for each in (market, twin):
        each.run_days(3)
    assert market.digest() == twin.digest()


def test_without_seasons_nothing_changes_and_with_them_volume_keeps_its_mean() -> None:
    plain_week, seasonal = (world(14_400, seasons=on) for on in (False, True))
    for each in (plain_week, seasonal):
        each.run_days(28)
    assert plain_week.digest() != seasonal.digest()
    total = [float(each.ticks()["volume"].sum()) for each in (plain_week, seasonal)]
    assert total[1] == pytest.approx(total[0], rel=0.2)
