"""S31: leverage in weeks without news, as the leveraged market lives them."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from tidegate.validation.cases import Case, Cost, Kind, Within

ACCOUNTS: Final = 20_000  # simulated ones, that stand for all
WEEKS: Final = 2
HOUR, DAY = 3_600, 86_400
BAR: Final = 4 * HOUR
FUNDING_HOURS: Final = 8
SEEDS: Final = 50


def calm_weeks(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Run weeks without news and measure funding and liquidations of BTC by four hours."""
    rows = [_figures(seed) for seed in seeds]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _figures(seed: int) -> dict[str, float]:
    # Imported where it is used: no other test needs the leveraged market.
    from tidegate.analysis import crash
    from tidegate.leveraged_model import LeveragedMarket
    from tidegate.scenario.leveraged import LeveragedCrowdSpec, LeveragedScenario

    gc.collect()  # the world of the seed before
    spec = LeveragedScenario(step_seconds=HOUR, crowd=LeveragedCrowdSpec(accounts=ACCOUNTS))
    world = LeveragedMarket(spec, rng=seed)
    world.run_until(DAY // HOUR)  # the first day, discarded
    rates = []
    while world.now < DAY + WEEKS * 7 * DAY:
        world.run_until(world.tick + BAR // HOUR)
        interest = [exchange.margin.open_interest(0) for exchange in world.exchanges]
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
    }


CASES: Final = (
    Case(
        id="S31.1",
        kind=Kind.STATISTICAL,
        about="calm weeks: BTC funding of 8 hours",
        expected={
            "mean, %": Within(0.004, 0.010),
            "sd, %": Within(0.004, 0.010),
            "correlation over 4 hours": Within(0.75, 0.95),
        },
        measure=calm_weeks,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
    ),
    Case(
        id="S31.2",
        kind=Kind.STATISTICAL,
        about="calm weeks: open interest of BTC over its market value, 2 to 5 %",
        expected={},
        needs="a number of coins in the leveraged market",
    ),
    Case(
        id="S31.3",
        kind=Kind.STATISTICAL,
        about="calm weeks: liquidations of BTC in 4 hours",
        expected={
            "99th percentile over median": Within(8.0, 20.0),
            "longs' share": Within(0.52, 0.65),
        },
        measure=calm_weeks,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
    ),
)
