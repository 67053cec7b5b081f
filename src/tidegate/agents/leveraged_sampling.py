"""Sizes of accounts: a few simulated ones stand for all real ones, the large for themselves.

Real account sizes are log-normal with a heavy tail. A real account of notional x is simulated with
probability min(1, (x / whole_above) ** tilt), and then stands for the inverse of that many equal
accounts. So every account above `whole_above` is simulated one for one, whatever the resolution,
and none that is simulated stands for less than one. Sums over the sample (counts, interest) are
those of the real population without bias, and nearly without noise: sizes are taken one from each
of as many equal slices of the sampled distribution as there are accounts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from tidegate_core import draws

__all__ = ["SizeDesign", "apportion", "normal_cdf", "split"]

_Floats = NDArray[np.float64]
_HALVINGS = 64


def normal_cdf(z: float) -> float:
    """Return the standard normal distribution function, by inverting the core's quantile."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if draws.normal_quantile(middle) < z:
            low = middle
        else:
            high = middle
    return high


def apportion(total: int, weights: Sequence[float] | _Floats, least: int = 0) -> NDArray[np.int64]:
    """Split a whole number in proportion to weights, exactly; everybody gets at least `least`.

    Parameters
    ----------
    total : int
        What is split.
    weights : column of float
        Proportions, >= 0, not all of them 0.
    least : int
        Smallest part.
    """
    parts = np.asarray(weights, dtype=np.float64)
    spare = total - least * len(parts)
    if spare < 0:
        raise ValueError(f"total is {total}; {len(parts)} parts of {least} need more")
    ends = np.cumsum(parts)
    ends = np.floor(ends * (spare / ends[-1]) + 0.5).astype(np.int64)
    ends[-1] = spare
    parted: NDArray[np.int64] = least + np.diff(ends, prepend=0)
    return parted


def split(total: int, weights: Sequence[int]) -> NDArray[np.int64]:
    """Split a whole number in proportion to whole weights, exactly; without any all get nothing."""
    whole = sum(weights)
    ends = np.array([total * end // max(whole, 1) for end in accumulate(weights)], dtype=np.int64)
    return np.diff(ends, prepend=0)


@dataclass(frozen=True, slots=True)
class SizeDesign:
    """How accounts of one log-normal size distribution are sampled.

    Parameters
    ----------
    mean : float
        Mean notional of a real account, USD.
    sigma : float
        Standard deviation of its logarithm.
    tilt : float
        Exponent of the sampling rate, above 0, at most 1. At 1 all accounts below `whole_above`
        become positions of one size, and the variance of flows is smallest; towards 0 they all
        stand for about as many.
    whole_above : float
        USD from which every real account is simulated one for one.
    """

    mean: float
    sigma: float
    tilt: float
    whole_above: float

    @property
    def _center(self) -> float:
        return draws.log(self.mean) - 0.5 * self.sigma * self.sigma

    @property
    def _bound(self) -> float:
        return (draws.log(self.whole_above) - self._center) / self.sigma

    def _shares(self) -> tuple[float, float]:
        """Return the shares of real accounts simulated below and above `whole_above`."""
        lean = self.tilt * self.sigma
        thinned = draws.exp(lean * (0.5 * lean - self._bound)) * normal_cdf(self._bound - lean)
        return thinned, normal_cdf(-self._bound)

    @property
    def share(self) -> float:
        """Share of real accounts that is simulated."""
        return math.fsum(self._shares())

    def sample(self, ranks: _Floats) -> tuple[_Floats, _Floats]:
        """Give the notional at each rank of the sampled distribution, and how many it stands for.

        Parameters
        ----------
        ranks : column of float
            Between 0 and 1, exclusive, ascending.

        Returns
        -------
        notional, weight : column of float
            USD of one real account; real accounts, >= 1.
        """
        thinned, whole = self._shares()
        split = thinned / (thinned + whole)
        below = int(np.searchsorted(ranks, split))
        lean = self.tilt * self.sigma
        u = np.empty_like(ranks)
        u[:below] = ranks[:below] / split * normal_cdf(self._bound - lean)
        if below < len(ranks):
            u[below:] = (1.0 - ranks[below:]) / (1.0 - split) * whole
        z = np.asarray(draws.normal_quantile(u))
        z[:below] += lean
        z[below:] *= -1.0
        log_weight = np.maximum(0.0, lean * (self._bound - z))
        return (
            np.asarray(draws.exp(self._center + self.sigma * z)),
            np.asarray(draws.exp(log_weight)),
        )

    @classmethod
    def for_accounts(
        cls,
        accounts: int,
        means: Sequence[float],
        reals: Sequence[float],
        *,
        sigma: float,
        tilt: float,
    ) -> tuple[SizeDesign, ...]:
        """Design the sampling of several distributions so that `accounts` are simulated in all.

        Parameters
        ----------
        accounts : int
            Simulated accounts, at most as many as there are real ones.
        means, reals : column of float
            Mean notional (USD) and number of the real accounts of each distribution.
        sigma, tilt : float
            As above, for all of them; so is the `whole_above` that is found.
        """
        real = math.fsum(reals)
        if not len(reals) <= accounts <= real:
            raise ValueError(f"accounts is {accounts}; allowed are {len(reals)} to {int(real)}")

        def designs(log_usd: float) -> tuple[SizeDesign, ...]:
            usd = draws.exp(log_usd)
            return tuple(cls(mean, sigma, tilt, usd) for mean in means)

        low, high = -20.0, 50.0
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            found = designs(middle)
            kept = [n * design.share for n, design in zip(reals, found, strict=True)]
            low, high = (middle, high) if math.fsum(kept) > accounts else (low, middle)
        return designs(high)
