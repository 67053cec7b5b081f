"""What every market is to Mesa and to its users: time, copies, the collector, the digest."""

from __future__ import annotations

import copy
import random
from typing import Any, Self

import mesa
import polars as pl

from tidegate.clock import tick_ahead
from tidegate.mesa_collector import TapeCollector
from tidegate.mesa_counters import count_weakly

__all__ = ["World"]

count_weakly()


class World(mesa.Model):  # type: ignore[misc]
    """A running market whose past is on a tape.

    A market gives it a `tape` and counts its ticks in `tick`; `step` is one of them, and `ticks`
    tells what happened in each.

    Parameters
    ----------
    seed : int
        Seed: with the scenario it fixes every bit of the run.
    """

    tape: Any

    def __init__(self, seed: int) -> None:
        super().__init__(rng=seed)
        self.random.seed(seed)
        self.seed = seed
        self._collector: mesa.DataCollector | None = None

    @property
    def tick(self) -> int:
        """The number of ticks that have passed."""
        raise NotImplementedError

    def run_until(self, tick: int) -> None:
        """Advance until `tick` ticks have passed."""
        tick = tick_ahead(tick, self.tick)
        while self.tick < tick:
            self.step()

    def fork(self) -> Self:
        """Return a copy of the running world that continues bit for bit as this one would."""
        # Mesa's own random state is a tuple of 625 numbers, which copy would look at one by one.
        twin = random.Random()
        twin.setstate(self.random.getstate())
        return copy.deepcopy(self, {id(self.random): twin})

    def ticks(self) -> pl.DataFrame:
        """Return the whole market tick by tick."""
        raise NotImplementedError

    @property
    def datacollector(self) -> mesa.DataCollector:
        """Mesa's collector: by default one that takes the columns of `ticks` from the tape."""
        if self._collector is None:
            self._collector = TapeCollector()
        if isinstance(self._collector, TapeCollector):
            self._collector.collect(self)
        return self._collector

    @datacollector.setter
    def datacollector(self, collector: mesa.DataCollector) -> None:
        self._collector = collector

    def digest(self) -> str:
        """Return a hash of everything that has happened."""
        digest: str = self.tape.digest
        return digest
