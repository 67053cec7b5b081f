"""Venue families that come with the package (`sourced_files` says in what form)."""

from __future__ import annotations

from typing import Any, Final

from tidegate.scenario.sourced_files import SourcedFiles

__all__ = ["families", "read_family"]

FILES: Final = SourcedFiles("family", "venue-")


def families() -> tuple[str, ...]:
    """Return the names of the families that come with the package."""
    return FILES.names()


def read_family(name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Read a family's file: its values, and the source of each by dotted path.

    Raises
    ------
    ValueError
        If there is no such family; names those there are. If a value has no source; names it.
    """
    return FILES.values(name), FILES.sources(name)
