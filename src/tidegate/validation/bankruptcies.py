"""S22: the leverage from which closing a position bankrupts it, in the core itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.codes import EventKind, Side
from tidegate_core.codes import Kind as OrderKind
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual, Tier

from tidegate.analysis.cascade import critical_leverage
from tidegate.validation.cascades import FIRST, MAKER, POLICY, RICH, SELLER
from tidegate.validation.cases import Case, Equals, Kind, Within

Floats = NDArray[np.float64]

IMPACTS: Final = (0.05, 0.10, 0.20)


def critical_leverages(_: Sequence[int]) -> dict[str, float]:
    """Read the formula."""
    return {f"leverage at impact {impact:.0%}": critical_leverage(impact) for impact in IMPACTS}


def bankruptcies(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Find the leverage from which closing an account bankrupts it, over 3 / (2 I)."""
    return {
        f"measured over predicted, impact {impact:.0%}": [_critical(impact, s) for s in seeds]
        for impact in IMPACTS
    }


def _critical(impact: float, seed: int) -> float:
    """Bisect the leverage of one account in one uneven book of square-root impact."""
    rng = np.random.default_rng([seed, 22])
    ratios = rng.lognormal(-0.5, 1.0, 1_000)
    low, high = 0.4, 2.5  # of the predicted leverage
    moved = impact
    while high - low > 0.01:
        middle = (low + high) / 2
        broke, moved = _close_one_account(middle * critical_leverage(impact), impact, ratios)
        low, high = (low, middle) if broke else (middle, high)
    return (low + high) / 2 * critical_leverage(impact) / critical_leverage(moved)


def _close_one_account(leverage: float, impact: float, ratios: Floats) -> tuple[bool, float]:
    """Liquidate one long whole; tell whether it is bankrupt, and how far the price moved.

    Selling Q lots moves the price by impact x sqrt(Q / lots), so the depth between x and x + dx
    below the start is 2 lots x dx / impact**2, times a ratio of mean 1 a block of 5 ticks.
    """
    start, lots, block = 10_000, 1_000_000, 5
    tier = Tier(10**17, maintenance_ppm=300_000, max_leverage=3)
    listing = [Perpetual("P", tiers=[tier], tick_value=1, max_price=2 * start)]
    engine = MarginEngine("USD", listing, accounts=3, waterfall=POLICY)
    for account in (MAKER, SELLER):
        engine.deposit(account, 0, RICH)
    margin = int(lots * start / leverage)
    size = np.array([lots, -lots])
    margins = np.array([margin, 0])
    engine.endow(0, np.array([FIRST, SELLER]), size, size * start, margins, deposit=margins)
    edges = np.arange(int(2 * impact * start / block) + 2) * block / start
    depth = lots * np.diff(edges**2) / impact**2 * ratios[: len(edges) - 1]
    for row, quantity in enumerate(np.maximum(depth, 1).astype(np.int64).tolist(), start=1):
        engine.submit(0, MAKER, Side.BUY, start - row * block, quantity, OrderKind.LIMIT)
    engine.set_marks([start])
    engine.liquidate(0)
    broke = bool(np.any(engine.take_events()["kind"] == EventKind.SHORTFALL))
    return broke, (start - (engine.last_price(0) or start)) / start


CASES: Final = (
    Case(
        id="S22.1",
        kind=Kind.GOLDEN,
        about="critical leverage under impact",
        expected={
            f"leverage at impact {impact:.0%}": Equals(leverage)
            for impact, leverage in zip(IMPACTS, (30.0, 15.0, 7.5), strict=True)
        },
        measure=critical_leverages,
    ),
    Case(
        id="S22.2",
        kind=Kind.STATISTICAL,
        about="leverage from which closing an account in the core's book bankrupts it",
        expected={
            f"measured over predicted, impact {impact:.0%}": Within(0.8, 1.2) for impact in IMPACTS
        },
        measure=bankruptcies,
        seeds=50,
        chunk=10,
    ),
    Case(
        id="S22.3",
        kind=Kind.DIRECTIONAL,
        about="margin that counts impact spares the insurance fund",
        expected={},
        needs="a policy of impact-adjusted margin",
    ),
)
