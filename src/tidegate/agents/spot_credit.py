"""Credit against coins in a spot market over months: the lenders of the market with leverage.

`Lender` decides and sells; here it stands at spot venues whose ticks last hours, looks once a
round, and writes a row a day and lender.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from tidegate_crowd.places import Places

from tidegate.agents.base import MarketAgent
from tidegate.agents.collateral import USD
from tidegate.agents.lender import BORROWERS, Lender
from tidegate.books import Books
from tidegate.int_table import IntTable
from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.easing import RateLevers
from tidegate.scenario.lending import LendingSpec
from tidegate.venue import Venue

__all__ = ["SpotCredit"]

DAY = 86_400
MICRO = 1_000_000
PPB = 1_000_000_000
FLOWS = ("stock", "drawn", "repaid", "liquidated", "sold", "bad_debt", "passed_on")
COLUMNS = ("seconds", "row", *FLOWS, "failed", "defaults", "haircut")


class _House:
    """A venue as lenders see it."""

    def __init__(self, venue: Venue) -> None:
        self.venue, self.name = venue, venue.name
        self.spot = venue.engine  # its book of the coin

    @property
    def withdrawals_frozen(self) -> bool:
        """Whether nothing can be sold there."""
        return not self.venue.accepts

    def credit(self, account: int, asset: int, amount: int) -> None:
        """Add to a client's free balance."""
        self.venue.credit(account, asset, amount)

    def debit(self, account: int, asset: int, amount: int) -> None:
        """Take from a client's free balance."""
        self.venue.debit(account, asset, amount)


class SpotCredit(MarketAgent):
    """Lenders against one coin, and their borrowers, at spot venues.

    Parameters
    ----------
    spec : LendingSpec
        Lenders and borrowers; all collateral is the one coin.
    coin : CoinSpec
        Its price at the start and its units.
    open_account : callable
        Opens an account at a venue.
    books : Books
        Keeps the cash.
    rounds : int
        Rounds of a tick.
    levers : callable
        Returns the group `rates` of the board of levers; heeded if the scenario says how.
    world, coins_from : str
        Parties that give dollars and coins at the start.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: LendingSpec,
        coin: CoinSpec,
        open_account: Callable[[Venue], int],
        books: Books,
        rounds: int,
        levers: Callable[[], RateLevers] = RateLevers,
        world: str = "world",
        coins_from: str = "others",
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.books, self.rounds, self.levers = books, rounds, levers
        self.lender = Lender(
            model,
            exchanges=[_House(venue) for venue in self.venues],
            places=Places(
                (venue.engine, 0, 0, at, venue.tick, venue.lot)
                for at, venue in enumerate(self.venues)
            ),
            accounts=[open_account(venue) for venue in self.venues],
            shares=[venue.share for venue in self.venues],
            books=books,
            coins=(coin,),
            spec=spec,
            streams=self.streams,
            cash_from=world,
            coins_from=coins_from,
        )
        self.table = IntTable(COLUMNS)
        self._days = 0
        self._heeded = RateLevers()

    def begin(self) -> None:
        """Hear of a new policy rate."""
        levers = self.levers()
        if self.lender.spec.rates is not None and levers != self._heeded:
            self._heeded = levers
            self.lender.heed(levers)

    def trade(self) -> None:
        """Let a round pass for loans: sales of what is due, payments, and new loans."""
        if self.clock.round >= self.rounds:
            return
        start, end = (
            self.clock.seconds + self.clock.step_seconds * at // self.rounds
            for at in (self.clock.round, self.clock.round + 1)
        )
        price = 0.0
        for venue in self.venues:
            price += venue.share * venue.indicative
        self.lender.act(end, end - start, np.array([max(1, round(price))], dtype=np.int64))

    # -- records ------------------------------------------------------------------------------

    def end(self) -> None:
        """Write down the day once it is over."""
        days = self.clock.end // DAY
        if days > self._days:
            self._days = days
            self._record(days * DAY)

    def _record(self, now: int) -> None:
        lender = self.lender
        kinds = range(len(lender.kinds))
        columns = [getattr(lender, name) for name in (*FLOWS, "failed", "defaults")]
        asked = [1.0 - threshold for threshold in (kind.threshold for kind in lender.kinds)]
        if lender.haircuts is not None:
            asked = lender.haircuts.asked.tolist()
        haircuts = [round(PPB * part) for part in asked]
        rows = np.array([[now] * len(kinds), kinds, *columns, haircuts], dtype=np.int64).T
        self.table.extend(rows)

    def frame(self) -> pl.DataFrame:
        """Return a row a day and lender, as of the day's end.

        ``seconds``, ``house``, ``lender``; ``stock``, and since the start ``drawn``, ``repaid``,
        ``liquidated``, ``sold``, ``bad_debt``, ``passed_on``, in USD; ``failed``, ``defaults``;
        ``haircut``, which is that of new loans.
        """
        rows = self.table.rows
        table = pl.DataFrame({name: rows[:, at] for at, name in enumerate(COLUMNS)})
        kinds = self.lender.kinds
        houses = dict(enumerate(kind.lender for kind in kinds))
        names = dict(enumerate(kind.name for kind in kinds))
        return table.select(
            "seconds",
            pl.col("row").replace_strict(houses, return_dtype=pl.Utf8).alias("house"),
            pl.col("row").replace_strict(names, return_dtype=pl.Utf8).alias("lender"),
            *[pl.col(name) / MICRO for name in FLOWS],
            pl.col("failed").cast(pl.Boolean),
            "defaults",
            pl.col("haircut") / PPB,
        )

    def audit(self) -> None:
        """Prove that pledged coins and all cash are there; raises AssertionError if not."""
        lender = self.lender
        held, pledged = lender.collateral.held(0), int(lender.loans.coins.sum())
        assert held == pledged, f"{self.path}: coins held {held}, pledged {pledged}"
        for kind, cash in zip(lender.kinds, lender.cash, strict=True):
            there = self.books.balance(f"lending/{kind.name}", USD)
            assert there == cash, f"lending/{kind.name}: cash {cash}, found {there}"
        reserve, there = int(lender.loans.reserve.sum()), self.books.balance(BORROWERS, USD)
        assert reserve == there, f"{BORROWERS}: reserves {reserve}, found {there}"

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.audit()
        self.lender._check()
