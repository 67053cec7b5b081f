"""The reader of price series: what it takes, and that one broken row is found by its number."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidegate.commands.prices import Selection, load_table, read_prices, read_table

ROWS = 40
HOUR = dt.timedelta(hours=1)
START = dt.datetime(2024, 3, 1, 5, tzinfo=dt.UTC)
QUIET = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

prices = st.lists(st.floats(1e-8, 1e8), min_size=ROWS, max_size=ROWS)
places = st.integers(1, ROWS - 2)  # not at the ends, where a gap shows no gap


def table(close: list[float] | None = None, rows: int = ROWS) -> pl.DataFrame:
    values = close or [100.0 + i % 7 for i in range(rows)]
    times = [START + i * HOUR for i in range(rows)]
    return pl.DataFrame({"time": times, "close": values, "volume": [2.0] * rows})


def read(path, **wanted: Any):
    (series,) = read_prices(path, Selection(**wanted))
    return series


def changed(at: int, **values: Any) -> pl.DataFrame:
    """Return the table with other values in row `at`, counted from 0."""
    rows = table().to_dicts()
    rows[at] |= values
    return pl.DataFrame(rows, infer_schema_length=None, strict=False)


# ---- What is taken ----------------------------------------------------------------------------


@QUIET
@given(close=prices, kind=st.sampled_from(["csv", "parquet"]))
def test_prices_come_back_bit_for_bit(tmp_path, close, kind):
    path = tmp_path / f"p.{kind}"
    frame = table(close)
    frame.write_csv(path) if kind == "csv" else frame.write_parquet(path)
    series = read(path)
    assert series.prices.tolist() == close
    assert (series.bar_seconds, series.bars_per_year) == (3600.0, 8760.0)
    assert (series.first, series.last) == ("2024-03-01 05:00:00", "2024-03-02 20:00:00")


@pytest.mark.parametrize(
    "form",
    [
        lambda t: t.isoformat(),
        lambda t: t.isoformat().replace("+00:00", "Z"),
        lambda t: f"{t:%Y-%m-%d %H:%M:%S}",
        lambda t: f"{t:%Y-%m-%d %H:%M}",
        lambda t: f"{t:%Y/%m/%d %H:%M}",
        lambda t: f"{t:%Y-%m-%d %H:%M:%S} UTC",
        lambda t: f" {t:%Y-%m-%dT%H:%M:%S.%f}",
        lambda t: t.astimezone(dt.timezone(HOUR)).isoformat(),
        lambda t: int(t.timestamp()),
        lambda t: int(t.timestamp() * 1e3),
        lambda t: int(t.timestamp() * 1e6),
        lambda t: int(t.timestamp()) * 10**9,
        lambda t: float(t.timestamp()),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_times_are_read_as_people_write_them(tmp_path, form: Callable[[dt.datetime], Any], kind):
    path = tmp_path / f"p.{kind}"
    frame = table().with_columns(time=pl.Series([form(START + i * HOUR) for i in range(ROWS)]))
    frame.write_csv(path) if kind == "csv" else frame.write_parquet(path)
    series = read(path)
    assert series.first == "2024-03-01 05:00:00"
    assert series.bar_seconds == 3600.0


@pytest.mark.parametrize("form", [int, float, str])
def test_days_are_read_from_their_digits(tmp_path, form):
    days = [dt.date(2024, 2, 1) + dt.timedelta(days=i) for i in range(ROWS)]
    frame = table().with_columns(time=pl.Series([form(f"{day:%Y%m%d}") for day in days]))
    frame.write_parquet(tmp_path / "p.parquet")
    series = read(tmp_path / "p.parquet", since=days[2])
    assert (series.bar_seconds, series.first, series.last) == (86_400, "2024-02-03", "2024-03-11")
    broken = pl.Series(
        [20_240_132 if i == 7 else int(f"{day:%Y%m%d}") for i, day in enumerate(days)]
    )
    frame.with_columns(time=broken).write_parquet(tmp_path / "p.parquet")
    with pytest.raises(ValueError, match=r"row 8 \(no time\): time is 20240132; it must be a date"):
        read(tmp_path / "p.parquet")


def test_seconds_of_a_run_are_no_dates(tmp_path):
    seconds = pl.Series([20_240_101 + i for i in range(30)])
    frame = table(rows=30).drop("time").with_columns(seconds=seconds)
    frame.write_parquet(tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet").bar_seconds == 1.0


def test_dates_are_found_under_any_name(tmp_path):
    frame = table().rename({"time": "Zeit"})
    frame.write_csv(tmp_path / "p.csv")
    frame.write_parquet(tmp_path / "p.parquet")
    for kind in ("csv", "parquet"):
        assert read(tmp_path / f"p.{kind}").first == "2024-03-01 05:00:00"


def test_texts_are_numbers_where_they_can_be(tmp_path):
    frame = table().with_columns(pl.col("close").cast(pl.String) + " ")
    frame.write_parquet(tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet").prices.tolist() == table()["close"].to_list()


def test_volume_can_be_left_out(tmp_path):
    changed(3, volume=-1.0).write_parquet(tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet", volume="none").volume is None


@QUIET
@given(gone=st.sets(places, min_size=1, max_size=8))
def test_gaps_that_are_kept_are_one_return(tmp_path, gone):
    frame = table().with_row_index().filter(~pl.col("index").is_in(gone)).drop("index")
    frame.write_parquet(tmp_path / "p.parquet")
    with pytest.raises(ValueError, match="so bars are missing"):
        read(tmp_path / "p.parquet")
    series = read(tmp_path / "p.parquet", keep_gaps=True)
    assert series.prices.tolist() == frame["close"].to_list()
    assert series.bars_per_year == 8760.0


@QUIET
@given(gone=st.sets(st.integers(0, ROWS - 1), min_size=1, max_size=8))
def test_rows_without_a_price_are_left_out_where_gaps_are_kept(tmp_path, gone):
    empty = pl.when(~pl.int_range(pl.len()).is_in(gone)).then(pl.col("close", "volume"))
    frame = table().with_columns(empty)
    frame.write_csv(tmp_path / "p.csv")
    series = read(tmp_path / "p.csv", keep_gaps=True)
    assert series.prices.tolist() == frame["close"].drop_nulls().to_list()


@pytest.mark.parametrize("text", [float("nan"), "nan", " NaN", ""])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_price_that_is_nan_is_one_that_is_missing(tmp_path, text, kind):
    path = tmp_path / f"p.{kind}"
    close = pl.Series([*table()["close"].to_list()])
    close = close.cast(pl.String) if isinstance(text, str) else close
    frame = table().with_columns(close=close.scatter(7, text))
    frame.write_csv(path) if kind == "csv" else frame.write_parquet(path)
    with pytest.raises(ValueError, match=r"row 8 .*: close is missing"):
        read(path)
    expected = table()["close"].to_list()
    assert read(path, keep_gaps=True).prices.tolist() == expected[:7] + expected[8:]


def test_a_volume_that_is_missing_is_nan_where_gaps_are_kept(tmp_path):
    changed(3, volume=None).write_parquet(tmp_path / "p.parquet")
    series = read(tmp_path / "p.parquet", keep_gaps=True)
    assert np.flatnonzero(np.isnan(series.volume)).tolist() == [3]


# ---- One broken row ---------------------------------------------------------------------------

FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"close": 0.0}, "close is 0; prices must be above 0"),
    ({"close": -3.5}, "close is -3.5; prices must be above 0"),
    ({"close": None}, "close is missing; --gaps keep leaves out rows without a price"),
    ({"close": float("nan")}, "close is missing (NaN); --gaps keep leaves out rows without a"),
    ({"close": float("inf")}, "close is inf; a finite number is needed"),
    ({"volume": None}, "volume is missing"),
    ({"volume": -1.0}, "volume is -1; volumes must be 0 or more"),
    ({"volume": float("nan")}, "volume is missing (NaN)"),
    ({"time": None}, "time is missing"),
]


@QUIET
@given(at=places, fault=st.sampled_from(FAULTS), kind=st.sampled_from(["csv", "parquet"]))
def test_a_broken_row_is_named(tmp_path, at, fault, kind):
    values, words = fault
    path = tmp_path / f"p.{kind}"
    frame = changed(at, **values)
    frame.write_csv(path) if kind == "csv" else frame.write_parquet(path)
    time = "no time" if "time" in values else f"{START + at * HOUR:%Y-%m-%d %H:%M:%S}"
    with pytest.raises(ValueError, match=re.escape(f"{path}, row {at + 1} ({time}): {words}")):
        read(path)


@pytest.mark.parametrize("text", ["n/a", "1,000", "12 USD"])
def test_a_text_among_prices_is_named(tmp_path, text):
    frame = table().with_columns(pl.col("close").cast(pl.String))
    rows = frame.to_dicts()
    rows[7]["close"] = text
    pl.DataFrame(rows).write_csv(tmp_path / "p.csv")
    with pytest.raises(ValueError, match=f"row 8 .*: close is {text}; a finite number is needed"):
        read(tmp_path / "p.csv")


def test_a_text_among_times_is_named(tmp_path):
    rows = table().with_columns(pl.col("time").dt.to_string()).to_dicts()
    rows[7]["time"] = "noon"
    pl.DataFrame(rows).write_csv(tmp_path / "p.csv")
    with pytest.raises(ValueError, match=r"row 8 \(no time\): time is 'noon'; it must be a date"):
        read(tmp_path / "p.csv")


@pytest.mark.parametrize("scale", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize(("cell", "words"), [("x", "is 'x'; it must be"), ('""', "is missing")])
def test_a_text_among_epochs_is_named(tmp_path, scale, cell, words):
    rows = [f"{int((START + i * HOUR).timestamp()) * scale},{5 + i % 3}" for i in range(ROWS)]
    rows[7] = f"{cell},5"
    (tmp_path / "p.csv").write_text("\n".join(["timestamp,close", *rows]))
    with pytest.raises(ValueError, match=rf"row 8 \(no time\): timestamp {words}[^(]*\(?[^(]*$"):
        read(tmp_path / "p.csv")


def test_a_file_that_is_newest_first_is_called_so(tmp_path):
    table().reverse().write_parquet(tmp_path / "p.parquet")
    with pytest.raises(ValueError, match=r"row 2 .*: time is before that of row 1 .*newest first"):
        read(tmp_path / "p.parquet")


@QUIET
@given(at=places)
def test_rows_that_changed_places_are_no_gap(tmp_path, at):
    rows = table().to_dicts()
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    pl.DataFrame(rows).write_parquet(tmp_path / "p.parquet")
    for keep in (False, True):
        with pytest.raises(ValueError, match=rf"row {at + 2} .*: time is before .* row {at + 1} "):
            read(tmp_path / "p.parquet", keep_gaps=keep)


@QUIET
@given(at=places, hours=st.integers(-ROWS, -1))
def test_times_that_fall_or_repeat_are_named_with_the_row_before(tmp_path, at, hours):
    changed(at, time=START + (at + hours) * HOUR).write_parquet(tmp_path / "p.parquet")
    word = "that of" if hours == -1 else "before that of"
    with pytest.raises(ValueError, match=rf"row {at + 1} \(.*: time is {word} row {at} \("):
        read(tmp_path / "p.parquet")


@QUIET
@given(at=places, minutes=st.integers(1, 59))
def test_a_bar_that_comes_early_is_named(tmp_path, at, minutes):
    early = START + at * HOUR - dt.timedelta(minutes=minutes)
    changed(at, time=early).write_parquet(tmp_path / "p.parquet")
    for keep in (False, True):
        with pytest.raises(ValueError, match=rf"row {at + 1} .*a bar is 1 hour"):
            read(tmp_path / "p.parquet", keep_gaps=keep)


@pytest.mark.parametrize("values", [{"close": 0.0}, {"close": float("inf")}, {"volume": -1.0}])
def test_keeping_gaps_excuses_nothing_else(tmp_path, values):
    changed(9, **values).write_parquet(tmp_path / "p.parquet")
    with pytest.raises(ValueError, match="row 10 "):
        read(tmp_path / "p.parquet", keep_gaps=True)


def test_the_first_of_many_is_named_and_the_others_are_counted(tmp_path):
    frame = table().with_columns(close=pl.when(pl.int_range(pl.len()) % 10 == 4).then(0.0))
    frame = frame.with_columns(pl.col("close").fill_null(5.0))
    frame.write_parquet(tmp_path / "p.parquet")
    with pytest.raises(ValueError, match=r"row 5 .* \(3 more such rows\)$"):
        read(tmp_path / "p.parquet")


def test_rows_are_counted_in_the_file_whatever_is_read_of_it(tmp_path):
    broken = changed(30, close=0.0)
    both = [f.with_columns(symbol=pl.lit(s)) for s, f in (("A", table()), ("B", broken))]
    pl.concat(both).sort("time", "symbol").write_csv(tmp_path / "p.csv")
    with pytest.raises(ValueError, match=r"p.csv, B, row 62 \(2024-03-02 11:00:00\): close is 0"):
        read_prices(tmp_path / "p.csv", Selection(symbols=("B",), since=START.date()))


@pytest.mark.parametrize("rows", [0, 1, 2, 29])
def test_too_few_rows_are_counted(tmp_path, rows):
    table().head(rows).write_parquet(tmp_path / "p.parquet")
    with pytest.raises(ValueError, match=rf"has {rows} bars; at least 30 are needed"):
        read_prices(tmp_path / "p.parquet", Selection())


def test_tables_are_sorted_for_those_who_ask(tmp_path):
    table().reverse().write_parquet(tmp_path / "p.parquet")
    assert read_table(tmp_path / "p.parquet").equals(table())
    assert load_table(tmp_path / "p.parquet").equals(table().reverse())
