from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import disjoint_base

from tidegate_crowd.places import Places

__all__ = ["ValueDesk"]

@disjoint_base
class ValueDesk:
    def __init__(
        self,
        places: Places,
        accounts: ArrayLike,
        *,
        strength: ArrayLike,
        width: ArrayLike = 0.103,
        refill: ArrayLike = 0.0,
    ) -> None: ...
    def trade(
        self,
        places: Places,
        dt: float,
        reservation: ArrayLike,
        depth: ArrayLike | None = None,
        premium: ArrayLike | None = None,
    ) -> None: ...
    def flow(self, place: int, gap: float, dt: float, depth: float = 0.0) -> float: ...
    @property
    def n(self) -> int: ...
    @property
    def coins(self) -> int: ...
    @property
    def accounts(self) -> NDArray[np.int32]: ...
    @property
    def traded(self) -> NDArray[np.float64]: ...
    def copy(self) -> ValueDesk: ...
    def __copy__(self) -> ValueDesk: ...
    def __deepcopy__(self, memo: Any) -> ValueDesk: ...
    def snapshot(self) -> bytes: ...
    def restore(self, data: bytes) -> None: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def _check(self) -> None: ...
