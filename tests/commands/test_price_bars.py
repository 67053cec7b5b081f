"""Bars that the calendar or a change of clocks makes unequal."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from tidegate.commands.prices import PriceSeries, Selection, read_prices

ROWS = 60
CITIES = ("Europe/London", "America/Los_Angeles", "Pacific/Auckland", "Australia/Lord_Howe")


def starts(months: int, count: int = ROWS) -> list[dt.date]:
    """Return every so many months the first day of one."""
    numbers = [months * i for i in range(count)]
    return [dt.date(1990 + n // 12, n % 12 + 1, 1) for n in numbers]


def ends(months: int) -> list[dt.date]:
    """Return the days before them."""
    return [day - dt.timedelta(days=1) for day in starts(months)]


def last_business_days(months: int) -> list[dt.date]:
    """Return the last days of months that are no week-end."""
    return [day - dt.timedelta(days=max(day.weekday() - 4, 0)) for day in ends(months)]


def days(months: int) -> list[dt.date]:
    """Return one day after another, however many months were asked for."""
    return [dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in range(6 * ROWS)]


def weeks(months: int) -> list[dt.date]:
    """Return one Monday after another."""
    return [dt.date(2024, 1, 1) + dt.timedelta(weeks=i) for i in range(ROWS)]


def table(times) -> pl.DataFrame:
    return pl.DataFrame({"time": times, "close": [100.0 + i % 7 for i in range(len(times))]})


def read(path, frame: pl.DataFrame, *, keep_gaps: bool = False) -> PriceSeries:
    frame.write_parquet(path / "p.parquet")
    (series,) = read_prices(path / "p.parquet", Selection(keep_gaps=keep_gaps))
    return series


@pytest.mark.parametrize("dates", [starts, ends, last_business_days])
@pytest.mark.parametrize("months", [1, 2, 3, 6, 12])
def test_months_of_the_calendar_are_bars(tmp_path, dates, months):
    series = read(tmp_path, table(dates(months)))
    assert len(series.prices) == ROWS
    assert series.bars_per_year == pytest.approx(12 / months)
    assert series.bar_seconds == 365 * 86_400 * months / 12


@pytest.mark.parametrize("dates", [starts, ends])
def test_a_month_that_is_missing_is_named(tmp_path, dates):
    frame = table(dates(1)).with_row_index().filter(pl.col("index") != 20).drop("index")
    with pytest.raises(ValueError, match=r"row 21 .* days after row 20 .*; a bar is 1 month, so"):
        read(tmp_path, frame)
    assert len(read(tmp_path, frame, keep_gaps=True).prices) == ROWS - 1


def test_two_days_of_a_month_are_too_early(tmp_path):
    times = starts(1)
    times[20] = times[19] + dt.timedelta(days=9)
    for keep in (False, True):
        with pytest.raises(
            ValueError, match=r"row 21 .*: 9 days after row 20 .*; a bar is 1 month"
        ):
            read(tmp_path, table(times), keep_gaps=keep)


@pytest.mark.parametrize("length", [28, 30, 31, 91, 365])
def test_bars_of_so_many_days_are_no_months(tmp_path, length):
    times = [dt.date(1990, 1, 1) + dt.timedelta(days=length * i) for i in range(ROWS)]
    assert read(tmp_path, table(times)).bar_seconds == length * 86_400
    with pytest.raises(ValueError, match="so bars are missing"):
        read(tmp_path, table(times[:9] + times[10:]))


@pytest.mark.parametrize("dates", [days, weeks, starts])
@pytest.mark.parametrize("city", CITIES)
def test_bars_from_midnight_to_midnight_survive_a_change_of_clocks(tmp_path, city, dates):
    times = pl.Series(dates(1)).cast(pl.Datetime("us"))
    local = table(times.dt.replace_time_zone(city))
    expected = read(tmp_path, table(times))
    steps = local["time"].dt.convert_time_zone("UTC").diff().unique()
    assert steps.len() > 2  # one is no step
    series = read(tmp_path, local)
    assert series.prices.tolist() == expected.prices.tolist()
    assert series.bar_seconds == expected.bar_seconds
    texts = local.with_columns(pl.col("time").dt.to_string("%Y-%m-%dT%H:%M:%S%:z"))
    assert read(tmp_path, texts).first == series.first


@pytest.mark.parametrize(("hours", "words"), [(22, "a bar is 1 day"), (26, "so bars are missing")])
def test_other_days_are_not_of_the_clocks(tmp_path, hours, words):
    times = [dt.datetime(2024, 1, 1) + dt.timedelta(days=i) for i in range(ROWS)]
    late = [time + dt.timedelta(hours=hours - 24) * (i >= 20) for i, time in enumerate(times)]
    with pytest.raises(ValueError, match=rf"row 21 .*: {hours} hours after row 20 .*{words}"):
        read(tmp_path, table(late))


def test_hours_have_no_slack(tmp_path):
    times = [dt.datetime(2024, 1, 1) + dt.timedelta(hours=i + (i >= 20)) for i in range(ROWS)]
    with pytest.raises(ValueError, match=r"row 21 .*: 2 hours after"):
        read(tmp_path, table(times))
