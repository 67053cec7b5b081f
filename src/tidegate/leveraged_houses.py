"""Exchanges of a leveraged world while it is built: their engines, and accounts with capital."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core.engine import Engine
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual
from tidegate_core.waterfall import Waterfall
from tidegate_crowd.places import Places

from tidegate.books import Books
from tidegate.collateral_assembly import instruments_of, margin_terms
from tidegate.scenario.leveraged import ExchangeSpec, LeveragedScenario
from tidegate.scenario.venue_rules import VenueRules, to_core

__all__ = ["NETWORK", "PRICE_ROOM", "USD", "WORLD", "House", "Houses"]

MICRO = 1_000_000
USD = 0
NETWORK, WORLD = "network", "world"
PRICE_ROOM = 8.0  # the highest price the engines take, over the first


@dataclass(slots=True)
class House:
    """One exchange: its rules and its engines."""

    spec: ExchangeSpec
    rules: VenueRules
    spot: Engine
    margin: MarginEngine
    perpetuals: list[Perpetual]


ByCoin = Callable[[House, int], float]
Opened = Callable[[House], int]


class Houses:
    """All exchanges of a scenario, and what they have received from outside.

    Parameters
    ----------
    spec : LeveragedScenario
        Exchanges, coins and collateral.
    assets : sequence of str
        What accounts hold, cash first.
    books : Books
        Where every deposit is booked: cash comes from `WORLD`, coins come from `NETWORK`.
    """

    def __init__(self, spec: LeveragedScenario, assets: Sequence[str], books: Books) -> None:
        self.spec = spec
        self.assets = tuple(assets)
        self.books = books
        self._houses = [self._house(exchange) for exchange in spec.exchanges]

    def __iter__(self) -> Iterator[House]:
        return iter(self._houses)

    def __getitem__(self, number: int) -> House:
        return self._houses[number]

    # -- engines ------------------------------------------------------------------------------

    def _house(self, exchange: ExchangeSpec) -> House:
        rules = self.spec.rules(exchange)
        listed = [
            to_core(
                rules,
                coin.name,
                tick=coin.tick,
                lot=coin.lot,
                max_price=PRICE_ROOM * coin.price,
            )
            for coin in self.spec.coins
        ]
        perpetuals = [perpetual for perpetual, _ in listed]
        waterfall: Waterfall = listed[0][1]
        self.books.open(exchange.name)
        house = House(
            exchange,
            rules,
            Engine(assets=self.assets, instruments=self._instruments(exchange, rules)),
            MarginEngine(
                "USD",
                contracts=perpetuals,
                collateral=margin_terms(self.spec.collateral, rules),
                waterfall=waterfall,
            ),
            perpetuals,
        )
        self.owe(house, USD, waterfall.fund + waterfall.vault_funds)
        return house

    def _instruments(self, exchange: ExchangeSpec, rules: VenueRules) -> list[dict[str, Any]]:
        listed = [
            {
                "name": f"{coin.name}-USD",
                "base": coin.name,
                "quote": "USD",
                "tick_value": coin.tick_value,
                "taker_ppm": rules.fees.taker_ppm,
            }
            for coin in self.spec.coins
        ]
        return listed + instruments_of(self.spec.collateral, exchange.name, rules)

    # -- accounts -----------------------------------------------------------------------------

    def owe(self, house: House, asset: int, amount: int) -> None:
        """Book what an exchange has received from outside."""
        source = WORLD if asset == USD else NETWORK
        if amount:
            self.books.move(asset, source, house.spec.name, amount)

    def on_spot(self, house: House, capital: Sequence[float]) -> int:
        """Open a spot account with as much of each coin as of cash; `capital` is USD by coin."""
        account: int = house.spot.add_accounts(1)
        for asset, (coin, usd) in enumerate(zip(self.spec.coins, capital, strict=True), start=1):
            lots = int(usd / (coin.price * coin.lot))
            house.spot.deposit(account, asset, lots)
            self.owe(house, asset, lots)
        cash = int(sum(capital) * MICRO)
        house.spot.deposit(account, USD, cash)
        self.owe(house, USD, cash)
        return account

    def on_margin(self, house: House, capital: float) -> int:
        """Open a margin account with cash in USD."""
        account: int = house.margin.add_accounts(1)
        for contract in range(len(house.perpetuals)):
            house.margin.set_leverage(account, contract, 1)
        cash = int(capital * MICRO)
        house.margin.deposit(account, USD, cash)
        self.owe(house, USD, cash)
        return account

    # -- books in a row -----------------------------------------------------------------------

    def places(self) -> Places:
        """List every book: by exchange, spot of all coins, then their perpetuals."""
        return Places(
            (engine, number, number, venue, coin.tick, coin.lot)
            for venue, house in enumerate(self)
            for engine in (house.spot, house.margin)
            for number, coin in enumerate(self.spec.coins)
        )

    def per_place(self, spot: ByCoin, perp: ByCoin) -> NDArray[np.float64]:
        """Return one value a place, in the order of places, from functions of house and coin."""
        return np.array(
            [
                of(house, number)
                for house in self
                for of in (spot, perp)
                for number in range(len(self.spec.coins))
            ]
        )

    def accounts(self, spot: Opened, margin: Opened) -> NDArray[np.int32]:
        """Open an account a house and engine; return the account of every place."""
        columns: list[int] = []
        for house in self:
            columns += [spot(house)] * len(self.spec.coins)
            columns += [margin(house)] * len(self.spec.coins)
        return np.array(columns, dtype=np.int32)
