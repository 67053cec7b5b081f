"""The path of the economy's factors: noise, news, links, and what all of it does to BTC's value.

Hours are the grid of this path, whatever the length of a tick; within an hour nothing moves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tidegate_core.draws import exp

from tidegate.scenario.macro import BTC_VALUE, Link, MacroSpec
from tidegate.scenario.macro_levers import MacroLevers
from tidegate.streams import Streams

__all__ = ["HOUR", "MacroPath", "taken_up"]

DAY = 86_400
HOUR = 3_600
HOURS = 24  # a block of draws
YEAR_HOURS = 365.0 * HOURS


def taken_up(news: MacroLevers, second: int) -> float:
    """Return the part of a piece of news that is at work at a second, 0 to 1."""
    if news.started is None or second <= news.started:
        return 0.0
    since, ramp = second - news.started, DAY * news.ramp_days
    if since <= ramp:
        return since / ramp
    if news.fade_days is None:
        return 1.0
    return exp(-(since - ramp) / (DAY * news.fade_days))


class _Channel:
    """One link at work: the effect of a cause that is followed hour by hour."""

    def __init__(self, link: Link, names: Sequence[str]) -> None:
        self.cause = names.index(link.cause)
        self.size = link.size
        self.lagging = link.lag_days is not None
        days = link.lag_days if self.lagging else link.fade_days
        self._keep = 1.0 if days is None else exp(-1.0 / (HOURS * days))
        self.effect = 0.0
        self._seen = 0.0

    def follow(self, cause: float) -> None:
        """Let an hour pass at whose end the cause stands there."""
        if self.lagging:
            self.effect += (self.size * cause - self.effect) * (1.0 - self._keep)
        else:
            self.effect = self._keep * self.effect + self.size * (cause - self._seen)
            self._seen = cause


class MacroPath:
    """Factors hour by hour, as a pure function of a seed and of the news.

    Parameters
    ----------
    spec : MacroSpec
        Factors and links.
    streams : Streams
        Keyed random numbers: a factor's draws are keyed by its name and the day.
    path : str
        Stable name of the economy, the key's first part.

    Attributes
    ----------
    hour : int
        Hours since the start.
    noise, news : list of float
        The two parts of each factor's level since the start, in its unit.
    value : float
        What factors and news have done to the log value of BTC since the start.
    """

    def __init__(self, spec: MacroSpec, streams: Streams, path: str) -> None:
        self.spec, self.streams, self.path = spec, streams, path
        names = spec.names
        self.hour = 0
        self.noise = [0.0] * len(names)
        self.news = [0.0] * len(names)
        self.value = 0.0
        self._pushed = [0.0] * len(names)
        self._direct = 0.0  # of news on BTC itself
        self._taken: list[float] = []  # part of each piece of news that has been passed on
        self._loadings = spec.loadings()
        hourly = 1.0 / YEAR_HOURS**0.5
        self._volatility = [factor.volatility * hourly for factor in spec.factors]
        self._keep = [
            1.0 if factor.fade_days is None else exp(-1.0 / (HOURS * factor.fade_days))
            for factor in spec.factors
        ]
        channels = [(link.effect, _Channel(link, names)) for link in spec.links]
        self._into = [[c for effect, c in channels if effect == name] for name in names]
        self._to_btc = [c for effect, c in channels if effect == BTC_VALUE]
        self._block = -1
        self._draws: NDArray[np.float64] = np.zeros((len(names), HOURS))

    def level(self, name: str) -> float:
        """Return how far a factor stands from its start, in its unit."""
        place = self.spec.names.index(name)
        return self.noise[place] + self.news[place]

    def advance(self, until: int, items: Sequence[MacroLevers]) -> None:
        """Go on to the last full hour before a second, with all news posted so far."""
        while (self.hour + 1) * HOUR <= until:
            self._make_noise()
            self.hour += 1
            self._take_up(items)
            self._pass_on()

    def _make_noise(self) -> None:
        block, place = divmod(self.hour, HOURS)
        if block != self._block:
            for row, name in enumerate(self.spec.names):
                self.streams.fill_normal(self._draws[row], self.path, name, block)
            self._block = block
        draws = [float(x) for x in self._draws[:, place]]
        for i, volatility in enumerate(self._volatility):
            if volatility:
                move = 0.0
                for loading, draw in zip(self._loadings[i], draws, strict=False):
                    move += loading * draw
                self.noise[i] += volatility * move

    def _take_up(self, items: Sequence[MacroLevers]) -> None:
        """Push factors by what has newly come of every piece of news; some may have healed."""
        for i, keep in enumerate(self._keep):
            self._pushed[i] *= keep
        self._taken += [0.0] * (len(items) - len(self._taken))
        second = self.hour * HOUR
        for number, item in enumerate(items):
            part = taken_up(item, second)
            new, self._taken[number] = part - self._taken[number], part
            if not new:
                continue
            for i, name in enumerate(self.spec.names):
                self._pushed[i] += new * float(getattr(item, name))
            self._direct += new * item.btc

    def _pass_on(self) -> None:
        """Let links work, causes first."""
        for i, channels in enumerate(self._into):
            level = self._pushed[i]
            for channel in channels:
                channel.follow(self.news[channel.cause])
                level += channel.effect
            self.news[i] = level
        self.value = self._direct
        for channel in self._to_btc:
            channel.follow(self.noise[channel.cause] + self.news[channel.cause])
            self.value += channel.effect

    @property
    def recession(self) -> bool:
        """Whether output is so far below its trend that everybody sees it."""
        return self.level("growth") <= -self.spec.recession_pp
