"""Calm weeks: a seed whose market runs away has no value, and spoils no other seed's."""

from __future__ import annotations

import math

import pytest

from tidegate.agents.leveraged_exchange import BeyondRangeError
from tidegate.validation import calm_weeks


def test_a_market_that_runs_away_counts_as_a_seed_without_a_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = {name for case in calm_weeks.CASES for name in case.expected}

    def figures(seed: int) -> dict[str, float]:
        if seed == 8:
            raise BeyondRangeError("a price has risen too far")
        return dict.fromkeys(names, float(seed))

    monkeypatch.setattr(calm_weeks, "_figures", figures)
    found = calm_weeks.calm_weeks([7, 8])
    assert set(found) == names
    for values in found.values():
        kept, lost = values
        assert kept == 7.0
        assert math.isnan(lost)
