"""A world with a tokenised stock that is not tidegate's own `Market`: a deep venue of coins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import mesa
from tidegate_core import Kind, Side

from tidegate.agents.token_founding import Tokens, found_tokens
from tidegate.books import BTC, USD, Books
from tidegate.clock import Clock
from tidegate.scenario.levers import ShockLevers
from tidegate.scenario.tokens import StockSpec, TokenPublicSpec, TokensLevers, TokensSpec
from tidegate.streams import Streams
from tidegate.venue import Venue

STILL = StockSpec(volatility=0.0, noise=1e-6)
"""A stock without news of its own, and just enough flow for it to have a price."""
QUIET = TokenPublicSpec(noise=0.0)


class TokenWorld(mesa.Model):  # type: ignore[misc]
    """A dealer keeps the coin's price where a test puts it; everything else is the stock's."""

    def __init__(self, spec: TokensSpec | None = None, *, step: int = 3600, seed: int = 1) -> None:
        super().__init__(rng=1)
        self.clock = Clock(dt.date(2026, 1, 5), step)  # a Monday
        self.streams = Streams(seed)
        self.price = 100_000.0
        self.levers_now = TokensLevers()
        self.shocks: list[ShockLevers] = []
        spec = spec or TokensSpec(share=0.05, stock=STILL, public=QUIET)
        self.books = Books(("USD", "BTC", spec.stock.ticker, spec.ticker))
        for name in ("world", "network"):
            self.books.open(name, issuer=True)
        self.venue = Venue("coins", tick=0.1, lot=1e-4, taker_ppm=300)
        self.books.open("coins")
        self.dealer = self.venue.open_accounts()
        for asset, source, amount in ((USD, "world", 10**17), (BTC, "network", 10**10)):
            self.books.move(asset, source, "coins", amount)
            self.venue.credit(self.dealer, asset, amount)
        self.orders: list[int] = []
        self.quote()
        self.tokens: Tokens = found_tokens(
            self,
            spec,
            venues=[self.venue],
            books=self.books,
            streams=self.streams,
            clock=self.clock,
            daily_volume=38.6e9,
            rounds=max(1, step // 21_600),
            coins_from="network",
            levers=self.levers,
            news=self.news,
        )

    def levers(self) -> TokensLevers:
        return self.levers_now

    def news(self) -> Sequence[ShockLevers]:
        return self.shocks

    def shock(self, size: float) -> None:
        """Let news break with the next tick, known at once."""
        self.shocks.append(ShockLevers(started=self.clock.end, size=size, ramp_seconds=float(60)))

    def quote(self) -> None:
        for order in self.orders:
            self.venue.cancel(order)
        tick = self.venue.ticks(self.price)
        self.orders[:] = [
            self.venue.submit(self.dealer, Side.BUY, tick - 1, 10**8, Kind.LIMIT),
            self.venue.submit(self.dealer, Side.SELL, tick + 1, 10**8, Kind.LIMIT),
        ]
        self.venue.publish(1000)

    def step(self) -> None:
        self.clock.tick += 1
        self.clock.round = 0
        self.books.settle(self.clock.seconds, (self.venue, *self.tokens.listed))
        agents = self.tokens.agents
        for agent in agents:
            agent.begin()
        while self.clock.round < self.tokens.market.rounds or any(a.pending for a in agents):
            self.quote()
            for agent in agents:
                agent.trade()
            self.venue.clear()
            self.clock.round += 1
        for agent in agents:
            agent.end()
        self.audit()

    def hours(self, number: float) -> None:
        for _ in range(round(number * 3600 / self.clock.step_seconds)):
            self.step()

    def audit(self) -> None:
        everywhere: tuple[Any, ...] = (self.venue, *self.tokens.listed)
        assert not self.books.audit(self.clock.tick, everywhere).differences
        self.tokens.audit()
        for listed in self.tokens.listed:
            listed._check()
