"""Exchanges that come with the package: a file each, beside every value where it comes from.

A file has the exchange and, in the table `theft`, what was taken from it. What it does not name
keeps the default of the field, and the source of that default.
"""

from __future__ import annotations

from typing import Any, Final

from tidegate.scenario.deposits import CustodialExchangeSpec
from tidegate.scenario.sourced_files import SourcedFiles

__all__ = ["exchange_presets", "exchange_sources", "load_exchange", "load_theft"]

FILES: Final = SourcedFiles("exchange", "exchange-")
THEFT: Final = "theft"


def exchange_presets() -> tuple[str, ...]:
    """Return the names of the exchanges that come with the package."""
    return FILES.names()


def load_exchange(name: str) -> CustodialExchangeSpec:
    """Return an exchange that comes with the package.

    Raises
    ------
    ValueError
        If there is none of that name; names those there are.
    """
    values = {key: value for key, value in FILES.values(name).items() if key != THEFT}
    return CustodialExchangeSpec.model_validate(values)


def load_theft(name: str) -> dict[str, Any]:
    """Return what was taken from it, as values of an `ExchangeHack`."""
    values = FILES.values(name)
    return {"exchange": values["name"], **values[THEFT]}


def exchange_sources(name: str) -> dict[str, str]:
    """Return the source of every value that an exchange's file names, by dotted path."""
    return FILES.sources(name)
