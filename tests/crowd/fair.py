"""A small market for desks: venues, coins, spot books and perpetuals, an account for each desk."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core import Kind, Side
from tidegate_core.engine import Engine
from tidegate_core.instrument import Instrument
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual, Tier
from tidegate_core.waterfall import Waterfall
from tidegate_crowd.places import Places
from tidegate_crowd.quotes import QuoteDesk

USD = 0
PRICES = (100_000.0, 4_000.0)
TICKS = (0.1, 0.01)
LOTS = (1e-5, 1e-3)  # coins
LOGS = np.log(PRICES)
DEPTH = 1e9  # USD per unit of log price: 10 M within 1 %
CALM = 0.02
RICH = 10**17  # micro-USD, and lots

Accounts = NDArray[np.int32]


class Fair:
    """Spot books of every coin on every venue; place = venue * coins + coin.

    With `perps` as many perpetuals follow, in the same order.
    """

    def __init__(
        self,
        venues: int = 1,
        coins: int = 1,
        *,
        perps: bool = False,
        taker_ppm: int = 0,
        band_ppm: int = 0,
        waterfall: Waterfall | None = None,
        tiers: Sequence[Tier] = (Tier(10**17, maintenance_ppm=5_000, max_leverage=10),),
    ) -> None:
        self.coins = coins
        names = [f"C{c}" for c in range(coins)]
        values = [round(TICKS[c] * LOTS[c] * 1e6) for c in range(coins)]
        instruments = [
            Instrument(f"{name}-USD", name, "USD", value, taker_ppm=taker_ppm)
            for name, value in zip(names, values, strict=True)
        ]
        contracts = [
            Perpetual(
                names[c],
                tiers=tiers,
                max_price=round(3 * PRICES[c] / TICKS[c]),
                tick_value=values[c],
                taker_ppm=taker_ppm,
                band_ppm=band_ppm,
            )
            for c in range(coins)
        ]
        self.spot = [Engine(instruments, 0, ("USD", *names)) for _ in range(venues)]
        self.margin = [
            MarginEngine(contracts=contracts, waterfall=waterfall or Waterfall(fund=10**15))
            for _ in range(venues if perps else 0)
        ]
        self.mark()
        self.engines: list[Any] = [*self.spot, *self.margin]
        self.places = Places(
            (engine, c, c, v % venues, TICKS[c], LOTS[c])
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

    def mark(self, factor: float = 1.0) -> None:
        """Mark every perpetual at a multiple of its price."""
        for engine in self.margin:
            engine.set_marks([round(factor * PRICES[c] / TICKS[c]) for c in range(self.coins)])

    def open(self, usd: int = RICH, lots: int = RICH, leverage: int = 10) -> Accounts:
        """Open an account with so much of each asset on every engine; its number by place."""
        numbers = []
        for engine in self.engines:
            account = engine.add_accounts(1)
            numbers += [account] * self.coins
            assert engine.deposit(account, USD, usd) == 0
            for coin in range(self.coins):
                if isinstance(engine, Engine):
                    assert engine.deposit(account, 1 + coin, lots) == 0
                else:
                    assert engine.set_leverage(account, coin, leverage) == 0
        return np.array(numbers, dtype=np.int32)

    def desk(self, accounts: Accounts | None = None, **changes: Any) -> QuoteDesk:
        rules = {"depth": DEPTH, "calm": CALM, **changes}
        return QuoteDesk(self.places, self.open() if accounts is None else accounts, **rules)

    def take(self, accounts: Accounts, side: Side, lots: int, place: int = 0) -> tuple[int, float]:
        """Trade at any price; lots and USD."""
        engine, coin = self.engines[place // self.coins], place % self.coins
        engine.take_fills()
        engine.submit(coin, int(accounts[place]), side, 1, lots, Kind.MARKET)
        fills = engine.take_fills()
        usd = float((fills["price"] * fills["quantity"]).sum()) * TICKS[coin] * LOTS[coin]
        return int(fills["quantity"].sum()), usd

    def rest(self, accounts: Accounts, side: Side, price: float, lots: int, place: int = 0) -> int:
        """Rest a post-only order at a price in USD; its id."""
        engine, coin = self.engines[place // self.coins], place % self.coins
        ticks = round(price / TICKS[coin])
        order = engine.submit(coin, int(accounts[place]), side, ticks, lots, Kind.POST_ONLY)
        assert order > 0
        return int(order)

    def check(self, desks: Iterable[Any] = ()) -> None:
        """Assert every invariant: nothing is created, nobody owes, quotes are where noted."""
        self.places._check()
        for engine in self.engines:
            engine._check()
        for engine in self.spot:
            for asset in engine.audit().values():
                assert asset["free"] + asset["reserved"] == asset["inflow"]
            assert min(int(column.min()) for column in engine.balances()) >= 0
        for desk in desks:
            if isinstance(desk, QuoteDesk):
                desk._check(self.places)
            else:
                desk._check()


def lots_of(usd: float, price: float, coin: int = 0) -> int:
    return math.floor(usd / (price * LOTS[coin]))
