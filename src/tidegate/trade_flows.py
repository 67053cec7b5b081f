"""Who bought from whom: what kinds of traders exchanged with each other, day by day.

A venue knows which kind of owner opened each of its accounts, so the fills that a tape chains
into its digest can be told by kind as well. Sums are integers and stand beside the digest: they
tell a run, and decide nothing in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from tidegate.int_table import IntTable

if TYPE_CHECKING:
    import polars as pl

__all__ = ["UNKNOWN", "AccountKinds", "TradeFlows"]

UNKNOWN: Final = "others"  # of an account that nobody has named
FLOWS: Final = ("day", "buyer", "seller", "lots", "notional")
MICRO: Final = 1_000_000


class AccountKinds:
    """The kind of owner behind each account of a venue."""

    def __init__(self) -> None:
        self.names = [UNKNOWN]
        self._codes: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def name(self, first: int, kind: str, count: int = 1) -> None:
        """Say whose some accounts in a row are.

        Parameters
        ----------
        first, count
            The accounts.
        kind
            What their owner is, such as ``"maker"``.
        """
        if kind not in self.names:
            self.names.append(kind)
        self._reach(first + count)
        self._codes[first : first + count] = self.names.index(kind)

    def of(self, accounts: NDArray[Any]) -> NDArray[np.int64]:
        """Return the places in `names` of the kinds of some accounts."""
        if len(accounts):
            self._reach(int(accounts.max()) + 1)
        codes: NDArray[np.int64] = self._codes[accounts]
        return codes

    def _reach(self, count: int) -> None:
        missing = count - len(self._codes)
        if missing > 0:
            self._codes = np.pad(self._codes, (0, max(missing, len(self._codes))))


class TradeFlows:
    """Lots and micro-USD by day, buyer's kind and seller's kind; a copy shares what is sealed."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._days = IntTable(FLOWS)
        self._day = 0
        self._today: dict[tuple[int, int], tuple[int, int]] = {}
        # Today's fills by venue, with its kinds and units: counted together, at the day's end.
        self._fills: dict[int, list[NDArray[Any]]] = {}
        self._venues: dict[int, tuple[AccountKinds, int, int]] = {}

    def record(
        self,
        day: int,
        venue: int,
        fills: NDArray[Any],
        kinds: AccountKinds,
        lot_tick: int,
        buy: int,
    ) -> None:
        """Add the fills of a tick.

        Parameters
        ----------
        day
            Whole days since the start, no less than the last one.
        venue
            Number of a venue.
        fills
            Its fills; they are kept until the day ends.
        kinds
            Whose its accounts are.
        lot_tick
            Micro-USD of a price tick on a lot.
        buy
            What `taker_side` is where the taker bought.
        """
        if day != self._day:
            self._seal()
            self._day = day
        if len(fills):
            self._venues[venue] = (kinds, lot_tick, buy)
            self._fills.setdefault(venue, []).append(fills)

    def _count(self) -> None:
        """Add the fills that wait to today's sums."""
        for venue, waiting in self._fills.items():
            kinds, lot_tick, buy = self._venues[venue]
            # Joined as bytes: NumPy is slow to make sure that equal records are equal.
            fills = np.frombuffer(b"".join(f.tobytes() for f in waiting), dtype=waiting[0].dtype)
            places = np.array([self._place(name) for name in kinds.names])
            taker, maker = places[kinds.of(fills["taker"])], places[kinds.of(fills["maker"])]
            bought, many = fills["taker_side"] == buy, len(self.names)
            pair = np.where(bought, taker * many + maker, maker * many + taker)
            sums = np.zeros((2, many * many), dtype=np.int64)
            np.add.at(sums[0], pair, fills["quantity"])
            np.add.at(sums[1], pair, fills["quantity"] * fills["price"])
            for place in np.flatnonzero(sums[0]).tolist():
                key = divmod(place, many)
                lots, value = self._today.get(key, (0, 0))
                self._today[key] = (
                    lots + int(sums[0, place]),
                    value + int(sums[1, place]) * lot_tick,
                )
        self._fills = {}

    def _place(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def _seal(self) -> None:
        self._days.extend(self._open_rows())
        self._today = {}

    def _open_rows(self) -> NDArray[np.int64]:
        self._count()
        rows = [(self._day, *key, *sums) for key, sums in sorted(self._today.items())]
        return np.array(rows, dtype=np.int64).reshape(-1, len(FLOWS))

    def frame(self, lot: float) -> pl.DataFrame:
        """Return the flows in units, a row a day and pair of kinds.

        Parameters
        ----------
        lot
            Coins of a lot.

        Returns
        -------
        pl.DataFrame
            ``day`` (whole days since the start), ``buyer``, ``seller``, ``coins`` and
            ``notional`` (USD).
        """
        import polars as pl  # an agent in a foreign model needs venues and no frames

        rows = np.concatenate([self._days.rows, self._open_rows()])
        names = dict(enumerate(self.names))
        return (
            pl.DataFrame(rows, schema=dict.fromkeys(FLOWS, pl.Int64), orient="row")
            .with_columns(
                pl.col("buyer", "seller").replace_strict(names, return_dtype=pl.Utf8),
                (pl.col("lots") * lot).alias("coins"),
                pl.col("notional") / MICRO,
            )
            .select("day", "buyer", "seller", "coins", "notional")
            .sort("day", "buyer", "seller")
        )
