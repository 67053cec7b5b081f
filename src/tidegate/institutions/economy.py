"""The economy around the market, and who answers to it."""

from __future__ import annotations

from tidegate.agents.global_allocators import GlobalAllocators
from tidegate.agents.haven_holders import HavenHolders
from tidegate.agents.macro_economy import MacroEconomy
from tidegate.agents.reserve_defence import ReserveDefence
from tidegate.institutions.place import OTHERS, Institutions, Place

__all__ = ["economy"]


def economy(place: Place, made: Institutions) -> None:
    """Put in the factors, and after them those who look at factors."""
    spec = place.spec.macro
    if spec is None:
        return
    macro = MacroEconomy(
        place.model,
        spec=spec,
        public=place.crowd,
        posted=place.board.macro,
        **place.base("macro"),
    )
    made.add(macro, macro=macro.frame)
    _allocators(place, made, macro)
    _haven(place, made, macro)
    _defence(place, made, macro)


def _allocators(place: Place, made: Institutions, macro: MacroEconomy) -> None:
    spec = place.spec.allocators
    if spec is None:
        return
    allocators = GlobalAllocators(
        place.model,
        spec=spec,
        economy=macro,
        coins_from=OTHERS,
        price=place.spec.asset.price,
        **place.trading(),
        **place.base("allocators"),
    )
    made.add(allocators, allocators=allocators.frame)


def _haven(place: Place, made: Institutions, macro: MacroEconomy) -> None:
    spec = place.spec.haven
    if spec is None:
        return
    haven = HavenHolders(
        place.model, spec=spec, economy=macro, **place.trading(), **place.base("haven")
    )
    made.add(haven, haven=haven.frame)


def _defence(place: Place, made: Institutions, macro: MacroEconomy) -> None:
    spec = place.spec.reserve_defence
    if spec is None:
        return
    banks = ReserveDefence(
        place.model, spec=spec, factors=macro.factors, **place.base("reserve_defence")
    )
    made.add(banks, reserve_defence=banks.frame)
