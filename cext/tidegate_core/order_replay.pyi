from __future__ import annotations

from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from tidegate_core.book import OrderBook

__all__ = ["FINDING_DTYPE", "ORDER_FAULTS", "OrderReplay"]

FINDING_DTYPE: np.dtype[np.void]
ORDER_FAULTS: Final[tuple[str, ...]]

@final
class OrderReplay:
    @property
    def book(self) -> OrderBook: ...
    @property
    def patience(self) -> int: ...
    @property
    def keeps_volume(self) -> bool: ...
    @property
    def counts(self) -> dict[str, Any]: ...
    def __new__(cls, patience: int, keeps_volume: bool) -> OrderReplay: ...
    def replay(self, events: NDArray[np.int64]) -> None: ...
    def mismatches(self) -> NDArray[np.void]: ...
    def _check(self) -> None: ...
