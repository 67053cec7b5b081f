"""The estimator of a week, on weeks that are known."""

from __future__ import annotations

import datetime as dt
import tomllib

import numpy as np
import polars as pl
import pytest
from tidegate_core import draws

from tidegate.analysis import seasons

MONDAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def hours(weeks: int, *, calm: float = 1.0, start: dt.datetime = MONDAY) -> pl.DataFrame:
    """Return hours whose week-ends move half as much and trade a quarter as much."""
    n = 168 * weeks + 1
    times = [start + dt.timedelta(hours=i) for i in range(n)]
    rest = np.array([0.5 if t.weekday() >= 5 else 1.0 for t in times])
    normals = np.empty(n)
    draws.fill_normal(normals, 8, 0)
    # Turmoil in every other week, which the profile should not see.
    level = np.where(np.arange(n) // 168 % 2 == 0, calm, 1.0)
    close = 100.0 * np.exp(np.cumsum(0.01 * level * rest * np.sign(normals)))
    volume = 10.0 * level * rest**2
    return pl.DataFrame({"time": times, "close": close, "volume": volume})


@pytest.mark.parametrize("calm", [1.0, 0.1])
def test_a_known_week_is_found(calm: float) -> None:
    week = seasons.weekly_profile(hours(8, calm=calm))
    assert week.weeks == 8
    for profile, ratio in ((week.size, 0.5), (week.volume, 0.25)):
        assert profile.mean() == pytest.approx(1.0, rel=1e-12)
        days = profile.reshape(7, 24)
        np.testing.assert_allclose(days[5:].mean() / days[:5].mean(), ratio, rtol=0.02)
        assert seasons.shares(profile)["week-end"] == pytest.approx(ratio, rel=0.02)
        assert seasons.shares(profile)["busy hours"] == pytest.approx(1.0, abs=0.02)


def test_weeks_begin_on_monday_whatever_the_first_row() -> None:
    whole = seasons.weekly_profile(hours(8))
    late = seasons.weekly_profile(hours(8, start=MONDAY + dt.timedelta(days=3)))
    np.testing.assert_allclose(late.volume, whole.volume, rtol=1e-3)
    assert late.weeks == 7  # and two parts that do not count


def test_an_hour_after_a_gap_is_left_out() -> None:
    frame = hours(8)
    jump = frame.with_columns(
        close=pl.when(pl.int_range(pl.len()) >= 500).then(pl.col("close") * 2).otherwise("close")
    )
    gap = jump.filter(pl.int_range(pl.len()) != 499)
    assert seasons.weekly_profile(gap).size.max() < 1.3
    assert seasons.weekly_profile(jump).size.max() > 3.0


def test_too_few_hours_are_refused() -> None:
    with pytest.raises(ValueError, match="bars cover 0 of the 168 hours"):
        seasons.weekly_profile(hours(1).head(100))


def test_the_file_holds_whole_minutes_that_sum_to_a_week() -> None:
    week = seasons.weekly_profile(hours(9))
    text = seasons.season_toml(week, "made by hand")
    assert text.startswith("# made by hand, 9 weeks\n")
    table = tomllib.loads(text)
    assert list(table) == ["variance", "volume"]
    for name, exponent in (("variance", 2), ("volume", 1)):
        minutes = np.array([table[name][day] for day in seasons.DAYS])
        assert minutes.shape == (7, 24)
        assert minutes.sum() == 10_080
        profile = week.size if name == "variance" else week.volume
        smooth = (np.roll(profile, 1) + 2 * profile + np.roll(profile, -1)) / 4
        exact = smooth**exponent
        exact *= 60 / exact.mean()
        assert np.abs(minutes.ravel() - exact).max() < 1.0
