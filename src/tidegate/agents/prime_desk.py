"""A trading desk with working capital of its own at the venues, and a payer that can run dry."""

from __future__ import annotations

from typing import Any

from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import USD

__all__ = ["PrimeDesk"]


class PrimeDesk(TradingDesk):
    """Keeps cash at the venues, so that a hedge need not wait for a wire.

    Parameters
    ----------
    working_cash : int
        Cash to keep at the venues, all together, micro-USD.
    **desk
        As of `TradingDesk`. Its payer is a party that cannot overdraw.
    """

    def __init__(self, *, working_cash: int, **desk: Any) -> None:
        super().__init__(**desk)
        self.working_cash = working_cash

    def _need(self) -> int:
        there = self._cash + self.in_transit
        payable = there + self.books.balance(self.payer, USD)
        return min(max(self.backlog, self.working_cash), payable)
