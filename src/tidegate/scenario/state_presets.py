"""States that come with the package: one file a state, beside every value where it comes from.

A value stands as ``{ value = ..., source = "..." }``, or plainly in a table whose own ``source``
speaks for all plain values in it. What a file does not name keeps the default of the field, and
the source of that default.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Final

from tidegate.scenario.sovereign import StateSpec
from tidegate.scenario.venue_presets import with_sources

__all__ = ["PEERS", "load_state", "state_presets", "state_sources"]

PREFIX: Final = "state-"
SUFFIX: Final = ".toml"
PEERS: Final = ("azerbaijan", "uzbekistan", "turkmenistan", "uae", "saudi-arabia")
"""States that might follow Kazakhstan: energy producers nearby, then the Gulf."""


def state_presets() -> tuple[str, ...]:
    """Return the names of the states that come with the package."""
    files = (entry.name for entry in resources.files("tidegate.data").iterdir())
    return tuple(
        sorted(
            name.removeprefix(PREFIX).removesuffix(SUFFIX)
            for name in files
            if name.startswith(PREFIX) and name.endswith(SUFFIX)
        )
    )


def load_state(name: str) -> StateSpec:
    """Return a state that comes with the package.

    Raises
    ------
    ValueError
        If there is none of that name; names those there are.
    """
    return StateSpec.model_validate(_read(name)[0])


def state_sources(name: str) -> dict[str, str]:
    """Return the source of every value that a state's file names, by dotted path."""
    return dict(_read(name)[1])


@cache
def _read(name: str) -> tuple[dict[str, Any], dict[str, str]]:
    if name not in state_presets():
        raise ValueError(f"state is {name!r}; known are {', '.join(state_presets())}")
    text = resources.files("tidegate.data").joinpath(f"{PREFIX}{name}{SUFFIX}").read_text()
    return with_sources(tomllib.loads(text))
