from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import disjoint_base

from tidegate_crowd.places import Places

__all__ = ["BasisDesk", "unwind"]

@disjoint_base
class BasisDesk:
    def __init__(
        self,
        places: Places,
        accounts: ArrayLike,
        *,
        calm_depth: ArrayLike,
        rate: float = 0.92,
        edge: float = 5e-4,
        cap: float = 0.5,
        slip: float = 0.01,
    ) -> None: ...
    def trade(
        self, places: Places, dt: float, depth: ArrayLike, premium: ArrayLike | None = None
    ) -> None: ...
    def exposure(self, places: Places) -> NDArray[np.float64]: ...
    @property
    def n(self) -> int: ...
    @property
    def coins(self) -> int: ...
    @property
    def links(self) -> list[tuple[int, int]]: ...
    @property
    def accounts(self) -> NDArray[np.int32]: ...
    @property
    def traded(self) -> NDArray[np.float64]: ...
    def copy(self) -> BasisDesk: ...
    def __copy__(self) -> BasisDesk: ...
    def __deepcopy__(self, memo: Any) -> BasisDesk: ...
    def snapshot(self) -> bytes: ...
    def restore(self, data: bytes) -> None: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def _check(self) -> None: ...

def unwind(
    places: Places,
    account: int,
    dt: float,
    depth: ArrayLike,
    *,
    tau: float = 1070.0,
    share: float = 3e-4,
    band: float = 0.01,
) -> NDArray[np.int64]: ...
