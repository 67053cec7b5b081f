from __future__ import annotations

from typing_extensions import disjoint_base

from tidegate_core.holdings import Holdings

__all__ = ["TriggerHouse"]

@disjoint_base
class TriggerHouse(Holdings):
    @property
    def liquidating(self) -> bool: ...
    @liquidating.setter
    def liquidating(self, value: bool) -> None: ...
