"""Accounts that hold two coins on margin: the leveraged market with portfolios, cross or isolated.

Tests import this where they use it: no others need the leveraged market.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tidegate.agents.leveraged_exchange import LeveragedExchange
from tidegate.leveraged_model import LeveragedMarket

__all__ = ["UNRELATED", "CrossMarket", "IsolatedMarket"]

HOLDERS: Final = 250  # simulated accounts an exchange
REAL: Final = 1_000  # accounts that each stands for: tiers look at one of them
SHARE: Final = 0.3  # of an exchange's open interest in each of the two coins
LEVERAGE: Final = (5.0, 20.0)  # of a portfolio, uniform in one over it
RESERVE: Final = 2  # margin of their counterpart over its position: no fall or rise reaches it

# Coins whose values have nothing in common, and whose makers look at no other: the news moves
# small coins alone, and only who holds both connects them with BTC.
UNRELATED: Final[dict[str, Any]] = {
    "quotes.coupling": 0.0,
    "news.volatility": 0.0,
    "coins.BTC.own_volatility": 0.0135,
    **{f"coins.{coin}.beta": 0.0 for coin in ("BTC", "ETH", "SOL")},
}


class CrossMarket(LeveragedMarket):
    """A market in which some hold BTC and small coins on one margin."""

    cross = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        coins = [coin.name for coin in self.spec.coins]
        pair = coins.index("BTC"), coins.index("SMALL")
        for exchange in self.exchanges:
            lots = [int(SHARE * exchange.margin.open_interest(c)) // HOLDERS for c in pair]
            self._bring(exchange, _move_in(exchange, pair, lots, cross=self.cross))


class IsolatedMarket(CrossMarket):
    """A market in which they hold them too, but each on a margin of its own."""

    cross = False


def _move_in(
    exchange: LeveragedExchange, pair: tuple[int, int], lots: list[int], *, cross: bool
) -> int:
    """Open the portfolios and one account that is short what they hold; return micro-USD paid."""
    margin = exchange.margin
    first: int = margin.add_accounts(HOLDERS + 1, np.append(np.full(HOLDERS, REAL), 1))
    account = first + np.arange(HOLDERS + 1)
    low, high = 1.0 / LEVERAGE[1], 1.0 / LEVERAGE[0]
    rate = low + (high - low) * (np.arange(HOLDERS) + 0.5) / HOLDERS
    brought = 0
    for contract, count in zip(pair, lots, strict=True):
        size = np.append(np.full(HOLDERS, count), -HOLDERS * count).astype(np.int64)
        entry = size * (exchange.index[contract] * exchange.units[contract])
        paid = _paid(rate, entry)
        margins = np.zeros_like(paid) if cross else np.append(paid[:-1], 0)
        leverage = np.full(HOLDERS + 1, round(LEVERAGE[0]), dtype=np.int64)
        margin.endow(contract, account, size, entry, margins, leverage=leverage, deposit=paid)
        brought += int(paid.sum())
    return brought


def _paid(rate: NDArray[np.float64], entry: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what each brings for a position: holders a part of it, their counterpart more."""
    parts = np.ceil(rate * entry[:-1]).astype(np.int64)
    return np.append(parts, RESERVE * abs(int(entry[-1])))
