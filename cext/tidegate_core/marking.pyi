from __future__ import annotations

from collections.abc import Sequence

from tidegate_core.margin_engine import MarginEngine
from tidegate_core.mark import FundingClock, MarkPrice

__all__ = ["take_marks"]

def take_marks(
    house: MarginEngine,
    time: int,
    index: Sequence[int],
    marks: list[MarkPrice],
    clocks: list[FundingClock],
) -> tuple[list[int], list[tuple[int, int]]]: ...
