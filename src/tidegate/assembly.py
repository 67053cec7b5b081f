"""How a scenario becomes a world: accounts, endowments, agents. Runs once, before tick 0.

Every coin that exists is issued by ``network`` and every dollar by ``world``; both hold the
negative of what they issued. What no simulated account holds stands with ``others``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from tidegate_crowd.holders import HolderCrowd
from tidegate_crowd.traders import TraderCrowd
from tidegate_crowd.valuation import Valuation

from tidegate.agents.arbitrageur import Arbitrageur
from tidegate.agents.base import MarketAgent
from tidegate.agents.business_days import BusinessDays
from tidegate.agents.exchange import Exchange
from tidegate.agents.market_maker import MarketMaker
from tidegate.agents.pension_fund import PensionFund
from tidegate.agents.pension_plan import PensionPlan
from tidegate.agents.retail_crowd import RetailCrowd, RetailDesk
from tidegate.books import BTC, USD, Books
from tidegate.clock import Clock
from tidegate.institutions import Institutions, Outsider, Place, assets_of, found
from tidegate.levers import Board
from tidegate.scenario import EcologySpec, Scenario
from tidegate.streams import Streams
from tidegate.tape import Tape
from tidegate.venue import Venue

__all__ = ["World", "assemble"]

MICRO = 1_000_000
NETWORK, OTHERS, WORLD = "network", "others", "world"
ROUND_SECONDS = 6 * 3600  # a round stands for this long at the most
PRICED = 0.5e6  # USD over all venues whose two-sided cost makes the published price
TRADER_COINS = 0.03  # share of all coins with which fast traders work (assumption)
TRADER_CASH = 2.0  # their cash over the value of those coins (assumption)


@dataclass(slots=True)
class World:
    """The parts of a world, as `assemble` hands them to the model."""

    clock: Clock
    streams: Streams
    board: Board
    books: Books
    tape: Tape
    exchanges: list[Exchange]
    crowd: RetailCrowd
    makers: list[MarketMaker]
    takers: list[MarketAgent]
    funds: list[Outsider]
    institutions: Institutions
    rounds: int


def assemble(model: Any, spec: Scenario, seed: int) -> World:
    """Build the world of a scenario and a seed."""
    return _Assembly(model, spec, seed).build()


def make_belief(spec: EcologySpec, key: int, price: float) -> Valuation:
    """Return the clock of a crowd's valuation, warmed up, at consensus `price`."""
    belief = spec.clock(key, price)
    belief.warm_up(spec.warm_up_days)
    return belief


class _Assembly:
    def __init__(self, model: Any, spec: Scenario, seed: int) -> None:
        self.model = model
        self.spec = spec
        self.streams = Streams(seed)
        self.clock = Clock(spec.start, spec.step_seconds)
        self.board = Board()
        self.books = Books(assets_of(spec))
        self.rounds = max(1, spec.step_seconds // ROUND_SECONDS)
        self.venues = [self._venue(number) for number in range(len(spec.venues))]
        self.unit = spec.asset.price * spec.asset.lot  # USD per lot at the start
        self._issue()

    def _venue(self, number: int) -> Venue:
        spec, asset = self.spec.venues[number], self.spec.asset
        return Venue(
            spec.name,
            tick=asset.tick,
            lot=asset.lot,
            maker_ppm=spec.maker_ppm,
            taker_ppm=spec.taker_ppm,
            share=spec.share,
            matching=self.spec.matching,
        )

    def _issue(self) -> None:
        for name, issuer in ((NETWORK, True), (WORLD, True), (OTHERS, False)):
            self.books.open(name, issuer=issuer)
        for venue in self.venues:
            self.books.open(venue.name)
        supply = round(self.spec.asset.supply / self.spec.asset.lot)
        self.books.move(BTC, NETWORK, OTHERS, supply)

    def _base(self, path: str) -> dict[str, Any]:
        return {"path": path, "streams": self.streams, "clock": self.clock}

    def _endow(self, venue: Venue, account: int, *, coins: int = 0, cash: int = 0) -> None:
        """Give a client account lots and micro-USD, out of others' coins and the world's cash."""
        if coins:
            self.books.move(BTC, OTHERS, venue.name, coins)
            venue.credit(account, BTC, coins)
        if cash:
            self.books.move(USD, WORLD, venue.name, cash)
            venue.credit(account, USD, cash)

    def build(self) -> World:
        spec = self.spec
        exchanges = [self._exchange(number) for number in range(len(self.venues))]
        belief = make_belief(spec.valuation, self.streams.key("retail", "belief"), spec.asset.price)
        crowd = RetailCrowd(
            self.model,
            desks=[self._desk(venue) for venue in self.venues],
            belief=belief,
            spec=spec.traders,
            daily_lots=spec.asset.daily_volume / self.unit,
            scale=spec.valuation,
            rounds=self.rounds,
            news=self.board.news,
            **self._base("retail"),
        )
        makers = [self._maker(number) for number in range(spec.makers.firms)]
        fund = self._pension()
        others = found(
            Place(
                self.model,
                spec,
                self.venues,
                self.books,
                self.board,
                self.streams,
                self.clock,
                crowd,
                self.rounds,
                makers,
                fund,
            )
        )
        takers: list[MarketAgent] = [self._arbitrageur(), fund, *others.agents]
        return World(
            self.clock,
            self.streams,
            self.board,
            self.books,
            Tape(),
            exchanges,
            crowd,
            makers,
            takers,
            [fund, *others.outsiders],
            others,
            self.rounds,
        )

    def _exchange(self, number: int) -> Exchange:
        venue = self.venues[number]
        return Exchange(
            self.model,
            venue=venue,
            number=number,
            reference_lots=max(1, int(PRICED * venue.share / self.unit)),
            price=self.spec.asset.price,
            **self._base(f"exchange/{venue.name}"),
        )

    def _shown(self, venue: Venue) -> int:
        return int(self.spec.holders.shown * venue.share / self.unit)

    # -- the crowd ----------------------------------------------------------------------------

    def _desk(self, venue: Venue) -> RetailDesk:
        return RetailDesk(venue, self._holders(venue), self._traders(venue), self._shown(venue))

    def _holders(self, venue: Venue) -> HolderCrowd:
        spec, asset = self.spec.holders, self.spec.asset
        path = f"retail/{venue.name}"
        slope = spec.slope * asset.supply / asset.lot * venue.share  # lots per log price
        # Turnover J of the touch fixes how fast holders revalue: J = D L (supply per day).
        turnover = spec.turnover * asset.daily_volume / asset.cap
        diffusion = turnover / spec.near_slope
        draws = np.empty(spec.accounts)
        self.streams.fill_normal(draws, path, "wealth")
        first = venue.open_accounts(spec.accounts, kind="holders")
        holders = HolderCrowd(
            RetailCrowd.account_weights(draws, spec.wealth_sigma),
            lots=int(2.0 * spec.held * asset.supply / asset.lot * venue.share),
            first=first,
            instrument=0,
            key=self.streams.key(path, "holders"),
            reach=spec.reach,
            width=spec.width,
            renewal=diffusion / (spec.width * spec.width),
            diffusion=diffusion,
            stride=spec.stride,
            slope=slope,
            ticks_per_day=self.spec.ticks_per_day,
        )
        cash_per_lot = spec.cash_cover * self.unit * MICRO
        coins, wealth = holders.coins, holders.wealth
        for account in range(spec.accounts):
            wanted = int((wealth[account] - coins[account]) * cash_per_lot)
            self._endow(venue, first + account, coins=int(coins[account]), cash=wanted)
        return holders

    def _traders(self, venue: Venue) -> TraderCrowd:
        spec = self.spec.traders
        n = spec.accounts
        lots = int(TRADER_COINS * self.spec.asset.supply / self.spec.asset.lot * venue.share / n)
        cash = int(TRADER_CASH * lots * self.unit * MICRO)
        first = venue.open_accounts(n, kind="traders")
        for account in range(first, first + n):
            self._endow(venue, account, coins=lots, cash=cash)
        key = self.streams.key(f"retail/{venue.name}", "traders")
        return TraderCrowd(
            n=n,
            first=first,
            instrument=0,
            key=key,
            start_lots=n * lots,
            metaorders=spec.metaorders,
            tail=spec.metaorder_tail,
        )

    # -- institutions -------------------------------------------------------------------------

    def _funded(self, capital: float, kind: str) -> dict[str, int]:
        """Open an account on every venue with half coins and half cash of a capital in USD."""
        accounts = {}
        for venue in self.venues:
            account = accounts[venue.name] = venue.open_accounts(kind=kind)
            half = capital * venue.share / 2.0
            self._endow(venue, account, coins=int(half / self.unit), cash=int(half * MICRO))
        return accounts

    def _maker(self, number: int) -> MarketMaker:
        spec = self.spec.makers
        return MarketMaker(
            self.model,
            venues=self.venues,
            accounts=self._funded(spec.capital, "makers"),
            spec=spec,
            depth=spec.depth / spec.firms,
            volatility=self.spec.valuation.calm_volatility,
            round_seconds=self.spec.step_seconds / self.rounds,
            **self._base(f"maker/{number}"),
        )

    def _arbitrageur(self) -> Arbitrageur:
        return Arbitrageur(
            self.model,
            venues=self.venues,
            accounts=self._funded(self.spec.arbitrage.capital, "arbitrageur"),
            spec=self.spec.arbitrage,
            books=self.books,
            **self._base("arbitrageur/0"),
        )

    def _pension(self) -> PensionFund:
        return PensionFund(
            self.model,
            venues=self.venues,
            accounts={venue.name: venue.open_accounts() for venue in self.venues},
            plan=PensionPlan(
                days=BusinessDays(first_day=self.spec.start), **dict(self.spec.pension)
            ),
            books=self.books,
            board=self.board,
            execution=self.spec.execution,
            daily_volume=self.spec.asset.daily_volume,
            rounds=self.rounds,
            **self._base("pension/0"),
        )
