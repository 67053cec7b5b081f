"""Fear of robberies: it rises with the news and fades, and adds up if the next comes before.

Who stays in spite of it is decided elsewhere, account by account: that two robberies in a row
drive out more, or fewer, than both apart is not written here.
"""

from __future__ import annotations

from typing import NamedTuple

from tidegate_core.draws import exp

__all__ = ["Fear"]

DAY = 86_400
LN2 = 0.6931471805599453


class Scare(NamedTuple):
    """One piece of news: when it broke, about whom, how loud."""

    second: int
    exchange: str
    size: float


class Fear:
    """What all news so far leaves of fear, for one exchange's clients or for the public.

    Parameters
    ----------
    half_life_days : float
        Time in which it fades to a half.
    contagion : float
        Part of it that clients of other exchanges feel.
    """

    def __init__(self, half_life_days: float, contagion: float) -> None:
        self.rate = LN2 / (half_life_days * DAY)
        self.contagion = contagion
        self._scares: list[Scare] = []

    def hear(self, second: int, exchange: str, size: float) -> None:
        """Take up news."""
        self._scares.append(Scare(second, exchange, size))

    def of_clients(self, exchange: str, now: int) -> float:
        """Return the fear of one exchange's clients at a second of the run."""
        felt = 0.0
        for scare in self._scares:
            share = 1.0 if scare.exchange == exchange else self.contagion
            felt += share * self._left(scare, now)
        return felt

    def of_public(self, now: int) -> float:
        """Return the fear of those who hold coins elsewhere, in a fund for instance."""
        return sum(self._left(scare, now) for scare in self._scares)

    def _left(self, scare: Scare, now: int) -> float:
        return scare.size * exp(-self.rate * (now - scare.second)) if now >= scare.second else 0.0
