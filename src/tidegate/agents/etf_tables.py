"""What is recorded of a fund: tables of integers, a row per session, with units on demand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypeGuard

import numpy as np
import polars as pl

from tidegate.agents.etf_trust import NANO
from tidegate.int_table import IntTable

__all__ = ["EtfTable", "HolderTable", "ListedTable", "ParticipantTable", "SessionTable"]

EPOCH = dt.date(1970, 1, 1)

FUND = (
    "date",  # days since 1970-01-01
    "shares",  # outstanding
    "lots",  # in custody
    "claim",  # 1e-9 lots per share
    "nav",  # micro-USD per share
    "created",  # shares ordered in the session
    "redeemed",
    "issued",  # shares since the last row
    "cancelled",
    "lots_in",  # since the last row
    "lots_out",
    "fee",  # lots
    "lost",  # lots
    "frozen",
)

PARTICIPANT = (
    "date",  # days since 1970-01-01
    "shares",
    "borrowed",  # shares
    "due",  # shares ordered, not yet issued
    "lots",  # at the venues of coins
    "futures",  # lots; positive is long
    "cash",  # micro-USD, everywhere
    "created",  # shares ordered in the session
    "redeemed",
    "fees",  # micro-USD paid for loans of shares in the session
    "paid_in",  # micro-USD from its parent since the start
)

HOLDERS = (
    "date",  # days since 1970-01-01
    "wanted",  # micro-USD; positive buys
    "done",  # micro-USD
    "feared",  # micro-USD wanted out of fear, as a part of what is wanted
    "carried",  # by basis traders
    "flow_shares",
    "patient_shares",  # with those lent
    "patient_cash",  # micro-USD
)

LISTED = (
    "date",  # days since 1970-01-01
    "open",  # ticks, price of the opening auction; 0: no trade
    "close",  # ticks, last price
    "value",  # micro-USD, what a share's coins are worth at the close
    "volume",  # shares
    "notional",  # micro-USD
    "halts",
    "shut",  # 1: the exchange did not trade
)


class SessionTable(IntTable):
    """A row per session; the first column is its date."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(columns)
        self._last: dt.date | None = None

    def lacks(self, day: dt.date | None) -> TypeGuard[dt.date]:
        """Tell whether a session has closed that is not recorded yet."""
        return day is not None and day != self._last

    def record(self, day: dt.date, row: Mapping[str, int]) -> None:
        """Add the row of a session that has closed."""
        self._last = day
        values = {"date": (day - EPOCH).days, **row}
        self.extend(np.array([[values[c] for c in self.columns]], dtype=np.int64))

    def _dated(self) -> pl.DataFrame:
        frame = pl.DataFrame(self.rows, schema=list(self.columns), orient="row")
        days = pl.duration(days=pl.col("date"))
        return frame.with_columns((pl.lit(EPOCH) + days).alias("date"))


class EtfTable(SessionTable):
    """What the fund issued, holds and is worth, session by session."""

    def __init__(self, lot: float) -> None:
        super().__init__(FUND)
        self.lot = lot

    def frame(self) -> pl.DataFrame:
        """Return the table in units: USD, coins, shares; `flow` is what is published, USD."""
        coins = ("lots", "lots_in", "lots_out", "fee", "lost")
        return (
            self._dated()
            .with_columns(
                *[(pl.col(c) * self.lot).alias(c) for c in coins],
                pl.col("claim") * (self.lot / NANO),
                pl.col("nav") * 1e-6,
                pl.col("frozen").cast(pl.Boolean),
            )
            .with_columns(
                ((pl.col("created") - pl.col("redeemed")) * pl.col("nav")).alias("flow"),
                (pl.col("shares") * pl.col("nav")).alias("assets"),
            )
        )


class ParticipantTable(SessionTable):
    """What a participant holds, owes and ordered, session by session."""

    def __init__(self, lot: float) -> None:
        super().__init__(PARTICIPANT)
        self.lot = lot

    def frame(self) -> pl.DataFrame:
        """Return the table in units: USD, coins, shares."""
        return self._dated().with_columns(
            pl.col("lots", "futures") * self.lot,
            pl.col("cash", "fees", "paid_in") * 1e-6,
        )


class HolderTable(SessionTable):
    """What holders wanted, did and have, session by session."""

    def __init__(self) -> None:
        super().__init__(HOLDERS)

    def frame(self) -> pl.DataFrame:
        """Return the table in units: USD, shares."""
        return self._dated().with_columns(
            pl.col("wanted", "done", "feared", "carried", "patient_cash") * 1e-6,
        )


class ListedTable(SessionTable):
    """What was traded, and at what premium, session by session."""

    def __init__(self, tick: float) -> None:
        super().__init__(LISTED)
        self.tick = tick

    def frame(self) -> pl.DataFrame:
        """Return the table in units: USD, shares, premium as a share of the value."""
        return (
            self._dated()
            .with_columns(
                pl.col("open", "close") * self.tick,
                pl.col("value", "notional") * 1e-6,
                pl.col("shut").cast(pl.Boolean),
            )
            .with_columns((pl.col("close") / pl.col("value") - 1.0).alias("premium"))
        )
