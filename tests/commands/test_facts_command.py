"""`tidegate facts` on files as people have them, and on tapes of the model."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tidegate.analysis.facts import hill_interval, log_returns, stylised_facts
from tidegate.cli import main
from tidegate.model import Market

DAYS = 500


@pytest.fixture
def frame():
    rng = np.random.default_rng(4)
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(DAYS)]
    close = 40_000 * np.exp(np.cumsum(0.025 * rng.standard_t(4, DAYS) / np.sqrt(2)))
    return pl.DataFrame({"date": days, "Close": close, "size": rng.uniform(1, 2, DAYS)})


@pytest.fixture
def run(capsys):
    def run(*args):
        code = main(["facts", *map(str, args)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def table(out):
    """Return the rows of a printed table by label."""
    return {line[1:35].strip(): line[35:].split() for line in out.splitlines()[3:]}


# ---- What is printed --------------------------------------------------------------------------


def test_csv_and_parquet_give_the_same_facts(tmp_path, frame, run):
    frame.write_csv(tmp_path / "p.csv")
    frame.write_parquet(tmp_path / "p.parquet")
    code, out, _ = run(tmp_path / "p.csv", "--volume", "size")
    assert code == 0
    assert "500 bars of 1 day, 2024-01-01 to 2025-05-14, 365 a year" in out
    other = run(tmp_path / "p.parquet", "--volume", "size")[1]
    assert out.splitlines()[1:] == other.splitlines()[1:]


def test_the_table_has_three_digits_the_intervals_of_tails_and_the_bands(tmp_path, frame, run):
    frame.write_csv(tmp_path / "p.csv")
    rows = table(run(tmp_path / "p.csv", "--volume", "size")[1])
    facts = stylised_facts(frame["Close"], volume=frame["size"])
    assert rows["n"] == ["499"]
    assert rows["ex.kurt, 20 bars"] == [f"{facts['kurtosis_20']:.3g}"]
    assert rows["maxDD"] == [f"{facts['max_drawdown']:.3g}"]
    low, high = hill_interval(log_returns(frame["Close"]), 0.05)
    assert rows["Hill 5 %"][:4] == [f"{facts['hill_5']:.3g}", f"{low:.3g}", "to", f"{high:.3g}"]
    volatility = facts["annual_volatility"]
    mark = "inside" if 0.35 <= volatility <= 0.75 else "OUTSIDE"
    assert rows["vol/yr"] == [f"{volatility:.3g}", "0.35", "to", "0.75", mark]
    assert {rows[name][-1] for name in rows if rows[name][-1].isalpha()} == {"inside", "OUTSIDE"}


def test_lines_fit_a_terminal(tmp_path, frame, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame.write_csv("p.csv")
    assert max(map(len, run("p.csv", "--volume", "size")[1].splitlines())) <= 80


@pytest.mark.parametrize(
    ("every", "length", "banded"),
    [
        ("1d", "1 day", {"vol/yr", "lev L1"}),
        ("1h", "1 hour", {"ac |r| 100"}),
        ("1m", "1 minute", {"ac |r| 100"}),
        ("4h", "4 hours", set()),
        ("90s", "90 seconds", set()),
    ],
)
def test_bands_are_those_of_the_length_of_a_bar(
    tmp_path, monkeypatch, frame, run, every, length, banded
):
    monkeypatch.chdir(tmp_path)
    times = pl.datetime_range(
        pl.datetime(2024, 1, 1), pl.datetime(2025, 12, 31), every, eager=True, time_zone="UTC"
    ).head(DAYS)
    frame.with_columns(time=times).drop("date").write_parquet("p.parquet")
    out = run("p.parquet")[1]
    assert f"500 bars of {length}, 2024-01-01" in out
    marked = {name for name, cells in table(out).items() if cells[-1] in ("inside", "OUTSIDE")}
    assert banded <= marked
    assert bool(banded) == bool(marked) == ("band" in out)


def test_every_series_of_a_file_has_a_table(tmp_path, frame, run):
    pair = [
        frame.with_columns(pl.lit(name).alias("symbol"), pl.lit("spot").alias("market"))
        for name in ("BTCUSDT", "ETHUSDT")
    ]
    # Rows of both take turns, as they come from an exchange.
    pl.concat(pair).sort("date", "symbol").write_csv(tmp_path / "p.csv")
    out = run(tmp_path / "p.csv")[1]
    assert [line for line in out.splitlines() if "p.csv" in line] == [
        f"{tmp_path / 'p.csv'}, BTCUSDT: Close",
        f"{tmp_path / 'p.csv'}, ETHUSDT: Close",
    ]
    one = run(tmp_path / "p.csv", "--symbol", "eth")[1]
    assert "BTCUSDT" not in one
    assert one in out


def test_a_symbol_in_full_wins_over_those_it_begins(tmp_path, frame, run):
    parts = [frame.with_columns(pl.lit(name).alias("symbol")) for name in ("BTC", "BTCUSDT")]
    pl.concat(parts).write_csv(tmp_path / "p.csv")
    assert "BTCUSDT" not in run(tmp_path / "p.csv", "--symbol", "btc")[1]
    code, _, err = run(tmp_path / "p.csv", "--symbol", "BTCUSD ")
    assert code == 2
    assert "nearest: BTCUSDT, BTC" in err


def test_days_are_chosen_the_last_left_out(tmp_path, frame, run):
    frame.write_csv(tmp_path / "p.csv")
    out = run(tmp_path / "p.csv", "--from", "2024-02-01", "--until", "2024-05-01")[1]
    assert "90 bars of 1 day, 2024-02-01 to 2024-04-30" in out


def test_json_holds_every_figure_and_no_nan(tmp_path, frame, run):
    frame.head(60).write_csv(tmp_path / "p.csv")
    code, out, _ = run(tmp_path / "p.csv", "--json")
    assert code == 0
    (series,) = json.loads(out)["series"]
    facts = stylised_facts(frame["Close"].head(60))
    assert series["facts"].keys() == facts.keys()
    assert series["facts"]["skewness"] == facts["skewness"]
    assert math.isnan(facts["acf_return_100"])
    assert series["facts"]["acf_return_100"] is None
    assert series["intervals"]["hill_5"] == [*hill_interval(log_returns(frame["Close"][:60]), 0.05)]
    assert series["first"] == "2024-01-01"
    by_fact = {band["fact"]: band for band in series["bands"]}
    assert by_fact["kurtosis_ratio_20"]["low"] is None
    assert by_fact["skewness"]["inside"] == (-1 <= facts["skewness"] <= 0.6)
    assert by_fact["drawdown_years"]["inside"] is None  # two months have no year


def test_rows_without_times_need_to_know_what_they_are(tmp_path, frame, run):
    frame.select("Close").write_csv(tmp_path / "p.csv")
    code, _, err = run(tmp_path / "p.csv")
    assert code == 2
    assert "has no column of times" in err
    out = run(tmp_path / "p.csv", "--bars-per-year", 365)[1]
    assert "500 bars of 1 day, 365 a year" in out
    assert "inside" in out


@pytest.mark.parametrize(
    ("bars", "length"),
    [("0.3", "40 months"), ("1", "1 year"), ("4", "1 quarter"), ("12", "1 month")],
)
def test_bars_may_be_longer_than_a_month(tmp_path, frame, run, bars, length):
    frame.select("Close").write_csv(tmp_path / "p.csv")
    code, out, _ = run(tmp_path / "p.csv", "--bars-per-year", bars)
    assert code == 0
    assert f"500 bars of {length}, {bars} a year" in out


# ---- Tapes of the model -----------------------------------------------------------------------


def test_the_tape_of_a_run_is_read(tmp_path, run):
    world = Market(rng=2, **{"step_seconds": 14_400, "holders.accounts": 200})
    world.run_days(10)
    bars = world.frames()["bars"]
    bars.write_parquet(tmp_path / "bars.parquet")
    out = run(tmp_path, "--symbol", "onshore")[1]
    assert f"{tmp_path}, onshore: close" in out
    assert "60 bars of 4 hours, seconds 14400 to seconds 864000, 2,190 a year" in out
    onshore = bars.filter(pl.col("venue") == "onshore")
    facts = stylised_facts(onshore["close"], volume=onshore["volume"])
    assert table(out)["corr log V, |r|"] == [f"{facts['volume_volatility']:.3g}"]
    world.ticks().write_csv(tmp_path / "ticks.csv")
    assert "60 bars of 4 hours" in run(tmp_path / "ticks.csv")[1]


def test_the_paths_of_an_experiment_are_read_an_arm_and_seed_at_a_time(tmp_path, frame, run):
    path = frame.head(50).select(pl.int_range(-9, 41).alias("day"), price="Close")
    parts = [
        path.with_columns(pl.lit(arm).alias("arm"), pl.lit(seed).alias("seed"))
        for arm in ("a0", "a1")
        for seed in (1, 11)
    ]
    pl.concat(parts).write_parquet(tmp_path / "paths.parquet")
    out = run(tmp_path, "--symbol", "a1", "1")[1]
    assert out.splitlines()[:2] == [
        f"{tmp_path}, a1 1: price",
        "50 bars of 1 day, day -9 to day 40, 365 a year",
    ]
    assert out.count("50 bars") == 1


# ---- What is refused, before anything is printed ----------------------------------------------


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("missing.csv",), "cannot be read"),
        (("bad.parquet",), "bad.parquet cannot be read"),
        (("empty.csv",), "empty.csv cannot be read"),
        (("prices.txt",), "must end in .csv or .parquet"),
        (("folder",), "folder holds neither bars.parquet nor paths.parquet"),
        (("p.csv", "--column", "Clsoe"), "--column 'Clsoe' is unknown to p.csv; nearest: Close"),
        (("p.csv", "--volume", "volum"), "--volume 'volum' is unknown to p.csv; it has date"),
        (("p.csv", "--time", "dates"), "--time 'dates' is unknown to p.csv; nearest: date"),
        (("p.csv", "--column", "date"), "row 1 (2024-01-01): date is 2024-01-01; a finite number"),
        (("p.parquet", "--column", "date"), "column 'date' holds Date; it must be numbers"),
        (("p.parquet", "--time", "flag"), "column 'flag' holds Boolean; it must hold times"),
        (("p.csv", "--symbol", "BTC"), "--symbol is 'BTC'; p.csv holds one series"),
        (("q.csv",), "name one of a, b with --column"),
        (("p.csv", "--bars-per-year", "-1"), "--bars-per-year is -1.0; it must be above 0"),
        (("p.csv", "--bars-per-year", "nan"), "--bars-per-year is nan; it must be above 0"),
        (("p.csv", "--bars-per-year", "inf"), "--bars-per-year is inf; it must be above 0, from"),
        (("p.csv", "--bars-per-year", "1e-9"), "is 1e-09; it must be above 0, from 0.01 (one in"),
        (("p.csv", "--from", "May"), "--from is 'May'; it must be YYYY-MM-DD"),
        (("p.csv", "--until", "2024-01-20"), "p.csv has 19 bars; at least 30 are needed"),
        (("n.csv", "--until", "2024-01-20"), "n.csv has no dates; --from and --until need them"),
    ],
)
def test_bad_input_exits_2_with_what_is_allowed(tmp_path, monkeypatch, frame, run, args, words):
    monkeypatch.chdir(tmp_path)
    frame.write_csv("p.csv")
    frame.with_columns(flag=True).write_parquet("p.parquet")
    frame.with_columns(date=pl.int_range(DAYS)).rename({"date": "day"}).write_csv("n.csv")
    pl.DataFrame({"a": [1.0], "b": [2.0]}).write_csv("q.csv")
    Path("empty.csv").touch()
    Path("bad.parquet").write_bytes(b"no parquet")
    Path("folder").mkdir()
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert words in err


def test_nothing_is_printed_when_the_last_series_is_broken(tmp_path, frame, run):
    broken = frame.with_columns(Close=pl.when(pl.col("Close").rank() > 1).then(pl.col("Close")))
    names = ("A", "B")
    parts = [f.with_columns(symbol=pl.lit(n)) for n, f in zip(names, (frame, broken), strict=True)]
    pl.concat(parts).write_csv(tmp_path / "p.csv")
    code, out, err = run(tmp_path / "p.csv")
    assert (code, out) == (2, "")
    row = DAYS + 1 + int(frame["Close"].arg_min())
    assert f"p.csv, B, row {row} (" in err
    assert "Close is missing" in err
