"""A token on a farm or a well: it trades round the clock against a figure that is months old."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from tidegate_core.draws import exp, log

from tidegate.agents.appraised_vault import AppraisedVault
from tidegate.agents.base import MarketAgent
from tidegate.agents.stock_value import StockValue
from tidegate.agents.token_public import TokenPublic
from tidegate.int_table import IntTable
from tidegate.scenario.appraised import AppraisedSpec

__all__ = ["AppraisedToken"]

MICRO = 1_000_000
DAY = 86_400
COLUMNS = (
    "seconds",  # end of the tick
    "worth",  # micro-USD, of a unit; nobody sees it
    "figure",  # micro-USD, as last published
    "token",  # half ticks, middle of its quotes
    "tokens",  # outstanding
    "redeemed",  # since the start
    "refused",  # since the start
    "cash",  # micro-USD in the vault
)


class AppraisedToken(MarketAgent):
    """Runs the token's venue, publishes the figure, and takes tokens back when it has.

    The public knows the figure, posted news, and how much of it a figure takes up; it does not know
    what happens to the property itself.

    Parameters
    ----------
    spec : AppraisedSpec
        Terms.
    worth : StockValue
        What a unit is worth by news of its own and by posted news.
    vault : AppraisedVault
        Property and cash.
    public : TokenPublic
        Who holds the tokens.
    rounds : int
        Rounds of a tick.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: AppraisedSpec,
        worth: StockValue,
        vault: AppraisedVault,
        public: TokenPublic,
        rounds: int,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.worth = worth
        self.vault = vault
        self.public = public
        self.rounds = rounds
        self.venue = vault.venue
        self.mark = spec.price / self.venue.tick  # ticks
        self._reflected = 0.0  # posted news that the figure knows, log
        self.table = IntTable(COLUMNS)

    @property
    def fair(self) -> float:
        """What the public thinks a token is worth, USD: the figure, and news that it lacks."""
        return self.vault.figure * exp(self.worth.told - self._reflected)

    def begin(self) -> None:
        """Publish, if a quarter ends in this tick, and take back what is asked for."""
        quarter = self.spec.quarter_days * DAY
        if self.clock.end // quarter > self.clock.seconds // quarter:
            self.vault.publish(self.worth.value)
            self._reflected += self.spec.smoothing * (self.worth.told - self._reflected)
            self._redeem()

    def _redeem(self) -> None:
        """Let holders ask for their money if the token trades below the figure."""
        discount = log(self.vault.figure / (self.mark * self.venue.tick))
        if discount > self.spec.threshold:
            account = self.public.holders.account
            wanted = self.venue.shares(account)
            # Who has been paid has left, and does not want the tokens back.
            self.public.holders.home -= self.vault.redeem(account, wanted, self.worth.value)

    def trade(self) -> None:
        """Trade a round."""
        if self.clock.round >= self.rounds:
            return
        if not self.venue.engine.matching:  # prices frozen: news alone moves it
            self.mark = self.fair / self.venue.tick
            return
        self.public.quote_token(self.fair, False)
        self.venue.clear()
        self.public.order_token(self.fair, False)
        self.venue.clear()
        self.venue.take_fills()
        bid, ask = self.venue.best_bid, self.venue.best_ask
        if bid is not None and ask is not None:
            self.mark = (bid + ask) / 2
        self.venue.empty_book()

    def end(self) -> None:
        """Record the tick."""
        row = (
            self.clock.end,
            round(self.worth.value * MICRO),
            round(self.vault.figure * MICRO),
            round(2 * self.mark),
            self.vault.tokens,
            self.vault.redeemed,
            self.vault.refused,
            self.vault.cash,
        )
        self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return the table in USD; `discount` is the log of the figure over the token's price."""
        return (
            pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")
            .with_columns(
                pl.col("worth", "figure", "cash") * 1e-6,
                pl.col("token") * (self.venue.tick / 2),
            )
            .with_columns((pl.col("figure") / pl.col("token")).log().alias("discount"))
        )

    def audit(self) -> None:
        """Prove that every token is one unit of the property."""
        self.vault.audit()
