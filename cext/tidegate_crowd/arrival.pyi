from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["arrival_order"]

def arrival_order(keys: NDArray[np.uint32]) -> NDArray[np.int64]: ...
