from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

from tidegate_core.margin import MarginHouse
from tidegate_core.waterfall import Waterfall

__all__ = ["LIQUIDATION_DTYPE", "TakeoverDesk"]

LIQUIDATION_DTYPE: np.dtype[np.void]

@disjoint_base
class TakeoverDesk:
    def __new__(cls, policy: Waterfall) -> Self: ...
    @property
    def policy(self) -> Waterfall: ...
    def take_events(self) -> NDArray[np.void]: ...
    def _check(self, house: MarginHouse | None = None) -> None: ...
