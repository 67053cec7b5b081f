"""Interest that spreads from one to another and fades: who hears when, and until when.

Everybody has a threshold, drawn once, and hears when the force of what is said has added up to it;
who is interested adds to that force. So a run at any step length, and one with an arm more, has the
same people hear in the same order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tidegate_core.draws import log

from tidegate.scenario.hype import AttentionSpec
from tidegate.streams import Streams

__all__ = ["Attention"]

DAY = 86_400.0
UNHEARD = -1


class Attention:
    """The state of a public: who has not heard, who is interested, who no longer is.

    Parameters
    ----------
    spec : AttentionSpec
        Rates.
    streams : Streams
        Keyed random numbers.
    path : str
        Whose draws they are.

    Attributes
    ----------
    since : array of int
        Second at which somebody heard; -1: not yet.
    lost : array of bool
        Whether interest is gone.
    """

    def __init__(self, spec: AttentionSpec, streams: Streams, path: str) -> None:
        self.spec = spec
        n = spec.accounts
        self.threshold = np.array([-log(streams.uniform(path, "hears", 0, 0, i)) for i in range(n)])
        lasts = [-log(streams.uniform(path, "lasts", 0, 0, i)) / spec.fading for i in range(n)]
        self.lasts = np.array([round(DAY * days) for days in lasts], dtype=np.int64)
        self.since = np.full(n, UNHEARD, dtype=np.int64)
        self.lost = np.zeros(n, dtype=bool)
        self.force = 0.0

    @property
    def share(self) -> float:
        """Part of the public that is interested."""
        return float(np.count_nonzero((self.since != UNHEARD) & ~self.lost)) / len(self.since)

    def speak(self, reach: float) -> None:
        """Let a word reach a part of those who have not heard."""
        self.force += -log(1.0 - reach)

    def advance(self, now: int, seconds: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Live through some seconds that end at a second; return who hears and who loses interest.

        Parameters
        ----------
        now : int
            Second at the end.
        seconds : int
            Length.
        """
        self.force += self.spec.contagion * self.share * seconds / DAY
        hears = np.flatnonzero((self.since == UNHEARD) & (self.threshold <= self.force))
        self.since[hears] = now
        gone = (self.since != UNHEARD) & ~self.lost & (now >= self.since + self.lasts)
        gone[hears] = False  # interest lasts for a tick at the least
        loses = np.flatnonzero(gone)
        self.lost[loses] = True
        return hears, loses
