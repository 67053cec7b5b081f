"""How a leveraged scenario becomes a world: engines, accounts, endowments, desks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core.engine import Engine
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual
from tidegate_core.waterfall import Waterfall
from tidegate_crowd.basis import BasisDesk
from tidegate_crowd.leveraged import LeveragedCrowd
from tidegate_crowd.places import Places
from tidegate_crowd.quotes import QuoteDesk
from tidegate_crowd.value import ValueDesk

from tidegate.agents.carry import Carry
from tidegate.agents.collateral_market import CollateralMarket
from tidegate.agents.lender import Lender
from tidegate.agents.leveraged_appetite import Appetite
from tidegate.agents.leveraged_exchange import LeveragedExchange
from tidegate.agents.leveraged_groups import ContractInterest
from tidegate.agents.leveraged_habits import groups_of, habits_of
from tidegate.agents.leveraged_opening import crowd_of, move_in
from tidegate.agents.leveraged_population import populate
from tidegate.agents.predator import Predator
from tidegate.agents.spot_buyer import SpotBuyer
from tidegate.books import Books
from tidegate.collateral_assembly import collateral_market, instruments_of, margin_terms
from tidegate.macro import News
from tidegate.makers import makers_rules
from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.leveraged import ExchangeSpec, LeveragedScenario
from tidegate.scenario.venue_rules import VenueRules, to_core
from tidegate.streams import Streams

__all__ = ["LeveragedWorld", "assemble_leveraged", "calm_volatility"]

MICRO = 1_000_000
USD = 0
NETWORK, WORLD = "network", "world"
PRICE_ROOM = 8.0  # the highest price the engines take, over the first
STOCK = 3.0  # what makers own of each side of their ladders
VALUE_CAPITAL = 60e9  # USD of value traders on each exchange, half in coins (assumption)
PER_PERCENT = 100.0  # USD within 1 % -> USD per unit of log price


# Who acts once a round beside makers, value and basis traders and the public on margin.
Bystander = Lender | Predator | CollateralMarket | SpotBuyer


@dataclass(slots=True)
class LeveragedWorld:
    """The parts of a world, as `assemble_leveraged` hands them to the model."""

    streams: Streams
    books: Books
    news: News
    exchanges: list[LeveragedExchange]
    places: Places
    quotes: QuoteDesk
    value: ValueDesk
    basis: BasisDesk
    others: list[Bystander]
    appetite: Appetite | None
    carry: Carry | None


@dataclass(slots=True)
class _House:
    """One exchange while it is built: its engines and its desks' accounts."""

    spec: ExchangeSpec
    rules: VenueRules
    spot: Engine
    margin: MarginEngine
    perpetuals: list[Perpetual]


def calm_volatility(spec: LeveragedScenario, coin: CoinSpec) -> float:
    """Return a coin's volatility in calm, per square root of a day."""
    common = coin.beta * spec.news.volatility
    return math.sqrt(common * common + coin.own_volatility * coin.own_volatility)


def assemble_leveraged(model: Any, spec: LeveragedScenario, seed: int) -> LeveragedWorld:
    """Build the world of a leveraged scenario and a seed."""
    return _Assembly(model, spec, seed).build()


class _Assembly:
    def __init__(self, model: Any, spec: LeveragedScenario, seed: int) -> None:
        self.model = model
        self.spec = spec
        self.streams = Streams(seed)
        pledged = () if spec.collateral is None else spec.collateral.coins
        self.assets = ("USD", *(coin.name for coin in spec.coins), *(c.name for c in pledged))
        self.books = Books(self.assets)
        for name in (NETWORK, WORLD):
            self.books.open(name, issuer=True)
        self.houses = [self._house(exchange) for exchange in spec.exchanges]

    # -- engines ------------------------------------------------------------------------------

    def _house(self, exchange: ExchangeSpec) -> _House:
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
        house = _House(
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
        self._owe(house, USD, waterfall.fund + waterfall.vault_funds)
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

    def _owe(self, house: _House, asset: int, amount: int) -> None:
        """Book what an exchange has received from outside."""
        source = WORLD if asset == USD else NETWORK
        if amount:
            self.books.move(asset, source, house.spec.name, amount)

    def _on_spot(self, house: _House, capital: Sequence[float]) -> int:
        """Open a spot account with as much of each coin as of cash; `capital` is USD by coin."""
        account: int = house.spot.add_accounts(1)
        for asset, (coin, usd) in enumerate(zip(self.spec.coins, capital, strict=True), start=1):
            lots = int(usd / (coin.price * coin.lot))
            house.spot.deposit(account, asset, lots)
            self._owe(house, asset, lots)
        cash = int(sum(capital) * MICRO)
        house.spot.deposit(account, USD, cash)
        self._owe(house, USD, cash)
        return account

    def _on_margin(self, house: _House, capital: float) -> int:
        """Open a margin account with cash in USD."""
        account: int = house.margin.add_accounts(1)
        for contract in range(len(house.perpetuals)):
            house.margin.set_leverage(account, contract, 1)
        cash = int(capital * MICRO)
        house.margin.deposit(account, USD, cash)
        self._owe(house, USD, cash)
        return account

    # -- desks --------------------------------------------------------------------------------

    def build(self) -> LeveragedWorld:
        spec = self.spec
        crowds = [self._crowd(house) for house in self.houses]
        places = self._places()
        quotes, value, basis = self._quotes(places), self._value(places), self._basis(places)
        exchanges = [
            LeveragedExchange(
                self.model,
                spec=house.spec,
                rules=house.rules,
                coins=spec.coins,
                spot=house.spot,
                margin=house.margin,
                crowd=crowd,
                assets=self.assets,
                tolerance=spec.crowd.tolerance,
            )
            for house, crowd in zip(self.houses, crowds, strict=True)
        ]
        news = News(spec.news, spec.coins, self.streams)
        others: list[Bystander] = [
            *self._lenders(exchanges, places),
            *self._predators(exchanges, places),
            *self._collateral(exchanges),
            *self._buyers(exchanges, places),
        ]
        appetite, carry = self._appetite(news), self._carry(places, quotes, value, basis)
        return LeveragedWorld(
            self.streams,
            self.books,
            news,
            exchanges,
            places,
            quotes,
            value,
            basis,
            others,
            appetite,
            carry,
        )

    def _appetite(self, news: News) -> Appetite | None:
        spec = self.spec
        if spec.appetite is None:
            return None
        calm = np.array([calm_volatility(spec, coin) for coin in spec.coins])
        return Appetite(spec.appetite, spec.exchanges, calm, news.value, self.streams)

    def _carry(self, places: Places, *desks: QuoteDesk | ValueDesk | BasisDesk) -> Carry | None:
        spec = self.spec.appetite
        if spec is None:
            return None
        interest = self._per_place(
            lambda *_: 0.0, lambda house, coin: house.margin.open_interest(coin)
        )
        return Carry(spec, interest, [desk.accounts for desk in desks])

    def _lenders(self, exchanges: list[LeveragedExchange], places: Places) -> list[Lender]:
        if self.spec.lending is None:
            return []
        lender = Lender(
            self.model,
            exchanges=exchanges,
            places=places,
            accounts=[house.spot.add_accounts(1) for house in self.houses],
            shares=[house.spec.spot_share for house in self.houses],
            books=self.books,
            coins=self.spec.coins,
            spec=self.spec.lending,
            streams=self.streams,
            cash_from=WORLD,
            coins_from=NETWORK,
        )
        return [lender]

    def _predators(self, exchanges: list[LeveragedExchange], places: Places) -> list[Predator]:
        spec = self.spec.predator
        if spec is None:
            return []
        at = [exchange.name for exchange in exchanges].index(spec.exchange)
        predator = Predator(
            self.model,
            exchange=exchanges[at],
            places=places,
            account=self._on_margin(self.houses[at], spec.capital),
            coins=self.spec.coins,
            spec=spec,
        )
        return [predator]

    def _buyers(self, exchanges: list[LeveragedExchange], places: Places) -> list[SpotBuyer]:
        names = [coin.name for coin in self.spec.coins]
        return [
            SpotBuyer(
                self.model,
                exchanges=exchanges,
                places=places,
                accounts=[house.spot.add_accounts(1) for house in self.houses],
                books=self.books,
                coin=names.index(spec.coin),
                spec=spec,
                cash_from=WORLD,
            )
            for spec in self.spec.buyers
        ]

    def _collateral(self, exchanges: list[LeveragedExchange]) -> list[CollateralMarket]:
        return collateral_market(
            self.model,
            self.spec,
            exchanges,
            self.books,
            [calm_volatility(self.spec, coin) for coin in self.spec.coins],
            cash_from=WORLD,
            coins_from=NETWORK,
        )

    def _places(self) -> Places:
        """List every book: by exchange, spot of all coins, then their perpetuals."""
        return Places(
            (engine, number, number, venue, coin.tick, coin.lot)
            for venue, house in enumerate(self.houses)
            for engine in (house.spot, house.margin)
            for number, coin in enumerate(self.spec.coins)
        )

    def _per_place(self, spot: Any, perp: Any) -> NDArray[np.float64]:
        """Return one value a place, in the order of places, from functions of house and coin."""
        return np.array(
            [
                of(house, number)
                for house in self.houses
                for of in (spot, perp)
                for number in range(len(self.spec.coins))
            ]
        )

    def _accounts(self, spot: Any, margin: Any) -> NDArray[np.int32]:
        """Open an account a house and engine; return the account of every place."""
        columns: list[int] = []
        for house in self.houses:
            columns += [spot(house)] * len(self.spec.coins)
            columns += [margin(house)] * len(self.spec.coins)
        return np.array(columns, dtype=np.int32)

    def _depth(self, perp: bool) -> Any:
        """Return depth in calm by house and coin, USD per unit of log price, one side."""
        spec = self.spec.quotes

        def depth(house: _House, coin: int) -> float:
            houses = house.spec.houses if perp else spec.spot_houses * house.spec.spot_share
            return PER_PERCENT * spec.depth[coin] * houses

        return depth

    def _quotes(self, places: Places) -> QuoteDesk:
        spec, coins = self.spec.quotes, range(len(self.spec.coins))
        spot, perp = self._depth(perp=False), self._depth(perp=True)
        calm = [calm_volatility(self.spec, coin) for coin in self.spec.coins]
        room = STOCK * spec.reach
        return QuoteDesk(
            places,
            self._accounts(
                lambda house: self._on_spot(house, [room * spot(house, c) for c in coins]),
                lambda house: self._on_margin(house, sum(room * perp(house, c) for c in coins)),
            ),
            depth=self._per_place(spot, perp),
            calm=self._per_place(lambda _, c: calm[c], lambda _, c: calm[c]),
            levels=spec.levels,
            spread=spec.half_spread,
            reach=spec.reach,
            **makers_rules(spec),
        )

    def _value(self, places: Places) -> ValueDesk:
        spec, share = self.spec.value, 1.0 / len(self.spec.coins)
        spot_houses = self.spec.quotes.spot_houses

        def on_spot(house: _House, coin: int) -> float:
            return PER_PERCENT * spec.flow[coin] * spot_houses * house.spec.spot_share

        def on_perp(house: _House, coin: int) -> float:
            return PER_PERCENT * spec.flow[coin] * spec.perpetuals * house.spec.houses

        capital = [VALUE_CAPITAL / 2 * share] * len(self.spec.coins)
        return ValueDesk(
            places,
            self._accounts(
                lambda house: self._on_spot(house, capital),
                lambda house: self._on_margin(house, VALUE_CAPITAL),
            ),
            strength=self._per_place(on_spot, on_perp),
            width=spec.width,
            refill=(1.0 - self.spec.quotes.requoting) / self.spec.quotes.refill_seconds,
        )

    def _basis(self, places: Places) -> BasisDesk:
        spec, coins = self.spec.basis, len(self.spec.coins)
        half = [spec.capital / 2 / coins] * coins
        return BasisDesk(
            places,
            self._accounts(
                lambda house: self._on_spot(house, half),
                lambda house: self._on_margin(house, spec.capital),
            ),
            calm_depth=self._per_place(self._depth(perp=False), self._depth(perp=True)),
            rate=spec.speed,
            edge=spec.edge,
            cap=spec.rate,
        )

    # -- the leveraged public -----------------------------------------------------------------

    def _crowd(self, house: _House) -> LeveragedCrowd:
        spec = self.spec
        interest = spec.interest.one_sided * house.spec.interest_share
        contracts = [
            ContractInterest(
                perpetual,
                price=round(coin.price / coin.tick),
                open_interest=interest * share,
                volatility=calm_volatility(spec, coin),
                out_of_reach=house.spec.out_of_reach,
                hedged=house.spec.hedged,
            )
            for perpetual, coin, share in zip(
                house.perpetuals, spec.coins, house.spec.coin_shares, strict=True
            )
        ]
        most = min(perpetual.tiers[0].max_leverage for perpetual in house.perpetuals)
        groups, habits = groups_of(spec, most), habits_of(spec.crowd)
        path = f"leveraged/{house.spec.name}"
        population = populate(
            contracts,
            self.streams.key(path, "population"),
            accounts=max(200, round(spec.crowd.accounts * house.spec.interest_share)),
            groups=groups,
            habits=habits,
        )
        first = move_in(house.margin, population)
        self._owe(house, USD, int(population.cash.sum()))
        return crowd_of(
            population,
            first,
            self.streams.key(path, "habits"),
            marks=[contract.price for contract in contracts],
            groups=groups,
            habits=habits,
            outage=house.rules.outage,
        )
