"""`tidegate calibrate`: what it reads and writes, how it fits, and what it refuses first."""

from __future__ import annotations

import shlex
import tomllib
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from tidegate_core import draws

from tidegate.analysis import moments
from tidegate.analysis.ecologies import FCN
from tidegate.analysis.facts import stylised_facts
from tidegate.analysis.inference import Interval
from tidegate.analysis.moments import committed_targets, to_prices
from tidegate.cli import main
from tidegate.commands import calibration_text
from tidegate.commands.calibrate import Calibrate
from tidegate.scenario import BeliefSpec
from tidegate.study import calibration

SMALL = ["--evaluations", "1", "--polish", "0", "--seeds", "1", "--fresh", "1", "--workers", "1"]


def prices(start: str, count: int, every: str, spread: float, key: int) -> pl.DataFrame:
    """Return a walk with heavy tails, a bar a row."""
    time = pl.datetime_range(
        pl.lit(start).str.to_datetime(), pl.lit("2200-01-01").str.to_datetime(), every, eager=True
    )
    z = np.empty(count - 1)
    draws.fill_normal(z, key, 0)
    close = to_prices(np.append(0.0, np.cumsum(spread * z * np.abs(z))))
    return pl.DataFrame({"time": time[:count], "close": close, "symbol": ["BTCUSDT"] * count})


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Short series on both sides of 2024, and a bootstrap of a moment."""
    monkeypatch.setattr(moments.measure_targets, "__defaults__", ("", 20))
    daily = prices("2023-09-20", 170, "1d", 0.02, 3)
    other = daily.with_columns(pl.lit("ETHUSDT").alias("symbol"), pl.lit(1.0).alias("close"))
    pl.concat([other, daily]).write_parquet(tmp_path / "daily.parquet")
    prices("2023-12-10", 1000, "1h", 0.004, 4).write_csv(tmp_path / "hourly.csv")
    minutes = prices("2024-01-01", 3000, "1m", 0.0004, 5)
    minutes.write_parquet(tmp_path / "minutes.parquet")
    names = {"daily": "daily.parquet", "hourly": "hourly.csv", "minutes": "minutes.parquet"}
    given = [x for option, name in names.items() for x in (f"--{option}", str(tmp_path / name))]
    return [*given, "--symbol", "BTCUSDT", "--days", "130"]


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take all files away when the fit begins: what is needed of them must have been read."""

    def fit(*args: Any) -> calibration.Fit:
        for path in (*tmp_path.glob("*.parquet"), *tmp_path.glob("*.csv")):
            path.unlink()
        return whole(*args)

    whole = calibration.calibrate
    monkeypatch.setattr(calibration, "calibrate", fit)


@pytest.mark.usefixtures("gone")
def test_files_are_measured_fitted_and_checked(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("optuna", reason="needs the extra calibrate")
    minutes = pl.read_parquet(tmp_path / "minutes.parquet")["close"]
    daily = pl.read_parquet(tmp_path / "daily.parquet").filter(pl.col("symbol") == "BTCUSDT")
    assert main(["calibrate", *files, *SMALL, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    for words in ("fast_weight", "95 % interval", "J = ", "moment coverage", "Check: BTCUSDT"):
        assert words in printed
    measured = tomllib.loads((tmp_path / "out" / "btc_moments.toml").read_text())
    used = daily.filter(pl.col("time") < pl.datetime(2024, 1, 1))["close"]
    assert measured["day"]["hill_5"]["value"] == pytest.approx(
        stylised_facts(used)["hill_5"], rel=1e-4
    )
    assert measured["day"]["returns"] == len(used) - 1
    written = tomllib.loads((tmp_path / "out" / "belief.toml").read_text())
    assert written["belief"].keys() == calibration_text.committed_values("belief").keys()
    assert written["belief"]["fast_weight"] == pytest.approx(BeliefSpec().fast_weight, rel=1e-3)
    assert "days 2023-09-20" in written["provenance"]["prices"]
    assert written["provenance"]["seeds"] == "1000 to 1000, 130 days each"
    minute = stylised_facts(minutes, bars_per_year=365 * 1440)
    assert f"{minute['kurtosis_1']:.3g}" in printed
    words = shlex.split(written["provenance"]["command"])
    command = dict(zip(words[2::2], words[3::2], strict=True))
    asked = [*files, "--evaluations", "1", "--polish", "0", "--seeds", "1", "--fresh", "1"]
    assert command.items() >= dict(zip(asked[::2], asked[1::2], strict=True)).items()
    assert command["--until"] == "2024-01-01"


class BegunError(OSError):
    """Raised in place of a fit."""


@pytest.fixture
def refusing_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def begun(*args: Any) -> None:
        raise BegunError

    monkeypatch.setattr(calibration, "calibrate", begun)


@pytest.mark.usefixtures("refusing_fit")
@pytest.mark.parametrize(("until", "bars"), [("2024-02-20", 17), ("2030-01-01", 0)])
def test_a_check_without_prices_is_left_out_and_that_is_said_before_the_fit(
    files: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    until: str,
    bars: int,
) -> None:
    files[files.index("--days") + 1] = "200"
    out = str(tmp_path / "out")
    assert main(["calibrate", *files, *SMALL, "--until", until, "--out", out]) == 1
    assert (
        f"no check on later prices: {tmp_path}/daily.parquet, BTCUSDT has {bars} bars; at least 30 "
        f"are needed from {until} (--until) on"
    ) in capsys.readouterr().err


@pytest.mark.usefixtures("refusing_fit")
def test_a_fit_without_prices_is_refused(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", *files, *SMALL, "--until", "2020-01-01"]) == 2
    words = "BTCUSDT has 0 bars; at least 30 are needed before 2020-01-01 (--until)"
    assert words in capsys.readouterr().err


@pytest.mark.usefixtures("refusing_fit")
def test_a_file_that_only_the_end_needs_is_read_before_the_fit(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    minutes = pl.read_parquet(tmp_path / "minutes.parquet")
    minutes.with_columns(close=0.0).write_parquet(tmp_path / "minutes.parquet")
    out = tmp_path / "out"
    assert main(["calibrate", *files, *SMALL, "--out", str(out)]) == 2
    assert "minutes.parquet, BTCUSDT, row 1 (2024-01-01 00:00:00): close is 0" in (
        capsys.readouterr().err
    )
    assert not out.exists()


@pytest.mark.usefixtures("refusing_fit")
def test_runs_shorter_than_the_check_are_refused_before_the_fit(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prices("2023-09-20", 300, "1d", 0.02, 3).write_parquet(tmp_path / "daily.parquet")
    assert main(["calibrate", *files, *SMALL]) == 2
    assert "days is 130; the data's windows need 197 or more" in capsys.readouterr().err


def test_a_fit_to_the_committed_moments_names_no_file() -> None:
    command = shlex.split(Calibrate(fresh=7)._command)
    assert command[command.index("--fresh") + 1] == "7"
    assert not {"--daily", "--symbol", "--until"} & set(command)


def test_parameters_are_written_with_their_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"a": 1.0, "b": 3.0, "calm": 0.1, "fixed": 7}
    monkeypatch.setattr(calibration_text, "committed_values", lambda table: kept)
    known = [Interval("a", 0.123456, 0.1, 0.15), Interval("b", 2.0, 0.0, float("inf"))]
    stub: Any = SimpleNamespace(best=SimpleNamespace(values={"a": 0.123456, "b": 2.0}))
    text = calibration_text.parameters_toml(FCN, stub, known, {"calm": 0.5}, {"by": 'a "hand"'})
    assert text.splitlines()[2:] == [
        "[belief]",
        "a = 0.1235  # fitted, 0.1 to 0.15",
        "b = 2  # fitted, no interval: the moments are blind to it",
        "calm = 0.5  # measured on the fitted",
        "fixed = 7  # fixed",
        "",
        "[provenance]",
        'by = "a \\"hand\\""',
    ]
    assert tomllib.loads(text)["belief"] == {"a": 0.1235, "b": 2, "calm": 0.5, "fixed": 7}


def test_the_committed_parameters_say_where_they_are_from() -> None:
    text = resources.files("tidegate.data").joinpath("belief.toml").read_text()
    table = tomllib.loads(text)
    assert BeliefSpec(**table["belief"]) == BeliefSpec()
    assert shlex.split(table["provenance"]["command"])[:2] == ["tidegate", "calibrate"]
    assert table["provenance"]["moments"] == committed_targets().digest()
    fitted = [line for line in text.splitlines() if "# fitted" in line]
    assert len(fitted) == len(FCN.free) + 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--daily", "x.csv", "--hourly", "x.csv"], "x.csv cannot be read"),
        (["--minutes", "nope.parquet"], "nope.parquet cannot be read"),
        (["--daily", "x.csv"], "--daily and --hourly go together"),
        (["--until", "soon"], "--until is 'soon'; it must be YYYY-MM-DD"),
        (["--ecology", "none"], "ecology is 'none'; it must be fcn"),
        (["--workers", "0"], "--workers is 0"),
        (["--evaluations", "0"], "--evaluations is 0"),
        (["--polish", "-1"], "--polish is -1"),
        (["--seeds", "0"], "--seeds is 0"),
        (["--fresh", "0"], "--fresh is 0"),
        (["--days", "0"], "--days is 0"),
        (["--days", "100"], "days is 100; the data's windows need 1310 or more"),
        (["--executor", "moon"], "--executor is 'moon'"),
    ],
)
def test_bad_input_exits_2_before_anything_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["calibrate", *args]) == 2
    assert words in capsys.readouterr().err
    assert not Path("results").exists()


def test_bars_of_another_length_are_refused(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    daily = files[files.index("--daily") + 1]
    files[files.index("--hourly") + 1] = daily
    assert main(["calibrate", *files, *SMALL]) == 2
    assert "whose bars last 86400 s; they must last 3600 s" in capsys.readouterr().err
