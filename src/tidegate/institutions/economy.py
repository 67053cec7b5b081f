"""The economy around the market, and who answers to it."""

from __future__ import annotations

from tidegate.agents.macro_economy import MacroEconomy
from tidegate.institutions.place import Institutions, Place

__all__ = ["economy"]


def economy(place: Place, made: Institutions) -> None:
    """Put in the factors."""
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
