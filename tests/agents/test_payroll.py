"""Paydays fall on the days employers pay on and carry a year's contributions exactly."""

import datetime as dt
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.business_days import DAY_SECONDS, BusinessDays
from tidegate.agents.payroll import YEAR_PARTS, paydays
from tidegate.scenario.pension import Cadence, PayMix

DAYS = BusinessDays(first_day=dt.date(2025, 1, 1))


def year_2025() -> tuple[int, int]:
    return 0, 365 * DAY_SECONDS


def test_paydays_of_2025() -> None:
    due = paydays(PayMix(), DAYS, *year_2025())
    by = {cadence: [p.day for p in due if p.cadence is cadence] for cadence in Cadence}
    assert {cadence: len(found) for cadence, found in by.items()} == {
        Cadence.WEEKLY: 52,
        Cadence.BIWEEKLY: 52,
        Cadence.SEMIMONTHLY: 24,
        Cadence.MONTHLY: 12,
    }
    assert {day.weekday() for day in by[Cadence.WEEKLY] + by[Cadence.BIWEEKLY]} == {4}
    # 15 February, 15 June and 31 August 2025 fell on weekends.
    assert dt.date(2025, 2, 14) in by[Cadence.SEMIMONTHLY]
    assert dt.date(2025, 6, 13) in by[Cadence.SEMIMONTHLY]
    assert dt.date(2025, 8, 29) in by[Cadence.MONTHLY]
    assert all(p.day.weekday() < 5 for p in due)
    assert [p.second for p in due] == sorted(p.second for p in due)
    assert all(p.second % DAY_SECONDS == DAYS.strike_second for p in due)


def test_a_year_carries_the_mix() -> None:
    """Over 400 years, the Gregorian cycle of weeks, every cadence carries its share exactly."""
    days = BusinessDays(first_day=dt.date(2000, 1, 1))
    carried = Counter[Cadence]()
    end = (dt.date(2400, 1, 1) - days.first_day).days * DAY_SECONDS
    for payday in paydays(PayMix(), days, 0, end):
        carried[payday.cadence] += payday.parts
    shares = {cadence: Fraction(parts, 400 * YEAR_PARTS) for cadence, parts in carried.items()}
    assert shares == {
        Cadence.WEEKLY: Fraction(324, 1000),
        Cadence.BIWEEKLY: Fraction(365, 1000),
        Cadence.SEMIMONTHLY: Fraction(198, 1000),
        Cadence.MONTHLY: Fraction(113, 1000),
    }


def test_a_payday_on_a_holiday_is_paid_before_it() -> None:
    fourth = dt.date(2025, 7, 4)
    days = BusinessDays(first_day=dt.date(2025, 7, 1), holidays=frozenset({fourth}))
    due = paydays(PayMix(), days, 0, 5 * DAY_SECONDS)
    assert [(p.day.day, p.cadence) for p in due] == [(3, Cadence.WEEKLY), (3, Cadence.BIWEEKLY)]


def test_a_payday_of_next_year_may_be_paid_in_this_one() -> None:
    friday = dt.date(2027, 1, 1)
    days = BusinessDays(first_day=dt.date(2026, 12, 31), holidays=frozenset({friday}))
    due = paydays(PayMix(), days, 0, DAY_SECONDS)
    assert {p.cadence for p in due} == set(Cadence)


@given(cuts=st.lists(st.integers(0, 60 * DAY_SECONDS), max_size=12))
def test_any_cut_of_time_gives_the_same_paydays(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), 60 * DAY_SECONDS]
    pieces = [p for a, b in pairwise(edges) for p in paydays(PayMix(), DAYS, a, b)]
    assert tuple(pieces) == paydays(PayMix(), DAYS, 0, 60 * DAY_SECONDS)


def test_a_cadence_nobody_uses_has_no_paydays() -> None:
    mix = PayMix(weekly=0, biweekly=1, semimonthly=0, monthly=0)
    assert {p.cadence for p in paydays(mix, DAYS, *year_2025())} == {Cadence.BIWEEKLY}


def test_a_mix_must_be_whole() -> None:
    with pytest.raises(ValueError, match=r"must sum to 1 in whole parts per million, got 1.1"):
        PayMix(weekly=0.424)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4)])
def test_an_interval_must_run_forward(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=rf"0 <= start <= end, got {start}, {end}"):
        paydays(PayMix(), DAYS, start, end)


def test_strikes_skip_weekends_and_are_half_open() -> None:
    friday = DAYS.strike_of(dt.date(2025, 1, 3))
    monday = DAYS.strike_of(dt.date(2025, 1, 6))
    assert DAYS.strikes(friday, monday) == (dt.date(2025, 1, 3),)
    assert DAYS.strikes(friday + 1, monday + 1) == (dt.date(2025, 1, 6),)
    assert DAYS.strikes(friday, friday) == ()
