"""Tests that wait for a part of the model: one line each, with what they wait for."""

from __future__ import annotations

from typing import Final

from tidegate.validation.cases import Case, Kind

G, S, D, E, R = Kind.GOLDEN, Kind.STATISTICAL, Kind.DIRECTIONAL, Kind.EVENT, Kind.RIVAL

_MACRO: Final = "macro announcements in the recalibrated market"

_WAITING: Final = {
    _MACRO: (("S25.5", S, "shares of treasury companies fall further than the coin"),),
}

CASES: Final = tuple(
    Case(id=name, kind=kind, about=about, expected={}, needs=needs)
    for needs, rows in _WAITING.items()
    for name, kind, about in rows
)
