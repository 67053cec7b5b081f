"""What savers and sponsors remember of the coins' price: a year of daily closes."""

from __future__ import annotations

import copy
from collections import deque
from typing import Any, Self

from tidegate_core.draws import log

__all__ = ["CoinHistory"]

YEAR_CLOSES = 261  # business days


class CoinHistory:
    """Closes of the last year, in micro-USD."""

    def __init__(self) -> None:
        self._closes: deque[int] = deque(maxlen=YEAR_CLOSES)
        self._high = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = copy.copy(self)
        twin._closes = self._closes.copy()
        return twin

    def close(self, price: int) -> None:
        """Add a day's close."""
        dropped = self._closes[0] if len(self._closes) == YEAR_CLOSES else 0
        self._closes.append(price)
        self._high = max(self._closes) if dropped >= self._high else max(self._high, price)

    @property
    def fall(self) -> float:
        """Fall of the last close from the year's high, 0-1."""
        return 1.0 - self._closes[-1] / self._high if self._high else 0.0

    @property
    def gain(self) -> float:
        """Log return from the oldest close to the last."""
        if not self._closes or min(self._closes[0], self._closes[-1]) <= 0:
            return 0.0
        return log(self._closes[-1] / self._closes[0])
