"""S25.6: news of a Sunday is in coins before it is in shares, which open on Monday."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from tidegate.validation.cases import FEWEST_PAIRS, Ablation, Case, Cost, Kind, Rises

DAYS: Final = 9  # from a Monday to the Wednesday after next
BROKE: Final = 6 * 86_400 + 12 * 3_600  # Sunday noon, UTC
SIZE: Final = 0.04  # log of BTC; on 12 October 2025 it rose by 3.9 %


def _halves(seed: int, calendar: str) -> tuple[float, float]:
    """Return the hours until half of the news is in the stock, and in coins.

    What has not moved so far by the end of the run counts as if it did then.
    """
    # Imported where it is used: few other tests need a whole market.
    import datetime as dt

    from tidegate.analysis import tokens
    from tidegate.model import Market
    from tidegate.policies.trade_shock import TradeShock
    from tidegate.scenario import HolderSpec, Scenario
    from tidegate.scenario.etf import ListingSpec
    from tidegate.scenario.tokens import StockSpec, TokensSpec

    stock = StockSpec(listing=ListingSpec(calendar=calendar))
    spec = Scenario(
        start=dt.date(2025, 10, 6),
        step_seconds=3_600,
        holders=HolderSpec(accounts=2_000),
        tokens=TokensSpec(stock=stock),
    )
    day = BROKE / 86_400
    news = TradeShock(size=SIZE, announcement_day=day, effective_day=day)
    market = Market(spec, rng=seed, policies=[news])
    market.run_days(DAYS)
    frames = market.frames()
    path = tokens.joined(frames["tokens"], frames["bars"])
    halves = (
        tokens.half_hours(path, "stock", BROKE, stock.beta * SIZE),
        tokens.half_hours(path, "coin", BROKE, SIZE),
    )
    left = (DAYS * 86_400 - BROKE) / 3_600
    first, second = (left if math.isnan(half) else half for half in halves)
    return first, second


def lead(seeds: Sequence[int], *, calendar: str = "XNYS") -> dict[str, ArrayLike]:
    """Hold the hours that the stock takes against those that coins take."""
    halves = np.array([_halves(seed, calendar) for seed in seeds])
    return {"hours by which coins lead": (halves[:, 0], halves[:, 1])}


def without_hours(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let the stock exchange never shut."""
    return lead(seeds, calendar="24/7")


CASES: Final = (
    Case(
        id="S25.6",
        kind=Kind.DIRECTIONAL,
        about="coins move at week-ends, shares on Monday (hours decide it)",
        expected={"hours by which coins lead": Rises()},
        measure=lead,
        seeds=FEWEST_PAIRS,
        chunk=4,
        cost=Cost.FULL,
        ablations=(Ablation("an exchange that never shuts", without_hours),),
    ),
)
