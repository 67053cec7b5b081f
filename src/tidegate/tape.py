"""The tape of a run: one integer row per venue and tick, in sealed chunks that forks share.

Rows hold integers only (ticks, lots, micro-USD), so that the digest of a tape is the same
everywhere. Conversion to frames with units happens once, in `Tape.bars`.
"""

from __future__ import annotations

import copy
import hashlib
from typing import Any, Self

import numpy as np
import polars as pl

from tidegate.int_table import IntTable
from tidegate.trade_flows import TradeFlows

__all__ = ["COLUMNS", "Tape"]

COLUMNS = (
    "tick",
    "venue",
    "open",  # prices in ticks
    "high",
    "low",
    "close",
    "mid2",  # twice the indicative mid, ticks
    "volume",  # lots
    "notional",  # micro-USD
    "trades",
    "bid_depth",  # lots within 1 % of the mid
    "ask_depth",
    "spread",  # ticks between makers' best quotes
    "float_coins",  # lots held by the crowd on this venue
    "outside_coins",  # lots held by funds and other outsiders, all venues
    "outside_flow",  # micro-USD that outsiders have decided to put into coins since the start
    "consensus",  # log consensus value, 1e-9
)


class Tape(IntTable):
    """Append-only rows; a copy shares what is sealed."""

    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self.flows = TradeFlows()  # told of fills; no part of the digest
        self._fills = b""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = super().__deepcopy__(memo)
        twin.flows = copy.deepcopy(self.flows, memo)
        return twin

    def append(self, row: tuple[int, ...]) -> None:
        """Add a row, one integer per column of `COLUMNS`."""
        self.extend(np.array([row], dtype=np.int64))

    def record_fills(self, fills: bytes) -> None:
        """Chain a batch of fills into the digest, in the order they happened."""
        self._fills = hashlib.blake2b(self._fills + fills, digest_size=16).digest()

    @property
    def digest(self) -> str:
        """Hash of every row and every fill so far."""
        return self._hash(self._fills)

    def bars(
        self, venues: tuple[str, ...], tick: float, lot: float, step_seconds: int
    ) -> pl.DataFrame:
        """Return the tape in units: USD, coins, seconds.

        Parameters
        ----------
        venues
            Names by venue index.
        tick, lot
            USD per price tick and coins per lot.
        step_seconds
            Length of a tick of the clock.
        """
        frame = pl.DataFrame(self.rows, schema=list(COLUMNS), orient="row")
        price = [(pl.col(c) * tick).alias(c) for c in ("open", "high", "low", "close")]
        coins = ("volume", "bid_depth", "ask_depth", "float_coins", "outside_coins")
        return frame.with_columns(
            *price,
            *[(pl.col(c) * lot).alias(c) for c in coins],
            (pl.col("mid2") * (tick / 2)).alias("mid"),
            *[(pl.col(c) * 1e-6).alias(c) for c in ("notional", "outside_flow")],
            (pl.col("spread") * tick).alias("spread"),
            (pl.col("consensus") * 1e-9).exp().alias("consensus"),
            pl.col("venue").replace_strict(dict(enumerate(venues)), return_dtype=pl.Utf8),
            ((pl.col("tick") + 1) * step_seconds).alias("seconds"),
        ).drop("mid2")
