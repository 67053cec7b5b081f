"""A network of candidates who also look at other classes: states at plans, plans at funds.

What the others' example adds to the rate of adoption is an assumption (`LinksSpec`).
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.agents.diffusion import AdoptionNetwork

__all__ = ["LinkedNetwork", "link"]


class LinkedNetwork(AdoptionNetwork):
    """Candidates who look at their peers and, by `strength`, at the classes in `others`."""

    strength: float = 0.0
    others: tuple[AdoptionNetwork, ...] = ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return a network of its own that looks at the copies of the others."""
        twin = self.__copy__()
        memo[id(self)] = twin  # the others look back
        twin.others = tuple(deepcopy(other, memo) for other in self.others)
        return twin

    @property
    def example(self) -> float:
        """Mean share of the other classes that has adopted; 0 where there is none."""
        return sum(other.share for other in self.others) / max(1, len(self.others))

    def step(
        self, tick_key: int, years: float, *, friction: ArrayLike = 0.0, **seen: Any
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Let a stretch of time pass; the others' example comes off what stands in the way."""
        pushed = self._column("friction", friction) - self.strength * self.example
        return super().step(tick_key, years, friction=pushed, **seen)


def link(networks: Iterable[LinkedNetwork], strength: float) -> None:
    """Let each look at all the others."""
    all_of_them = tuple(networks)
    for network in all_of_them:
        network.strength = strength
        network.others = tuple(other for other in all_of_them if other is not network)
