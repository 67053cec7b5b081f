from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.margin import MarginHouse

from tidegate_crowd.leveraged_trading import LeveragedTrading

__all__ = ["LeveragedCrowd"]

class LeveragedCrowd(LeveragedTrading):
    def wake(
        self,
        house: MarginHouse,
        now: float,
        stress: ArrayLike,
        momentum: ArrayLike,
        cap: int | None = None,
        appetite: ArrayLike | None = None,
    ) -> int: ...
    def alert(self, house: MarginHouse) -> int: ...
    def notice(self, house: MarginHouse, events: NDArray[np.void]) -> int: ...
    def leave(self, house: MarginHouse, accounts: ArrayLike) -> int: ...
    def copy(self) -> LeveragedCrowd: ...
    def __deepcopy__(self, memo: Any) -> LeveragedCrowd: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
