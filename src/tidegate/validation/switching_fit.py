"""S11.3: the model of Franke and Westerhoff fitted to BTC's daily moments up to December 2023."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.stats import norm

from tidegate.analysis.moments import committed_moments, figures, to_prices
from tidegate.validation.cases import Case, Cost, Kind, Within
from tidegate.validation.reference.franke_westerhoff import Terms, simulate

Floats = NDArray[np.float64]

DAYS: Final = 1_309  # as long as the series behind the moments
TARGETS: Final = [moment for moment in committed_moments() if moment.bar == "day"]
FIT_SEEDS: Final = range(1_000, 1_016)  # those of calibration
EVALUATIONS: Final = 120
FREE: Final = ("trend", "noise_fundamental", "noise_chartist", "herding", "misalignment")
FIRST_STEP: Final = 0.25  # of the search, in logs
REACH: Final = float(norm.ppf(0.975))  # standard errors of a 95 % interval


def simulated_moments(terms: Terms, seeds: Sequence[int]) -> Floats:
    """Return the matched figures of each seed's path, a row a seed."""
    returns, _ = simulate(terms, seeds, DAYS)
    paths = np.cumsum(np.insert(returns, 0, 0.0, axis=1), axis=1)
    return np.array([figures(to_prices(path), "day") for path in paths])


def loss(found: Floats) -> float:
    """Return the squared distance of mean figures to BTC's, in their tolerances."""
    means = found.mean(axis=0)
    return math.fsum(m.distance(float(x)) ** 2 for m, x in zip(TARGETS, means, strict=True))


def fit() -> Terms:
    """Search for the parameters whose moments come nearest to BTC's.

    It starts where returns are as volatile as BTC's and all else is as fitted to the S&P: noise
    times a factor and the dread of misalignment over its square scale prices alone.
    """
    base = Terms()
    scale = TARGETS[0].value / float(simulated_moments(base, FIT_SEEDS)[:, 0].mean())
    start = replace(
        base,
        noise_fundamental=scale * base.noise_fundamental,
        noise_chartist=scale * base.noise_chartist,
        misalignment=base.misalignment / scale**2,
    )

    def terms_at(logs: Floats) -> Terms:
        return replace(start, **dict(zip(FREE, np.exp(logs).tolist(), strict=True)))

    origin = np.log([getattr(start, name) for name in FREE])
    result = minimize(
        lambda logs: loss(simulated_moments(terms_at(logs), FIT_SEEDS)),
        origin,
        method="Nelder-Mead",
        options={
            "maxfev": EVALUATIONS,
            "initial_simplex": np.vstack([origin, origin + FIRST_STEP * np.eye(len(FREE))]),
        },
    )
    return terms_at(result.x)


def improvement(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare the fitted parameters with the S&P's, on seeds that the fit has not seen."""
    fitted = simulated_moments(fit(), seeds)
    return {
        "loss over that of the S&P's": loss(fitted) / loss(simulated_moments(Terms(), seeds)),
        "moment coverage ratio": coverage(fitted),
    }


def coverage(found: Floats) -> Floats:
    """Return the share of figures of each seed that lie in the 95 % interval of BTC's."""
    inside = [
        [abs(m.distance(float(x))) <= REACH for m, x in zip(TARGETS, row, strict=True)]
        for row in found
    ]
    shares: Floats = np.mean(inside, axis=1)
    return shares


CASES: Final = (
    Case(
        id="S11.3",
        kind=Kind.STATISTICAL,
        about="Franke-Westerhoff fitted to BTC's daily moments: half the S&P's loss at most",
        expected={
            "loss over that of the S&P's": Within(0.0, 0.5),
            "moment coverage ratio": Within(0.0, 1.0),  # reported
        },
        measure=improvement,
        seeds=50,
        cost=Cost.FULL,
    ),
)
