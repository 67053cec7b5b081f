from typing import final

import numpy as np
from numpy.typing import NDArray

from tidegate_core.book import OrderBook
from tidegate_core.engine import Engine

__all__ = ["INSTRUCTION_DTYPE", "RecordedEngine"]

INSTRUCTION_DTYPE: np.dtype[np.void]

@final
class RecordedEngine(Engine):
    def book(self, instrument: int = 0) -> OrderBook: ...
    def take_instructions(self) -> NDArray[np.void]: ...
