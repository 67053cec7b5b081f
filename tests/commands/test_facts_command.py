"""`tidegate facts` on files as people have them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tidegate.cli import main


@pytest.fixture
def frame():
    rng = np.random.default_rng(4)
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(500)]
    close = 40_000 * np.exp(np.cumsum(0.025 * rng.standard_t(4, 500) / np.sqrt(2)))
    return pl.DataFrame({"date": days, "Close": close, "size": rng.uniform(1, 2, 500)})


def run(capsys, *args):
    code = main(["facts", *map(str, args)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_csv_and_parquet_give_the_same_facts(tmp_path, frame, capsys):
    frame.write_csv(tmp_path / "p.csv")
    # The order of rows is that of the dates, whatever the file's.
    frame.reverse().write_parquet(tmp_path / "p.parquet")
    code, out, _ = run(capsys, tmp_path / "p.csv", "--volume", "size")
    assert code == 0
    assert "Close, 500 bars, 365 a year" in out
    assert "inside" in out
    assert "volume_volatility" in out
    other = run(capsys, tmp_path / "p.parquet", "--volume", "size")[1]
    assert out.splitlines()[1:] == other.splitlines()[1:]


def test_hourly_bars_are_not_held_against_daily_bands(tmp_path, frame, capsys):
    hours = pl.datetime_range(
        pl.datetime(2024, 1, 1), pl.datetime(2024, 12, 31), "1h", eager=True
    ).head(500)
    frame.with_columns(date=hours).write_csv(tmp_path / "p.csv")
    code, out, _ = run(capsys, tmp_path / "p.csv")
    assert code == 0
    assert "8,760 a year" in out
    assert "band" not in out


def test_gaps_in_the_prices_are_left_out(tmp_path, frame, capsys):
    gaps = pl.when(pl.col("date") > date(2024, 1, 11)).then(pl.col("Close"))
    frame.with_columns(gaps.alias("Close")).write_csv(tmp_path / "p.csv")
    assert "Close, 489 bars" in run(capsys, tmp_path / "p.csv")[1]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("missing.csv",), "cannot be read"),
        (("prices.txt",), "must end in .csv or .parquet"),
        (("p.csv", "--column", "last"), "it has date, Close, size"),
        (("p.csv", "--column", "date"), "must be numbers"),
        (("q.csv",), "name one of a, b with --column"),
        (("p.csv", "--bars-per-year", "-1"), "bars_per_year is -1"),
    ],
)
def test_bad_input_exits_2_with_what_is_allowed(tmp_path, monkeypatch, frame, capsys, args, words):
    monkeypatch.chdir(tmp_path)
    frame.write_csv("p.csv")
    pl.DataFrame({"a": [1.0], "b": [2.0]}).write_csv("q.csv")
    code, _, err = run(capsys, *args)
    assert code == 2
    assert words in err
