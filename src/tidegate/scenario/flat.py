"""Every value of a scenario by a flat name, such as ``exchanges.binance.hedged``.

A path names fields from the scenario down, and entries of a list by their name or by their place
(``exchanges.0.hedged``). Only what is there has a path: an optional part that is None can be set
as a whole (``lending`` to ``{}``), and then has paths below it.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, to_json

__all__ = ["exists", "left_out", "nearest", "override", "paths", "read", "value_at", "written"]

Spec = TypeVar("Spec", bound=BaseModel)

_NAMES = ("name", "exchange")  # fields that name the entries of a list
_BOUNDS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
_SUGGESTED = 4


@dataclass(frozen=True, slots=True)
class _Edit:
    """One change: the path as it was written, what is left of its location, the new value."""

    path: str
    location: tuple[str | int, ...]
    value: object

    @property
    def below(self) -> _Edit:
        return _Edit(self.path, self.location[1:], self.value)


def paths(spec: BaseModel) -> dict[str, object]:
    """Return every single value of a scenario by its path, in the order of the fields.

    Parameters
    ----------
    spec
        Any frozen model, a scenario or a part of one.
    """
    return dict(_leaves(spec, ()))


def override(spec: Spec, changes: Mapping[str, object], *, also: Collection[str] = ()) -> Spec:
    """Return a scenario with some values replaced.

    All changes are made before anything is validated, so values that must fit together (shares
    that sum to 1) can be changed together.

    Parameters
    ----------
    spec
        The scenario; it stays as it is.
    changes
        New value by path: ``{"holders.elasticity": 0.1}``. A part or a list can be given as a
        whole.
    also
        Names that are no paths of the scenario but may be what was meant, for errors.

    Raises
    ------
    ValueError
        If a path does not exist, with the nearest that do; if a value is refused, with its path
        and what is allowed; if two changes are of the same value.
    """
    edits = [_Edit(path, _located(spec, path, also), value) for path, value in changes.items()]
    if not edits:
        return spec
    changed: Spec = _changed(spec, edits)
    return changed


def exists(spec: BaseModel, path: str) -> bool:
    """Return whether a scenario has a value at a path."""
    return len(_walked(spec, path)[0]) == path.count(".") + 1


def value_at(spec: BaseModel, path: str) -> object:
    """Return the value, part or list at a path.

    Raises
    ------
    ValueError
        If there is none.
    """
    _located(spec, path, ())
    return _walked(spec, path)[1]


def left_out(spec: BaseModel, path: str) -> str | None:
    """Return the path of the optional part that is None where a longer path leads below it."""
    found, value = _walked(spec, path)
    parts = path.split(".")
    return ".".join(parts[: len(found)]) if value is None and len(found) < len(parts) else None


def nearest(path: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the names among `known` that are most like one that is not."""
    tail = path.rpartition(".")[2]
    tails = {name.rpartition(".")[2]: name for name in known}
    alike = [name for name in known if name.rpartition(".")[2] == tail]
    close = difflib.get_close_matches(path, known, n=_SUGGESTED, cutoff=0.75)
    similar = [tails[word] for word in difflib.get_close_matches(tail, tails, cutoff=0.75)]
    found = [*alike, *close, *similar] or difflib.get_close_matches(path, known)
    return tuple(dict.fromkeys(found))[:_SUGGESTED]


def read(texts: Sequence[str]) -> dict[str, object]:
    """Return the changes written as ``path=value``; values are JSON, or else text.

    Raises
    ------
    ValueError
        If one is no ``path=value``, or a path is there twice.
    """
    changes: dict[str, object] = {}
    for text in texts:
        path, sign, value = (part.strip() for part in text.partition("="))
        if not (path and sign and value):
            raise ValueError(
                f"change {text!r} must be written path=value, as in holders.elasticity=0.1"
            )
        if path in changes:
            raise ValueError(f"change {text!r}: {path} is changed twice")
        changes[path] = _parsed(value)
    return changes


def written(changes: Mapping[str, object]) -> tuple[str, ...]:
    """Return changes as texts that `read` takes."""
    return tuple(f"{path}={to_json(value).decode()}" for path, value in changes.items())


def _parsed(text: str) -> object:
    if text == "None":  # as Python writes it; "none" is a word that some fields take
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _leaves(value: object, way: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    if isinstance(value, BaseModel):
        for name, part in value:
            yield from _leaves(part, (*way, name))
    elif isinstance(value, tuple) and value:
        for name, part in zip(_entries(value), value, strict=True):
            yield from _leaves(part, (*way, name))
    else:
        yield ".".join(way), value


def _entries(values: tuple[object, ...]) -> list[str]:
    """Return the last part of each entry's path: its name where that tells entries apart."""
    names = [_name(value) for value in values]
    plain = all(name and "." not in name and not name.isdigit() for name in names)
    if plain and len(set(names)) == len(names):
        return [str(name) for name in names]
    return [str(place) for place in range(len(values))]


def _name(value: object) -> str | None:
    found = (getattr(value, name, None) for name in _NAMES)
    return next((name for name in found if isinstance(name, str)), None)


def _key(value: object, part: str) -> str | int | None:
    """Return how one part of a path is looked up in a value; None: it is not there."""
    if isinstance(value, BaseModel):
        return part if part in type(value).model_fields else None
    if isinstance(value, tuple):
        names = _entries(value)
        if part in names:
            return names.index(part)
        if part.isdecimal() and int(part) < len(value):
            return int(part)
    return None


def _part(value: Any, key: str | int) -> Any:
    return getattr(value, key) if isinstance(key, str) else value[key]


def _walked(spec: BaseModel, path: str) -> tuple[tuple[str | int, ...], Any]:
    """Return as much of a path's location as there is, and the value there."""
    value: Any = spec
    location: list[str | int] = []
    for part in path.split("."):
        key = _key(value, part)
        if key is None:
            break
        value = _part(value, key)
        location.append(key)
    return tuple(location), value


def _located(spec: BaseModel, path: str, also: Collection[str]) -> tuple[str | int, ...]:
    if exists(spec, path):
        return _walked(spec, path)[0]
    part = left_out(spec, path)
    if part is not None:
        raise ValueError(
            f"path {path!r}: {part} is None, so there is nothing below it; "
            f"it can be set as a whole, {part}={{...}}"
        )
    like = nearest(path, [*_all_paths(spec), *also])
    hint = f"; nearest are {', '.join(like)}" if like else ""
    raise ValueError(f"path {path!r} does not exist in {type(spec).__name__}{hint}")


def _all_paths(spec: BaseModel) -> list[str]:
    """Return the paths of single values, and of the parts and lists that hold them."""
    found: dict[str, None] = {}
    for path in paths(spec):
        parts = path.split(".")
        found |= dict.fromkeys(".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return list(found)


def _changed(value: Any, edits: Sequence[_Edit]) -> Any:
    """Return a part or list with changes made below it, the deepest first."""
    by_key: dict[str | int, list[_Edit]] = {}
    for edit in edits:
        by_key.setdefault(edit.location[0], []).append(edit.below)
    fresh: dict[Any, object] = {}
    for key, below in by_key.items():
        whole = [edit for edit in below if not edit.location]
        if whole and len(below) > 1:
            raise ValueError(f"{', '.join(e.path for e in below)} change the same value")
        fresh[key] = whole[0].value if whole else _changed(_part(value, key), below)
    if isinstance(value, tuple):
        return tuple(fresh.get(place, part) for place, part in enumerate(value))
    try:
        return type(value).model_validate({**dict(value), **fresh})
    except ValidationError as error:
        raise ValueError(_complaint(error, type(value), edits)) from None


def _complaint(error: ValidationError, model: type[BaseModel], edits: Sequence[_Edit]) -> str:
    """Return what is wrong with changed values, a line for each."""
    lines: dict[str, None] = {}
    for problem in error.errors():
        guilty = _guilty(problem, edits)
        told = ", ".join(f"{edit.path}={edit.value!r}" for edit in guilty)
        inside = ".".join(map(str, problem["loc"][max(len(e.location) for e in guilty) :]))
        message = problem["msg"].removeprefix("Value error, ")
        bounds = _bounds(model.model_fields[str(problem["loc"][0])]) if problem["loc"] else ""
        line = f"{told}{f' at {inside}' * bool(inside)}: {message}"
        lines[line + (f" (allowed: {bounds})" if bounds else "")] = None
    return "\n".join(lines)


def _guilty(problem: ErrorDetails, edits: Sequence[_Edit]) -> Sequence[_Edit]:
    """Return the changes that a problem is of: the one of its value, or all that may be."""
    place = problem["loc"]
    field = [edit for edit in edits if place[:1] == edit.location[:1]]
    exact = [edit for edit in field if place[: len(edit.location)] == edit.location]
    return exact or field or edits


def _bounds(field: FieldInfo) -> str:
    """Return the numbers that a field takes, in words."""
    found = [
        f"{sign} {getattr(rule, name):g}"
        for name, sign in _BOUNDS.items()
        for rule in field.metadata
        if hasattr(rule, name)
    ]
    return " and ".join(found)
