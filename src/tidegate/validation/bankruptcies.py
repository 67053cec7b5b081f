"""S22: the leverage from which closing a position bankrupts it, in the core itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.codes import EventKind, Side
from tidegate_core.codes import Kind as OrderKind
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual, Tier

from tidegate.analysis.cascade import critical_leverage
from tidegate.validation.cascades import FIRST, MAKER, POLICY, RICH, SELLER
from tidegate.validation.cases import Ablation, Case, Equals, Falls, Kind, Within

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
    ratios = _unevenness(np.random.default_rng([seed, 22]))
    low, high = 0.4, 2.5  # of the predicted leverage
    moved = impact
    while high - low > 0.01:
        middle = (low + high) / 2
        closed = _close_one_account(middle * critical_leverage(impact), impact, ratios)
        moved = closed.impact
        low, high = (low, middle) if closed.shortfall > 0 else (middle, high)
    return (low + high) / 2 * critical_leverage(impact) / critical_leverage(moved)


IMPACT: Final = 0.10
COUNTING_PPM: Final = round(2 / 3 * IMPACT * 1e6)  # maintenance that counts impact: 2 I / 3
PLAIN_PPM: Final = 10_000
ACCOUNTS: Final = 10  # of a seed
STEP: Final = 0.005  # sd of a step of the mark


def margins_with_impact(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare what the fund pays under maintenance margin that counts impact with 1 %."""
    return _fund_use(seeds, COUNTING_PPM)


def margins_without_impact(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare 1 % with itself."""
    return _fund_use(seeds, PLAIN_PPM)


def _fund_use(seeds: Sequence[int], maintenance_ppm: int) -> dict[str, ArrayLike]:
    treated, control = (
        np.array([_paid(ppm, seed) for seed in seeds]) for ppm in (maintenance_ppm, PLAIN_PPM)
    )
    return {"fund use": (treated, control), "share of it that is left": treated / control}


def _paid(maintenance_ppm: int, seed: int) -> float:
    """Sum what the fund pays for accounts of 4x to 12x, closed one by one as the mark falls."""
    rng = np.random.default_rng([seed, 223])
    total = 0.0
    for _ in range(ACCOUNTS):
        leverage, ratios = rng.uniform(4.0, 12.0), _unevenness(rng)
        marks = np.exp(STEP * np.cumsum(rng.standard_normal(20_000)))
        due = 1 - 1 / leverage + maintenance_ppm / 1e6 * marks >= marks
        if due.any():
            mark = int(marks[np.argmax(due)] * START)
            closed = _close_one_account(leverage, IMPACT, ratios, mark, maintenance_ppm)
            total += closed.shortfall
    return total


START: Final = 10_000  # ticks
LOTS: Final = 1_000_000
BLOCK: Final = 5  # ticks between bids


class Closing(NamedTuple):
    """What the fund paid, in micro-units, and how far the price moved."""

    shortfall: float
    impact: float


def _unevenness(rng: np.random.Generator) -> Floats:
    """Draw the depth of blocks of a book, in units of what it is on average."""
    return rng.lognormal(-0.5, 1.0, 1_000)


def _close_one_account(
    leverage: float,
    impact: float,
    ratios: Floats,
    mark: int = START,
    maintenance_ppm: int = 300_000,
) -> Closing:
    """Liquidate one long, bought at the start, whole at a mark at which it is due.

    Selling Q lots moves the price by impact x sqrt(Q / lots), so the depth between x and x + dx
    below the mark is 2 lots x dx / impact**2.
    """
    tier = Tier(10**17, maintenance_ppm=maintenance_ppm, max_leverage=3)
    listing = [Perpetual("P", tiers=[tier], tick_value=1, max_price=2 * START)]
    engine = MarginEngine("USD", listing, accounts=3, waterfall=POLICY)
    for account in (MAKER, SELLER):
        engine.deposit(account, 0, RICH)
    size = np.array([LOTS, -LOTS])
    margin = np.array([int(LOTS * START / leverage), 0])
    engine.endow(0, np.array([FIRST, SELLER]), size, size * START, margin, deposit=margin)
    edges = np.arange(int(2 * impact * mark / BLOCK) + 2) * BLOCK / mark
    depth = LOTS * np.diff(edges**2) / impact**2 * ratios[: len(edges) - 1]
    for row, quantity in enumerate(np.maximum(depth, 1).astype(np.int64).tolist(), start=1):
        engine.submit(0, MAKER, Side.BUY, mark - row * BLOCK, quantity, OrderKind.LIMIT)
    engine.set_marks([mark])
    engine.liquidate(0)
    events = engine.take_events()
    shortfall = float(events["amount"][events["kind"] == EventKind.SHORTFALL].sum())
    return Closing(shortfall, (mark - (engine.last_price(0) or mark)) / mark)


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
        about="maintenance margin that counts impact spares the insurance fund",
        expected={
            "fund use": Falls(),
            "share of it that is left": Within(0.0, 0.2),
        },
        measure=margins_with_impact,
        seeds=64,
        ablations=(Ablation("impact not counted", margins_without_impact),),
    ),
)
