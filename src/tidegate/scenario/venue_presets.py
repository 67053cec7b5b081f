"""Venue families as data: one file a family, beside every value where it comes from.

A value stands as ``{ value = ..., source = "..." }``, or plainly in a table whose own ``source``
speaks for all plain values in it. What a family's file does not name keeps the default of the
rule, and the source of that default.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any, Final

__all__ = ["families", "read_family", "with_sources"]

PREFIX: Final = "venue-"
SUFFIX: Final = ".toml"
NAMES: Final = ("family", "asset")


def families() -> tuple[str, ...]:
    """Return the names of the families that come with the package."""
    files = (entry.name for entry in resources.files("tidegate.data").iterdir())
    return tuple(
        sorted(
            name.removeprefix(PREFIX).removesuffix(SUFFIX)
            for name in files
            if name.startswith(PREFIX) and name.endswith(SUFFIX)
        )
    )


def read_family(name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Read a family's file: its values, and the source of each by dotted path.

    Raises
    ------
    ValueError
        If there is no such family; names those there are. If a value has no source; names it.
    """
    if name not in families():
        raise ValueError(f"family is {name!r}; known are {', '.join(families())}")
    text = resources.files("tidegate.data").joinpath(f"{PREFIX}{name}{SUFFIX}").read_text()
    return with_sources(tomllib.loads(text))


def with_sources(tree: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Part a family's data into values and sources, both by the same paths."""
    sources: dict[str, str] = {}
    return _table(tree, "", sources), sources


def _table(table: dict[str, Any], path: str, sources: dict[str, str]) -> dict[str, Any]:
    """Return a table's values without their sources, which are noted by path."""
    own = table.get("source")
    return {
        key: _value(value, f"{path}.{key}" if path else key, own, sources)
        for key, value in table.items()
        if key != "source"
    }


def _value(value: Any, path: str, own: str | None, sources: dict[str, str]) -> Any:
    """Return one value, whatever its form, and note its source."""
    if isinstance(value, dict) and "value" in value:
        return _value(value["value"], path, value.get("source"), sources)
    if isinstance(value, dict):
        return _table(value, path, sources)
    if isinstance(value, list) and value and all("asset" in entry for entry in value):
        return [_table(entry, f"{path}.{_listing(entry)}", sources) for entry in value]
    if path.rpartition(".")[2] in NAMES:
        return value
    if not own:
        raise ValueError(f"{path} is {value!r} without a source; give it one")
    sources[path] = own
    return value


def _listing(entry: dict[str, Any]) -> str:
    """Return the name of an entry of a list, as `TierTable.listing` has it."""
    contract = entry.get("contract", {})
    kind = contract.get("value") if isinstance(contract, dict) else contract
    return f"{entry['asset']}-inverse" if kind == "inverse" else str(entry["asset"])
