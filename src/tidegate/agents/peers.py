"""Who looks at whom: a complete graph, or weights by similarity.

Sums run over peers in their order, one at a time, so that they have the same bits everywhere, and
a peer without weight changes none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.draws import exp

from tidegate.scenario.diffusion import SimilaritySpec

__all__ = ["Peers", "similarity_weights"]

_Floats = NDArray[np.float64]
ROUNDING = 1e-9


class Peers:
    """The weights with which each looks at the others; never changes.

    Parameters
    ----------
    n : int
        Number of candidates.
    weights : array_like, optional
        Row i: the weights of i's peers, >= 0, summing to 1 (or to 0: i looks at nobody). None: a
        complete graph, where everybody looks at the whole pool as in Bass's equation.
    influence : array_like, optional
        On a complete graph: how much each is looked at, >= 0; alike if None.
    """

    def __init__(
        self, n: int, weights: ArrayLike | None = None, influence: ArrayLike | None = None
    ) -> None:
        if weights is not None and influence is not None:
            raise ValueError("influence is part of the weights; give one of them")
        self.n = n
        self._looked_at: _Floats | None = None  # row j: the weights that others give to j
        if weights is None:
            self._influence = _influence(n, influence)
            self._total = _ordered_sum(self._influence)
        else:
            self._looked_at = _transposed(n, weights)

    def __copy__(self) -> Self:
        """Return the object itself: what cannot change needs no copy."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the object itself."""
        return self

    def pull(self, adopted: NDArray[np.bool_], worth: _Floats) -> _Floats:
        """Return sum_j w_ij A_j worth_j of every i."""
        pull = np.zeros(self.n)
        if self._looked_at is None:
            if self._total > 0.0:
                examples = np.where(adopted, self._influence * worth, 0.0)
                pull += _ordered_sum(examples) / self._total
            return pull
        for j in np.flatnonzero(adopted).tolist():
            pull += self._looked_at[j] * worth[j]
        return pull


def similarity_weights(
    attributes: Mapping[str, Sequence[float] | Sequence[str]],
    bandwidths: Mapping[str, float] | SimilaritySpec,
    influence: ArrayLike | None = None,
) -> _Floats:
    """Return the weights of peers that are alike, rows summing to 1.

    Attributes are not standardised: one more candidate leaves the kernel of the others as it was.

    Parameters
    ----------
    attributes : mapping of str to sequence
        A value per candidate, numbers or names, ``{"region": ["Gulf", ...], "exports": [...]}``.
    bandwidths : mapping of str to float, or SimilaritySpec
        Bandwidth of every attribute, in its own unit; for names, where a difference counts as 1.
    influence : array_like, optional
        How much each is looked at, >= 0; alike if None.

    Returns
    -------
    numpy.ndarray of float64, shape (n, n)
        Weight that row i gives to column j; nobody is a peer of oneself. Who is like nobody at
        all has a row of zeros.
    """
    spec = (
        bandwidths
        if isinstance(bandwidths, SimilaritySpec)
        else SimilaritySpec(bandwidths=dict(bandwidths))
    )
    if set(attributes) != set(spec.bandwidths):
        raise ValueError(
            f"attributes {sorted(attributes)} and bandwidths {sorted(spec.bandwidths)} must name "
            "the same"
        )
    lengths = {name: len(column) for name, column in attributes.items()}
    n = next(iter(lengths.values()))
    if len(set(lengths.values())) > 1:
        raise ValueError(f"attributes must be of the same length, got {lengths}")
    squares = np.zeros((n, n))
    for name in sorted(attributes):
        distance = _distances(name, attributes[name]) / spec.bandwidths[name]
        squares += distance * distance
    kernel: _Floats = exp(-0.5 * squares) * _influence(n, influence)
    np.fill_diagonal(kernel, 0.0)
    if n == 0:
        return kernel
    totals = np.add.accumulate(kernel, axis=1)[:, -1:]
    np.divide(kernel, totals, out=kernel, where=totals > 0.0)  # a row of zeros stays one
    return kernel


def _distances(name: str, column: Sequence[float] | Sequence[str]) -> _Floats:
    values = np.asarray(column)
    if values.dtype.kind in "US":
        apart: _Floats = np.not_equal(values[:, None], values[None, :]).astype(np.float64)
        return apart
    if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise ValueError(f"attributes[{name!r}] must be finite numbers or names, got {column!r}")
    numbers = values.astype(np.float64)
    return numbers[:, None] - numbers[None, :]


def _influence(n: int, influence: ArrayLike | None) -> _Floats:
    if influence is None:
        return np.ones(n)
    column = np.array(influence, dtype=np.float64)
    if column.shape != (n,) or not (np.isfinite(column) & (column >= 0.0)).all():
        raise ValueError(f"influence must be {n} numbers >= 0, got {influence!r}")
    return column


def _transposed(n: int, weights: ArrayLike) -> _Floats:
    """Check weights and return them by who is looked at, so that a peer is one stretch."""
    matrix = np.asarray(weights, dtype=np.float64)
    if matrix.shape != (n, n):
        raise ValueError(f"weights must be of shape ({n}, {n}), got {matrix.shape}")
    if not (np.isfinite(matrix) & (matrix >= 0.0)).all():
        raise ValueError("weights must be finite and >= 0")
    sums = matrix.sum(axis=1)
    if not ((np.abs(sums - 1.0) < ROUNDING) | (sums == 0.0)).all():
        raise ValueError(f"rows of weights must sum to 1 or be 0, got sums {sums}")
    by_peer = np.array(matrix.T, order="C")
    by_peer.flags.writeable = False
    return by_peer


def _ordered_sum(column: _Floats) -> float:
    return float(np.add.accumulate(column)[-1]) if len(column) else 0.0
