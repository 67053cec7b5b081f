"""The hours of the week put into a path that knows only minutes of activity."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from tidegate.activity_clock import ActivityClock, even_clock, weekly_clock
from tidegate.analysis.ecologies import ecology_named
from tidegate.analysis.season_paths import WEEK_MINUTES, by_calendar

MONDAY = dt.date(2026, 1, 5)
BTC = weekly_clock("variance", MONDAY)


def weeks(count, seed=1):
    """Return Gaussian moves of variance 2 a minute of activity."""
    rng = np.random.default_rng(seed)
    return np.sqrt(2.0) * rng.standard_normal(count * WEEK_MINUTES), np.full(
        count * WEEK_MINUTES, 2.0
    )


def test_on_an_even_clock_nothing_changes():
    moves, variance = weeks(1)
    np.testing.assert_allclose(by_calendar(moves, variance, even_clock(), 7), moves, atol=1e-12)


@pytest.mark.parametrize("start", [MONDAY, dt.date(2026, 1, 8)])
def test_an_hour_of_the_calendar_moves_as_its_minutes_of_activity_did(start):
    clock = weekly_clock("variance", start)
    moves, variance = weeks(2)
    hours = by_calendar(moves, variance, clock, 7).reshape(-1, 60).sum(axis=1)
    path = np.concatenate([[0.0], np.cumsum(moves)])
    at = [clock.at(3_600 * hour) // 60 for hour in range(2 * 168 + 1)]
    np.testing.assert_allclose(hours, np.diff(path[at]), atol=1e-9)


def test_minutes_have_the_variance_of_their_hour_and_no_fatter_tails():
    moves, variance = weeks(40)
    found = by_calendar(moves, variance, BTC, 7).reshape(40, 168, 60)
    expected = 2.0 * np.array(BTC.minutes) / 60.0
    np.testing.assert_allclose(found.var(axis=(0, 2)), expected, rtol=0.12)  # 2,400 minutes each
    scaled = (found / np.sqrt(expected)[:, np.newaxis]).ravel()
    assert (scaled**4).mean() == pytest.approx(3.0, abs=0.05)
    assert abs(np.mean(scaled[1:] * scaled[:-1])) < 0.005


def test_an_hour_at_rest_is_at_rest():
    minutes = [0] * 84 + [120] * 84
    found = by_calendar(*weeks(1), ActivityClock.of(minutes, MONDAY), 7)
    assert (found[: 84 * 60] == 0.0).all()
    assert (found[84 * 60 :] != 0.0).all()


def test_a_longer_path_begins_as_a_shorter_one():
    moves, variance = weeks(3)
    short = by_calendar(moves[:WEEK_MINUTES], variance[:WEEK_MINUTES], BTC, 7)
    np.testing.assert_array_equal(by_calendar(moves, variance, BTC, 7)[:WEEK_MINUTES], short)


@pytest.mark.parametrize(("cut", "of_variance"), [(1, 1), (0, 1)])
def test_parts_of_a_week_are_refused(cut, of_variance):
    moves, variance = weeks(1)
    with pytest.raises(ValueError, match="whole weeks of 10080 are needed"):
        by_calendar(moves[cut:], variance[of_variance:], BTC, 7)


@pytest.mark.parametrize("ecology", ["fcn", "switching", "chiarella"])
def test_an_ecology_is_simulated_in_the_hours_of_the_week(ecology):
    paths = ecology_named(ecology).simulate({}, 11, 70)
    hours = np.diff(paths.hour, prepend=0.0)[: 70 * 24].reshape(10, 168)
    busy = np.argsort(BTC.minutes)
    assert hours[:, busy[-40:]].std() > 1.5 * hours[:, busy[:40]].std()
    assert len(paths.minutes) == 70 * 1440
