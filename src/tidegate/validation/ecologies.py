"""Stylised facts of the three ecologies at daily, hourly and minute bars, crowd or whole market.

Each ecology is run on the same seeds, none of which its calibration has seen: its crowd alone, or
the market in which holders, makers and traders stand between the crowd's valuation and the price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from tidegate.analysis.ecologies import ecology_named
from tidegate.analysis.facts import (
    DAILY_BANDS,
    HOURLY_BANDS,
    MINUTE_BANDS,
    Band,
    stylised_facts,
)
from tidegate.analysis.moments import BARS_PER_YEAR, to_prices
from tidegate.scenario import Ecology, Scenario
from tidegate.scenario.flat import override

__all__ = ["KEPT", "Stretch", "crowd_facts", "market_facts", "table"]

KEPT: Final = 0.8  # share of seeds that a band must keep, and their mean inside as well
BANDS: Final[dict[str, tuple[Band, ...]]] = {
    "day": DAILY_BANDS,
    "hour": HOURLY_BANDS,
    "minute": MINUTE_BANDS,
}

Facts = dict[str, float]  # by "BAR FACT"


@dataclass(frozen=True, slots=True)
class Stretch:
    """How long a seed runs for bars of a length, and with which steps."""

    days: int
    step_seconds: int


# Of the whole market. The crowd alone runs once, minute by minute, as long as the longest.
STRETCHES: Final = {
    "day": Stretch(2_000, 14_400),
    "hour": Stretch(1_000, 3_600),
    "minute": Stretch(30, 60),
}
SECONDS: Final = {"day": 86_400, "hour": 3_600, "minute": 60}


def crowd_facts(spec: Scenario, seed: int, stretches: Mapping[str, Stretch]) -> Facts:
    """Run the crowd's clock alone and measure its bars; of minutes, the last stretch."""
    days = max(stretch.days for stretch in stretches.values())
    ecology = ecology_named(spec.ecology)
    crowd = getattr(spec, ecology.table)
    paths = ecology.simulate(
        {name: getattr(crowd, name) for name in type(crowd).model_fields}, seed, days
    )
    logs = {"day": paths.day, "hour": paths.hour, "minute": paths.minutes}
    found: Facts = {}
    for bar, stretch in stretches.items():
        bars = logs[bar][-(stretch.days * 86_400 // SECONDS[bar] + 1) :]
        found |= _banded(bar, stylised_facts(to_prices(bars), bars_per_year=BARS_PER_YEAR[bar]))
    return found


def market_facts(spec: Scenario, seed: int, stretches: Mapping[str, Stretch]) -> Facts:
    """Run the market once a length of bar, and measure its traded prices."""
    # Imported where it is used: a crowd alone needs no market.
    from tidegate.model import Market

    found: Facts = {}
    for bar, stretch in stretches.items():
        world = Market(override(spec, {"step_seconds": stretch.step_seconds}), rng=seed)
        world.run_days(stretch.days)
        bars = _bars(world.frames()["bars"], SECONDS[bar])
        facts = stylised_facts(
            bars["price"].to_numpy(),
            bars_per_year=BARS_PER_YEAR[bar],
            volume=bars["volume"].to_numpy(),
        )
        found |= _banded(bar, facts)
    return found


def _banded(bar: str, facts: Mapping[str, float]) -> Facts:
    """Return the facts of a bar that have a band; a crowd alone has no volume."""
    return {f"{bar} {b.fact}": facts[b.fact] for b in BANDS[bar] if b.fact in facts}


def _bars(ticks: pl.DataFrame, seconds: int) -> pl.DataFrame:
    """Return bars of all venues together: closes weighted by volume, volume summed."""
    shares = ticks.group_by("venue").agg(pl.col("volume").sum().alias("share"))
    whole = ticks.join(shares, on="venue").group_by("seconds", maintain_order=True)
    joined = whole.agg(
        ((pl.col("close") * pl.col("share")).sum() / pl.col("share").sum()).alias("price"),
        pl.col("volume").sum(),
    )
    number = ((pl.col("seconds") - 1) // seconds).alias("bar")
    return joined.group_by(number, maintain_order=True).agg(
        pl.col("price").last(), pl.col("volume").sum()
    )


def table(found: Mapping[Ecology, Sequence[Facts]]) -> Iterator[tuple[str, ...]]:
    """Yield a row a band: bar, fact, band, and for each ecology mean and share of seeds inside.

    A share is starred where the band is kept: by four seeds in five and by their mean.
    """
    yield ("bars", "fact", "band", *found)
    for bar, bands in BANDS.items():
        for band in bands:
            name = f"{bar} {band.fact}"
            columns = [[run[name] for run in runs if name in run] for runs in found.values()]
            cells = [_cell(band, values) for values in columns]
            if any(cells):
                yield (bar, band.about.replace("|", "\\|"), _edges(band), *cells)


def _cell(band: Band, values: Sequence[float]) -> str:
    if not values:
        return ""
    share = float(np.mean([band.holds(value) for value in values]))
    mean = float(np.mean(values))
    kept = share >= KEPT and band.holds(mean)
    return f"{mean:.3g} ({share:.0%}){'*' if kept else ''}"


def _edges(band: Band) -> str:
    return f"to {band.high:g}" if band.low == -np.inf else f"{band.low:g} to {band.high:g}"
