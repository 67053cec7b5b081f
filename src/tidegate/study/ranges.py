"""What values a parameter may have, and what is wrong with one, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails

__all__ = ["allowed_range", "what_is_wrong"]

# JSON-schema keywords that bound a value, as readers write them.
_BOUNDS: Final = {
    "minimum": ">= ",
    "exclusiveMinimum": "> ",
    "maximum": "<= ",
    "exclusiveMaximum": "< ",
    "enum": "one of ",
    "const": "",
}
# What a value should have been, by the beginning of pydantic's name for the problem.
_KINDS_ASKED: Final = {
    "int_": "a whole number",
    "float_": "a number",
    "finite_number": "a finite number",
    "bool_": "true or false",
    "string_": "a text",
    "tuple_type": "a list",
}


def allowed_range(model: type[BaseModel], name: str, *, item: bool = False) -> str:
    """Return the range of a parameter in words, "" where any value of its type will do.

    Parameters
    ----------
    model, name
        The parameter.
    item
        Of a list: the range of one of its values rather than that of the whole.
    """
    schema = model.model_json_schema()
    prop = schema["properties"][name]
    prop = {**prop, **prop.get("anyOf", [{}])[0]}  # of what may be None too
    prop = {**prop, **schema.get("$defs", {}).get(prop.get("$ref", "").rpartition("/")[2], {})}
    each = _bounds(prop.get("items", {}))
    if item:
        return each
    listed = [_count(prop["minItems"])] if "minItems" in prop else []
    return _bounds(prop) or ", ".join([*listed, *([f"each {each}"] if each else [])])


def _count(least: int) -> str:
    return f"{'one' if least == 1 else least} or more values"


def _bounds(prop: Mapping[str, Any]) -> str:
    """Return the bounds of one value in words."""
    parts = []
    for key, sign in _BOUNDS.items():
        if key in prop:
            value = prop[key]
            if isinstance(value, list):
                text = ", ".join(map(str, value))
            else:  # whole numbers in full: 1e+06 is no way to write a number of accounts
                text = str(value) if isinstance(value, int) else f"{value:g}"
            parts.append(sign + text)
    return " and ".join(parts)


def what_is_wrong(model: type[BaseModel], problem: ErrorDetails) -> str:
    """Return the value that a parameter cannot have and what it must be, in words.

    Parameters
    ----------
    model
        The parameters.
    problem
        What pydantic found, at a parameter or at an item of one.
    """
    name, value = str(problem["loc"][0]), problem["input"]
    kind = next((k for sign, k in _KINDS_ASKED.items() if problem["type"].startswith(sign)), "")
    limits = allowed_range(model, name, item=len(problem["loc"]) > 1)
    if kind == "a list" and limits:
        kind = "a list," if limits.startswith("each") else "a list of"
    asked = limits if limits.startswith("one of") else f"{kind} {limits}".strip()
    message = f"; it must be {asked}" if asked else f": {problem['msg']}"
    return f"{list(value) if isinstance(value, tuple) else value!r}{message}"
