"""S24: cascades of liquidation, in the core itself.

A stylised venue: the mark is the last price, bids lie below it, and a ladder of longs is due at
prices below. A shock is one sale; what it makes due is liquidated, which moves the price and makes
more due, round after round, until nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.codes import EventKind, Side
from tidegate_core.codes import Kind as OrderKind
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual, Tier
from tidegate_core.waterfall import Waterfall

from tidegate.analysis.cascade import amplification, branching_ratio, steepest_gain, total_fall
from tidegate.validation.cases import Ablation, Case, Kind, Rises, Within

Floats = NDArray[np.float64]

MAKER, SELLER, FIRST = 5, 6, 7
RICH: Final = 10**15
MAINTENANCE_PPM: Final = 10_000
# The fund is large and orders go as deep as it can bear: all that is due is sold into the book.
POLICY: Final = Waterfall(order="market", adl_trigger="never", fund=RICH)
SHOCK: Final = 0.02
START: Final = 20_000  # ticks
LOTS: Final = 10  # bid on average at a tick
LEVELS: Final = 2_800
LADDER: Final = 2_600  # ticks from the start to the deepest liquidation price


def ladder_and_book(
    due: NDArray[np.int64], depth: NDArray[np.int64], start: int = START
) -> MarginEngine:
    """Build longs due and bids below the start: row i of both is the price start - 1 - i.

    A long bought at `start` with margin m is due at t when m = lots (start - t) + 1 % of lots t.
    """
    tier = Tier(10**17, maintenance_ppm=MAINTENANCE_PPM, max_leverage=50)
    listing = [Perpetual("P", tiers=[tier], tick_value=1, max_price=2 * start)]
    rows = np.flatnonzero(due)
    engine = MarginEngine("USD", listing, accounts=2 + len(rows), waterfall=POLICY)
    for account in (MAKER, SELLER):
        engine.deposit(account, 0, RICH)
    if len(rows):
        lots, triggers = due[rows], start - 1 - rows
        maintenance = -(-lots * triggers * MAINTENANCE_PPM // 1_000_000)
        size = np.append(lots, -lots.sum())
        margin = np.append(lots * (start - triggers) + maintenance, 0)
        engine.endow(
            contract=0,
            account=np.append(np.arange(FIRST, FIRST + len(rows)), SELLER),
            size=size,
            entry=size * start,
            margin=margin,
            deposit=margin,
        )
    for row in np.flatnonzero(depth).tolist():
        engine.submit(0, MAKER, Side.BUY, start - 1 - row, int(depth[row]), OrderKind.LIMIT)
    engine.set_marks([start])
    engine.take_events()
    return engine


def fall_after(engine: MarginEngine, lots: int, start: int = START) -> float:
    """Sell `lots`, let the loop run, and return the fall of the last price."""
    engine.submit(0, SELLER, Side.SELL, 0, lots, OrderKind.MARKET)
    steps = 1
    while steps:
        engine.set_marks([engine.last_price(0) or start])
        steps = engine.liquidate(0)
    return (start - (engine.last_price(0) or start)) / start


def _even(lots: float, rows: int, levels: int = LEVELS) -> NDArray[np.int64]:
    """Return `lots` on each of the first rows, whole on average where they are not whole."""
    sums = np.floor(lots * np.arange(rows + 1))
    return np.append(np.diff(sums), np.zeros(levels - rows)).astype(np.int64)


def _uneven(lots: float, rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return np.append(rng.poisson(lots, rows), np.zeros(LEVELS - rows)).astype(np.int64)


def falls_by_gain(_: Sequence[int]) -> dict[str, float]:
    """Shock an even ladder over an even book."""
    return _falls(liquidating=True)


def falls_without_liquidation(_: Sequence[int]) -> dict[str, float]:
    """Shock it with the engine frozen."""
    return _falls(liquidating=False)


def _falls(*, liquidating: bool) -> dict[str, float]:
    depth = _even(LOTS, LEVELS)
    found = {}
    for gain in (0.5, 0.8):
        engine = ladder_and_book(_even(LOTS * gain, LADDER), depth)
        engine.liquidating = liquidating
        found[f"fall at gain {gain}"] = fall_after(engine, round(SHOCK * START * LOTS))
    return found


GAINS: Final = np.arange(0.2, 2.01, 0.2)


def thresholds(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Find where falls rise fastest with the gain, over uneven ladders and books."""
    return {"gain of the steepest rise": [_steepest(seed, frozen=False) for seed in seeds]}


def thresholds_without_liquidation(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Find it with the engine frozen."""
    return {"gain of the steepest rise": [_steepest(seed, frozen=True) for seed in seeds]}


def _steepest(seed: int, *, frozen: bool) -> float:
    rng = np.random.default_rng([seed, 24])
    lots, rows, start = 100, 800, 4_000
    depth = np.maximum(rng.poisson(lots, LEVELS), 1)
    unit = rng.poisson(lots, rows) / lots
    falls = []
    for gain in GAINS:
        due = np.append(np.round(unit * lots * gain), np.zeros(LEVELS - rows)).astype(np.int64)
        engine = ladder_and_book(due, depth, start)
        engine.liquidating = not frozen
        falls.append(fall_after(engine, round(SHOCK * start * lots), start))
    return steepest_gain(GAINS, falls)


def branching_and_gain(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare the branching ratio of liquidations with the gain that made them."""
    gaps = {gain: [_branching(gain, seed) - gain for seed in seeds] for gain in (0.3, 0.5, 0.7)}
    return {f"n less g at gain {gain}": values for gain, values in gaps.items()}


def _branching(gain: float, seed: int) -> float:
    """Count liquidations over windows of small shocks; each due long is one event.

    A long of one lot is due at a tick with a chance that makes the gain, and a tick of bids is
    one lot: a liquidation moves the price by a tick, which makes `gain` longs due on average.
    """
    rng = np.random.default_rng([seed, 240])
    start, windows, shocks = 60_000, 150, 40.0
    length = round(windows * shocks / (1 - gain) * 1.3)
    due = rng.poisson(gain, length).astype(np.int64)
    engine = ladder_and_book(due, np.full(length + 2_000, 1), start)
    times: list[float] = []
    for window in range(windows):
        for _ in range(rng.poisson(shocks)):
            engine.submit(0, SELLER, Side.SELL, 0, 1, OrderKind.MARKET)
            times += [window + 0.25]  # the shock itself: an event that no other caused
            while True:
                engine.set_marks([engine.last_price(0) or start])
                if not engine.liquidate(0):
                    break
        events = engine.take_events()
        sold = -int(events["quantity"][events["kind"] == EventKind.BOOK].sum())
        times += [window + 0.5] * sold
    return branching_ratio(times, 0.0, float(windows), 1.0)


def amplified(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Shock the same uneven ladders with liquidation on and with the engine frozen."""
    return _amplified(seeds, liquidating=True)


def amplified_without_liquidation(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Freeze the engine in both arms."""
    return _amplified(seeds, liquidating=False)


def _amplified(seeds: Sequence[int], *, liquidating: bool) -> dict[str, ArrayLike]:
    on: list[float] = []
    frozen: list[float] = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 241])
        depth = np.maximum(_uneven(LOTS, LEVELS, rng), 1)
        due = _uneven(LOTS * 0.6, LADDER, rng)
        for column, working in ((on, liquidating), (frozen, False)):
            engine = ladder_and_book(due, depth)
            engine.liquidating = working
            column.append(amplification(fall_after(engine, round(SHOCK * START * LOTS)), SHOCK))
    return {"fall over shock": (on, frozen), "fall over shock, frozen": frozen}


def _near(value: float, tolerance: float) -> Within:
    return Within(value * (1 - tolerance), value * (1 + tolerance))


CASES: Final = (
    Case(
        id="S24.1",
        kind=Kind.GOLDEN,
        about="a shock of 2 % ends as 2 % / (1 - g): even ladder, even book",
        expected={
            f"fall at gain {gain}": _near(total_fall(SHOCK, gain), 0.02) for gain in (0.5, 0.8)
        },
        measure=falls_by_gain,
        ablations=(Ablation("liquidation off", falls_without_liquidation),),
    ),
    Case(
        id="S24.2",
        kind=Kind.STATISTICAL,
        about="falls rise fastest where the gain is 1: uneven ladders and books",
        expected={"gain of the steepest rise": Within(0.8, 1.2)},
        measure=thresholds,
        seeds=64,
        chunk=8,
        ablations=(Ablation("liquidation off", thresholds_without_liquidation),),
    ),
    Case(
        id="S24.3",
        kind=Kind.STATISTICAL,
        about="branching ratio of liquidations against the gain",
        expected={f"n less g at gain {gain}": Within(-0.2, 0.2) for gain in (0.3, 0.5, 0.7)},
        measure=branching_and_gain,
        seeds=50,
        chunk=5,
    ),
    Case(
        id="S24.4",
        kind=Kind.DIRECTIONAL,
        about="with the engine frozen the fall is the shock; liquidation amplifies it",
        expected={"fall over shock": Rises(), "fall over shock, frozen": Within(0.9, 1.1)},
        measure=amplified,
        seeds=64,
        chunk=16,
        ablations=(Ablation("liquidation off", amplified_without_liquidation),),
    ),
)
