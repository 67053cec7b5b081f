"""A simulated market's own order stream, as a day in LOBSTER's format.

A venue that is recorded keeps a list of what it carries out, whoever asked for it. The list is
then carried out once more in a book of its own, which writes the messages and rows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from tidegate_core import Kind, Op
from tidegate_core.recorded import INSTRUCTION_DTYPE, RecordedEngine

from tidegate.replay.lobster import EMPTY_PRICE, Day
from tidegate.replay.recorder import LobsterRecorder

if TYPE_CHECKING:
    from tidegate.model import Market
    from tidegate.venue import Venue

__all__ = ["record"]

_SECOND: Final = 1_000_000_000
_ORDER: Final = ("side", "price", "quantity", "owner", "kind", "stp")
_CENTS: Final = 10_000  # of LOBSTER's prices to the dollar


def record(market: Market, days: float, *, venue: int | str = 0, levels: int = 10) -> Day:
    """Run a market and record what one of its venues carries out.

    The run is what it would be without: the same trades, prices and tape, bit for bit.

    Parameters
    ----------
    market
        It goes on from where it is; what rests in the venue then was there before the day begins.
    days
        How long.
    venue
        Number or name of the venue.
    levels
        Levels of each side to show.

    Returns
    -------
    Day
        Sizes are in the venue's lots. Times count from the market's first day. A tick has no
        instants within it: its messages are in their true order, and spread evenly over it.

    Raises
    ------
    ValueError
        For days below 0, a venue that there is not, or prices that the format cannot hold.
    TypeError
        For a market whose venues have margin.
    """
    if not hasattr(market, "venues"):
        raise TypeError(f"market is a {type(market).__name__}; only a Market's can be recorded")
    if not 0 <= days < math.inf:
        raise ValueError(f"days is {days}; it must be finite and >= 0")
    chosen = _venue(market, venue)
    unit = round(chosen.tick * _CENTS)
    if unit < 1 or abs(chosen.tick * _CENTS - unit) > 1e-9 * unit:
        raise ValueError(
            f"{chosen.name} has ticks of {chosen.tick} USD; the format holds multiples of 0.0001"
        )
    plain = chosen.engine
    recorded = RecordedEngine(plain.instruments, 0, plain.assets)
    recorded.restore(plain.snapshot())
    scribe = _Scribe(LobsterRecorder(recorded.book(), levels, unit))
    step = round(market.spec.step_seconds * _SECOND)
    chosen.engine = recorded
    try:
        for _ in range(round(days * market.spec.ticks_per_day)):
            begins = market.tick * step
            market.step()
            scribe.carry_out(recorded.take_instructions(), begins, step)
        scribe.compare(recorded)
    finally:
        chosen.engine = recorded.copy()
    return scribe.day()


def _venue(market: Market, venue: int | str) -> Venue:
    names = [known.name for known in market.venues]
    if venue not in names and venue not in range(len(names)):
        raise ValueError(
            f"venue is {venue!r}; it must be one of {', '.join(names)}, or its number from 0"
        )
    found: Venue = market.venues[names.index(venue) if isinstance(venue, str) else venue]
    return found


class _Scribe:
    """Carries out a venue's instructions in a book that writes them down."""

    def __init__(self, recorder: LobsterRecorder) -> None:
        self._recorder = recorder
        self._ids: dict[int, int] = {}  # of this book, by the venue's; those from before agree

    def carry_out(self, instructions: NDArray[np.void], begins: int, step: int) -> None:
        """Carry out a tick's instructions, spread over its time in nanoseconds."""
        names, count = INSTRUCTION_DTYPE.names or (), len(instructions)
        for at, row in enumerate(instructions.tolist()):
            self._recorder.book.time = begins + at * step // count
            self._carry_out_one(dict(zip(names, row, strict=True)))
        self._recorder.take_trades()

    def _carry_out_one(self, row: dict[str, int]) -> None:
        given = self._ids.pop(row["given"], row["given"])
        if row["op"] == Op.CANCEL:
            outcome = self._recorder.cancel(given)
        elif row["op"] == Op.REPLACE:
            outcome = self._recorder.replace(given, row["price"], row["quantity"])
        elif row["kind"] == Kind.MARKET and row["quantity"] == 0:
            return  # it found nothing to trade with
        else:
            outcome = self._recorder.submit(*(row[name] for name in _ORDER))
        assert outcome >= 0, f"order {row['order']} is refused where the venue took it"
        if row["op"] != Op.CANCEL:
            self._ids[row["order"]] = outcome

    def compare(self, engine: Any) -> None:
        """Assert that the book holds what the venue's does (our bug if not)."""
        book, true = self._recorder.book, engine.book()
        for side in (0, 1):
            ours, theirs = book.depth(side, len(book)), true.depth(side, len(true))
            assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)), (
                "the book written down is not the venue's"
            )

    def day(self) -> Day:
        """Return what is written down."""
        day = self._recorder.day()
        if (day.messages[:, 4] >= EMPTY_PRICE).any() or (day.rows[:, 0::4] > EMPTY_PRICE).any():
            raise ValueError("a price is 1,000,000 USD or more, which the format cannot hold")
        return day
