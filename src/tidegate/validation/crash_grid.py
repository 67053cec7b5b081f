"""S8.1: how deep a crash goes, over a grid of shocks, reactions and structures.

Reactions: makers withdraw or stay; whoever is on margin is sold out, by engines and stops, or by
nobody. Structure: open interest as it was, or a quarter of it, at the same depth. All eight meet
all shocks, so the variance of the largest fall splits into what the shock explains by itself, what
reactions and structure explain by themselves, and what depends on how they meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.validation.cases import Ablation, Case, Cost, Falls, Kind, Rises

SHOCKS: Final = (-0.02, -0.06, -0.10)  # log value of BTC
RULES: Final = tuple(product((True, False), repeat=3))  # makers leave, forced sales, all interest
HOURS: Final[dict[str, Any]] = {"lead_hours": 1.0, "hours": 1.0}
FEWER: Final = 0.25  # of the open interest
SEEDS: Final = 64


def grid(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through every shock under all reactions and structures."""
    return _shares([[[_fall(s, shock, *r) for r in RULES] for shock in SHOCKS] for s in seeds])


def grid_of_one_rule(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through every shock under one reaction and structure, whatever the grid says."""
    calmest = (False, False, False)
    return _shares([[[_fall(s, shock, *calmest)] * len(RULES) for shock in SHOCKS] for s in seeds])


def _fall(seed: int, shock: float, leave: bool, forced: bool, whole: bool) -> float:
    from tidegate.analysis import crash
    from tidegate.policies.liquidation_freeze import LiquidationFreeze
    from tidegate.setups.shock import ShockParameters
    from tidegate.validation import crash_runs

    usual = ShockParameters(**HOURS)
    changes: dict[str, Any] = {"shock": shock, **HOURS}
    if not leave:
        changes["withdrawal"] = 0.0
    if not forced:
        changes["stops"] = 0.0
    if not whole:
        changes["open_interest"] = FEWER * usual.open_interest
    at = usual.first / 86_400
    freeze = LiquidationFreeze(announcement_day=at, effective_day=at)
    run = crash_runs.live(seed, policies=() if forced else (freeze,), **changes)
    day = run.parameters.day
    return crash.fall(run.frames["bars"], "BTC", day.first, day.end, lowest=True)


def _shares(falls: ArrayLike) -> dict[str, ArrayLike]:
    """Split the variance of falls by seed, shock and rule."""
    depth: NDArray[np.float64] = np.asarray(falls, dtype=np.float64)
    centred = depth - depth.mean(axis=(1, 2), keepdims=True)
    by_shock, by_rule = centred.mean(axis=2), centred.mean(axis=1)
    total = (centred**2).mean(axis=(1, 2))
    shock, rule = (by_shock**2).mean(axis=1) / total, (by_rule**2).mean(axis=1) / total
    none = np.zeros(len(depth))
    return {
        "variance of the fall by reactions and structure": (1.0 - shock, none),
        "variance of the fall by the shock alone": (shock, none),
        "of it by reactions and structure alone": rule,
    }


CASES: Final = (
    Case(
        id="S8.1",
        kind=Kind.DIRECTIONAL,
        about="reactions and structure, not the shock, decide how deep a crash goes",
        expected={
            "variance of the fall by reactions and structure": Rises(bound=0.5),
            "variance of the fall by the shock alone": Falls(bound=0.8),
        },
        measure=grid,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("one reaction and structure", grid_of_one_rule),),
    ),
)
