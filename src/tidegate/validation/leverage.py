"""S4 and S5: leverage makes fat tails, and leverage comes in cycles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.facts import excess_kurtosis
from tidegate.validation.cases import (
    Ablation,
    Case,
    Cost,
    Equals,
    Expectation,
    Falls,
    Kind,
    Rises,
    Within,
)
from tidegate.validation.reference import geanakoplos
from tidegate.validation.reference.thurner import Limit, Runs, simulate

Floats = NDArray[np.float64]

STEPS: Final = 12_000
TAIL: Final = 0.01
SEEDS: Final = 64
CEILINGS: Final = (1, 2, 5, 10, 15)


class _Arms:
    """Runs of some limits on the same noise."""

    def __init__(self, limits: Sequence[Limit], seeds: Sequence[int]) -> None:
        paths = np.tile(np.asarray(seeds, dtype=np.int64), len(limits))
        self._runs: Runs = simulate([limit for limit in limits for _ in seeds], paths, STEPS)
        self._seeds = len(seeds)

    def returns(self, arm: int) -> Floats:
        return self._runs.returns[self._rows(arm)]

    def each(self, figure: Callable[[Floats], float], arm: int) -> list[float]:
        return [figure(path) for path in self.returns(arm)]

    def defaults(self, arm: int) -> Floats:
        """Return defaults per 1,000 steps."""
        return 1_000 / STEPS * self._runs.defaults[self._rows(arm)]

    def leverage(self, arm: int) -> Floats:
        return self._runs.leverage[self._rows(arm)]

    def _rows(self, arm: int) -> slice:
        return slice(arm * self._seeds, (arm + 1) * self._seeds)


def _spread(path: Floats) -> float:
    return float(path.std())


def _tail_gap(path: Floats) -> float:
    """Return how far the worst 1 % of steps reach on average beyond the best 1 %."""
    count = max(1, int(len(path) * TAIL))
    ordered = np.sort(path)
    return -float(ordered[:count].mean()) - float(ordered[-count:].mean())


# The limit that follows volatility, and the fixed one that leaves as much leverage on average.
VOLATILE: Final = Limit(10.0, target=0.01, window=10)
FIXED: Final = Limit(3.55)


def leveraged_funds(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Run the funds at ceilings from 1 (no loans) to 15 on the same noise."""
    return _funds(seeds, [Limit(ceiling) for ceiling in CEILINGS])


def funds_without_leverage(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Run them without loans, whatever the ceiling says."""
    return _funds(seeds, [Limit(1.0)] * len(CEILINGS))


def _funds(seeds: Sequence[int], limits: Sequence[Limit]) -> dict[str, ArrayLike]:
    arms = _Arms(limits, seeds)
    kurtosis = {c: arms.each(excess_kurtosis, arm) for arm, c in enumerate(CEILINGS)}
    spread = {c: arms.each(_spread, arm) for arm, c in enumerate(CEILINGS)}
    none = [0.0] * len(seeds)
    found: dict[str, ArrayLike] = {f"excess kurtosis at {c}": kurtosis[c] for c in (1, 5, 10)}
    for below, above in pairwise(CEILINGS):
        found[f"excess kurtosis, {below} to {above}"] = kurtosis[above], kurtosis[below]
    for arm, ceiling in enumerate(CEILINGS):
        found[f"worst 1 % beyond best 1 %, at {ceiling}"] = arms.each(_tail_gap, arm), none
    found["sd, 1 to 10"] = spread[10], spread[1]
    found["excess kurtosis, 1 to 10"] = kurtosis[10], kurtosis[1]
    return found


def volatile_limits(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare a limit that falls when prices move with a fixed one of the same mean leverage."""
    return _defaults(seeds, VOLATILE)


def limits_without_volatility(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare the fixed one with itself."""
    return _defaults(seeds, FIXED)


def _defaults(seeds: Sequence[int], limit: Limit) -> dict[str, ArrayLike]:
    arms = _Arms([limit, FIXED], seeds)
    return {
        "defaults per 1,000 steps": (arms.defaults(0), arms.defaults(1)),
        "ratio of mean leverages": arms.leverage(0) / arms.leverage(1),
    }


def margins(_: Sequence[int]) -> dict[str, float]:
    """Solve the two dates for prices and margins."""
    found = geanakoplos.solve()
    return {
        "price": found.price,
        "price after bad news": found.price_after,
        "margin": found.margin,
        "margin after bad news": found.margin_after,
    }


def _funds_case(name: str, kind: Kind, about: str, expected: Mapping[str, Expectation]) -> Case:
    return Case(
        id=name,
        kind=kind,
        about=f"leveraged funds: {about}",
        expected=expected,
        measure=leveraged_funds,
        seeds=SEEDS,
        chunk=16,
        cost=Cost.FULL,
        ablations=(Ablation("leverage off", funds_without_leverage),),
    )


CASES: Final = (
    _funds_case(
        "S4.1",
        Kind.STATISTICAL,
        "excess kurtosis at leverage ceilings of 1, 5 and 10",
        {
            "excess kurtosis at 1": Within(-0.6, 0.6, of_mean=True),
            "excess kurtosis at 5": Within(2.0, 8.0, of_mean=True),
            "excess kurtosis at 10": Within(7.0, 25.0, of_mean=True),
        },
    ),
    _funds_case(
        "S4.2",
        Kind.DIRECTIONAL,
        "tails grow with the ceiling, up to 10",
        {f"excess kurtosis, {a} to {b}": Rises() for a, b in pairwise((1, 2, 5, 10))},
    ),
    _funds_case(
        "S4.3",
        Kind.DIRECTIONAL,
        "calm hides risk",
        {"sd, 1 to 10": Falls(), "excess kurtosis, 1 to 10": Rises()},
    ),
    _funds_case(
        "S4.4",
        Kind.DIRECTIONAL,
        "falls are larger than rises, from a ceiling of 5 on",
        {f"worst 1 % beyond best 1 %, at {ceiling}": Rises() for ceiling in (5, 10, 15)},
    ),
    Case(
        id="S4.5",
        kind=Kind.DIRECTIONAL,
        about="leveraged funds: limits that follow volatility cause defaults, at equal leverage",
        expected={
            "defaults per 1,000 steps": Rises(),
            "ratio of mean leverages": Within(0.97, 1.03, of_mean=True),
        },
        measure=volatile_limits,
        seeds=SEEDS,
        chunk=16,
        cost=Cost.FULL,
        ablations=(Ablation("limits fixed", limits_without_volatility),),
    ),
    Case(
        id="S5.1",
        kind=Kind.GOLDEN,
        about="Geanakoplos' leverage cycle: prices and margins before and after bad news",
        expected={
            "price": Equals(0.95, 2),
            "price after bad news": Equals(0.69, 2),
            "margin": Equals(0.27, 2),
            "margin after bad news": Equals(0.71, 2),
        },
        measure=margins,
    ),
)
