"""Runs of one crash that tests share: 20,000 accounts, and one post like that of 20:50 UTC.

Tests import this where they use it: no others need the leveraged market.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.analysis import crash
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.base import Policy
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.setups.shock import ShockParameters

__all__ = [
    "ACCOUNTS",
    "HALF_HOUR",
    "Run",
    "first_hits",
    "live",
    "mean_leverage",
    "minute_returns",
    "volatility",
]

ACCOUNTS: Final = 20_000  # simulated ones, that stand for all
HALF_HOUR: Final = 1_800  # seconds at the start of a run that are discarded: burn-in


@dataclass(frozen=True, slots=True)
class Run:
    """One crash, or a calm of the same length: what was set, and what happened."""

    parameters: ShockParameters
    world: LeveragedMarket
    frames: dict[str, pl.DataFrame]
    before: float  # what `look` saw as the news broke


def live(
    seed: int,
    *,
    news: bool = True,
    policies: Sequence[Policy] = (),
    market: type[LeveragedMarket] = LeveragedMarket,
    look: Callable[[LeveragedMarket], float] | None = None,
    scenario: dict[str, Any] | None = None,
    **changes: Any,
) -> Run:
    """Live through one arm.

    Parameters
    ----------
    seed
        Arms of one seed have the same news and noise.
    news
        Whether the post is made.
    policies
        More of them, beside the post.
    market
        What to build: one that watches more than its tape does.
    look
        What to read off the world as the news breaks.
    scenario
        Values of the scenario by flat name, for what `ShockParameters` has no name.
    **changes
        Values of `ShockParameters`.
    """
    gc.collect()  # the world of the arm before
    p = ShockParameters.model_validate({"accounts": ACCOUNTS, **changes})
    posts = p.news() if news else ()
    world = market(p.scenario(), rng=seed, policies=(*posts, *policies), **(scenario or {}))
    world.run_until(p.day.first // p.step_seconds)
    before = look(world) if look else math.nan
    world.run_until(p.day.end // p.step_seconds)
    return Run(p, world, world.frames(), before)


def volatility(times: float) -> dict[str, Any]:
    """Return the values of a scenario whose news is so many times as volatile as it was."""
    spec = LeveragedScenario()
    own = {f"coins.{coin.name}.own_volatility": coin.own_volatility for coin in spec.coins}
    usual = {"news.volatility": spec.news.volatility, **own}
    return {name: times * value for name, value in usual.items()}


def minute_returns(bars: pl.DataFrame, coin: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return a coin's log returns over all exchanges, and the seconds at which they end."""
    path = crash.index(bars, coin).filter(pl.col("seconds") >= HALF_HOUR)
    returns: NDArray[np.float64] = np.diff(np.log(path["price"].to_numpy()))
    return returns, path["seconds"].to_numpy()[1:]


def first_hits(events: pl.DataFrame, start: int, end: int) -> NDArray[np.int64]:
    """Return the seconds at which accounts were first liquidated in ``start <= second < end``."""
    rows = events.filter(
        pl.col("kind").is_in(crash.CLOSING)
        & (pl.col("notional") > 0)
        & pl.col("second").is_between(start, end, closed="left")
    )
    accounts = rows.group_by("exchange", "target", maintain_order=True)
    seconds: NDArray[np.int64] = accounts.agg(pl.col("second").min())["second"].to_numpy()
    return seconds


def mean_leverage(world: LeveragedMarket) -> float:
    """Return notional over equity of the public's positions, all together."""
    notional = equity = 0.0
    for exchange in world.exchanges:
        rows = exchange.margin.positions()
        crowd = rows[rows["isolated"] != 0]
        marks = [(exchange.margin.mark(c) or 0) * unit for c, unit in enumerate(exchange.units)]
        worth = crowd["size"] * np.array(marks)[crowd["contract"]]
        notional += float(np.abs(worth).sum())
        equity += float((worth - crowd["entry"] + crowd["margin"]).sum())
    return notional / equity
