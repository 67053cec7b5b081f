"""What sharing noise among the arms of `pension_entry` earns, on sixteen development seeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.pension_entry import EXPERIMENT
from tidegate.cli import main
from tidegate.study.launch import run_experiment

LEAST_OF_PRICES = 3.0  # times the standard error of independent runs, at the end of the flow
LEAST = 0.9


@pytest.mark.evidence
def test_arms_that_share_noise_are_told_apart_with_fewer_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], commit_figures: Callable[..., Any]
) -> None:
    assert run_experiment(EXPERIMENT, ["--seeds", "16", "--out", str(tmp_path), "--json"]) == 0
    capsys.readouterr()
    assert main(["pairing", str(tmp_path)]) == 0
    commit_figures("pairing", capsys.readouterr().out)
    assert main(["pairing", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["gains"]
    least = {(row["metric"], row["days"]): row["least"] for row in rows if row["least"] is not None}
    horizon = max(days for _, days in least)
    assert least["price_ramp", horizon] >= LEAST_OF_PRICES
    assert least["price", horizon] >= LEAST_OF_PRICES
    assert min(least.values()) >= LEAST, least
