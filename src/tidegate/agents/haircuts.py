"""Haircuts in force, lender by lender: volatility drives them, rivals hold them down.

A lender measures volatility over a memory of its own. What it would ask for is its usual haircut
times a power of volatility over what is usual; what it asks for lies between that and the laxest
rival, and is taken up over days.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tidegate_core.draws import exp, log

from tidegate.scenario.haircuts import HaircutSpec
from tidegate.scenario.lending import LoanKind

__all__ = ["Haircuts"]

_Floats = NDArray[np.float64]
YEAR = 365.0 * 86_400.0
DAY = 86_400.0


class Haircuts:
    """What each lender asks for.

    Parameters
    ----------
    spec : HaircutSpec
        How haircuts move.
    kinds : sequence of LoanKind
        The lenders; those without a haircut, whose loans are unsecured, never ask for one.
    weights : sequence of float
        Share of each coin in what is pledged.

    Attributes
    ----------
    asked : array of float
        Haircut in force, by lender.
    """

    def __init__(
        self, spec: HaircutSpec, kinds: Sequence[LoanKind], weights: Sequence[float]
    ) -> None:
        self.spec = spec
        self.usual: _Floats = np.array([1.0 - kind.threshold for kind in kinds])
        self.asked: _Floats = self.usual.copy()
        self._weights = tuple(weights)
        n = len(kinds)
        # Memories from half to twice the middle one, in even ratios.
        self._memory = [
            DAY * spec.memory_days * exp(log(2.0) * (2.0 * (k + 0.5) / n - 1.0)) for k in range(n)
        ]
        usual = spec.usual_volatility * spec.usual_volatility
        self._variance = [usual] * n
        self._seen: tuple[int, list[int]] | None = None

    def look(self, now: int, spot: NDArray[np.int64], failed: Sequence[bool]) -> bool:
        """Take note of prices, and move haircuts if it is time to; return whether it was.

        Parameters
        ----------
        now : int
            Second of the run.
        spot : array of int64
            Price of each coin, ticks.
        failed : sequence of bool
            By lender; who has failed is nobody's rival.
        """
        prices = spot.tolist()
        if self._seen is None:
            self._seen = now, prices
            return False
        before, last = self._seen
        passed = now - before
        if passed < 3_600.0 * self.spec.look_hours:
            return False
        self._seen = now, prices
        squared = 0.0
        for weight, price, old in zip(self._weights, prices, last, strict=True):
            move = log(price / old)
            squared += weight * move * move
        self._measure(squared * YEAR / passed, passed)
        self._ask(passed, failed)
        return True

    def _measure(self, variance: float, passed: int) -> None:
        for at, memory in enumerate(self._memory):
            kept = exp(-passed / memory)
            self._variance[at] = kept * self._variance[at] + (1.0 - kept) * variance

    def _ask(self, passed: int, failed: Sequence[bool]) -> None:
        spec = self.spec
        own = [self._own(variance) for variance in self._variance]
        alive = [
            asked / usual
            for asked, usual, gone in zip(self.asked, self.usual, failed, strict=True)
            if usual > 0.0 and not gone
        ]
        step = 1.0 - exp(-passed / (DAY * spec.speed_days))
        for at, usual in enumerate(self.usual.tolist()):
            if usual <= 0.0:
                continue
            laxest = min(alive, default=own[at])
            goal = usual * (own[at] + spec.competition * min(laxest - own[at], 0.0))
            goal = min(max(goal, spec.least), spec.most)
            self.asked[at] += step * (goal - self.asked[at])

    def _own(self, variance: float) -> float:
        """Return what volatility makes of a haircut, over the usual one."""
        usual = self.spec.usual_volatility * self.spec.usual_volatility
        if variance <= 0.0:
            return 0.0 if self.spec.response > 0.0 else 1.0
        return exp(0.5 * self.spec.response * log(variance / usual))

    @property
    def advance(self) -> _Floats:
        """What is lent against collateral over what usual terms allow, by lender."""
        allowed: _Floats = (1.0 - self.asked) / (1.0 - self.usual)
        return allowed

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        assert ((self.asked > 0.0) == (self.usual > 0.0)).all()
        assert (self.asked < 1.0).all()
        assert min(self._variance) >= 0.0
