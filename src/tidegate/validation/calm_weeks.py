"""S31, S1.9 and S1.10: weeks without news, as the leveraged market lives them.

How other coins follow BTC is tested by the hour there. Betas and volatilities of their news are
inputs, fitted to data: what is tested is that trading leaves them as they are.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from tidegate.validation.cases import Case, Cost, Expectation, Kind, Within

ACCOUNTS: Final = 20_000  # simulated ones, that stand for all
WEEKS: Final = 2
HOUR, DAY = 3_600, 86_400
BAR: Final = 4 * HOUR
FUNDING_HOURS: Final = 8
SEEDS: Final = 50
COINS: Final = ("BTC", "ETH", "SOL")


def calm_weeks(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Run weeks without news and measure funding and liquidations of BTC by four hours.

    A seed whose market runs away, further than engines count, has no value and counts as outside.
    """
    rows = [_figures_or_none(seed) for seed in seeds]
    names = [name for case in CASES for name in case.expected]
    return {name: [row.get(name, math.nan) for row in rows] for name in names}


def _figures_or_none(seed: int) -> dict[str, float]:
    from tidegate.agents.leveraged_exchange import BeyondRangeError

    try:
        return _figures(seed)
    except BeyondRangeError:
        return {}


def _figures(seed: int) -> dict[str, float]:
    # Imported where it is used: no other test needs the leveraged market.
    from tidegate.analysis import crash
    from tidegate.leveraged_model import LeveragedMarket
    from tidegate.scenario.calm_leverage import calm_leverage
    from tidegate.scenario.leveraged import LeveragedCrowdSpec

    gc.collect()  # the world of the seed before
    spec = calm_leverage(step_seconds=HOUR, crowd=LeveragedCrowdSpec(accounts=ACCOUNTS))
    supply = spec.coins[0].supply
    assert supply is not None, "open interest is measured by the supply of BTC"
    world = LeveragedMarket(spec, rng=seed)
    world.run_until(DAY // HOUR)  # the first day, discarded
    rates, interests = [], []
    while world.now < DAY + WEEKS * 7 * DAY:
        world.run_until(world.tick + BAR // HOUR)
        interest = [exchange.margin.open_interest(0) for exchange in world.exchanges]
        interests.append(sum(interest) * world.spec.coins[0].lot)
        hourly = [e.clocks[0].rate_ppb / e.rules.mark.funding_hours for e in world.exchanges]
        rates.append(100e-9 * FUNDING_HOURS * float(np.average(hourly, weights=interest)))
    events = world.frames()["liquidations"]
    events = events.filter((events["exchange"] == "binance") & (events["coin"] == "BTC"))
    longs, shorts = (
        np.array(
            [
                crash.liquidated(events, start + 1, start + BAR + 1, side=side)
                for start in range(DAY, world.now, BAR)
            ]
        )
        for side in ("long", "short")
    )
    both, median = longs + shorts, float(np.median(longs + shorts))
    return {
        "mean, %": float(np.mean(rates)),
        "sd, %": float(np.std(rates, ddof=1)),
        "correlation over 4 hours": float(np.corrcoef(rates[:-1], rates[1:])[0, 1]),
        "99th percentile over median": float(np.quantile(both, 0.99)) / median
        if median
        else float("nan"),
        "longs' share": float(longs.sum() / both.sum()),
        "open interest over market value, %": 100 * float(np.mean(interests)) / supply,
        **_against_btc(world.frames()["bars"]),
    }


def _against_btc(bars: pl.DataFrame) -> dict[str, float]:
    """Return how other coins' returns by the hour follow BTC's, after the first day."""
    from tidegate.analysis import crash

    paths = {coin: crash.index(bars, coin).filter(pl.col("seconds") >= DAY) for coin in COINS}
    returns = {coin: np.diff(np.log(path["price"].to_numpy())) for coin, path in paths.items()}
    btc, found = returns["BTC"], {}
    for coin in COINS[1:]:
        covariance, correlation = np.cov(returns[coin], btc), np.corrcoef(returns[coin], btc)
        found[f"beta of {coin}"] = float(covariance[0, 1] / covariance[1, 1])
        found[f"correlation of {coin}"] = float(correlation[0, 1])
    return found


def _case(name: str, about: str, expected: Mapping[str, Expectation]) -> Case:
    return Case(
        id=name,
        kind=Kind.STATISTICAL,
        about=f"calm weeks: {about}",
        expected=expected,
        measure=calm_weeks,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
    )


CASES: Final = (
    _case(
        "S1.9",
        "ETH against BTC by the hour",
        {"beta of ETH": Within(1.0, 1.4), "correlation of ETH": Within(0.70, 0.90)},
    ),
    _case(
        "S1.10",
        "SOL against BTC by the hour",
        {"beta of SOL": Within(1.1, 1.6), "correlation of SOL": Within(0.65, 0.90)},
    ),
    _case(
        "S31.1",
        "BTC funding of 8 hours",
        {
            "mean, %": Within(0.004, 0.010),
            "sd, %": Within(0.004, 0.010),
            "correlation over 4 hours": Within(0.75, 0.95),
        },
    ),
    _case(
        "S31.2",
        "open interest of BTC over its market value",
        {"open interest over market value, %": Within(2.0, 5.0)},
    ),
    _case(
        "S31.3",
        "liquidations of BTC in 4 hours",
        {
            "99th percentile over median": Within(8.0, 20.0),
            "longs' share": Within(0.52, 0.65),
        },
    ),
)
