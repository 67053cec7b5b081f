"""Sentiment that fades in trading time takes back what bursts move: the ablation of `haste`."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.analysis.ecologies import ecology_named
from tidegate.analysis.facts import excess_kurtosis

SEEDS = range(1_000, 1_007)  # of the calibration
DAYS = 2_000


def kurtosis_of_20_days(seed: int, haste: float) -> float:
    path = ecology_named("fcn").simulate({"haste": haste}, seed, DAYS)
    return excess_kurtosis(np.diff(path.day), 20)


@pytest.mark.evidence
def test_by_the_calendar_months_have_fatter_tails() -> None:
    lower = sum(kurtosis_of_20_days(s, 1.0) < kurtosis_of_20_days(s, 0.0) for s in SEEDS)
    assert lower >= 6  # of seven; by chance six times in a hundred
