"""The market that institutions are put into, and the list of those that are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import polars as pl

from tidegate.agents.appraised_token import AppraisedToken
from tidegate.agents.base import MarketAgent
from tidegate.agents.company_founding import Companies
from tidegate.agents.deposit_exchanges import DepositExchanges
from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.etf_founding import Etf
from tidegate.agents.linked_network import LinkedNetwork
from tidegate.agents.market_maker import MarketMaker
from tidegate.agents.retail_crowd import RetailCrowd
from tidegate.agents.token_founding import Tokens
from tidegate.books import Books
from tidegate.clock import Clock
from tidegate.levers import Board
from tidegate.listed_venue import ListedVenue
from tidegate.scenario import Scenario
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["OTHERS", "THIEVES", "Institutions", "Outsider", "Place"]

OTHERS = "others"  # who holds what no simulated account does
THIEVES = "thieves"


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
class Backed(Protocol):
    """Who has issued, or owns, what stands in the books of others."""

    def audit(self) -> None:
        """Prove that all of it is there; raises AssertionError with what is not."""


@dataclass(slots=True)
class Institutions:
    """What a market has of them, in the order in which it asks them."""

    agents: list[MarketAgent] = field(default_factory=list)
    tables: dict[str, Callable[[], pl.DataFrame]] = field(default_factory=dict)
    etf: Etf | None = None
    tokens: Tokens | None = None
    appraised: AppraisedToken | None = None
    companies: Companies | None = None
    deposits: DepositExchanges | None = None
    networks: list[LinkedNetwork] = field(default_factory=list)

    def add(self, agent: MarketAgent, **tables: Callable[[], pl.DataFrame]) -> None:
        """Take one in, with its tables: bound methods, so that a copy shows its own."""
        self.agents.append(agent)
        self.tables |= tables

    @property
    def outsiders(self) -> list[Outsider]:
        """Those who hold coins."""
        return [agent for agent in self.agents if isinstance(agent, Outsider)]

    @property
    def listed(self) -> tuple[ListedVenue, ...]:
        """Markets of listed shares, and of tokens on them."""
        funds = () if self.etf is None else (self.etf.listed,)
        tokens = () if self.tokens is None else self.tokens.listed
        farms = () if self.appraised is None else (self.appraised.venue,)
        firms = () if self.companies is None else self.companies.listed
        return (*funds, *tokens, *farms, *firms)

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return their tables in units, by name."""
        return {name: table() for name, table in self.tables.items()}

    def audit(self) -> None:
        """Prove that every share and claim is backed; raises AssertionError with what is not."""
        for agent in self.agents:
            if isinstance(agent, Backed):
                agent.audit()


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
    makers: Sequence[MarketMaker] = ()
    pension: DeskAgent | None = None  # the sector as one trader

    def base(self, path: str) -> dict[str, Any]:
        """Return what every agent is made with."""
        return {
            "path": path,
            "venues": self.venues,
            "streams": self.streams,
            "clock": self.clock,
        }

    def trading(self) -> dict[str, Any]:
        """Return what who trades coins is made with: an account at every venue, and terms."""
        return {
            "accounts": self.accounts(),
            "books": self.books,
            "execution": self.spec.execution,
            "daily_volume": self.spec.asset.daily_volume,
            "rounds": self.rounds,
        }

    def accounts(self) -> dict[str, int]:
        """Open an account at every venue."""
        return {venue.name: venue.open_accounts() for venue in self.venues}
