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
from tidegate.agents.diffusion import AdoptionNetwork
from tidegate.agents.easing import CentralBank
from tidegate.agents.miners import Miners
from tidegate.agents.peers import similarity_weights
from tidegate.agents.retail_crowd import RetailCrowd
from tidegate.agents.sovereign_market import Sovereigns
from tidegate.books import Books
from tidegate.clock import Clock
from tidegate.levers import Board
from tidegate.scenario import Scenario
from tidegate.scenario.sovereign import StatesSpec
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

    def accounts(self) -> dict[str, int]:
        """Open an account at every venue."""
        return {venue.name: venue.open_accounts() for venue in self.venues}


def found(place: Place) -> dict[str, MarketAgent]:
    """Return the institutions of a scenario by the name of their table."""
    makers: Mapping[str, Callable[[Place], MarketAgent | None]] = {
        "rates": _central_bank,
        "states": _sovereigns,  # before miners, who hand coins to them
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


def _sovereigns(place: Place) -> Sovereigns | None:
    spec = place.spec.states
    if spec is None:
        return None
    return Sovereigns(
        place.model,
        spec=spec,
        accounts=[place.accounts() for _ in spec.states],
        books=place.books,
        daily_volume=place.spec.asset.daily_volume,
        rounds=place.rounds,
        network=_peers(place, spec),
        levers=place.board.reserve,
        **place.base("states"),
    )


def _peers(place: Place, states: StatesSpec) -> AdoptionNetwork | None:
    peers = place.spec.state_peers
    if peers is None:
        return None
    return AdoptionNetwork(
        [state.code for state in states.states],
        peers.rule,
        weights=similarity_weights(states.attributes, peers.similarity),
        streams=place.streams,
        path="states/peers",
    )


def _miners(place: Place) -> Miners | None:
    spec = place.spec.mining
    if spec is None:
        return None
    return Miners(
        place.model,
        spec=spec,
        levers=place.board.mining,
        parties=_farms(place.spec),
        accounts=place.accounts(),
        books=place.books,
        execution=place.spec.execution,
        daily_volume=place.spec.asset.daily_volume,
        rounds=place.rounds,
        **place.base("miners/0"),
    )


def _farms(spec: Scenario) -> dict[str, str]:
    """Return the party that receives the coins of a host's state farms, where the state is here."""
    states = () if spec.states is None else spec.states.states
    hosts = set() if spec.mining is None else {host.name for host in spec.mining.hosts}
    named = {state.name.lower().replace(" ", "-"): f"{state.path}/mined" for state in states}
    return {host: party for host, party in named.items() if host in hosts}
