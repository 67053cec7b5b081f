"""Queues of a Markov order book (Cont, Stoikov and Talreja 2010), solved exactly.

Orders are of one lot. They join a queue at rate `limit`, each leaves by itself at rate `cancel`,
and one is taken at rate `market`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve

__all__ = ["stationary_mean", "up_probabilities"]

LONGEST: Final = 60  # queue that is not left alone


def up_probabilities(limit: float, market: float, cancel: float) -> NDArray[np.float64]:
    """Return the chance that the ask is used up before the bid, at a spread of one tick.

    Row b - 1 and column a - 1 belong to b orders at the bid and a at the ask. The chances solve
    the equations of the first step: no limit order can come between the quotes.
    """
    n = LONGEST
    lengths = np.arange(1, n + 1)
    leave = market + cancel * lengths
    join = np.where(lengths < n, limit, 0.0)
    one = sparse.diags_array([leave + join, -leave[1:], -join[:-1]], offsets=[0, -1, 1])
    whole = sparse.kron(one, sparse.eye_array(n)) + sparse.kron(sparse.eye_array(n), one)
    # The ask's last order leaves: the mid moves up. The bid's: down, which adds nothing.
    ends = np.zeros((n, n))
    ends[:, 0] = leave[0]
    found: NDArray[np.float64] = spsolve(whole.tocsc(), ends.ravel()).reshape(n, n)
    return found


def stationary_mean(limit: float, cancel: float) -> float:
    """Return the mean length of a queue that nobody takes from, by detailed balance."""
    weight, total, sum_of_lengths, length = 1.0, 1.0, 0.0, 0
    while weight > 1e-20 * total or length < limit / cancel:
        length += 1
        weight *= limit / (cancel * length)
        total += weight
        sum_of_lengths += length * weight
    return sum_of_lengths / total
