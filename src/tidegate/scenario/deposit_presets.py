"""Exchanges that come with the package: a file each, beside every value where it comes from.

A file has the exchange and, in the table `theft`, what was taken from it. What it does not name
keeps the default of the field, and the source of that default.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Final

from tidegate.scenario.deposits import CustodialExchangeSpec
from tidegate.scenario.venue_presets import with_sources

__all__ = ["exchange_presets", "exchange_sources", "load_exchange", "load_theft"]

PREFIX: Final = "exchange-"
SUFFIX: Final = ".toml"
THEFT: Final = "theft"


def exchange_presets() -> tuple[str, ...]:
    """Return the names of the exchanges that come with the package."""
    files = (entry.name for entry in resources.files("tidegate.data").iterdir())
    return tuple(
        sorted(
            name.removeprefix(PREFIX).removesuffix(SUFFIX)
            for name in files
            if name.startswith(PREFIX) and name.endswith(SUFFIX)
        )
    )


def load_exchange(name: str) -> CustodialExchangeSpec:
    """Return an exchange that comes with the package.

    Raises
    ------
    ValueError
        If there is none of that name; names those there are.
    """
    values = {key: value for key, value in _read(name)[0].items() if key != THEFT}
    return CustodialExchangeSpec.model_validate(values)


def load_theft(name: str) -> dict[str, Any]:
    """Return what was taken from it, as values of an `ExchangeHack`."""
    values, _ = _read(name)
    return {"exchange": values["name"], **values[THEFT]}


def exchange_sources(name: str) -> dict[str, str]:
    """Return the source of every value that an exchange's file names, by dotted path."""
    return dict(_read(name)[1])


@cache
def _read(name: str) -> tuple[dict[str, Any], dict[str, str]]:
    if name not in exchange_presets():
        raise ValueError(f"exchange is {name!r}; known are {', '.join(exchange_presets())}")
    text = resources.files("tidegate.data").joinpath(f"{PREFIX}{name}{SUFFIX}").read_text()
    return with_sources(tomllib.loads(text))
