"""The institutions that a scenario asks for, put into a market. Each is off where it is not given.

They come after everybody else and draw by their own names, so a market without them is, bit for
bit, the market that it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import polars as pl

from tidegate.agents.announcement import Anticipator
from tidegate.agents.base import MarketAgent
from tidegate.agents.defined_benefit import DefinedBenefitFunds
from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.easing import CentralBank
from tidegate.agents.etf_founding import Etf, found_etf
from tidegate.agents.followers import Followers
from tidegate.agents.foreign_systems import ForeignSystems
from tidegate.agents.linked_network import LinkedNetwork, link
from tidegate.agents.market_maker import MarketMaker
from tidegate.agents.miners import Miners
from tidegate.agents.peers import similarity_weights
from tidegate.agents.plan_population import PlanPopulation
from tidegate.agents.retail_crowd import RetailCrowd
from tidegate.agents.sovereign_market import Sovereigns
from tidegate.agents.standards import Standards
from tidegate.books import ASSETS, Books
from tidegate.clock import Clock
from tidegate.levers import Board
from tidegate.listed_venue import ListedVenue
from tidegate.scenario import Scenario
from tidegate.scenario.sovereign import StatesSpec
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["Institutions", "Outsider", "Place", "assets_of", "found"]

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


@dataclass(slots=True)
class Institutions:
    """What a market has of them, in the order in which it asks them."""

    agents: list[MarketAgent] = field(default_factory=list)
    tables: dict[str, Callable[[], pl.DataFrame]] = field(default_factory=dict)
    etf: Etf | None = None
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
        """Markets of listed shares."""
        return () if self.etf is None else (self.etf.listed,)

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return their tables in units, by name."""
        return {name: table() for name, table in self.tables.items()}

    def audit(self) -> None:
        """Prove that every share is backed; raises AssertionError with what is not."""
        if self.etf is not None:
            self.etf.issuer.audit()


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


def assets_of(spec: Scenario) -> tuple[str, ...]:
    """Return what the books of a scenario keep."""
    return ASSETS if spec.etf is None else (*ASSETS, spec.etf.ticker)


def found(place: Place) -> Institutions:
    """Return the institutions of a scenario."""
    made = Institutions()
    _central_bank(place, made)
    _sovereigns(place, made)  # before miners, who hand coins to them
    _miners(place, made)
    _pensions(place, made)
    _etf(place, made)
    _followers(place, made)
    if place.spec.links is not None:
        link(made.networks, place.spec.links.strength)
    _standards(place, made)
    return made


def _central_bank(place: Place, made: Institutions) -> None:
    if place.spec.easing is None:
        return
    bank = CentralBank(
        place.model,
        spec=place.spec.easing,
        public=place.crowd,
        levers=place.board.rates,
        **{**place.base("central_bank"), "venues": ()},
    )
    made.add(bank, rates=bank.frame)


# -- states and miners ----------------------------------------------------------------------------


def _sovereigns(place: Place, made: Institutions) -> None:
    if place.spec.states is None:
        return
    spec = _without_what_farms_mine(place.spec.states, place.spec)
    states = Sovereigns(
        place.model,
        spec=spec,
        accounts=[place.accounts() for _ in spec.states],
        books=place.books,
        daily_volume=place.spec.asset.daily_volume,
        rounds=place.rounds,
        network=_peers(place, spec, made),
        levers=place.board.reserve,
        **place.base("states"),
    )
    made.add(states, states=states.frame)


def _without_what_farms_mine(states: StatesSpec, spec: Scenario) -> StatesSpec:
    """Return states whose farms' coins come from the miners here, and not by a rate besides."""
    farms = _farms(spec).values()
    none = {"coins_per_day": 0.0}
    alone = tuple(
        state.model_copy(update={"mining": state.mining.model_copy(update=none)})
        if f"{state.path}/mined" in farms
        else state
        for state in states.states
    )
    return states.model_copy(update={"states": alone})


def _peers(place: Place, states: StatesSpec, made: Institutions) -> LinkedNetwork | None:
    peers = place.spec.state_peers
    if peers is None:
        return None
    network = LinkedNetwork(
        [state.code for state in states.states],
        peers.rule,
        weights=similarity_weights(states.attributes, peers.similarity),
        streams=place.streams,
        path="states/peers",
    )
    made.networks.append(network)
    return network


def _miners(place: Place, made: Institutions) -> None:
    spec = place.spec.mining
    if spec is None:
        return
    miners = Miners(
        place.model,
        spec=spec,
        levers=place.board.mining,
        parties=_farms(place.spec),
        **place.trading(),
        **place.base("miners/0"),
    )
    made.add(miners, mining=miners.frame)


def _farms(spec: Scenario) -> dict[str, str]:
    """Return the party that receives the coins of a host's state farms, where the state is here."""
    states = () if spec.states is None else spec.states.states
    hosts = set() if spec.mining is None else {host.name for host in spec.mining.hosts}
    named = {state.name.lower().replace(" ", "-"): f"{state.path}/mined" for state in states}
    return {host: party for host, party in named.items() if host in hosts}


# -- pensions -------------------------------------------------------------------------------------


def _pensions(place: Place, made: Institutions) -> None:
    """Put in funds that promise benefits, plans, systems abroad, and who runs ahead of them."""
    spec = place.spec
    funds = None
    if spec.defined_benefit:
        funds = DefinedBenefitFunds(
            place.model,
            funds=spec.defined_benefit,
            failed=place.board.failed,
            **place.trading(),
            **place.base("defined_benefit"),
        )
        made.add(funds, defined_benefit=funds.frame)
    if spec.plans is None:
        return
    plans = _plans(place, funds, made)
    records = plans.records
    made.add(plans, plans=records.frame, sponsors=records.plan_frame, savers=records.saver_frame)
    if funds is not None:
        funds.listing = plans.listing_share
    if spec.foreign is not None:
        foreign = ForeignSystems(
            place.model,
            spec=spec.foreign,
            listing=plans.listing_share,
            **place.trading(),
            **place.base("foreign"),
        )
        made.add(foreign, foreign=foreign.frame)
    if spec.anticipation is not None:
        ahead = Anticipator(
            place.model,
            spec=spec.anticipation,
            pending=place.board.pending,
            assets_usd=spec.plans.assets_usd,
            **place.trading(),
            **place.base("anticipator"),
        )
        made.add(ahead)


def _plans(place: Place, funds: DefinedBenefitFunds | None, made: Institutions) -> PlanPopulation:
    spec = place.spec.plans
    assert spec is not None
    peers = LinkedNetwork(
        [f"plans/0/{number}" for number in range(spec.sponsors.plans)],
        spec.sponsors.imitation,
        streams=place.streams,
        path="plans/0/peers",
    )
    made.networks.append(peers)
    return PlanPopulation(
        place.model,
        spec=spec,
        levers=place.board.plans,
        peers=peers,
        cases=None if funds is None else funds.public_cases,
        **place.trading(),
        **place.base("plans/0"),
    )


def _standards(place: Place, made: Institutions) -> None:
    """Put in what pension money asks of custody and markets, whoever's it is."""
    if place.spec.infrastructure is None:
        return
    kinds = (PlanPopulation, DefinedBenefitFunds, ForeignSystems)
    holders = [agent for agent in made.agents if isinstance(agent, kinds)]
    standards = Standards(
        place.model,
        spec=place.spec.infrastructure,
        holders=[*([] if place.pension is None else [place.pension]), *holders],
        makers=place.makers,
        books=place.books,
        supply=place.spec.asset.supply,
        custody=OTHERS,
        thieves=THIEVES,
        **place.base("standards"),
    )
    made.add(standards, standards=standards.frame)


# -- the fund -------------------------------------------------------------------------------------


def _etf(place: Place, made: Institutions) -> None:
    spec = place.spec
    if spec.etf is None:
        return
    etf = made.etf = found_etf(
        place.model,
        spec.etf,
        venues=place.venues,
        books=place.books,
        streams=place.streams,
        clock=place.clock,
        price=spec.asset.price,
        supply=spec.asset.supply,
        daily_volume=spec.asset.daily_volume,
        rounds=place.rounds,
        coins_from=OTHERS,
        levers=place.board.etf,
    )
    made.add(etf.issuer, etf=etf.issuer.table.frame)
    made.add(etf.market, etf_market=etf.market.table.frame)
    for number, participant in enumerate(etf.participants):
        made.add(participant, **{f"participant_{number}": participant.table.frame})
    made.add(etf.holders, etf_holders=etf.holders.table.frame)


# -- those who wait and watch ---------------------------------------------------------------------


def _followers(place: Place, made: Institutions) -> None:
    for spec in place.spec.followers:
        path = f"followers/{spec.name}"
        network = LinkedNetwork(
            [f"{path}/{number}" for number in range(spec.members)],
            spec.rule,
            streams=place.streams,
            path=f"{path}/peers",
        )
        made.networks.append(network)
        class_ = Followers(
            place.model, spec=spec, network=network, **place.trading(), **place.base(path)
        )
        made.add(class_, **{f"followers_{spec.name}": class_.frame})
