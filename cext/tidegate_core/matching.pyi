from __future__ import annotations

from typing import Self, SupportsIndex

from typing_extensions import disjoint_base

__all__ = ["MatchingBook"]

@disjoint_base
class MatchingBook:
    time: int
    instrument: int
    @property
    def last_filled(self) -> int: ...
    @property
    def last_remaining(self) -> int: ...
    def __new__(cls, *, max_orders: SupportsIndex = 2147483646) -> Self: ...
