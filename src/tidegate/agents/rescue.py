"""Equity for one account that is too large to fall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tidegate.agents.leveraged_exchange import LeveragedExchange

__all__ = ["inject"]

USD = 0


def inject(exchanges: Sequence[LeveragedExchange], amount: int) -> LeveragedExchange:
    """Add to the margin of the largest isolated position on any exchange.

    Parameters
    ----------
    exchanges
        All there are.
    amount
        Micro-USD, new money.

    Returns
    -------
    LeveragedExchange
        The one that received it.
    """
    found = [(_largest(exchange), at) for at, exchange in enumerate(exchanges)]
    (_, account, contract), at = max(found, key=lambda entry: (entry[0][0], -entry[1]))
    margin = exchanges[at].margin
    codes = [margin.deposit(account, USD, amount), margin.add_margin(account, contract, amount)]
    assert not any(codes), f"{exchanges[at].name} refused {amount} micro-USD: {codes}"
    return exchanges[at]


def _largest(exchange: LeveragedExchange) -> tuple[int, int, int]:
    """Return notional, account and contract of the largest isolated position; 0, 0, 0 if none."""
    rows = exchange.margin.positions()
    rows = rows[(rows["isolated"] != 0) & (rows["size"] != 0)]
    if not len(rows):
        return 0, 0, 0
    marks = [(exchange.margin.mark(c) or 0) * unit for c, unit in enumerate(exchange.units)]
    notional = np.abs(rows["size"]) * np.array(marks, dtype=np.int64)[rows["contract"]]
    # The table has no order of its own: of equals the first account counts.
    best = min(np.flatnonzero(notional == notional.max()), key=lambda i: int(rows["account"][i]))
    row = rows[best]
    return int(notional[best]), int(row["account"]), int(row["contract"])
