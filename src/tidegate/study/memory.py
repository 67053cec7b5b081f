"""Give back the memory of worlds that have ended.

A model and its agents hold each other, so only Python's cycle collector frees them. It comes by
the number of new objects and knows nothing of the gigabytes that a few of them hold.
"""

from __future__ import annotations

import gc
import time
from typing import Final

__all__ = ["WorldCollector"]

SHARE: Final = 0.05


class WorldCollector:
    """Collects cycles whenever that has not been done lately.

    Parameters
    ----------
    share
        Most of the time that may go into it. Worlds that come and go within milliseconds are
        small, and can wait.
    """

    def __init__(self, share: float = SHARE) -> None:
        self._share = share
        self._next = 0.0

    def collect(self) -> bool:
        """Free what is in cycles, unless it is too soon; return whether it was done."""
        begun = time.perf_counter()
        if begun < self._next:
            return False
        gc.collect()
        ended = time.perf_counter()
        self._next = ended + (ended - begun) / self._share
        return True
