"""What is recorded of a stock and its token: a row per tick, integers, with units on demand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from tidegate.int_table import IntTable

__all__ = ["SOLD", "TokenTable"]

SOLD = (
    "called_tokens",  # sold by lenders since the start
    "called_lots",  # of coins
    "raised_shares",  # sold since the start by who raised cash
    "raised_tokens",
    "raised_lots",
)

COLUMNS = (
    "seconds",  # end of the tick
    "open",  # 1: the stock exchange traded in it
    "value",  # micro-USD, what a share is worth by news
    "auction",  # ticks, price of the session's opening auction; 0: none yet
    "stock",  # ticks, last price
    "token",  # half ticks, middle of its quotes; its last price where a side is empty
    "last",  # ticks, last price of the token
    "bid",  # ticks, after the tick's last round of the token; 0: none
    "ask",
    "tokens",  # outstanding
    "minted",  # since the start
    "burned",
    "volume",  # tokens traded in the tick
    "notional",  # micro-USD
    *SOLD,
)


class TokenTable(IntTable):
    """Stock and token, tick by tick.

    Parameters
    ----------
    token_tick, stock_tick : float
        USD per price tick.
    """

    def __init__(self, token_tick: float, stock_tick: float) -> None:
        super().__init__(COLUMNS)
        self.token_tick = token_tick
        self.stock_tick = stock_tick

    def record(self, row: Mapping[str, int]) -> None:
        """Add a row; what is not named is 0."""
        self.extend(np.array([[row.get(c, 0) for c in self.columns]], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return the table in units: USD, tokens; `gap` is the log of token over stock."""
        return (
            pl.DataFrame(self.rows, schema=list(self.columns), orient="row")
            .with_columns(
                pl.col("open").cast(pl.Boolean),
                pl.col("value", "notional") * 1e-6,
                pl.col("auction", "stock") * self.stock_tick,
                pl.col("token") * (self.token_tick / 2),
                pl.col("last", "bid", "ask") * self.token_tick,
            )
            .with_columns((pl.col("token") / pl.col("stock")).log().alias("gap"))
        )
