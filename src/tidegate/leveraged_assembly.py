"""How a leveraged scenario becomes a world: engines, accounts, endowments, desks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
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
from tidegate.collateral_assembly import collateral_market
from tidegate.leveraged_houses import NETWORK, USD, WORLD, House, Houses
from tidegate.macro import News
from tidegate.makers import makers_rules
from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.streams import Streams

__all__ = ["LeveragedWorld", "assemble_leveraged", "calm_volatility"]

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
        self.houses = Houses(spec, self.assets, self.books)

    # -- desks --------------------------------------------------------------------------------

    def build(self) -> LeveragedWorld:
        spec = self.spec
        crowds = [self._crowd(house) for house in self.houses]
        places = self.houses.places()
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
        interest = self.houses.per_place(
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
            account=self.houses.on_margin(self.houses[at], spec.capital),
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

    def _depth(self, perp: bool) -> Any:
        """Return depth in calm by house and coin, USD per unit of log price, one side."""
        spec = self.spec.quotes

        def depth(house: House, coin: int) -> float:
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
            self.houses.accounts(
                lambda house: self.houses.on_spot(house, [room * spot(house, c) for c in coins]),
                lambda house: self.houses.on_margin(
                    house, sum(room * perp(house, c) for c in coins)
                ),
            ),
            depth=self.houses.per_place(spot, perp),
            calm=self.houses.per_place(lambda _, c: calm[c], lambda _, c: calm[c]),
            levels=spec.levels,
            spread=spec.half_spread,
            reach=spec.reach,
            **makers_rules(spec),
        )

    def _value(self, places: Places) -> ValueDesk:
        spec, share = self.spec.value, 1.0 / len(self.spec.coins)
        spot_houses = self.spec.quotes.spot_houses

        def on_spot(house: House, coin: int) -> float:
            return PER_PERCENT * spec.flow[coin] * spot_houses * house.spec.spot_share

        def on_perp(house: House, coin: int) -> float:
            return PER_PERCENT * spec.flow[coin] * spec.perpetuals * house.spec.houses

        capital = [VALUE_CAPITAL / 2 * share] * len(self.spec.coins)
        return ValueDesk(
            places,
            self.houses.accounts(
                lambda house: self.houses.on_spot(house, capital),
                lambda house: self.houses.on_margin(house, VALUE_CAPITAL),
            ),
            strength=self.houses.per_place(on_spot, on_perp),
            width=spec.width,
            refill=(1.0 - self.spec.quotes.requoting) / self.spec.quotes.refill_seconds,
        )

    def _basis(self, places: Places) -> BasisDesk:
        spec, coins = self.spec.basis, len(self.spec.coins)
        half = [spec.capital / 2 / coins] * coins
        return BasisDesk(
            places,
            self.houses.accounts(
                lambda house: self.houses.on_spot(house, half),
                lambda house: self.houses.on_margin(house, spec.capital),
            ),
            calm_depth=self.houses.per_place(self._depth(perp=False), self._depth(perp=True)),
            rate=spec.speed,
            edge=spec.edge,
            cap=spec.rate,
        )

    # -- the leveraged public -----------------------------------------------------------------

    def _crowd(self, house: House) -> LeveragedCrowd:
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
        self.houses.owe(house, USD, int(population.cash.sum()))
        return crowd_of(
            population,
            first,
            self.streams.key(path, "habits"),
            marks=[contract.price for contract in contracts],
            groups=groups,
            habits=habits,
            outage=house.rules.outage,
        )
