from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.book import OrderBook
from typing_extensions import disjoint_base

__all__ = ["QUOTE_DTYPE", "PoissonFlow"]

QUOTE_DTYPE: np.dtype[np.void]

@disjoint_base
class PoissonFlow:
    key: int
    events: int
    time: float
    market: float
    size: int
    def __new__(
        cls,
        key: int,
        *,
        limit: ArrayLike,
        cancel: ArrayLike,
        market: float,
        size: int = 1,
        mid: int = 1_000_000_000,
    ) -> PoissonFlow: ...
    @property
    def limit(self) -> NDArray[np.float64]: ...
    @property
    def cancel(self) -> NDArray[np.float64]: ...
    def run(self, book: OrderBook, until: float, most: int = ...) -> NDArray[np.void]: ...
    def copy(self) -> PoissonFlow: ...
    def __copy__(self) -> PoissonFlow: ...
    def __deepcopy__(self, memo: Any) -> PoissonFlow: ...
    def snapshot(self) -> bytes: ...
    def restore(self, data: bytes) -> None: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def _check(self) -> None: ...
