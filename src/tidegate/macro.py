"""News: the exogenous state that everybody's valuation follows at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from tidegate_core.draws import exp, log

from tidegate.scenario.coins import ALL_COINS, CoinSpec
from tidegate.scenario.leveraged import NewsSpec
from tidegate.scenario.levers import ShockLevers
from tidegate.streams import Streams

__all__ = ["News"]

DAY = 86_400
BLOCK = 3_600  # seconds whose draws are made at a time


@dataclass
class News:
    """Log value of every coin as the news of the moment has it.

    Noise is a random walk with a draw per second, whatever the length of a step, so that runs at
    different resolutions live through the same day. A shock moves all coins along a straight ramp
    in proportion to their betas, and may leave the noise louder for some hours.

    Parameters
    ----------
    spec : NewsSpec
        Volatility in calm.
    coins : sequence of CoinSpec
        Betas, own volatilities and prices at second 0.
    streams : Streams
        Keyed random numbers.
    """

    spec: NewsSpec
    coins: Sequence[CoinSpec]
    streams: Streams
    second: int = 0
    shocks: list[ShockLevers] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.value = np.array([log(coin.price) for coin in self.coins])
        self.change = np.zeros(len(self.coins))
        self._betas = np.array([coin.beta for coin in self.coins])
        own = np.array([coin.own_volatility for coin in self.coins])
        self._common = self.spec.volatility / DAY**0.5
        self._own = own / DAY**0.5
        self._block = -1
        self._draws = np.zeros((len(self.coins) + 1, BLOCK))

    def heed(self, shocks: Sequence[ShockLevers]) -> None:
        """Take up all that has been posted so far; what breaks in the same second adds up."""
        self.shocks = [shock for shock in shocks if shock.started is not None]

    def advance(self, seconds: int) -> None:
        """Live through some seconds of news; `change` is what they did to each coin's log value."""
        before = self.value.copy()
        while seconds > 0:
            start = self.second % BLOCK
            count = min(seconds, BLOCK - start)
            self.value = self.value + self._noise(start, count) + self._drift(count)
            self.second += count
            seconds -= count
        self.change = self.value - before

    def _noise(self, start: int, count: int) -> NDArray[np.float64]:
        self._fill(self.second // BLOCK)
        draws = self._draws[:, start : start + count]
        if any(shock.burst for shock in self.shocks):
            draws = draws * np.array([self.loudness(self.second + i) for i in range(count)])
        # From left to right: the order of NumPy's own sum depends on the CPU.
        sums = np.add.accumulate(draws, axis=1)[:, -1]
        moves: NDArray[np.float64] = self._betas * (self._common * sums[0]) + self._own * sums[1:]
        return moves

    def _fill(self, block: int) -> None:
        if block != self._block:
            for row, name in enumerate((ALL_COINS, *(coin.name for coin in self.coins))):
                self.streams.fill_normal(self._draws[row], "news", name, block)
            self._block = block

    def _drift(self, count: int) -> NDArray[np.float64]:
        moved = 0.0
        for shock in self.shocks:
            assert shock.started is not None
            done = [
                min(max((second - shock.started) / shock.ramp_seconds, 0.0), 1.0)
                for second in (self.second, self.second + count)
            ]
            moved += shock.size * (done[1] - done[0])
        drift: NDArray[np.float64] = self._betas * moved
        return drift

    @property
    def breaking(self) -> bool:
        """Whether a shock is still on its ramp."""
        return any(
            shock.started is not None
            and shock.started <= self.second < shock.started + shock.ramp_seconds
            for shock in self.shocks
        )

    def loudness(self, second: int) -> float:
        """Return how much larger than calm the noise of a second is."""
        total = 1.0
        for shock in self.shocks:
            assert shock.started is not None
            if shock.burst and second >= shock.started:
                total += shock.burst * exp(-(second - shock.started) / shock.burst_seconds)
        return total
