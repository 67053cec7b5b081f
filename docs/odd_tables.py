"""The tables of docs/odd.md, from the code: ``python docs/odd_tables.py > docs/odd_tables.md``."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, get_args

import mesa
from pydantic.fields import FieldInfo

import tidegate.agents
from tidegate.scenario.frozen import Frozen
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.levers import Levers
from tidegate.scenario.scenario import Scenario

COMMAND = "python docs/odd_tables.py > docs/odd_tables.md"
BOUNDS = {"ge": ">= ", "gt": "> ", "le": "<= ", "lt": "< "}
ROOTS: dict[str, tuple[type[Frozen], str]] = {
    "The spot market": (Scenario, "Parameters of a `tidegate.model.Market`, part by part."),
    "The market with leverage": (
        LeveragedScenario,
        "Parameters of a `tidegate.leveraged_model.LeveragedMarket`, where they are others.",
    ),
    "Levers": (Levers, "What policies set while a market runs, by group."),
}


def main() -> str:
    """Return the page."""
    head = f"# Entities and parameters\n\nWritten by `{COMMAND}`; do not edit."
    return "\n\n".join([head, "## Entities", *entities(), *parameters()]) + "\n"


# -- entities -------------------------------------------------------------------------------------


def agents() -> list[type[mesa.Agent]]:
    """Return every class of agent, by module."""
    found: list[type[mesa.Agent]] = []
    for info in pkgutil.iter_modules(tidegate.agents.__path__):
        module = importlib.import_module(f"tidegate.agents.{info.name}")
        for member in vars(module).values():
            if isinstance(member, type) and issubclass(member, mesa.Agent):
                found += [member] * (member.__module__ == module.__name__)
    return found


def entities() -> Iterator[str]:
    """Yield a table with a row an agent: what it is, and what of it changes or is its own."""
    yield "What an agent is given when it is made is in the API; here is what it keeps."
    rows = [
        (f"`{kind.__name__}`", first_line(kind), f"`{kind.__module__}`", ", ".join(state(kind)))
        for kind in agents()
    ]
    yield table(("agent", "is", "module", "state variables"), rows)


def state(kind: type[mesa.Agent]) -> list[str]:
    """Return the public attributes that a class's own constructor makes, as it names them."""
    made = kind.__dict__.get("__init__")
    if made is None:
        return [f"as `{kind.__mro__[1].__name__}`"]
    tree = ast.parse(textwrap.dedent(inspect.getsource(made)))
    names = {
        node.attr: None
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and not node.attr.startswith("_")
    }
    given = set(inspect.signature(made).parameters)
    return [f"`{name}`" for name in names if name not in given] or ["none of its own"]


# -- parameters -----------------------------------------------------------------------------------


def parameters() -> Iterator[str]:
    """Yield a section a root, and a table in it for each part that no root before had."""
    seen: set[type[Frozen]] = set()
    for title, (root, about) in ROOTS.items():
        yield f"## {title}"
        yield about
        for part in parts(root):
            if part not in seen:
                seen.add(part)
                yield f"### {part.__name__}"
                yield f"{first_line(part)} (`{part.__module__}`)"
                rows = [row(name, field) for name, field in part.model_fields.items()]
                yield table(("field", "default", "unit", "allowed", "is", "source"), rows)


def parts(root: type[Frozen]) -> list[type[Frozen]]:
    """Return a specification and all that its fields hold, each once, in order."""
    found: dict[type[Frozen], None] = {root: None}
    for part in iter(order := [root]):
        for field in part.model_fields.values():
            fresh = [held for held in held_by(field.annotation) if held not in found]
            found |= dict.fromkeys(fresh)
            order += fresh
    return order


def held_by(annotation: Any) -> Iterator[type[Frozen]]:
    """Yield the specifications that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        yield annotation
    for argument in get_args(annotation):
        yield from held_by(argument)


def row(name: str, field: FieldInfo) -> tuple[str, ...]:
    """Return a field as a row."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    bounds = [
        f"{sign}{shown(getattr(entry, key))}"
        for entry in field.metadata
        for key, sign in BOUNDS.items()
        if getattr(entry, key, None) is not None
    ]
    choices = [repr(choice) for choice in get_args(field.annotation) if isinstance(choice, str)]
    return (
        f"`{name}`",
        "required" if field.is_required() else shown(field.get_default(call_default_factory=True)),
        str(extra.get("unit", "")),
        ", ".join(bounds or choices),
        field.description or held_text(field),
        str(extra.get("source", "")),
    )


def held_text(field: FieldInfo) -> str:
    """Return what a field without words of its own holds."""
    return ", ".join(f"see {held.__name__}" for held in held_by(field.annotation))


def shown(value: object) -> str:
    """Return a value as a table has room for it."""
    if isinstance(value, Frozen):
        return "below"
    if isinstance(value, tuple) and any(isinstance(entry, Frozen) for entry in value):
        return f"{len(value)} of them"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return text if len(text) <= 60 else f"{len(value)} values" if isinstance(value, tuple) else "…"


# -- Markdown -------------------------------------------------------------------------------------


def first_line(thing: type) -> str:
    """Return the first line of a class's documentation."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


if __name__ == "__main__":
    sys.stdout.write(main())
