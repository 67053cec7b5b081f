from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core.margin_engine import MarginEngine

__all__ = ["book_events", "book_fills"]

def book_fills(
    cash: NDArray[np.int64], first: int, house: MarginEngine, liquidation: bool = False
) -> None: ...
def book_events(
    cash: NDArray[np.int64], first: int, events: NDArray[Any], surplus: bool = True
) -> None: ...
