"""A small market for desks: some venues and coins, spot books, an account for each desk."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core import Kind, Side
from tidegate_core.engine import Engine
from tidegate_crowd.places import Places
from tidegate_crowd.quotes import QuoteDesk

USD = 0
PRICES = (100_000.0, 4_000.0)
TICKS = (0.1, 0.01)
LOTS = (1e-5, 1e-3)  # coins
LOGS = np.log(PRICES)
DEPTH = 1e9  # USD per unit of log price: 10 M within 1 %
CALM = 0.02
RICH = 10**15  # micro-USD, and lots


class Fair:
    """Spot books of every coin on every venue; place = venue * coins + coin."""

    def __init__(self, venues: int = 1, coins: int = 1, taker_ppm: int = 0) -> None:
        names = [f"C{c}" for c in range(coins)]
        self.coins = coins
        self.engines = [
            Engine(
                assets=("USD", *names),
                instruments=[
                    {
                        "name": f"{name}-USD",
                        "base": name,
                        "quote": "USD",
                        "tick_value": round(TICKS[c] * LOTS[c] * 1e6),
                        "taker_ppm": taker_ppm,
                    }
                    for c, name in enumerate(names)
                ],
            )
            for _ in range(venues)
        ]
        self.places = Places(
            (engine, c, c, v, TICKS[c], LOTS[c])
            for v, engine in enumerate(self.engines)
            for c in range(coins)
        )

    @property
    def news(self) -> NDArray[np.float64]:
        """None at all."""
        return np.zeros(self.coins)

    @property
    def logs(self) -> NDArray[np.float64]:
        return np.array(LOGS[: self.coins])

    def open(self, usd: int = 100 * RICH, lots: int = 100 * RICH) -> int:
        """Open an account of the same number, with so much of each asset, on every venue."""
        for engine in self.engines:
            account = engine.add_accounts(1)
            engine.deposit(account, USD, usd)
            for coin in range(self.coins):
                engine.deposit(account, 1 + coin, lots)
        return account

    def desk(self, account: int | None = None, **changes: Any) -> QuoteDesk:
        account = self.open() if account is None else account
        rules = {"depth": DEPTH, "calm": CALM, **changes}
        return QuoteDesk(self.places, account, **rules)

    def take(self, account: int, side: Side, lots: int, place: int = 0) -> tuple[int, float]:
        """Trade at any price; lots and USD."""
        engine, coin = self.engines[place // self.coins], place % self.coins
        engine.take_fills()
        engine.submit(coin, account, side, 1, lots, Kind.MARKET)
        fills = engine.take_fills()
        usd = float((fills["price"] * fills["quantity"]).sum()) * TICKS[coin] * LOTS[coin]
        return int(fills["quantity"].sum()), usd

    def rest(self, account: int, side: Side, price: float, lots: int, place: int = 0) -> int:
        """Rest a post-only order at a price in USD."""
        engine, coin = self.engines[place // self.coins], place % self.coins
        return engine.submit(coin, account, side, round(price / TICKS[coin]), lots, Kind.POST_ONLY)

    def totals(self) -> list[dict[str, dict[str, int]]]:
        return [engine.audit() for engine in self.engines]

    def check(self, desks: Iterable[Any] = ()) -> None:
        """Assert every invariant: nothing is created, nobody owes, quotes are where noted."""
        self.places._check()
        for engine in self.engines:
            engine._check()
            for asset in engine.audit().values():
                assert asset["free"] + asset["reserved"] == asset["inflow"]
            assert min(int(column.min()) for column in engine.balances()) >= 0
        for desk in desks:
            if isinstance(desk, QuoteDesk):
                desk._check(self.places)
            else:
                desk._check()


def usd_of(lots: int, price: float, coin: int = 0) -> float:
    return lots * LOTS[coin] * price


def lots_of(usd: float, price: float, coin: int = 0) -> int:
    return math.floor(usd / (price * LOTS[coin]))
