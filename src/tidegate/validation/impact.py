"""S2: the square-root law of impact, on metaorders in the market as it is shipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from tidegate.analysis.impact import fit_law
from tidegate.validation.cases import Ablation, Case, Cost, Kind, Within

PARTICIPATION: Final = 0.1
SIZES: Final = np.geomspace(1e-4, 1e-1, 200)  # over daily volume
MIDDLE: Final = (1e-3, 3e-3, 1e-2)  # sizes whose way there and back is looked at
LOOKS: Final = (0.1, 0.25, 0.5)
FINE: Final = 80  # slices at the least, where the way is followed
AFTER: Final = 10.0  # lengths of a metaorder until its impact is looked at again
SEEDS: Final = 50
# A book that is full up to the touch and refills within minutes forgets who has been there.
LINEAR: Final[dict[str, Any]] = {"holders.near_slope": 2_000.0, "holders.turnover": 1.0}


def law(
    seeds: Sequence[int], changes: Mapping[str, Any] | None = None, sizes: ArrayLike = SIZES
) -> dict[str, ArrayLike]:
    """Fit the law to metaorders of many sizes, seed by seed."""
    # Imported where it is used: no other test needs a whole market.
    from tidegate.validation.metaorders import Plan, work

    plans = [Plan(float(size), PARTICIPATION) for size in np.asarray(sizes)]
    fits = []
    for seed in seeds:
        worked = work(plans, seed, changes)
        fits.append(fit_law([p.size for p in plans], [w.peak for w in worked]))
    return {
        "exponent": [fit.exponent for fit in fits],
        "R2 of binned means": [fit.r2 for fit in fits],
        "prefactor": [fit.prefactor for fit in fits],
    }


def linear_law(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Fit the law where the book has no memory."""
    return law(seeds, LINEAR, SIZES[::8])


def way(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Follow metaorders of middle size along their way and back.

    Ratios are to the mean peak over seeds: a seed's own peak may be next to nothing.
    """
    from tidegate.validation.metaorders import Plan, work

    plans = [Plan(size, PARTICIPATION, AFTER, FINE) for size in MIDDLE]
    runs = [work(plans, seed) for seed in seeds]
    peak = np.mean([[w.peak for w in run] for run in runs], axis=0)
    found: dict[str, ArrayLike] = {}
    for look in LOOKS:
        at = [
            [np.interp(look * w.slices, np.arange(len(w.path) + 1), [0.0, *w.path]) for w in run]
            for run in runs
        ]
        found[f"impact over the law's, {look:g} of the way"] = (
            np.mean(np.array(at) / peak, axis=1) / look**0.5
        )
    left = np.array([[w.path[-1] for w in run] for run in runs]) / peak
    found["share left 10 lengths later"] = left.mean(axis=1)
    return found


def speed(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare the peak of metaorders with that of the same ones in twice the time."""
    from tidegate.validation.metaorders import Plan, work

    sizes = MIDDLE
    plans = [Plan(size, PARTICIPATION / slower) for slower in (1, 2) for size in sizes]
    peaks = np.array([[w.peak for w in work(plans, seed)] for seed in seeds])
    fast, slow = peaks[:, : len(sizes)], peaks[:, len(sizes) :]
    return {"impact in twice the time": np.mean(slow / fast.mean(axis=0), axis=1)}


def _case(name: str, about: str, measure: Any, **expected: Any) -> Case:
    return Case(
        id=name,
        kind=Kind.STATISTICAL,
        about=about,
        expected=expected.pop("expected"),
        measure=measure,
        seeds=SEEDS,
        chunk=expected.pop("chunk", 0),
        cost=Cost.FULL,
        **expected,
    )


_ALIKE: Final = {
    f"impact over the law's, {look:g} of the way": Within(0.85, 1.15, of_mean=True)
    for look in LOOKS
}

CASES: Final = (
    _case(
        "S2.1",
        "impact against size, 200 metaorders of 0.0001 to 0.1 daily volumes at a tenth of volume",
        law,
        expected={
            "exponent": Within(0.42, 0.58, of_mean=True),
            "R2 of binned means": Within(0.95, 1.0, of_mean=True),
        },
        chunk=1,
        ablations=(Ablation("the book is full at the touch and refills at once", linear_law),),
    ),
    _case(
        "S2.2",
        "prefactor of the square-root law, in daily volatilities",
        law,
        expected={"prefactor": Within(0.3, 2.0, of_mean=True)},
        chunk=1,
    ),
    _case("S2.3", "impact along the way of a metaorder", way, expected=_ALIKE),
    _case(
        "S2.4",
        "impact of an uninformed metaorder decays",
        way,
        expected={"share left 10 lengths later": Within(-np.inf, 0.5, of_mean=True)},
    ),
    _case(
        "S2.5",
        "twice the time to trade leaves the impact as it is",
        speed,
        expected={"impact in twice the time": Within(0.85, 1.15, of_mean=True)},
    ),
    Case(
        id="S2.6",
        kind=Kind.RIVAL,
        about="a book that does not remember has linear impact",
        expected={"exponent": Within(0.85, 1.15, of_mean=True)},
        measure=linear_law,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
    ),
)
