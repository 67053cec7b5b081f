"""S1: stylised facts of the market's BTC at daily, hourly and minute bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl
from numpy.typing import ArrayLike

from tidegate.analysis.facts import DAILY_BANDS, HOURLY_BANDS, MINUTE_BANDS, Band, stylised_facts
from tidegate.validation.cases import Case, Cost, Kind, Within

SEEDS: Final = 50
DAY, HOUR, MINUTE = 86_400, 3_600, 60


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars at which the market is looked at, and how long it runs for them.

    Attributes
    ----------
    name
        What they are called.
    seconds
        Length of a bar.
    days
        Of a run: hours need as many as days do, or their memory is noise.
    step_seconds
        Of the market; None is the scenario's.
    bands
        Where facts should lie.
    """

    name: str
    seconds: int
    days: int
    step_seconds: int | None
    bands: tuple[Band, ...]


DAYS: Final = Bars("days", DAY, 2_000, None, DAILY_BANDS)
HOURS: Final = Bars("hours", HOUR, 2_000, HOUR, HOURLY_BANDS)
MINUTES: Final = Bars("minutes", MINUTE, 30, MINUTE, MINUTE_BANDS)

# Bars and facts of each test, by the names of `stylised_facts`.
_TESTS: Final[dict[str, tuple[Bars, tuple[str, ...]]]] = {
    "S1.1": (DAYS, ("annual_volatility",)),
    "S1.2": (DAYS, ("kurtosis_1", "kurtosis_ratio_20")),
    "S1.3": (DAYS, ("skewness",)),
    "S1.4": (DAYS, ("hill_5",)),
    "S1.5": (DAYS, ("acf_return_short",)),
    "S1.6": (DAYS, ("acf_size_1", "acf_size_short")),
    "S1.7": (DAYS, ("leverage_effect",)),
    "S1.8": (DAYS, ("drawdown_years",)),
    "S1.11": (DAYS, ("volume_volatility",)),
    "S1.12": (HOURS, ("kurtosis_1",)),
    "S1.13": (HOURS, ("hill_5",)),
    "S1.14": (HOURS, ("acf_return_short",)),
    "S1.15": (HOURS, ("acf_size_1", "acf_size_100")),
    "S1.16": (MINUTES, ("kurtosis_1",)),
    "S1.17": (MINUTES, ("hill_5",)),
    "S1.18": (MINUTES, ("acf_size_1", "acf_size_100")),
}


def market_facts(bars: Bars, seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Run the baseline market and measure its bars."""
    # Imported where it is used: few other tests need a whole market.
    from tidegate.model import Market
    from tidegate.scenario import Scenario

    step = bars.step_seconds
    scenario = Scenario() if step is None else Scenario(step_seconds=step)
    runs = []
    for seed in seeds:
        world = Market(scenario, rng=seed)
        world.run_days(bars.days)
        table = closes(world.frames()["bars"], bars.seconds)
        volume = table["volume"].to_numpy()
        bars_per_year = 365.0 * DAY / bars.seconds
        runs.append(
            stylised_facts(table["price"].to_numpy(), volume=volume, bars_per_year=bars_per_year)
        )
    facts = [fact for where, names in _TESTS.values() if where is bars for fact in names]
    return {fact: [run[fact] for run in runs] for fact in facts}


def closes(bars: pl.DataFrame, seconds: int) -> pl.DataFrame:
    """Return closing price and volume of longer bars, over all venues together.

    Parameters
    ----------
    bars : polars.DataFrame
        The ``bars`` table of a run.
    seconds : int
        Length of the bars wanted.

    Returns
    -------
    polars.DataFrame
        ``price`` (venues' closes weighted by their volume share of the whole run) and
        ``volume``.
    """
    share = (pl.col("volume").sum().over("venue") / pl.col("volume").sum()).alias("share")
    return (
        bars.with_columns(share, ((pl.col("seconds") - 1) // seconds).alias("bar"))
        .group_by("bar", "seconds", maintain_order=True)
        .agg((pl.col("close") * pl.col("share")).sum().alias("price"), pl.col("volume").sum())
        .group_by("bar", maintain_order=True)
        .agg(pl.col("price").last(), pl.col("volume").sum())
        .drop("bar")
    )


def _case(name: str, bars: Bars, facts: Sequence[str]) -> Case:
    bands = {band.fact: band for band in bars.bands}
    return Case(
        id=name,
        kind=Kind.STATISTICAL,
        about=f"BTC, {bars.name} of {bars.days:,} days: "
        f"{', '.join(bands[fact].about for fact in facts)}",
        expected={fact: Within(bands[fact].low, bands[fact].high) for fact in facts},
        measure=MEASURES[bars.name],
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
    )


# One object for all tests on the same bars: what is measured once is shared.
MEASURES: Final = {bars.name: partial(market_facts, bars) for bars in (DAYS, HOURS, MINUTES)}

CASES: Final = tuple(_case(name, bars, facts) for name, (bars, facts) in _TESTS.items())
