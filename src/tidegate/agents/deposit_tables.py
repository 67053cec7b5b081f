"""What is recorded of exchanges with clients: their state by tick, and every request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidegate.agents.whole_columns import Whole, total
from tidegate.int_table import IntTable

if TYPE_CHECKING:
    from tidegate.agents.custodial_exchange import CustodialExchange

__all__ = ["DepositTable", "RequestTable"]

PPB = 1_000_000_000
MONEY = (
    "claims",  # micro-USD at the price of the moment, as all that follows
    "claims_native",
    "claims_traditional",
    "hot",
    "cold",
    "own",
    "debt",
    "equity",
    "waiting",
    "asked_native",  # since the start, at the price when it was asked
    "asked_traditional",
    "stolen",  # since the start
    "recovered",
    "given",  # by an owner
    "raised",  # from new shareholders
)
SHARES = ("sold", "kept", "fear", "cover", "recovery")
FLAGS = ("borrowed", "suspended", "failed")
COLUMNS = ("seconds", "exchange", *MONEY, *SHARES, *FLAGS)
REQUESTS = ("seconds", "exchange", "account", "usd")


class DepositTable(IntTable):
    """The exchanges' balance sheets and states."""

    def __init__(self) -> None:
        super().__init__(COLUMNS)

    def record(
        self,
        second: int,
        number: int,
        exchange: CustodialExchange,
        unit: float,
        fear: float,
        asked: Whole,
    ) -> None:
        """Add the row of one exchange at the end of a tick."""
        sheet, rescue, estate = exchange.sheet, exchange.rescue, exchange.estate
        value, native = exchange.depositors.value(unit), exchange.depositors.native
        paid = estate.recovery if estate is not None else None
        money = (
            sheet.owed(unit),
            total(value[native]),
            total(value[~native]),
            sheet.worth(sheet.hot, unit),
            sheet.worth(sheet.cold, unit),
            sheet.worth(sheet.own, unit),
            sheet.debt,
            exchange.equity(unit),
            exchange.open_requests(unit),
            int(asked[1]),
            int(asked[0]),
            exchange.stolen,
            exchange.recovered,
            rescue.given,
            rescue.raised,
        )
        shares = (rescue.sold, exchange.kept(unit), fear, sheet.cover(unit), -1.0)
        ppb = [round(share * PPB) for share in (*shares[:-1], -1.0 if paid is None else paid)]
        flags = (bool(rescue.drawn), exchange.suspended, exchange.failed)
        row = [second, number, *money, *ppb, *(int(flag) for flag in flags)]
        self.extend(np.array([row], dtype=np.int64))

    def frame(self, names: Sequence[str]) -> pl.DataFrame:
        """Return the table in units: USD and shares.

        ``sold``: share of the firm that new shareholders have; ``kept``: claims over the first
        ones; ``cover``: reserves over claims, as far as is public; ``recovery``: what an estate
        paid of a dollar owed, null before.
        """
        frame = pl.DataFrame(self.rows, schema=list(COLUMNS), orient="row")
        return frame.with_columns(
            pl.col("exchange").replace_strict(dict(enumerate(names)), return_dtype=pl.Utf8),
            *[(pl.col(name) * 1e-6).alias(name) for name in MONEY],
            *[(pl.col(name) / PPB).alias(name) for name in SHARES],
            *[pl.col(name).cast(pl.Boolean) for name in FLAGS],
        ).with_columns(
            pl.when(pl.col("recovery") >= 0.0).then(pl.col("recovery")).alias("recovery")
        )


class RequestTable(IntTable):
    """Who asked for how much, and when."""

    def __init__(self) -> None:
        super().__init__(REQUESTS)

    def record(self, second: int, exchange: int, account: int, usd: int) -> None:
        """Add a request for micro-USD."""
        self.extend(np.array([(second, exchange, account, usd)], dtype=np.int64))

    def frame(self, names: Sequence[str]) -> pl.DataFrame:
        """Return the table in units: USD."""
        frame = pl.DataFrame(self.rows, schema=list(REQUESTS), orient="row")
        return frame.with_columns(
            pl.col("exchange").replace_strict(dict(enumerate(names)), return_dtype=pl.Utf8),
            pl.col("usd") * 1e-6,
        )
