"""S18: market making with inventory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from numpy.typing import ArrayLike

from tidegate.analysis.scales import Scale
from tidegate.validation.cases import Ablation, Case, Equals, Falls, Kind, Rises, Within
from tidegate.validation.reference import avellaneda_stoikov as maker

PAPER: Final = maker.Terms()
PATHS: Final = 2_000
# Figures of 20,000 paths computed apart, after table 1 of the paper.
PROFIT, PROFIT_SPREAD, INVENTORY = 64.9, 6.5, 2.93
FLAT_PROFIT, FLAT_PROFIT_SPREAD, FLAT_INVENTORY = 68.2, 13.5, 8.40


def quotes(_: Sequence[int]) -> dict[str, float]:
    """Quote at the start with one unit in stock."""
    return {
        "reservation price": maker.reservation_price(PAPER, 100.0, 1.0, PAPER.horizon),
        "spread": maker.total_spread(PAPER, PAPER.horizon),
    }


def profits(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Run 2,000 paths a seed of the inventory and the symmetric strategy."""
    runs = [
        (maker.simulate(PAPER, PATHS, seed), maker.simulate(PAPER, PATHS, seed, flat=True))
        for seed in seeds
    ]
    return _figures(runs)


def profits_without_inventory(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let both strategies be the symmetric one."""
    runs = [(maker.simulate(PAPER, PATHS, seed, flat=True),) * 2 for seed in seeds]
    return _figures(runs)


def _figures(runs: Sequence[tuple[maker.Outcome, maker.Outcome]]) -> dict[str, ArrayLike]:
    return {
        "profit": [own.profit for own, _ in runs],
        "sd of profit": [own.profit_spread for own, _ in runs],
        "sd of inventory": [own.inventory_spread for own, _ in runs],
        "profit, symmetric": [flat.profit for _, flat in runs],
        "sd of profit, symmetric": [flat.profit_spread for _, flat in runs],
        "sd of inventory, symmetric": [flat.inventory_spread for _, flat in runs],
    }


def doubled_volatility(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Quote the same markets at sigma and at twice sigma."""
    calm = [maker.simulate(PAPER, 200, seed) for seed in seeds]
    wild = [maker.simulate(maker.Terms(sigma=2 * PAPER.sigma), 200, seed) for seed in seeds]
    return {
        "spread": ([run.spread for run in wild], [run.spread for run in calm]),
        "fills a path": ([run.fills for run in wild], [run.fills for run in calm]),
    }


def _near(value: float, tolerance: float) -> Within:
    return Within(value * (1 - tolerance), value * (1 + tolerance))


CASES: Final = (
    Case(
        id="S18.1",
        kind=Kind.GOLDEN,
        about="Avellaneda-Stoikov quotes at the start with one unit in stock",
        expected={"reservation price": Equals(99.6), "spread": Equals(1.690770, 6)},
        measure=quotes,
    ),
    Case(
        id="S18.2",
        kind=Kind.STATISTICAL,
        about="Avellaneda-Stoikov profits and inventories over 2,000 paths a seed",
        expected={
            "profit": _near(PROFIT, 0.01),
            "sd of profit": _near(PROFIT_SPREAD, 0.05),
            "sd of inventory": _near(INVENTORY, 0.05),
            "profit, symmetric": _near(FLAT_PROFIT, 0.01),
            "sd of profit, symmetric": _near(FLAT_PROFIT_SPREAD, 0.05),
            "sd of inventory, symmetric": _near(FLAT_INVENTORY, 0.05),
        },
        measure=profits,
        seeds=50,
        chunk=10,
        ablations=(Ablation("inventory control off", profits_without_inventory),),
    ),
    Case(
        id="S18.3",
        kind=Kind.DIRECTIONAL,
        about="twice the volatility widens quotes and cuts what they trade",
        expected={"spread": Rises(Scale.LOG), "fills a path": Falls(Scale.LOG)},
        measure=doubled_volatility,
        seeds=64,
        chunk=16,
    ),
)
