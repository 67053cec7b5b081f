"""S1: stylised facts of the market's BTC at daily bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from numpy.typing import ArrayLike

from tidegate.analysis.facts import DAILY_BANDS, Band, stylised_facts
from tidegate.validation.cases import Case, Cost, Kind, Within

DAYS: Final = 2_000
SEEDS: Final = 50

# Facts of each test, by the names of `stylised_facts`.
_TESTS: Final = {
    "S1.1": ("annual_volatility",),
    "S1.2": ("kurtosis_1", "kurtosis_ratio_20"),
    "S1.3": ("skewness",),
    "S1.4": ("hill_5",),
    "S1.5": ("acf_return_short",),
    "S1.6": ("acf_size_1", "acf_size_short"),
    "S1.7": ("leverage_effect",),
    "S1.8": ("drawdown_years",),
    "S1.11": ("volume_volatility",),
}
_BANDS: Final[dict[str, Band]] = {band.fact: band for band in DAILY_BANDS}


def daily_facts(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Run the baseline market for years and measure the bars of its days."""
    # Imported where it is used: no other test needs a whole market.
    from tidegate.analysis import market
    from tidegate.model import Market
    from tidegate.scenario import Scenario

    runs = []
    for seed in seeds:
        world = Market(Scenario(), rng=seed)
        world.run_days(DAYS)
        days = market.daily(world.frames()["bars"])
        runs.append(stylised_facts(days["price"].to_numpy(), volume=days["volume"].to_numpy()))
    return {fact: [run[fact] for run in runs] for facts in _TESTS.values() for fact in facts}


def _case(name: str, facts: Sequence[str]) -> Case:
    return Case(
        id=name,
        kind=Kind.STATISTICAL,
        about=f"BTC, {DAYS:,} days: {', '.join(_BANDS[fact].about for fact in facts)}",
        expected={fact: Within(_BANDS[fact].low, _BANDS[fact].high) for fact in facts},
        measure=daily_facts,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
    )


CASES: Final = tuple(_case(name, facts) for name, facts in _TESTS.items())
