"""A world with treasury companies: dealers who hold the coin's price where a test wants it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import mesa
from tidegate_core import Kind, Side

from tidegate.agents.company_founding import Companies, found_companies
from tidegate.agents.company_sector import Membership
from tidegate.books import BTC, USD, Books
from tidegate.clock import Clock
from tidegate.scenario.companies import CompaniesSpec, CompanyLevers, CompanySpec
from tidegate.scenario.company_holders import (
    ArbitrageurSpec,
    RetailShareSpec,
    ShareholdersSpec,
)
from tidegate.scenario.company_presets import typical
from tidegate.scenario.company_terms import BuybackSpec, CoinFactorSpec, IssuanceSpec
from tidegate.streams import Streams
from tidegate.venue import Venue

PRICE = 100_000.0
CALM = ShareholdersSpec(
    retail=RetailShareSpec(chase=0.0, noise=0.0), arbitrage=ArbitrageurSpec(capital=0.0)
)
"""Nobody trades a share unless a test makes them."""
NEVER = IssuanceSpec(above=40.0, rich=40.0)
STILL = (CoinFactorSpec(name="SOL", price=200.0, beta=1.0, own_volatility=0.0),)


class Board:
    """The levers in force, which a test may change."""

    def __init__(self) -> None:
        self.now = CompanyLevers()

    def read(self) -> CompanyLevers:
        return self.now

    def set(self, **levers: Any) -> None:
        self.now = self.now.model_copy(update=levers)


class CompanyWorld(mesa.Model):  # type: ignore[misc]
    """Not tidegate's own `Market`: two venues of coins with deep quotes, and some firms."""

    def __init__(
        self,
        companies: Sequence[CompanySpec],
        *,
        step: int = 21_600,
        price: Callable[[int], float] = lambda second: PRICE,
        seed: int = 1,
        **spec: Any,
    ) -> None:
        super().__init__(rng=1)
        fields = {"holders": CALM, "factors": STILL, **spec}
        self.spec = CompaniesSpec(companies=tuple(companies), **fields)
        self.clock = Clock(dt.date(2026, 1, 5), step)
        self.streams = Streams(seed)
        self.books = Books(("USD", "BTC", *self.spec.tickers))
        self.board = Board()
        self.price = price
        self.rounds = max(1, step // 21_600)
        for name in ("world", "network"):
            self.books.open(name, issuer=True)
        self.venues = [
            Venue(name, tick=0.1, lot=1e-4, share=share, taker_ppm=300)
            for name, share in (("offshore", 0.77), ("onshore", 0.23))
        ]
        self.dealers: dict[str, int] = {}
        self.orders: dict[str, list[int]] = {}
        for venue in self.venues:
            self.books.open(venue.name)
            self.orders[venue.name] = []
            account = self.dealers[venue.name] = venue.open_accounts()
            for asset, source, amount in ((USD, "world", 10**17), (BTC, "network", 10**10)):
                self.books.move(asset, source, venue.name, amount)
                venue.credit(account, asset, amount)
        self.quote()
        self.companies: Companies = found_companies(
            self,
            self.spec,
            venues=self.venues,
            books=self.books,
            streams=self.streams,
            clock=self.clock,
            daily_volume=38.6e9,
            rounds=self.rounds,
            coins_from="network",
            levers=self.board.read,
        )

    def __getitem__(self, number: int) -> Membership:
        return self.companies.sector.members[number]

    def quote(self) -> None:
        price = self.price(max(0, self.clock.seconds))
        for venue in self.venues:
            orders, dealer = self.orders[venue.name], self.dealers[venue.name]
            for order in orders:
                venue.cancel(order)
            tick = venue.ticks(price)
            orders[:] = [
                venue.submit(dealer, Side.BUY, tick - 1, 10**8, Kind.LIMIT),
                venue.submit(dealer, Side.SELL, tick + 1, 10**8, Kind.LIMIT),
            ]
            assert min(orders) > 0
            venue.publish(1000)

    def step(self) -> None:
        self.clock.tick += 1
        self.clock.round = 0
        everywhere = (*self.venues, *self.companies.listed)
        self.books.settle(self.clock.seconds, everywhere)
        agents = self.companies.agents
        for agent in agents:
            agent.begin()
        while self.clock.round < self.rounds or any(agent.pending for agent in agents):
            self.quote()
            for agent in agents:
                agent.trade()
            for venue in self.venues:
                venue.clear()
            self.clock.round += 1
        for agent in agents:
            agent.end()
        assert not self.books.audit(self.clock.tick, everywhere).differences
        self.companies.sector.audit()

    def run(self, days: int) -> None:
        for _ in range(days * self.clock.ticks_per_day):
            self.step()


def firm(coin: str = "BTC", usd: float = 1e9, **changes: Any) -> CompanySpec:
    """Return a firm that does nothing by itself unless a test says so."""
    fields: dict[str, Any] = {"issuance": NEVER, "buyback": BuybackSpec(), "mnav": 1.0, **changes}
    number = fields.pop("number", 0)
    made = typical(number, coin, usd, PRICE, **fields)
    return made if coin == "BTC" else made.model_copy(update={"coins": usd / 200.0})
