"""S1 at three bar lengths: whose bars are measured, and on how long a run."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from tidegate.analysis.facts import BANDS, stylised_facts
from tidegate.model import Market
from tidegate.validation import market_facts
from tidegate.validation.market_facts import CASES, DAYS, HOURS, MINUTES, closes


def ticks() -> pl.DataFrame:
    """Two venues at four ticks of half an hour; the first trades three times as much."""
    return pl.DataFrame(
        {
            "seconds": [1800, 1800, 3600, 3600, 5400, 5400, 7200, 7200],
            "venue": ["a", "b"] * 4,
            "close": [100.0, 104.0, 101.0, 105.0, 102.0, 102.0, 110.0, 90.0],
            "volume": [3.0, 1.0, 6.0, 2.0, 3.0, 1.0, 6.0, 2.0],
        }
    )


def test_closes_are_weighted_by_the_venues_share_of_the_run() -> None:
    half = closes(ticks(), 1800)
    assert half["price"].to_list() == pytest.approx([101.0, 102.0, 102.0, 105.0])
    hours = closes(ticks(), 3600)
    assert hours["price"].to_list() == pytest.approx([102.0, 105.0])
    assert hours["volume"].to_list() == [12.0, 12.0]


def test_all_bands_of_all_three_bar_lengths_are_tested() -> None:
    for bars in (DAYS, HOURS, MINUTES):
        measured = market_facts.MEASURES[bars.name]
        tested = {fact for case in CASES if case.measure is measured for fact in case.expected}
        assert tested == {band.fact for band in BANDS[bars.seconds]}
    assert all(case.seeds >= 50 for case in CASES)
    assert HOURS.days >= 1000
    assert MINUTES.days >= 30


@pytest.mark.parametrize("bars", [HOURS, MINUTES])
def test_the_bars_of_the_market_are_measured(
    bars: market_facts.Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(bars, days=3 if bars is HOURS else 1)
    tests = {"S1.12": (short, tuple(band.fact for band in bars.bands))}
    monkeypatch.setattr(market_facts, "_TESTS", tests)
    found = market_facts.market_facts(short, [7])
    world = Market(rng=7, step_seconds=bars.seconds)
    world.run_days(short.days)
    table = closes(world.frames()["bars"], bars.seconds)
    assert table.height == short.days * 86_400 // bars.seconds
    facts = stylised_facts(table["price"].to_numpy(), bars_per_year=365 * 86_400 / bars.seconds)
    assert found.keys() == {band.fact for band in bars.bands}
    assert found["acf_size_1"] == [facts["acf_size_1"]]
