"""Listed firms that hold coins as a treasury."""

from __future__ import annotations

from tidegate.agents.company_founding import found_companies
from tidegate.institutions.place import OTHERS, Institutions, Place

__all__ = ["companies"]


def companies(place: Place, made: Institutions) -> None:
    """Put in the firms, their exchanges and their holders."""
    spec = place.spec.companies
    if spec is None:
        return
    found = made.companies = found_companies(
        place.model,
        spec,
        venues=place.venues,
        books=place.books,
        streams=place.streams,
        clock=place.clock,
        daily_volume=place.spec.asset.daily_volume,
        rounds=place.rounds,
        coins_from=OTHERS,
        trading=place.spec.matching,
        levers=place.board.companies,
    )
    for agent in found.agents:
        made.add(agent)
    made.tables |= {"companies": found.sector.frame}
