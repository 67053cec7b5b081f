from __future__ import annotations

from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from tidegate_core.book import OrderBook

__all__ = ["FAULTS", "MISMATCH_DTYPE", "LobsterReplay"]

FAULTS: Final[tuple[str, ...]]
MISMATCH_DTYPE: np.dtype[np.void]

@final
class LobsterReplay:
    @property
    def book(self) -> OrderBook: ...
    @property
    def levels(self) -> int: ...
    @property
    def counts(self) -> dict[str, Any]: ...
    @property
    def tick(self) -> int: ...
    def __new__(cls, levels: int, tick: int = 1) -> LobsterReplay: ...
    def replay(self, messages: NDArray[np.int64], rows: NDArray[np.int64]) -> int: ...
    def mismatches(self) -> NDArray[np.void]: ...
    def _check(self) -> None: ...
