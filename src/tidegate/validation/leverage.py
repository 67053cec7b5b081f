"""S4 and S5: leverage makes fat tails, and leverage comes in cycles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.facts import excess_kurtosis
from tidegate.validation.cases import Ablation, Case, Cost, Equals, Falls, Kind, Rises, Within
from tidegate.validation.reference import geanakoplos
from tidegate.validation.reference.thurner import Limit, Runs, simulate

Floats = NDArray[np.float64]

STEPS: Final = 12_000
TAIL: Final = 0.01
LEVERAGE_OFF: Final = Limit(1.0)


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


def kurtosis_by_leverage(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Measure tails at three ceilings."""
    return _kurtosis_at(seeds, (1.0, 5.0, 10.0))


def kurtosis_without_leverage(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Measure them without loans."""
    return _kurtosis_at(seeds, (1.0, 1.0, 1.0))


def _kurtosis_at(seeds: Sequence[int], ceilings: Sequence[float]) -> dict[str, ArrayLike]:
    arms = _Arms([Limit(ceiling) for ceiling in ceilings], seeds)
    return {
        f"excess kurtosis at {label}": arms.each(excess_kurtosis, arm)
        for arm, label in enumerate((1, 5, 10))
    }


def rising_leverage(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Raise the ceiling step by step on the same noise: tails and calm."""
    return _rising(seeds, [Limit(ceiling) for ceiling in (1.0, 2.0, 5.0, 10.0)])


def rising_without_leverage(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Raise nothing."""
    return _rising(seeds, [LEVERAGE_OFF] * 4)


def _rising(seeds: Sequence[int], limits: Sequence[Limit]) -> dict[str, ArrayLike]:
    arms = _Arms(limits, seeds)
    kurtosis = [arms.each(excess_kurtosis, arm) for arm in range(4)]
    return {
        "excess kurtosis, 1 to 2": (kurtosis[1], kurtosis[0]),
        "excess kurtosis, 2 to 5": (kurtosis[2], kurtosis[1]),
        "excess kurtosis, 5 to 10": (kurtosis[3], kurtosis[2]),
    }


def calm_and_tails(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare a ceiling of 10 with no loans: the sd falls while the tails grow."""
    return _calm(seeds, Limit(10.0))


def calm_without_leverage(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare no loans with no loans."""
    return _calm(seeds, LEVERAGE_OFF)


def _calm(seeds: Sequence[int], limit: Limit) -> dict[str, ArrayLike]:
    arms = _Arms([limit, LEVERAGE_OFF], seeds)
    return {
        "sd": (arms.each(_spread, 0), arms.each(_spread, 1)),
        "excess kurtosis": (arms.each(excess_kurtosis, 0), arms.each(excess_kurtosis, 1)),
    }


def falls_and_rises(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare the worst and the best steps at ceilings of 5 and 10."""
    return _tails(seeds, (5.0, 10.0))


def falls_without_leverage(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare them without loans."""
    return _tails(seeds, (1.0, 1.0))


def _tails(seeds: Sequence[int], ceilings: Sequence[float]) -> dict[str, ArrayLike]:
    arms = _Arms([Limit(ceiling) for ceiling in ceilings], seeds)
    none = np.zeros(len(seeds))
    return {
        f"worst 1 % beyond best 1 %, at {label}": (arms.each(_tail_gap, arm), none)
        for arm, label in enumerate((5, 10))
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


CASES: Final = (
    Case(
        id="S4.1",
        kind=Kind.STATISTICAL,
        about="leveraged funds: excess kurtosis at leverage ceilings of 1, 5 and 10",
        expected={
            "excess kurtosis at 1": Within(-0.6, 0.6, of_mean=True),
            "excess kurtosis at 5": Within(2.0, 8.0, of_mean=True),
            "excess kurtosis at 10": Within(7.0, 25.0, of_mean=True),
        },
        measure=kurtosis_by_leverage,
        seeds=64,
        chunk=16,
        cost=Cost.FULL,
        ablations=(Ablation("leverage off", kurtosis_without_leverage),),
    ),
    Case(
        id="S4.2",
        kind=Kind.DIRECTIONAL,
        about="leveraged funds: tails grow with the ceiling",
        expected={
            "excess kurtosis, 1 to 2": Rises(),
            "excess kurtosis, 2 to 5": Rises(),
            "excess kurtosis, 5 to 10": Rises(),
        },
        measure=rising_leverage,
        seeds=64,
        chunk=16,
        cost=Cost.FULL,
        ablations=(Ablation("leverage off", rising_without_leverage),),
    ),
    Case(
        id="S4.3",
        kind=Kind.DIRECTIONAL,
        about="leveraged funds: calm hides risk",
        expected={"sd": Falls(), "excess kurtosis": Rises()},
        measure=calm_and_tails,
        seeds=64,
        chunk=16,
        cost=Cost.FULL,
        ablations=(Ablation("leverage off", calm_without_leverage),),
    ),
    Case(
        id="S4.4",
        kind=Kind.DIRECTIONAL,
        about="leveraged funds: falls are larger than rises",
        expected={f"worst 1 % beyond best 1 %, at {label}": Rises() for label in (5, 10)},
        measure=falls_and_rises,
        seeds=64,
        chunk=16,
        cost=Cost.FULL,
        ablations=(Ablation("leverage off", falls_without_leverage),),
    ),
    Case(
        id="S4.6",
        kind=Kind.DIRECTIONAL,
        about="the same in the market, with caps on the leverage of perpetuals",
        expected={},
        needs="the crash day as an acceptance test",
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
    *(
        Case(id=f"S5.{n}", kind=kind, about=about, expected={}, needs=needs)
        for n, kind, about, needs in (
            (2, Kind.DIRECTIONAL, "rising prices raise loans more than in proportion", "lenders"),
            (3, Kind.STATISTICAL, "leverage by value at risk has a cycle", "a model of its own"),
            (4, Kind.DIRECTIONAL, "slower adjustment, shallower crash", "a model of its own"),
        )
    ),
)
