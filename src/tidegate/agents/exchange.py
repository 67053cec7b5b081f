"""The exchange: the agent that runs a venue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidegate_core import Side

from tidegate.agents.base import MarketAgent
from tidegate.venue import Venue

if TYPE_CHECKING:
    from tidegate.tape import Tape

__all__ = ["Exchange"]

DAY = 86_400


class Exchange(MarketAgent):
    """Runs one venue: publishes an indicative price, clears orders, writes the tape.

    Parameters
    ----------
    model, path, streams, clock
        As of every market agent.
    venue : Venue
        The venue it runs.
    number : int
        Its number on the tape.
    reference_lots : int
        Quantity whose two-sided cost makes the indicative price.
    price : float
        Price before the first trade, USD.
    """

    def __init__(
        self,
        model: Any,
        *,
        venue: Venue,
        number: int,
        reference_lots: int,
        price: float,
        **base: Any,
    ) -> None:
        super().__init__(model, venues=(venue,), **base)
        self.venue = venue
        self.number = number
        self.reference_lots = reference_lots
        venue.indicative = venue.ticks(price)
        self._last = venue.ticks(price)

    def publish(self) -> None:
        """Publish the indicative price of the orders that rest now."""
        self.venue.publish(self.reference_lots)

    def step(self) -> None:
        """Clear what was sent since the last step, in order of arrival."""
        self.venue.clear()

    def close(self, tape: Tape, *, outside: int, flow: int, crowd: int, consensus: float) -> None:
        """Write the tick to the tape.

        Parameters
        ----------
        tape : Tape
            Where to write.
        outside, crowd : int
            Lots held by outsiders (all venues) and by the crowd of this venue.
        flow : int
            Micro-USD that outsiders have decided to invest since the start.
        consensus : float
            Log of the crowd's consensus value.
        """
        venue = self.venue
        fills = venue.take_fills()
        opened = self._last
        close = round(venue.indicative)
        high, low, volume, notional = max(opened, close), min(opened, close), 0, 0
        if len(fills):
            prices, lots = fills["price"], fills["quantity"]
            high, low = max(high, int(prices.max())), min(low, int(prices.min()))
            volume = int(lots.sum())
            unit = round(venue.tick * venue.lot * 1e6)
            notional = int((prices * lots).sum()) * unit
            tape.record_fills(fills.tobytes())
            day = self.clock.seconds // DAY
            tape.flows.record(day, self.number, fills, venue.kinds, unit, int(Side.BUY))
        bid, ask = venue.best_bid, venue.best_ask
        tape.append(
            (
                self.clock.tick,
                self.number,
                opened,
                high,
                low,
                close,
                round(2 * venue.indicative),
                volume,
                notional,
                len(fills),
                venue.depth_within(Side.BUY, 0.01),
                venue.depth_within(Side.SELL, 0.01),
                ask - bid if bid is not None and ask is not None else 0,
                crowd,
                outside,
                flow,
                round(consensus * 1e9),
            )
        )
        self._last = close
