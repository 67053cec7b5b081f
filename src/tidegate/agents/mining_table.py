"""What mining came to, a row per day and host, integers only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from tidegate.int_table import IntTable

__all__ = ["COLUMNS", "MiningRow", "MiningTable"]

TERA = 1e-6  # EH in a TH


class MiningRow(NamedTuple):
    """A day of one host."""

    day: int
    host: int
    hashrate: int  # TH/s that worked, on average
    idle: int  # TH/s switched off
    energy: int  # kWh that miners got
    deficit_hours: int  # hours in which others went short
    rationed_hours: int  # hours in which miners did
    unserved: int  # kWh that others did not get
    tax: int  # micro-USD
    cost: int  # micro-USD of private miners, tax included
    state_cost: int  # micro-USD of the state's farms
    mined: int  # lots
    state_mined: int  # lots, part of the above
    kept: int  # lots that the state kept
    sold: int  # lots that left the miners' treasury, by what each host had in it
    held: int  # lots in that treasury
    difficulty: int  # TH per block, the same everywhere


COLUMNS = MiningRow._fields


class MiningTable(IntTable):
    """Append-only rows; a copy shares what is sealed."""

    def __init__(self) -> None:
        super().__init__(COLUMNS)

    def append(self, rows: Sequence[MiningRow]) -> None:
        """Add a day's rows."""
        self.extend(np.array(rows, dtype=np.int64))

    def frame(self, hosts: tuple[str, ...], lot: float) -> pl.DataFrame:
        """Return the table in units: EH/s, MW, MWh, USD, coins.

        Parameters
        ----------
        hosts
            Names by host index.
        lot
            Coins per lot.
        """
        frame = pl.DataFrame(self.rows, schema=list(COLUMNS), orient="row")
        coins = ("mined", "state_mined", "kept", "sold", "held")
        money = ("tax", "cost", "state_cost")
        return frame.with_columns(
            *[(pl.col(c) * TERA).alias(c) for c in ("hashrate", "idle")],
            (pl.col("energy") / 24_000).alias("power"),
            *[(pl.col(c) / 1000).alias(c) for c in ("energy", "unserved")],
            *[(pl.col(c) * 1e-6).alias(c) for c in money],
            *[(pl.col(c) * lot).alias(c) for c in coins],
            (pl.col("hashrate") / pl.col("hashrate").sum().over("day")).alias("share"),
            pl.col("host").replace_strict(dict(enumerate(hosts)), return_dtype=pl.Utf8),
        )
