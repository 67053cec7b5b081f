"""`tidegate calibrate`: what it asks for, what it fits to and what it leaves behind."""

from __future__ import annotations

import tomllib
from dataclasses import asdict

import numpy as np
import polars as pl
import pytest

from tidegate.analysis import calibration
from tidegate.cli import main


@pytest.fixture
def asked(monkeypatch):
    """Note what the fit is asked for and return the committed one in its place."""
    calls = []

    def fit(targets=None, *, evaluations, workers):
        calls.append((targets, evaluations, workers))
        wanted = targets or calibration.committed_moments()
        table = pl.DataFrame([asdict(moment) for moment in wanted]).with_columns(
            simulated=pl.lit(0.5), distance=pl.lit(-1.25)
        )
        found = calibration.START
        return calibration.Calibration(found, 12.5, 10.0, evaluations, table)

    monkeypatch.setattr(calibration, "calibrate_belief", fit)
    return calls


def test_without_files_the_committed_moments_are_fitted(asked, tmp_path, capsys):
    out = tmp_path / "fit.toml"
    code = main(["calibrate", "--evaluations", "7", "--workers", "1", "--out", str(out)])
    assert code == 0
    assert asked == [(None, 7, 1)]
    assert "loss 12.5 after 7 sets" in capsys.readouterr().out
    fitted = tomllib.loads(out.read_text())["belief"]
    assert fitted == tomllib.loads(calibration.to_toml(calibration.START, ""))["belief"]


def test_both_files_give_the_targets(asked, tmp_path, capsys):
    rng = np.random.default_rng(2)
    for name, bars in (("day", 400), ("hour", 800)):
        close = 100 * np.exp(np.cumsum(0.02 * rng.standard_t(4, bars)))
        pl.DataFrame({"close": close}).write_csv(tmp_path / f"{name}.csv")
    files = ["--daily", str(tmp_path / "day.csv"), "--hourly", str(tmp_path / "hour.csv")]
    assert main(["calibrate", *files]) == 0
    [(targets, _, _)] = asked
    assert [t.bar for t in targets] == [m.bar for m in calibration.committed_moments()]
    assert "day.csv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--daily", "x.csv"], "--hourly is not given"),
        (["--hourly", "x.csv"], "--daily is not given"),
        (["--daily", "x.csv", "--hourly", "y.csv"], "x.csv cannot be read"),
        (["--workers", "0"], "--workers is 0"),
    ],
)
def test_bad_input_exits_2_before_anything_runs(asked, capsys, args, words):
    assert main(["calibrate", *args]) == 2
    assert words in capsys.readouterr().err
    assert asked == []
