"""Let a model be forgotten: up to version 3.3 Mesa holds on to every model that has had an agent.

Its counters of agents' ids are in a dictionary of the class, keyed by model. A study of thousands
of runs in one process would keep them all. Here the dictionary is replaced by one with weak keys;
ids stay as they are. Later versions count in the model itself and need nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import mesa

__all__ = ["count_weakly"]


class _Counters(WeakKeyDictionary[Any, Iterator[int]]):
    def __getitem__(self, model: Any) -> Iterator[int]:
        if model not in self:
            self[model] = itertools.count(1)
        return super().__getitem__(model)


def count_weakly() -> None:
    """Replace Mesa's counters of agents, if it is a Mesa that keeps models alive by them."""
    counters = getattr(mesa.Agent, "_ids", None)
    if isinstance(counters, dict):
        weak = _Counters()
        for model, counter in counters.items():
            weak[model] = counter
        mesa.Agent._ids = weak
