"""A self-exciting process (Hawkes 1971) as a tree: immigrants, and children of every event."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["event_times"]


def event_times(ratio: float, events: int, seed: int) -> NDArray[np.float64]:
    """Return the times of about `events` events over a stretch of that length, in no order.

    Parameters
    ----------
    ratio
        Mean children of an event, below 1; they follow it after exponential delays of mean 1.
    events
        Mean number of events, and the length of the stretch.
    seed
        Of the draws.
    """
    if not 0 <= ratio < 1:
        raise ValueError(f"ratio is {ratio}; allowed are 0 and more, below 1")
    rng = np.random.default_rng([seed, events])
    length = float(events)
    generation = rng.uniform(0.0, length, rng.poisson((1 - ratio) * length))
    times = [generation]
    while len(generation):
        children = np.repeat(generation, rng.poisson(ratio, len(generation)))
        generation = children + rng.exponential(1.0, len(children))
        times.append(generation)
    return np.concatenate(times)
