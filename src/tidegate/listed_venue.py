"""A listed market's port: shares of one fund against USD, in call auctions and continuously.

It stands beside the venues of coins on the same engine. A share is one lot. Towards the books it
speaks in their assets, so that an audit compares like with like.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core import Kind, Reject, SelfTrade, Side
from tidegate_core.engine import Engine

from tidegate.books import USD
from tidegate.call_auction import Call, clear_call
from tidegate.venue import Order

__all__ = ["ListedVenue"]

MICRO = 1_000_000
SHARES = 1  # the engine's own number of the asset that trades


class ListedVenue:
    """One stock exchange's book of one fund.

    Parameters
    ----------
    name : str
        Name of the venue, also of its omnibus account in the books.
    assets : sequence of str
        Assets of the books, in their order; `ticker` is one of them.
    ticker : str
        What trades.
    tick : float
        USD per price tick; a whole number of micro-USD.
    """

    def __init__(
        self, name: str, *, assets: Sequence[str], ticker: str, tick: float = 0.01
    ) -> None:
        if ticker not in assets:
            raise ValueError(f"ticker is {ticker!r}; the books keep {tuple(assets)}")
        tick_value = round(tick * MICRO)
        if tick_value < 1 or abs(tick * MICRO - tick_value) > 1e-6:
            raise ValueError(f"tick is {tick}; it must be a whole number of micro-USD")
        self.name = name
        self.ticker = ticker
        self.tick = tick
        self.tick_value = tick_value
        self.asset = tuple(assets).index(ticker)
        self._assets = len(assets)
        self.engine = Engine(
            assets=("USD", ticker),
            instruments=[
                {"name": f"{ticker}-USD", "base": ticker, "quote": "USD", "tick_value": tick_value}
            ],
        )
        self.last = 0  # price of the last trade, ticks
        self._sent: list[Order] = []
        self._resting: list[int] = []

    # -- accounts -----------------------------------------------------------------------------

    def open_accounts(self, count: int = 1) -> int:
        """Open accounts in a row; return the first."""
        return self.engine.add_accounts(count)

    def _own(self, asset: int) -> int:
        if asset == USD:
            return USD
        if asset == self.asset:
            return SHARES
        raise ValueError(f"asset is {asset}; {self.name} keeps {USD} (USD) and {self.asset}")

    def credit(self, account: int, asset: int, amount: int) -> None:
        """Add to an account's free balance, in the books' asset numbers."""
        self._demand(self.engine.deposit(account, self._own(asset), amount), "credit", account)

    def debit(self, account: int, asset: int, amount: int) -> None:
        """Take from an account's free balance, in the books' asset numbers."""
        self._demand(self.engine.withdraw(account, self._own(asset), amount), "debit", account)

    def transfer(self, asset: int, source: int, target: int, amount: int) -> None:
        """Move between two accounts here: a loan of shares, a fee."""
        code = self.engine.transfer(self._own(asset), source, target, amount)
        self._demand(code, "transfer", source)

    def _demand(self, code: int, what: str, account: int) -> None:
        if code != Reject.OK:
            raise ValueError(
                f"{what} on account {account} of {self.name} refused: {Reject(code).name}"
            )

    def cash(self, account: int) -> int:
        """Return an account's free cash, micro-USD."""
        return self.engine.free(account, USD)

    def shares(self, account: int) -> int:
        """Return an account's free shares."""
        return self.engine.free(account, SHARES)

    def shares_held(self, account: int) -> int:
        """Return an account's shares, with those in its orders."""
        return self.engine.free(account, SHARES) + self.engine.reserved(account, SHARES)

    def cash_held(self, account: int) -> int:
        """Return an account's cash, with that in its orders, micro-USD."""
        return self.engine.free(account, USD) + self.engine.reserved(account, USD)

    def totals(self) -> tuple[int, ...]:
        """Return the sum of all balances by asset of the books; 0 for what is not kept here."""
        sums = self.engine.audit()
        held = [0] * self._assets
        for asset, name in ((USD, "USD"), (self.asset, self.ticker)):
            held[asset] = sums[name]["free"] + sums[name]["reserved"]
        return tuple(held)

    # -- orders -------------------------------------------------------------------------------

    def send(
        self, account: int, side: Side, price: int, quantity: int, kind: Kind, arrival: int
    ) -> None:
        """Send an order that trades at the next `call` or `clear`, in order of arrival keys."""
        if quantity > 0 and price > 0:
            self._sent.append(Order(account, side, price, quantity, kind, arrival))

    def _take_sent(self) -> list[Order]:
        sent = sorted(self._sent, key=lambda order: order.arrival)
        self._sent.clear()
        return sent

    def empty_book(self) -> None:
        """Cancel all that rests: orders are for a phase."""
        for order in self._resting:
            self.engine.cancel(order)
        self._resting.clear()

    def clear(self, low: int = 1, high: int | None = None) -> list[int]:
        """Trade continuously what was sent; return ids or minus Rejects in order of arrival.

        Parameters
        ----------
        low, high : int
            Price band, ticks: an order beyond it is entered at its limit.
        """
        entered = []
        for o in self._take_sent():
            price = max(low, o.price if high is None else min(high, o.price))
            entered.append(self._enter(o.account, o.side, price, o.quantity, o.kind))
        return entered

    def _enter(self, account: int, side: Side, price: int, quantity: int, kind: Kind) -> int:
        order = self.engine.submit(0, account, side, price, quantity, kind, SelfTrade.EXPIRE_TAKER)
        if order > 0 and kind == Kind.LIMIT:
            self._resting.append(order)
        return order

    def call(self, reference: int) -> Call:
        """Clear all that was sent at one price; what is left of limit orders then rests.

        An account's orders that it could not pay in full, after its earlier ones, are refused.
        """
        self.empty_book()
        orders = self._payable(self._take_sent())
        bids = [o for o in orders if o.side == Side.BUY]
        asks = [o for o in orders if o.side == Side.SELL]
        call = clear_call(
            [(o.price, o.quantity) for o in bids], [(o.price, o.quantity) for o in asks], reference
        )
        # At one price, and for equal totals, the engine fills every one of these in full.
        filled = (*zip(asks, call.sold, strict=True), *zip(bids, call.bought, strict=True))
        if call.price is not None:
            for o, quantity in filled:
                if quantity:
                    code = self.engine.submit(
                        0, o.account, o.side, call.price, quantity, Kind.LIMIT, SelfTrade.NONE
                    )
                    assert code > 0, f"auction order of account {o.account}: {Reject(-code).name}"
        for o, quantity in filled:
            if o.kind == Kind.LIMIT and o.quantity > quantity:
                self._enter(o.account, o.side, o.price, o.quantity - quantity, o.kind)
        return call

    def _payable(self, orders: list[Order]) -> list[Order]:
        left: dict[tuple[int, int], int] = {}
        kept = []
        for o in orders:
            buys = o.side == Side.BUY
            cost = o.price * o.quantity * self.tick_value if buys else o.quantity
            key = (o.account, USD if buys else SHARES)
            free = left.setdefault(key, self.engine.free(*key))
            if cost <= free:
                left[key] = free - cost
                kept.append(o)
        return kept

    # -- reading ------------------------------------------------------------------------------

    @property
    def best_bid(self) -> int | None:
        """Highest resting bid, ticks."""
        return self.engine.best_bid(0)

    @property
    def best_ask(self) -> int | None:
        """Lowest resting ask, ticks."""
        return self.engine.best_ask(0)

    def take_fills(self) -> NDArray[Any]:
        """Return the fills since the last call as one structured array; notes the last price."""
        fills = np.asarray(self.engine.take_fills())
        if len(fills):
            self.last = int(fills["price"][-1])
        return fills

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.engine._check()
