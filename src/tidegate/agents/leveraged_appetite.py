"""How much the leveraged public likes to be long, by exchange and coin, hour by hour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tidegate_core.draws import exp, log

from tidegate.scenario.appetite import AppetiteSpec
from tidegate.scenario.leveraged import ExchangeSpec
from tidegate.streams import Streams

__all__ = ["Appetite"]

HOUR, DAY = 3_600, 86_400
MOST = 5.0  # log odds: beyond it everybody agrees


@dataclass
class Appetite:
    """Log odds by which new positions are rather long.

    Parameters
    ----------
    spec : AppetiteSpec
        How moods come and go.
    exchanges : sequence of ExchangeSpec
        Whose publics they are.
    volatility : column of float
        By coin: standard deviation of a day's log return in calm.
    price : column of float
        By coin: log price at second 0.
    streams : Streams
        Keyed random numbers.
    """

    spec: AppetiteSpec
    exchanges: Sequence[ExchangeSpec]
    volatility: NDArray[np.float64]
    price: NDArray[np.float64]
    streams: Streams
    hour: int = 0

    def __post_init__(self) -> None:
        self._usual = self.volatility * (self.spec.chase_days / 2) ** 0.5
        self._mean = self.price.copy()
        self._centre = np.array([_opened_with(exchange) for exchange in self.exchanges])
        self.common = self._draw("appetite")
        self.own = np.array([self._draw(f"appetite/{e.name}") for e in self.exchanges])
        self.chased = np.zeros(len(self.price))

    def _draw(self, path: str) -> float:
        return self.streams.normal(path, "mood", self.hour)

    def advance(self, now: int, price: NDArray[np.float64]) -> None:
        """Live through the full hours that have passed by a second.

        Parameters
        ----------
        now : int
            Second of the run.
        price : column of float
            By coin: log price then.
        """
        while self.hour < now // HOUR:
            self.hour += 1
            kept = exp(-HOUR / (DAY * self.spec.days))
            fresh = math.sqrt(1.0 - kept * kept)
            self.common = kept * self.common + fresh * self._draw("appetite")
            draws = np.array([self._draw(f"appetite/{e.name}") for e in self.exchanges])
            self.own = kept * self.own + fresh * draws
            kept = exp(-HOUR / (DAY * self.spec.chase_days))
            self._mean = kept * self._mean + (1.0 - kept) * price
            self.chased = _tanh((price - self._mean) / self._usual)

    def at(self, exchange: int) -> NDArray[np.float64]:
        """Return the log odds on an exchange by coin."""
        mood = self.spec.spread * self.common + self.spec.own * self.own[exchange]
        odds: NDArray[np.float64] = self._centre[exchange] + mood + self.spec.chase * self.chased
        return np.clip(odds, -MOST, MOST)

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        assert self.hour >= 0, f"the moods are at hour {self.hour}"
        state = np.concatenate([[self.common], self.own, self.chased, self._mean])
        assert np.isfinite(state).all(), f"moods or returns are {state}"


def _tanh(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return tanh by the core's own exp: NumPy's bits hang on the processor."""
    grown: NDArray[np.float64] = exp(2.0 * np.clip(x, -50.0, 50.0))
    return (grown - 1.0) / (grown + 1.0)


def _opened_with(exchange: ExchangeSpec) -> float:
    """Return the log odds of a long in the public's positions at the start."""
    longs, shorts = 1.0 - exchange.out_of_reach, 1.0 - exchange.hedged
    if longs > 0.0 and shorts > 0.0:
        return max(-MOST, min(MOST, log(longs / shorts)))
    return MOST if longs > 0.0 else -MOST if shorts > 0.0 else 0.0
