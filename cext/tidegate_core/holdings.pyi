from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from typing_extensions import disjoint_base

from tidegate_core.perpetual import Collateral, Perpetual
from tidegate_core.waterfall import Waterfall

__all__ = ["Holdings"]

@disjoint_base
class Holdings:
    def __new__(
        cls,
        settlement: str = "USD",
        contracts: Sequence[Perpetual | Mapping[str, Any]] = (),
        collateral: Sequence[Collateral | Mapping[str, Any]] = (),
        accounts: int = 0,
        waterfall: Waterfall | None = None,
    ) -> Self: ...
    def _check(self) -> None: ...
    def _check_records(self) -> None: ...
