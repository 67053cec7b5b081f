"""States that come with the package: one file a state, beside every value where it comes from.

A value stands as ``{ value = ..., source = "..." }``, or plainly in a table whose own ``source``
speaks for all plain values in it. What a file does not name keeps the default of the field, and
the source of that default.
"""

from __future__ import annotations

from typing import Final

from tidegate.scenario.sourced_files import SourcedFiles
from tidegate.scenario.sovereign import StateSpec

__all__ = ["PEERS", "load_state", "state_presets", "state_sources"]

FILES: Final = SourcedFiles("state", "state-")
PEERS: Final = ("azerbaijan", "uzbekistan", "turkmenistan", "uae", "saudi-arabia")
"""States that might follow Kazakhstan: energy producers nearby, then the Gulf."""


def state_presets() -> tuple[str, ...]:
    """Return the names of the states that come with the package."""
    return FILES.names()


def load_state(name: str) -> StateSpec:
    """Return a state that comes with the package.

    Raises
    ------
    ValueError
        If there is none of that name; names those there are.
    """
    return StateSpec.model_validate(FILES.values(name))


def state_sources(name: str) -> dict[str, str]:
    """Return the source of every value that a state's file names, by dotted path."""
    return FILES.sources(name)
