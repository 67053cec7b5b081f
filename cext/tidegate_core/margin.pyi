from __future__ import annotations

from typing_extensions import disjoint_base

from tidegate_core.triggers import TriggerHouse

__all__ = ["MarginHouse"]

@disjoint_base
class MarginHouse(TriggerHouse):
    @property
    def accepting(self) -> bool: ...
    @accepting.setter
    def accepting(self, value: bool) -> None: ...
    def _check(self) -> None: ...
