"""What studies of a market within an economy share: parameters, the world, common measures.

Where prices are frozen the news and the noise of factors alone move them, so that what follows from
the links shows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.analysis import flows, macro, market
from tidegate.model import Market
from tidegate.report.summary import Metric
from tidegate.scenario import Scenario
from tidegate.scenario.macro import LINKS, MacroSpec
from tidegate.scenario.with_macro import with_macro
from tidegate.setups.market import CALM, MarketParameters, moved_by_news
from tidegate.study.experiment import Timeline, parameter
from tidegate.study.world import Frames

__all__ = [
    "SOON",
    "WORTH",
    "MacroParameters",
    "build",
    "log_levels",
    "measure",
    "record",
    "timeline",
]

SOON: Final = 10  # days after the news
US_LINK: Final = "us-shares-to-btc"
WORTH: Final = (
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.of("price", "price_soon", f"Price {SOON} days after the news", "USD"),
    Metric.level("assumed", "What factors do to value by assumption, log", "%", delta=0.01),
    Metric.level("added", "What the market adds to that, log", "%", delta=0.01),
    *CALM,
)


class MacroParameters(MarketParameters):
    """What every study of the economy may set."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500,
        le=1_000_000,
    )  # fmt: skip
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution"
    )
    us_link: float = parameter(
        1.3, "What a move of American technology does to the value of BTC",
        unit="log per log", source="correlation of 0.54 over five years", ge=-5, le=5,
    )  # fmt: skip
    us_fade_days: float = parameter(
        0.0, "Days in which that wears off; 0: it stays", unit="days", source="assumption", ge=0,
        le=5_000,
    )  # fmt: skip
    days: int = parameter(400, "Days after the news", unit="days", source="assumption", gt=SOON)

    def scenario(self) -> Scenario:
        """Return the market within an economy."""
        return with_macro(super().scenario(), self.macro())

    def macro(self) -> MacroSpec:
        """Return the economy, with the link to American shares as set."""
        changes = {"size": self.us_link, "fade_days": self.us_fade_days or None}
        links = tuple(
            link.model_copy(update=changes) if link.name == US_LINK else link for link in LINKS
        )
        return MacroSpec(links=links)


def build(p: MacroParameters, seed: int) -> Market:
    """Return a world at tick 0; where nothing is matched, prices follow factors and news."""
    return moved_by_news(Market(p.scenario(), rng=seed))


def timeline(p: MacroParameters) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))


def measure(frames: Frames, p: MacroParameters) -> Mapping[str, float]:
    """Return the metrics of `WORTH`."""
    days, first = market.daily(frames["bars"]), p.warm_up_days - 1
    after = market.between(days, first, first + p.days + 1)
    value = macro.by_day(frames["macro"])["value"]
    assumed = value[first + p.days] - value[first]
    moved = math.log(after["price"][-1] / after["price"][0])
    return {
        "price": market.price_at(days, first + p.days),
        "price_soon": market.price_at(days, first + SOON),
        "assumed": assumed,
        "added": moved - assumed,
        **market.calm(after),
    }


def log_levels(frames: Frames, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return log prices and a factor by the day, over the whole run."""
    price = np.log(market.daily(frames["bars"])["price"].to_numpy())
    return price, macro.by_day(frames["macro"])[name].to_numpy()


def record(frames: Frames, p: MacroParameters) -> pl.DataFrame:
    """Return the paths that a report draws, by day from the news."""
    supply = p.scenario().asset.supply
    return flows.daily_paths(market.daily(frames["bars"]), p.warm_up_days, supply)
