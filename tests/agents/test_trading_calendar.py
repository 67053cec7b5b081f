"""Sessions of New York: holidays, half days, clocks that change; and what ticks see of them."""

from __future__ import annotations

import datetime as dt

import pytest

from tidegate.agents.trading_calendar import TradingCalendar
from tidegate.scenario.calendars import ALWAYS, XNYS, easter

UTC = dt.UTC


def calendar(first: str = "2024-01-01") -> TradingCalendar:
    return TradingCalendar(XNYS, dt.date.fromisoformat(first))


def hours(day: str) -> tuple[str, str] | None:
    """Return when the session of a day opens and closes, UTC."""
    date = dt.date.fromisoformat(day)
    session = TradingCalendar(XNYS, date).session(date)
    if session is None:
        return None
    start = dt.datetime.combine(date, dt.time(), UTC)
    ends = (start + dt.timedelta(seconds=s) for s in (session.opens, session.closes))
    opens, closes = (at.strftime("%H:%M") for at in ends)
    return opens, closes


@pytest.mark.parametrize(
    "day",
    [
        "2024-01-01", "2024-01-15", "2024-02-19", "2024-03-29", "2024-05-27", "2024-06-19",
        "2024-07-04", "2024-09-02", "2024-11-28", "2024-12-25",
        "2025-01-09",  # day of mourning
        "2025-04-18", "2025-06-19", "2025-07-04", "2025-11-27", "2025-12-25",
        "2026-04-03", "2026-07-03",  # Independence Day on a Saturday
        "2027-06-18", "2027-07-05", "2027-12-24",
        "2026-01-10", "2026-01-11",  # a weekend
    ],
)  # fmt: skip
def test_closed(day: str) -> None:
    assert hours(day) is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-11-28", ("14:30", "18:00")),  # after Thanksgiving: a half day
        ("2025-07-03", ("13:30", "17:00")),
        ("2024-12-24", ("14:30", "18:00")),
        ("2026-07-02", ("13:30", "20:00")),  # the holiday is kept on the 3rd: no half day
        ("2021-12-31", ("14:30", "21:00")),  # New Year's Day on a Saturday is not kept
        ("2025-03-07", ("14:30", "21:00")),  # clocks go forward on Sunday the 9th
        ("2025-03-10", ("13:30", "20:00")),
        ("2025-10-31", ("13:30", "20:00")),  # and back on Sunday 2 November
        ("2025-11-03", ("14:30", "21:00")),
        ("2025-10-10", ("13:30", "20:00")),  # the crash of 10 October came after this close
    ],
)
def test_hours(day: str, expected: tuple[str, str]) -> None:
    assert hours(day) == expected


@pytest.mark.parametrize(
    ("year", "sessions"),
    # 366 or 365 days less weekends less the exchange's own list of holidays
    [(2024, 252), (2025, 250), (2026, 251), (2027, 251), (2028, 251)],
)
def test_sessions_of_a_year(year: int, sessions: int) -> None:
    days = calendar(f"{year}-01-01")
    first = dt.date(year, 1, 1)
    length = (dt.date(year + 1, 1, 1) - first).days
    found = [days.session(first + dt.timedelta(days=n)) for n in range(length)]
    assert sum(session is not None for session in found) == sessions


def test_easter() -> None:
    expected = {2024: (3, 31), 2025: (4, 20), 2026: (4, 5), 2027: (3, 28), 2035: (3, 25)}
    for year, (month, day) in expected.items():
        assert easter(year) == dt.date(year, month, day)


@pytest.mark.parametrize("step", [300, 3600, 14_400, 86_400])
def test_ticks_of_any_length_cover_a_session_once(step: int) -> None:
    days = calendar("2025-11-28")
    session = days.session(dt.date(2025, 11, 28))
    assert session is not None
    covered = 0
    for start in range(0, 86_400, step):
        if days.overlapping(start, start + step) is not None:
            covered += min(start + step, session.closes) - max(start, session.opens)
    assert covered == session.closes - session.opens == 3.5 * 3600


def test_what_comes_after() -> None:
    days = calendar("2025-07-03")
    third = days.session(dt.date(2025, 7, 3))
    assert third is not None
    assert third.half
    assert days.after(third.closes).day == dt.date(2025, 7, 7)
    assert days.after(third.closes, 2).day == dt.date(2025, 7, 8)
    assert days.is_open(third.opens)
    assert not days.is_open(third.closes)
    assert not days.is_open(third.opens - 1)


def test_the_control_never_closes() -> None:
    days = TradingCalendar(ALWAYS, dt.date(2025, 7, 4))
    assert all(days.is_open(hour * 3600) for hour in range(72))
