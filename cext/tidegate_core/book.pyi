from __future__ import annotations

from typing import Any, SupportsIndex, TypedDict, final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

from tidegate_core.matching import MatchingBook

__all__ = ["EXPIRED_DTYPE", "FILL_DTYPE", "OrderBook"]

FILL_DTYPE: np.dtype[np.void]
EXPIRED_DTYPE: np.dtype[np.void]

class _Order(TypedDict):
    order_id: int
    owner: int
    side: int
    price: int
    quantity: int
    kind: int
    stp: int

_Column = NDArray[np.int64] | Buffer

@final
class OrderBook(MatchingBook):
    def submit(
        self,
        side: SupportsIndex,
        price: SupportsIndex,
        quantity: SupportsIndex,
        owner: SupportsIndex = 0,
        kind: SupportsIndex = 0,
        stp: SupportsIndex = 0,
    ) -> int: ...
    def cancel(self, order_id: SupportsIndex) -> int: ...
    def replace(
        self, order_id: SupportsIndex, price: SupportsIndex, quantity: SupportsIndex
    ) -> int: ...
    def submit_many(
        self,
        *,
        side: _Column,
        price: _Column,
        quantity: _Column,
        op: _Column | None = None,
        owner: _Column | None = None,
        kind: _Column | None = None,
        stp: _Column | None = None,
        order_id: _Column | None = None,
    ) -> NDArray[np.int64]: ...
    def __len__(self) -> int: ...
    @property
    def best_bid(self) -> int | None: ...
    @property
    def best_ask(self) -> int | None: ...
    def depth(
        self, side: SupportsIndex, levels: SupportsIndex = 10
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
    def queue(self, price: SupportsIndex) -> list[tuple[int, int, int]]: ...
    def order(self, order_id: SupportsIndex) -> _Order | None: ...
    def impact(
        self, side: SupportsIndex, quantity: SupportsIndex
    ) -> tuple[int, int, int | None]: ...
    def trades(self) -> NDArray[np.void]: ...
    def expirations(self) -> NDArray[np.void]: ...
    def clear_trades(self) -> None: ...
    def take_trades(self) -> NDArray[np.void]: ...
    def copy(self) -> OrderBook: ...
    def __copy__(self) -> OrderBook: ...
    def __deepcopy__(self, memo: Any) -> OrderBook: ...
    def snapshot(self) -> bytes: ...
    def restore(self, data: bytes) -> None: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def _check(self) -> None: ...
