"""Central bank, states and miners."""

from __future__ import annotations

from tidegate.agents.easing import CentralBank
from tidegate.agents.linked_network import LinkedNetwork
from tidegate.agents.miners import Miners
from tidegate.agents.peers import similarity_weights
from tidegate.agents.sovereign_market import Sovereigns
from tidegate.institutions.place import Institutions, Place
from tidegate.scenario import Scenario
from tidegate.scenario.sovereign import StatesSpec

__all__ = ["central_bank", "miners", "sovereigns"]


def central_bank(place: Place, made: Institutions) -> None:
    """Put in who sets the policy rate."""
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


def sovereigns(place: Place, made: Institutions) -> None:
    """Put in states that keep reserves; before miners, who hand coins to them."""
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


def miners(place: Place, made: Institutions) -> None:
    """Put in the fleet and its hosts."""
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
