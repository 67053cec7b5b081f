"""The institutions that a scenario asks for, put into a market. Each is off where it is not given.

They come after everybody else and draw by their own names, so a market without them is, bit for
bit, the market that it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import polars as pl

from tidegate.agents.base import MarketAgent
from tidegate.agents.easing import CentralBank
from tidegate.agents.miners import Miners
from tidegate.agents.retail_crowd import RetailCrowd
from tidegate.books import Books
from tidegate.clock import Clock
from tidegate.levers import Board
from tidegate.scenario import Scenario
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["Institution", "Outsider", "Place", "found"]


@runtime_checkable
class Outsider(Protocol):
    """Who holds coins that the crowd does not, and trades for reasons of its own."""

    @property
    def lots(self) -> int:
        """Lots it holds on all venues."""

    @property
    def planned(self) -> int:
        """What it has decided to put into coins since the start, micro-USD."""


@runtime_checkable
class Institution(Protocol):
    """What keeps a table of its own."""

    def frame(self) -> pl.DataFrame:
        """Return its table in units."""


@dataclass(frozen=True, slots=True)
class Place:
    """The market that institutions are put into."""

    model: Any
    spec: Scenario
    venues: Sequence[Venue]
    books: Books
    board: Board
    streams: Streams
    clock: Clock
    crowd: RetailCrowd
    rounds: int

    def base(self, path: str) -> dict[str, Any]:
        """Return what every agent is made with."""
        return {
            "path": path,
            "venues": self.venues,
            "streams": self.streams,
            "clock": self.clock,
        }

    def trading(self) -> dict[str, Any]:
        """Return what a trading desk is made with, with an account at every venue."""
        return {
            "accounts": {venue.name: venue.open_accounts() for venue in self.venues},
            "books": self.books,
            "execution": self.spec.execution,
            "daily_volume": self.spec.asset.daily_volume,
            "rounds": self.rounds,
        }


def found(place: Place) -> dict[str, MarketAgent]:
    """Return the institutions of a scenario by the name of their table."""
    makers: Mapping[str, Callable[[Place], MarketAgent | None]] = {
        "rates": _central_bank,
        "mining": _miners,
    }
    made = {name: make(place) for name, make in makers.items()}
    return {name: agent for name, agent in made.items() if agent is not None}


def _central_bank(place: Place) -> CentralBank | None:
    spec = place.spec.easing
    if spec is None:
        return None
    return CentralBank(
        place.model,
        spec=spec,
        public=place.crowd,
        levers=place.board.rates,
        **{**place.base("central_bank"), "venues": ()},
    )


def _miners(place: Place) -> Miners | None:
    spec = place.spec.mining
    if spec is None:
        return None
    return Miners(
        place.model,
        spec=spec,
        levers=place.board.mining,
        **place.trading(),
        **place.base("miners/0"),
    )
