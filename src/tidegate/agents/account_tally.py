"""What each account of a leveraged public made: profit after costs, and the stake behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core.margin_engine import MarginEngine
from tidegate_crowd.tally import book_events, book_fills

__all__ = ["AccountTally"]

_Ints = NDArray[np.int64]
PPB = 1_000_000_000


class AccountTally:
    """Books trades, costs and liquidation by account, so that new money is no profit.

    Profit is what trades and marks made, less fees, funding and what liquidation took. Whatever
    else an account's wealth grew by is money that its owner brought: the stake is the wealth at
    the start and that.

    Parameters
    ----------
    margin : MarginEngine
        The venue; all prices are its own.
    first, count : int
        The accounts.
    units : sequence of int
        Micro-USD of a tick on a lot, by contract.
    prices : sequence of int
        By contract, ticks: at which the wealth at the start is counted.
    """

    def __init__(
        self,
        margin: MarginEngine,
        first: int,
        count: int,
        units: Sequence[int],
        prices: Sequence[int],
    ) -> None:
        self.first = first
        self.count = count
        self._units = np.array(units, dtype=np.int64)
        self._surplus = margin.waterfall.surplus == "fund"
        self._cash: _Ints = np.zeros(count, dtype=np.int64)  # of trades, fees, funding and so on
        self._worth = self._positions(margin, np.array(prices, dtype=np.int64))
        self._wealth = self._wealth_of(margin, self._worth)

    # -- what happens -------------------------------------------------------------------------

    def trade(self, margin: MarginEngine, *, liquidation: bool = False) -> None:
        """Book the fills not yet taken; a liquidation engine's own orders pay no fee."""
        book_fills(self._cash, self.first, margin, liquidation)

    def fund(self, margin: MarginEngine, contract: int, rate_ppb: int) -> None:
        """Book a payment of funding before it is made."""
        rows = margin.positions()
        rows = rows[(rows["contract"] == contract) & (rows["size"] != 0)]
        worth = rows["size"] * ((margin.mark(contract) or 0) * int(self._units[contract]))
        self._add(rows["account"], np.rint(worth * (-rate_ppb / PPB)).astype(np.int64))

    def liquidate(self, events: NDArray[Any]) -> None:
        """Book what the liquidation engine did away from the books."""
        book_events(self._cash, self.first, events, self._surplus)

    def pay(self, account: _Ints, amount: _Ints) -> None:
        """Book compensation."""
        self._add(account, amount)

    def _add(self, account: NDArray[Any], amount: NDArray[Any]) -> None:
        row = account.astype(np.int64) - self.first
        ours = (row >= 0) & (row < self.count)
        np.add.at(self._cash, row[ours], amount[ours].astype(np.int64))

    # -- reading ------------------------------------------------------------------------------

    def _positions(self, margin: MarginEngine, prices: _Ints) -> _Ints:
        """Return what each account's positions are worth, signed, micro-USD."""
        rows = self._ours(margin.positions())
        worth = np.zeros(self.count, dtype=np.int64)
        unit = prices * self._units
        np.add.at(worth, rows["account"] - self.first, rows["size"] * unit[rows["contract"]])
        return worth

    def _ours(self, rows: NDArray[Any]) -> NDArray[Any]:
        account = rows["account"]
        return rows[(account >= self.first) & (account < self.first + self.count)]

    def _wealth_of(self, margin: MarginEngine, worth: _Ints) -> _Ints:
        """Return cash and isolated equity by account, micro-USD."""
        rows = self._ours(margin.positions())
        wealth: _Ints = margin.balances()[self.first : self.first + self.count, 0] + worth
        np.add.at(wealth, rows["account"] - self.first, rows["margin"] - rows["entry"])
        return wealth

    def results(self, margin: MarginEngine) -> tuple[_Ints, _Ints]:
        """Return stake and profit by account at the marks, micro-USD."""
        marks = [margin.mark(c) or 0 for c in range(len(self._units))]
        worth = self._positions(margin, np.array(marks, dtype=np.int64))
        profit: _Ints = self._cash + worth - self._worth
        brought = self._wealth_of(margin, worth) - self._wealth - profit
        return self._wealth + np.maximum(brought, 0), profit
