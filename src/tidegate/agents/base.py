"""What every market agent is: a Mesa agent with a stable path and hooks within a tick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import mesa

if TYPE_CHECKING:
    from tidegate.clock import Clock
    from tidegate.streams import Streams
    from tidegate.venue import Venue

__all__ = ["MarketAgent"]


class MarketAgent(mesa.Agent):  # type: ignore[misc]
    """A trader in any Mesa model.

    Agents get everything they use when they are made (venues, streams, clock) and read nothing
    else of the model, so they work in models other than tidegate's own.

    Parameters
    ----------
    model : mesa.Model
        The model they belong to.
    path : str
        Stable name, such as ``"maker/0"``: the key of all their draws.
    venues : sequence of Venue
        Where they trade.
    streams : Streams
        Keyed random numbers.
    clock : Clock
        The world's clock.
    """

    def __init__(
        self,
        model: Any,
        *,
        path: str,
        venues: Sequence[Venue],
        streams: Streams,
        clock: Clock,
    ) -> None:
        super().__init__(model)
        self.path = path
        self.venues = tuple(venues)
        self.streams = streams
        self.clock = clock

    @property
    def pending(self) -> bool:
        """Whether the agent wants another round in this tick."""
        return False

    def begin(self) -> None:
        """Start a tick: revalue, plan."""

    def withdraw(self) -> None:
        """Start a round: take one's quotes out of the book."""

    def post(self) -> None:
        """Put back orders that do not depend on others' quotes."""

    def quote(self) -> None:
        """Quote around the venues' indicative prices."""

    def trade(self) -> None:
        """Send orders; the exchange clears them in arrival order."""

    def end(self) -> None:
        """End a tick: settle with others, record."""

    def step(self) -> None:
        """Do all of a tick's hooks once: the form foreign models use."""
        self.begin()
        self.withdraw()
        self.post()
        self.quote()
        self.trade()
        self.end()
