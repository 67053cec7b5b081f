"""What is remembered of prices, and when months end."""

from __future__ import annotations

import copy
import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.business_days import DAY_SECONDS, BusinessDays
from tidegate.agents.coin_history import YEAR_CLOSES, CoinHistory
from tidegate.agents.month_ends import MonthEnds


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=700))
def test_fall_and_gain_are_those_of_the_last_year(prices: list[int]) -> None:
    history = CoinHistory()
    for price in prices:
        history.close(price)
    year = prices[-YEAR_CLOSES:]
    assert history.fall == 1.0 - year[-1] / max(year)
    assert history.gain == pytest.approx(math.log(year[-1] / year[0]), abs=1e-12)


def test_nothing_is_known_before_the_first_close() -> None:
    history = CoinHistory()
    assert (history.fall, history.gain) == (0.0, 0.0)
    twin = copy.deepcopy(history)
    history.close(5)
    history.close(4)
    assert history.fall == pytest.approx(0.2)
    assert twin.fall == 0.0


@pytest.mark.parametrize("step", [3_600, DAY_SECONDS, 40 * DAY_SECONDS])
def test_month_ends_pass_once_at_any_step(step: int) -> None:
    """From Monday 5 January 2026; May ends on a Sunday, hence on Friday the 29th."""
    days = BusinessDays()
    ends, found = MonthEnds(days), []
    for end in range(step, 400 * DAY_SECONDS + step, step):
        found += [days.day_of(second) for second in ends.due(end)]
    assert found[:5] == [
        dt.date(2026, 1, 30),
        dt.date(2026, 2, 27),
        dt.date(2026, 3, 31),
        dt.date(2026, 4, 30),
        dt.date(2026, 5, 29),
    ]
    assert found[11:13] == [dt.date(2026, 12, 31), dt.date(2027, 1, 29)]
    assert ends.passed == len(found)


def test_a_run_may_start_after_its_first_months_last_strike() -> None:
    ends = MonthEnds(BusinessDays(first_day=dt.date(2026, 1, 31)))
    found = list(ends.due(40 * DAY_SECONDS))
    assert len(found) == 1
    assert ends.days.day_of(found[0]) == dt.date(2026, 2, 27)
