"""Pensions: plans, funds that promise benefits, systems abroad, and what their money asks for."""

from __future__ import annotations

from tidegate.agents.announcement import Anticipator
from tidegate.agents.defined_benefit import DefinedBenefitFunds
from tidegate.agents.foreign_systems import ForeignSystems
from tidegate.agents.linked_network import LinkedNetwork
from tidegate.agents.plan_population import PlanPopulation
from tidegate.agents.standards import Standards
from tidegate.institutions.place import OTHERS, THIEVES, Institutions, Place

__all__ = ["pensions", "standards"]


def pensions(place: Place, made: Institutions) -> None:
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


def standards(place: Place, made: Institutions) -> None:
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
