"""The board on which the levers in force are posted: written by the model, read by agents."""

from __future__ import annotations

from dataclasses import dataclass, field

from tidegate.scenario.levers import Levers

__all__ = ["Board"]


@dataclass(slots=True)
class Board:
    """The levers in force now."""

    now: Levers = field(default_factory=Levers)
