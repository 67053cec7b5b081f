"""Exchanges that keep clients' coins, and who else hears of a robbery."""

from __future__ import annotations

from tidegate.agents.client_reserves import claim_assets
from tidegate.agents.deposit_exchanges import DepositExchanges
from tidegate.institutions.place import OTHERS, Institutions, Place
from tidegate.scenario import Scenario

__all__ = ["deposit_assets", "deposits"]


def deposit_assets(spec: Scenario) -> tuple[str, ...]:
    """Return what exchanges of a scenario owe, as assets of the books."""
    kept = () if spec.deposits is None else spec.deposits.exchanges
    return tuple(claim for one in kept for claim in claim_assets(one.name))


def deposits(place: Place, made: Institutions) -> None:
    """Put in exchanges with their clients; after the listed fund, whose holders hear of them."""
    if place.spec.deposits is None:
        return
    exchanges = made.deposits = DepositExchanges(
        place.model,
        spec=place.spec.deposits,
        hacks=place.board.hacks,
        coins_from=OTHERS,
        **place.trading(),
        **place.base("deposits"),
    )
    if made.etf is not None:
        made.etf.holders.scared = exchanges.fund_outflow
    made.add(exchanges, deposits=exchanges.frame, withdrawals=exchanges.request_frame)
