"""`tidegate calibrate`: what it hands to the calibration, and what it refuses first."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from tidegate.analysis import calibration
from tidegate.cli import main


@pytest.fixture
def asked(monkeypatch):
    """Note how the calibration is called, in its own terms, in place of hours of fitting."""
    calls = []
    signature = inspect.signature(calibration.run)

    def run(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        calls.append(dict(bound.arguments))

    monkeypatch.setattr(calibration, "run", run)
    return calls


def test_without_files_the_committed_moments_are_fitted(asked, tmp_path):
    args = ["--evaluations", "7", "--workers", "1", "--out", str(tmp_path)]
    assert main(["calibrate", *args]) == 0
    assert asked == [
        {
            "daily": None,
            "hourly": None,
            "symbol": "BTCUSDT",
            "until": "2024-01-01",
            "evaluations": 7,
            "workers": 1,
            "out": tmp_path,
        }
    ]


def test_files_are_passed_on(asked, tmp_path):
    daily, hourly = tmp_path / "d.csv", tmp_path / "h.parquet"
    daily.touch()
    hourly.touch()
    assert main(["calibrate", "--daily", str(daily), "--hourly", str(hourly)]) == 0
    assert (asked[0]["daily"], asked[0]["hourly"]) == (daily, hourly)
    assert asked[0]["out"] == Path("results/calibration")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--daily", "x.csv"], "--daily is x.csv, which is no file"),
        (["--workers", "0"], "--workers is 0"),
        (["--evaluations", "0"], "--evaluations is 0"),
    ],
)
def test_bad_input_exits_2_before_anything_runs(asked, capsys, args, words):
    assert main(["calibrate", *args]) == 2
    assert words in capsys.readouterr().err
    assert asked == []
