"""The venue port: what traders see of a market. The only importer of the engine.

Prices are in ticks and sizes in lots at this port, as at a real venue; `ticks` and `lots`
convert from USD and coins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core import Kind, Reject, SelfTrade, Side
from tidegate_core.engine import Engine
from tidegate_core.preview import depth_to, impact

from tidegate.books import BTC, USD
from tidegate.trade_flows import AccountKinds

__all__ = ["Order", "Venue"]

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """An order on its way to the venue."""

    account: int
    side: Side
    price: int
    quantity: int
    kind: Kind
    arrival: int


class Venue:
    """One venue trading one coin against USD.

    Parameters
    ----------
    name : str
        Name of the venue.
    tick : float
        USD per price tick.
    lot : float
        Coins per lot.
    maker_ppm, taker_ppm : int
        Fees in parts per million of the notional.
    share : float
        Share of the whole market.
    matching : bool
        False refuses every order that would trade (the frozen-price control).
    """

    def __init__(
        self,
        name: str,
        *,
        tick: float,
        lot: float,
        maker_ppm: int = 0,
        taker_ppm: int = 0,
        share: float = 1.0,
        matching: bool = True,
    ) -> None:
        tick_value = tick * lot * MICRO
        if tick_value < 1 or abs(tick_value - round(tick_value)) > 1e-6:
            raise ValueError(
                f"tick {tick} x lot {lot} must be a whole number of micro-USD, got {tick_value}"
            )
        self.name = name
        self.tick = tick
        self.lot = lot
        self.share = share
        self.maker_ppm = maker_ppm
        self.taker_ppm = taker_ppm
        self.engine = Engine(
            assets=("USD", "BTC"),
            instruments=[
                {
                    "name": "BTC-USD",
                    "base": "BTC",
                    "quote": "USD",
                    "tick_value": round(tick_value),
                    "maker_ppm": maker_ppm,
                    "taker_ppm": taker_ppm,
                }
            ],
        )
        self.engine.matching = matching
        self.indicative = 0.0
        self.kinds = AccountKinds()
        self._sent: list[Order] = []

    # -- units --------------------------------------------------------------------------------

    def ticks(self, price: float) -> int:
        """Return the nearest price in ticks to a price in USD."""
        return round(price / self.tick)

    def lots(self, coins: float) -> int:
        """Return whole lots in a number of coins, rounded down."""
        return math.floor(coins / self.lot)

    def price(self, ticks: float) -> float:
        """Return a price in USD."""
        return ticks * self.tick

    # -- accounts -----------------------------------------------------------------------------

    def open_accounts(self, count: int = 1, kind: str = "") -> int:
        """Open accounts in a row, for owners of a kind such as "maker"; return the first."""
        first = self.engine.add_accounts(count)
        if kind:
            self.kinds.name(first, kind, count)
        return first

    def credit(self, account: int, asset: int, amount: int) -> None:
        """Add to an account's free balance, micro-USD or lots."""
        self._demand(self.engine.deposit(account, asset, amount), "credit", account, amount)

    def debit(self, account: int, asset: int, amount: int) -> None:
        """Take from an account's free balance, micro-USD or lots."""
        self._demand(self.engine.withdraw(account, asset, amount), "debit", account, amount)

    def _demand(self, code: int, what: str, account: int, amount: int) -> None:
        if code != Reject.OK:
            raise ValueError(
                f"{what} of {amount} on account {account} of {self.name} refused: "
                f"{Reject(code).name}"
            )

    def cash(self, account: int) -> int:
        """Return an account's free USD, micro-units."""
        return self.engine.free(account, USD)

    def coins(self, account: int) -> int:
        """Return an account's free coins, lots."""
        return self.engine.free(account, BTC)

    def totals(self) -> tuple[int, int]:
        """Return the sum of all balances, micro-USD and lots."""
        sums = self.engine.audit()
        usd, btc = (sums[name]["free"] + sums[name]["reserved"] for name in ("USD", "BTC"))
        return usd, btc

    @property
    def accepts(self) -> bool:
        """Whether orders may trade; not in an outage, or where prices are frozen as a control."""
        return bool(self.engine.matching)

    @accepts.setter
    def accepts(self, value: bool) -> None:
        self.engine.matching = value

    # -- the book -----------------------------------------------------------------------------

    @property
    def best_bid(self) -> int | None:
        """Highest resting bid, ticks."""
        return self.engine.best_bid(0)

    @property
    def best_ask(self) -> int | None:
        """Lowest resting ask, ticks."""
        return self.engine.best_ask(0)

    @property
    def mid(self) -> float | None:
        """Middle of the best quotes in ticks, None while a side is empty."""
        bid, ask = self.best_bid, self.best_ask
        return None if bid is None or ask is None else (bid + ask) / 2

    def depth_to(self, side: Side, price: int) -> int:
        """Return lots resting from the touch up to a price in ticks, that price included."""
        return depth_to(self.engine, 0, side, price)

    def depth_within(self, side: Side, fraction: float) -> int:
        """Return lots resting within a fraction of the indicative price."""
        if side is Side.BUY:
            return self.depth_to(side, math.ceil(self.indicative * (1 - fraction)))
        return self.depth_to(side, math.floor(self.indicative * (1 + fraction)))

    def marginal(self, side: Side, quantity: int) -> int | None:
        """Return the price in ticks of the last lot an order would meet; None if none rests."""
        worst = impact(self.engine, 0, side, quantity)[2]
        return None if worst is None else int(worst)

    def publish(self, quantity: int) -> None:
        """Publish an indicative price: the middle of what a quantity costs and brings.

        Keeps the last one while either side is empty.
        """
        asks = impact(self.engine, 0, Side.BUY, quantity)
        bids = impact(self.engine, 0, Side.SELL, quantity)
        if asks[0] and bids[0]:
            self.indicative = (asks[1] / asks[0] + bids[1] / bids[0]) / 2

    # -- orders -------------------------------------------------------------------------------

    def submit(
        self,
        account: int,
        side: Side,
        price: int,
        quantity: int,
        kind: Kind = Kind.LIMIT,
        stp: SelfTrade = SelfTrade.NONE,
    ) -> int:
        """Enter an order at once; return its id, or minus a Reject."""
        return self.engine.submit(0, account, side, price, quantity, kind, stp)

    def cancel(self, order: int) -> int:
        """Cancel a resting order; return 0, or minus a Reject."""
        return self.engine.cancel(order)

    def send(
        self, account: int, side: Side, price: int, quantity: int, kind: Kind, arrival: int
    ) -> None:
        """Send an order that the exchange clears at its next step, in order of arrival keys.

        Parameters
        ----------
        account, side, price, quantity, kind
            As of `submit`.
        arrival
            64-bit key drawn by the sender: orders are taken in order of keys, whoever was asked
            first.
        """
        self._sent.append(Order(account, side, price, quantity, kind, arrival))

    def clear(self) -> list[int]:
        """Enter what was sent, in arrival order; return ids or minus Rejects in that order."""
        sent = sorted(self._sent, key=lambda order: order.arrival)
        self._sent.clear()
        return [self.submit(o.account, o.side, o.price, o.quantity, o.kind) for o in sent]

    def take_fills(self) -> NDArray[Any]:
        """Return the fills since the last call as one structured array."""
        return np.asarray(self.engine.take_fills())

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.engine._check()
