"""S3: how much a dollar that comes to stay moves the price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from tidegate.analysis.impact import fixed_weight_multiplier
from tidegate.validation.cases import FEWEST_PAIRS, Case, Cost, Equals, Kind, Rises, Within

SHARE: Final = 1e-3  # of all coins: what is bought
BUYING, WAITING, LOOKING = 60, 250, 30  # days; the last are those whose mean price is taken
LEAD: Final = 10
PASSIVE: Final = (0.9, 0.5)
DAY: Final = 86_400


def permanent(seed: int, changes: Mapping[str, Any] | None = None) -> float:
    """Return the permanent multiplier of one pair of runs: log price per share of cap bought.

    Prices are over the crowd's consensus, whose difference between the two runs is noise of mean
    zero.
    """
    # Imported where it is used: no other test needs a whole market.
    from tidegate.model import Market
    from tidegate.validation.metaorders import outsider

    control = Market(rng=seed, **(changes or {}))
    control.run_days(LEAD)
    treated = control.fork()
    asset = control.spec.asset
    lots = round(SHARE * asset.supply / asset.lot)
    begin = LEAD * DAY
    trader = outsider(treated, lots, begin, begin + BUYING * DAY)
    gaps = []
    for world in (control, treated):
        world.run_days(BUYING + WAITING)
        ticks = world.ticks()
        gap = np.log((ticks["price"] / ticks["consensus"]).to_numpy())
        gaps.append(float(gap[-LOOKING * world.spec.ticks_per_day :].mean()))
    return (gaps[1] - gaps[0]) / (trader.filled * asset.lot / asset.supply)


def multiplier(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Measure the permanent multiplier of the market as it is shipped."""
    return {"multiplier": [permanent(seed) for seed in seeds]}


def passivity(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare markets in which nine tenths and a half of holders' capital has a fixed weight."""
    found = [[permanent(seed, {"holders.passive": share}) for seed in seeds] for share in PASSIVE]
    return {"multiplier, 90 against 50 % passive": found}


def limits(_: Sequence[int]) -> dict[str, float]:
    """Compute what moves the price where nobody but funds of fixed weight holds coins."""
    return {
        "coins bought, weight 0.8": fixed_weight_multiplier(0.8),
        "deposit, weight 0.8": fixed_weight_multiplier(0.8, deposit=True),
    }


CASES: Final = (
    Case(
        id="S3.1",
        kind=Kind.STATISTICAL,
        about="permanent buyer of 0.1 % of all coins in 60 days, 250 days later",
        expected={"multiplier": Within(1.0, 15.0)},
        measure=multiplier,
        seeds=50,
        chunk=1,
        cost=Cost.FULL,
    ),
    Case(
        id="S3.2",
        kind=Kind.DIRECTIONAL,
        about="passive holders raise the multiplier",
        expected={"multiplier, 90 against 50 % passive": Rises()},
        measure=passivity,
        seeds=FEWEST_PAIRS,
        chunk=1,
        cost=Cost.FULL,
    ),
    Case(
        id="S3.2a",
        kind=Kind.GOLDEN,
        about="limits of the multiplier where all holders have a fixed weight",
        expected={
            "coins bought, weight 0.8": Equals(5.0),
            "deposit, weight 0.8": Equals(4.0),
        },
        measure=limits,
    ),
)
