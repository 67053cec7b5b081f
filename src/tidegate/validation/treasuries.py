"""S25.5: shares of treasury companies beside their coins, in the months they were fitted to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from tidegate.analysis import companies
from tidegate.validation.cases import FEWEST_SEEDS, Ablation, Case, Cost, Kind, Within

STRATEGY: Final = "mNAV of Strategy at the end"
PUBLISHED: Final = 1.15  # December 2025, press; 1.47 to 1.7 two months before by the press's count
NEWS: Final = 0.5  # fall of value by news; that of the median coin comes out at a third, as it was


def _autumn(seed: int, **changes: Any) -> dict[str, float]:
    """Return what 68 days of bad news did to sixteen firms."""
    # Imported where it is used: few other tests need a whole market.
    from tidegate.setups.company import CompanyParameters, company_market, fall, timeline

    p = CompanyParameters(fall=NEWS, **changes)
    market = company_market(p, seed)
    market.apply(fall(p))
    market.run_until(timeline(p).end)
    table = market.frames()["companies"]
    first, last = companies.eve(table, p.warm_up_days), p.warm_up_days + p.days
    found = companies.falls(table, first, last)
    betas = companies.share_betas(table, first, last)
    firms = companies.stretch(table, first, last)
    change = firms["mnav_change"].to_numpy()
    return {
        "five-day beta, median": float(np.median(betas)),
        "share fall over coin fall": found["ratio"],
        "firms that fell more than their coin": found["fell_more"],
        "log change of mNAV, median": float(np.median(change)),
        STRATEGY: float(firms.filter(firms["company"] == "Strategy")["mnav"][0]),
    }


def autumn(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Measure the sector as it is shipped."""
    runs = [_autumn(seed) for seed in seeds]
    return {name: [run[name] for run in runs] for name in runs[0]}


def without_trends(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let households chase nothing."""
    runs = [_autumn(seed, chase=0.0) for seed in seeds]
    return {name: [run[name] for run in runs] for name in runs[0]}


CASES: Final = (
    Case(
        id="S25.5",
        kind=Kind.STATISTICAL,
        about="treasury companies' shares fall further than the coin (fitted to these months)",
        expected={
            "five-day beta, median": Within(0.8, 1.3),
            "share fall over coin fall": Within(1.2, 2.0),
            "firms that fell more than their coin": Within(0.85, 1.0),
            "log change of mNAV, median": Within(-math.inf, 0.0),
        },
        measure=autumn,
        seeds=FEWEST_SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("households chase nothing", without_trends),),
    ),
    Case(
        id="S25.5a",
        kind=Kind.STATISTICAL,
        about="the premium of Strategy in the same months, of which only the first value is given",
        expected={STRATEGY: Within(PUBLISHED - 0.2, PUBLISHED + 0.2)},
        measure=autumn,
        seeds=FEWEST_SEEDS,
        chunk=1,
        cost=Cost.FULL,
    ),
)
