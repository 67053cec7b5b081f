"""Files of many tables, such as claims and rows: read, or refused by file, table and field."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

__all__ = ["read_tables"]

M = TypeVar("M", bound=BaseModel)


def read_tables(path: Path, kind: type[M], identity: str) -> M:
    """Return what a TOML file says.

    Parameters
    ----------
    path
        The file.
    kind
        What it holds: a field of tables for each kind of them.
    identity
        Field by which a table is called in errors, such as ``row``.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is not TOML, or holds what it may not: a line a problem, naming file, table,
        field, value and what is allowed.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from error
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        lines = dict.fromkeys(_problems(path, kind, content, error, identity))
        raise ValueError("\n".join(lines)) from error


def _problems(
    path: Path,
    kind: type[BaseModel],
    content: Mapping[str, Any],
    error: ValidationError,
    identity: str,
) -> Iterator[str]:
    for problem in error.errors():
        table, fields = _place(content, problem["loc"], identity)
        where = f"{path}: {': '.join(part for part in (table, '.'.join(fields)) if part)}"
        if problem["type"] == "missing":
            yield f"{where} is missing"
        elif problem["type"] == "extra_forbidden":
            yield f"{where} is unknown{_nearest(kind, problem['loc'])}"
        elif problem["type"] == "value_error":
            yield f"{where}: {problem['msg'].removeprefix('Value error, ')}"
        else:
            yield f"{where} is {problem['input']!r}: {problem['msg']}"


def _place(
    content: Mapping[str, Any], location: tuple[int | str, ...], identity: str
) -> tuple[str, list[str]]:
    """Return what a table is called, or "" outside all tables, and the fields inside it."""
    match location:
        case (str(name), int(index), *rest):
            entry = content[name][index]
            called = entry.get(identity) if isinstance(entry, dict) else None
            number = f"{name} {index + 1}"
            return (f"{name} {called}" if isinstance(called, str) else number), [*map(str, rest)]
        case _:
            return "", [*map(str, location)]


def _nearest(kind: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """Return the name of a field of the table that an unknown one may be meant for."""
    model = kind
    if len(location) > 1:
        tables = get_args(kind.model_fields[str(location[0])].annotation)
        model = next((t for t in tables if isinstance(t, type) and issubclass(t, BaseModel)), kind)
    near = difflib.get_close_matches(str(location[-1]), model.model_fields, n=1)
    return f"; nearest: {near[0]}" if near else f"; known are {', '.join(model.model_fields)}"
