"""`tidegate calibrate`: what it reads and writes, how it fits, and what it refuses first."""

from __future__ import annotations

import shlex
import tomllib
from importlib import resources
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tidegate_core import draws

from tidegate.analysis import calibration
from tidegate.analysis.facts import stylised_facts
from tidegate.analysis.moments import to_prices
from tidegate.cli import main
from tidegate.commands.calibrate import Calibrate, belief_toml
from tidegate.scenario import BeliefSpec

WRITTEN = """\
# by hand

[belief]
fast_weight = 0.4  # fitted
slow_weight = 0.5  # fitted
fast_saturation = 200  # fitted
slow_saturation = 10  # fitted
news_share = 0.2  # fitted
annual_volatility = 0.5  # fitted
asymmetry = 0.06  # fixed
sentiment_days = 200  # fixed
horizons = 12  # fixed
shortest_minutes = 3.7  # fixed
longest_days = 45  # fixed
fast_limit_hours = 2.5  # fixed
"""


@pytest.fixture
def short(monkeypatch):
    """Windows short enough for a fit of seconds."""
    monkeypatch.setattr(calibration, "FACT_DAYS", 200)
    monkeypatch.setattr(calibration, "WINDOW_DAYS", 180)
    monkeypatch.setattr(calibration, "WINDOW_HOURS", 3000)
    monkeypatch.setattr(calibration, "WARM_UP_DAYS", 20)


@pytest.fixture
def asked(monkeypatch):
    """Note how the fit is called, in place of hours of fitting."""
    calls = []

    def fit(targets, **options):
        calls.append({"targets": targets, **options})
        return calibration.Calibration(calibration.START, 1.0, 1.0, 1, pl.DataFrame())

    def shares(parameters, seeds, workers):
        calls[-1]["fresh"] = seeds
        return pl.DataFrame()

    monkeypatch.setattr(calibration, "calibrate_belief", fit)
    monkeypatch.setattr(calibration, "pass_shares", shares)
    return calls


def test_without_files_the_committed_moments_are_fitted(asked, tmp_path):
    args = ["--evaluations", "7", "--workers", "1", "--fresh", "3", "--out", str(tmp_path)]
    assert main(["calibrate", *args]) == 0
    assert asked == [
        {
            "targets": None,
            "seeds": calibration.SEEDS,
            "evaluations": 7,
            "workers": 1,
            "fresh": calibration.FRESH[:3],
        }
    ]
    first = (tmp_path / "belief.toml").read_text().partition("\n")[0]
    assert first == "# tidegate calibrate --evaluations 7 --seeds 16"


def test_by_default_it_uses_the_seeds_of_the_calibration():
    assert Calibrate().seeds == len(calibration.SEEDS)
    assert Calibrate().fresh == len(calibration.FRESH)
    assert Calibrate().out == Path("results/calibration")


@pytest.mark.usefixtures("short")
def test_files_are_measured_and_fitted(tmp_path, capsys):
    days = pl.datetime_range(
        pl.datetime(2020, 1, 1), pl.datetime(2024, 6, 1), "1d", eager=True
    ).alias("time")
    steps = np.empty(len(days) - 1)
    draws.fill_normal(steps, 3, 0)
    close = to_prices(np.append(0.0, np.cumsum(0.02 * steps * np.abs(steps))))
    daily = pl.DataFrame({"time": days, "close": close, "symbol": "BTCUSDT"})
    other = daily.with_columns(pl.lit("ETHUSDT").alias("symbol"), pl.lit(1.0).alias("close"))
    pl.concat([other, daily]).write_parquet(tmp_path / "daily.parquet")
    daily.drop("symbol").write_csv(tmp_path / "hourly.csv")
    files = ["--daily", str(tmp_path / "daily.parquet"), "--hourly", str(tmp_path / "hourly.csv")]
    size = ["--evaluations", "1", "--seeds", "1", "--fresh", "1"]
    assert main(["calibrate", *files, *size, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "1 sets tried" in printed
    assert "acf_size_100" in printed
    measured = tomllib.loads((tmp_path / "out" / "btc_moments.toml").read_text())
    used = daily.filter(pl.col("time") < pl.datetime(2024, 1, 1))["close"]
    assert measured["day"]["hill_5"]["value"] == pytest.approx(
        stylised_facts(used)["hill_5"], rel=1e-4
    )
    fitted = tomllib.loads((tmp_path / "out" / "belief.toml").read_text())["belief"]
    assert fitted["fast_weight"] == calibration.START.fast_weight


def test_parameters_survive_their_file():
    wanted = BeliefSpec(
        fast_weight=0.4,
        slow_weight=0.5,
        fast_saturation=200.0,
        slow_saturation=10.0,
        news_share=0.2,
        annual_volatility=0.5,
    )
    text = belief_toml(wanted, "by hand")
    assert text == WRITTEN
    assert BeliefSpec(**tomllib.loads(text)["belief"]) == wanted


def test_the_committed_file_is_what_its_first_line_would_write():
    text = resources.files("tidegate.data").joinpath("belief.toml").read_text()
    command = text.partition("\n")[0].removeprefix("# ")
    assert shlex.split(command)[:2] == ["tidegate", "calibrate"]
    assert belief_toml(BeliefSpec(), command) == text


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--daily", "x.csv", "--hourly", "x.csv"], "--daily is x.csv, which is no file"),
        (["--daily", "x.csv"], "--daily and --hourly go together"),
        (["--daily", "ab.csv", "--hourly", "ab.csv"], "ab.csv has no column close and time"),
        (["--until", "soon"], "--until is 'soon'; it must be YYYY-MM-DD"),
        (["--workers", "0"], "--workers is 0"),
        (["--evaluations", "0"], "--evaluations is 0"),
        (["--seeds", "0"], "--seeds is 0"),
        (["--fresh", "0"], "--fresh is 0"),
    ],
)
def test_bad_input_exits_2_before_anything_runs(asked, tmp_path, monkeypatch, capsys, args, words):
    monkeypatch.chdir(tmp_path)
    Path("ab.csv").write_text("a,b\n1,2\n")
    assert main(["calibrate", *args]) == 2
    assert words in capsys.readouterr().err
    assert asked == []
    assert not Path("results").exists()
