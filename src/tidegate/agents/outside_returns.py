"""What stocks, bonds and private assets return in a day, given what coins did.

Returns are drawn by day, whoever asks, and share a part with the day's return of coins. That coins
come first is arithmetic: what is assumed is the joint distribution, more alike in stress.
"""

from __future__ import annotations

import math

from tidegate.scenario.strategies import OutsideSpec
from tidegate.streams import Streams

__all__ = ["OutsideReturns"]

DAYS = 365.0


class OutsideReturns:
    """Draws the days of markets outside.

    Parameters
    ----------
    spec : OutsideSpec
        Their distribution.
    streams : Streams
        Keyed random numbers.
    path : str
        Key of the draws.
    """

    def __init__(self, spec: OutsideSpec, *, streams: Streams, path: str) -> None:
        self.spec, self.streams, self.path = spec, streams, path

    def of_day(self, day: int, coins: float, *, stress: bool) -> tuple[float, float]:
        """Return a day's returns of stocks and bonds, and of private assets.

        Parameters
        ----------
        day : int
            Key of the draws.
        coins : float
            Return of coins on the day.
        stress : bool
            Whether coins are in stress.
        """
        spec = self.spec
        common = coins / (spec.coin_volatility / math.sqrt(DAYS))
        with_coins = spec.stress_correlation if stress else spec.correlation
        own = self.streams.normal(self.path, "balanced", day)
        balanced = _mixed(with_coins, common, own)
        apart = self.streams.normal(self.path, "private", day)
        private = _mixed(spec.private_correlation, balanced, apart)
        return (
            _returned(spec.growth, spec.volatility, balanced),
            _returned(spec.private_growth, spec.private_volatility, private),
        )


def _mixed(correlation: float, common: float, own: float) -> float:
    """Return a shock of unit variance that correlates so with a common one."""
    return correlation * common + math.sqrt(1.0 - correlation * correlation) * own


def _returned(growth: float, volatility: float, shock: float) -> float:
    """Return a day's return, never below losing all."""
    return max(growth / DAYS + volatility / math.sqrt(DAYS) * shock, -1.0)
