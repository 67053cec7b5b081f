"""What comes to a state by itself: seizures in lumps, coins of its own farms.

Draws are keyed by the state and the day, so that arrivals are the same at any step length and
whatever else happens.
"""

from __future__ import annotations

from tidegate_core.draws import exp

from tidegate.scenario.sovereign import SeizureSpec, StateMiningSpec
from tidegate.streams import Streams

__all__ = ["DAYS_PER_YEAR", "mined_lots", "seizures_of_day"]

MICRO = 1_000_000
DAYS_PER_YEAR = 365.2425
MOST_CASES = 64  # a day


def seizures_of_day(spec: SeizureSpec, streams: Streams, path: str, day: int) -> tuple[int, ...]:
    """Return the proceeds of the cases concluded on a day, micro-USD each.

    Their number is Poisson, their sizes are lognormal with the stated mean.
    """
    if spec.per_year <= 0.0:
        return ()
    count = _poisson(spec.per_year / DAYS_PER_YEAR, streams.uniform(path, "seizures", day))
    shift = -0.5 * spec.spread * spec.spread
    return tuple(
        int(
            spec.mean_usd
            * MICRO
            * exp(spec.spread * streams.normal(path, "proceeds", day, index=case) + shift)
        )
        for case in range(count)
    )


def mined_lots(spec: StateMiningSpec, lot: float, day: int) -> int:
    """Return the lots that farms bring on a day; days sum exactly to the rate."""
    per_day = spec.coins_per_day / lot
    return int(per_day * (day + 1)) - int(per_day * day)


def _poisson(mean: float, luck: float) -> int:
    """Return a Poisson number by inverting its distribution at a uniform."""
    term = total = exp(-mean)
    count = 0
    while luck > total and count < MOST_CASES:
        count += 1
        term *= mean / count
        total += term
    return count
