"""Runs are long enough for what is measured of them, and halves are as long as they are called."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from experiments.dat_cycle import DatCycle
from experiments.dat_unwind import DatUnwind
from experiments.export_controls import ExportControls
from experiments.pension_rules import PensionRules
from experiments.regime import Regime
from tidegate.setups.company_cycle import cycle


@pytest.mark.parametrize(
    ("parameters", "values", "words"),
    [
        (DatUnwind, {"announced": 50}, "announced is 50; then days must be 80 or more, and are 68"),
        (Regime, {"loosened_after": 210}, "loosened_after is 210; then days must be 211 or more"),
        (ExportControls, {"notice": 50, "days": 56}, "notice is 50; then days must be 57 or more"),
        (PensionRules, {"wait": 521, "days": 640}, "wait is 521; then days must be 641 or more"),
        (DatCycle, {"fall_days": 181}, "fall_days is 181; of the run's 210 days at least 30 must"),
    ],
)
def test_a_run_that_ends_before_what_is_read_of_it_is_refused(
    parameters: Any, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        parameters(**values)


def test_the_longest_that_fit_are_taken() -> None:
    assert DatUnwind(announced=38).announced == 38
    assert Regime(loosened_after=209).loosened_after == 209
    assert ExportControls(notice=50, days=57).notice == 50
    assert PensionRules(wait=520, days=640).wait == 520


def test_the_fall_of_a_cycle_lasts_as_long_as_is_said_and_the_rise_has_the_rest() -> None:
    p = DatCycle(days=210, fall_days=70)
    assert (p.half, p.turn - p.warm_up_days, p.last - p.turn) == (140, 140, 69)
    up = [policy for policy in cycle(p) if policy.name.startswith("news_14_")]
    down = [policy for policy in cycle(p) if policy.name.startswith("news_154_")]
    assert all(14 <= policy.announcement_day < 154 for policy in up)
    assert all(154 <= policy.announcement_day <= p.last for policy in down)
    assert (len(up), len(down)) == (20, 10)  # weeks
    moved = [sum(float(one.settings()["rates.cut_bp"] or 0) for one in part) for part in (up, down)]
    assert moved[0] / moved[1] == pytest.approx(math.log1p(p.rise) / math.log1p(-p.fall))
