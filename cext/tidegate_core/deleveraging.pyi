from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["allocate", "haircuts", "queue_score"]

def queue_score(pnl: int, entry: int, leverage: float) -> float: ...
def allocate(
    rule: Literal["queue", "pro_rata", "water_filling"],
    quantity: int,
    sizes: NDArray[np.int64],
    pnls: NDArray[np.int64],
    entries: NDArray[np.int64],
    equities: NDArray[np.int64],
    notionals: NDArray[np.int64],
) -> NDArray[np.int64]: ...
def haircuts(
    rule: Literal["queue", "pro_rata", "water_filling"],
    shortfall: int,
    profits: NDArray[np.int64],
    leverages: NDArray[np.float64],
) -> NDArray[np.int64]: ...
