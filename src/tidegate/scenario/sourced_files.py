"""Data that comes with the package: a file each, beside every value where it comes from.

A value stands as ``{ value = ..., source = "..." }``, or plainly in a table whose own ``source``
speaks for all plain values in it. What a file does not name keeps the default of the field, and
the source of that default.
"""

from __future__ import annotations

import copy
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

__all__ = ["SourcedFiles", "with_sources"]

SUFFIX: Final = ".toml"
NAMES: Final = ("family", "asset")  # of entries in lists and tables: they need no source


@dataclass(frozen=True)
class SourcedFiles:
    """All files of one kind.

    Parameters
    ----------
    kind : str
        What they are, as errors say it.
    prefix : str
        How their names begin.
    plain : tuple of str
        Values at the top of a file that need no source: what the thing is called.
    """

    kind: str
    prefix: str
    plain: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Return the names of what there is a file of."""
        files = (entry.name for entry in resources.files("tidegate.data").iterdir())
        return tuple(
            sorted(
                name.removeprefix(self.prefix).removesuffix(SUFFIX)
                for name in files
                if name.startswith(self.prefix) and name.endswith(SUFFIX)
            )
        )

    def values(self, name: str) -> dict[str, Any]:
        """Return what a file says, without sources.

        Raises
        ------
        ValueError
            If there is no file of that name; names those there are. If a value has no source;
            names it.
        """
        return copy.deepcopy(_read(self, name)[0])

    def sources(self, name: str) -> dict[str, str]:
        """Return the source of every value that a file names, by dotted path."""
        return dict(_read(self, name)[1])


@cache
def _read(files: SourcedFiles, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    if name not in files.names():
        raise ValueError(f"{files.kind} is {name!r}; known are {', '.join(files.names())}")
    file = resources.files("tidegate.data").joinpath(f"{files.prefix}{name}{SUFFIX}")
    tree = tomllib.loads(file.read_text())
    plain = {key: tree.pop(key) for key in files.plain if key in tree}
    values, sources = with_sources(tree)
    return {**plain, **values}, sources


def with_sources(tree: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Part a file's data into values and sources, both by the same paths."""
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
