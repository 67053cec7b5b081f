"""Worlds with one exchange and nothing else: a run at prices that stand still."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import mesa
import polars as pl

from tidegate.agents.client_reserves import claim_assets
from tidegate.agents.deposit_exchanges import DepositExchanges
from tidegate.books import Books
from tidegate.clock import Clock
from tidegate.scenario.deposits import DepositsSpec
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.hack_levers import HackLevers
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["RunWorld"]

PRICE = 100_000.0  # USD
STEP = 21_600  # seconds; exchanges live by moments within it


class RunWorld(mesa.Model):  # type: ignore[misc]
    """Not a market: nobody quotes, so the price stays and nothing is sold.

    Parameters
    ----------
    spec : DepositsSpec
        Exchanges and clients.
    seed : int
        Of all draws.
    hacks : sequence of HackLevers
        All robberies of the run.
    step : int
        Length of a tick, seconds.
    """

    def __init__(
        self, spec: DepositsSpec, seed: int, hacks: Sequence[HackLevers], step: int = STEP
    ) -> None:
        super().__init__(rng=1)
        self.clock = Clock(dt.date(2026, 1, 5), step)
        claims = [asset for one in spec.exchanges for asset in claim_assets(one.name)]
        self.books = Books(("USD", "BTC", *claims))
        for name in ("world", "others"):
            self.books.open(name, issuer=True)
        self.venue = Venue("still", tick=0.1, lot=1e-4)
        self.books.open(self.venue.name)
        self.venue.indicative = self.venue.ticks(PRICE)
        self.posted = tuple(hacks)
        base: dict[str, Any] = {"venues": [self.venue], "streams": Streams(seed)}
        self.deposits = DepositExchanges(
            self,
            path="deposits",
            spec=spec,
            accounts={self.venue.name: self.venue.open_accounts()},
            books=self.books,
            execution=ExecutionSpec(),
            daily_volume=1e9,
            rounds=1,
            hacks=self.hacks,
            clock=self.clock,
            **base,
        )

    def hacks(self) -> tuple[HackLevers, ...]:
        """Return the robberies that have begun by the end of the tick."""
        now = self.clock.end
        return tuple(
            hack for hack in self.posted if hack.started is not None and hack.started < now
        )

    def run_days(self, days: int) -> pl.DataFrame:
        """Run on, proving every tick that all adds up; return the table ``deposits``."""
        for _ in range(days * self.clock.ticks_per_day):
            self.clock.tick += 1
            self.books.settle(self.clock.seconds, [self.venue])
            self.deposits.begin()
            self.deposits.end()
            assert not self.books.audit(self.clock.tick, [self.venue]).differences
            self.deposits.audit()
        return self.deposits.frame()
