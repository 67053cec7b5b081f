from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from typing_extensions import disjoint_base

from tidegate_core.instrument import Instrument

__all__ = ["ClearingHouse"]

@disjoint_base
class ClearingHouse:
    def __new__(
        cls,
        instruments: Sequence[Instrument | Mapping[str, Any]],
        accounts: int = 0,
        assets: Sequence[str] | None = None,
    ) -> Self: ...
    def _check(self) -> None: ...
