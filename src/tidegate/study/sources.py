"""The sources of an experiment: its module, and what that imports from beside it."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tidegate.study.experiment import Experiment

__all__ = ["sources_of", "sources_of_modules"]


def sources_of(experiment: Experiment[Any]) -> list[Path]:
    """Return the files that decide what an experiment runs and measures, in order of their names.

    They are those of its own functions, and whatever these import, directly or not, from the
    folder of their top-level package (or, of a module without one, from the module's folder).
    What is installed elsewhere is a library, and not looked into.
    """
    parts = (
        experiment.build,
        experiment.arms,
        experiment.timeline,
        experiment.measure,
        experiment.record,
        experiment.parameters,
    )
    return sources_of_modules(part.__module__ for part in parts if part is not None)


def sources_of_modules(modules: Iterable[str]) -> list[Path]:
    """Return the files of modules and of what they import, likewise."""
    found: dict[Path, None] = {}
    for module in dict.fromkeys(modules):
        _follow(module, found)
    return sorted(found)


def _follow(module: str, found: dict[Path, None]) -> None:
    path = _file_of(module)
    if path is None or path in found:
        return
    found[path] = None
    home, parent = _home(module, path), module.rpartition(".")[0]
    for name in (*filter(None, [parent]), *_imports(path, _package(module, path))):
        imported = _file_of(name)
        if imported is not None and imported.is_relative_to(home):
            _follow(name, found)


def _home(module: str, path: Path) -> Path:
    """Return the folder of a module's top-level package, or of the module itself."""
    depth = module.count(".") + (path.name == "__init__.py")
    return path.parents[max(depth - 1, 0)]


def _package(module: str, path: Path) -> str:
    return module if path.name == "__init__.py" else module.rpartition(".")[0]


@cache
def _imports(path: Path, package: str) -> tuple[str, ...]:
    """Return the modules that a file may import, as absolute names."""
    return tuple(dict.fromkeys(_named(ast.parse(path.read_bytes()), package)))


def _named(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = package.split(".")[: 1 - node.level or None] if node.level else []
            base = ".".join(filter(None, [*parent, node.module]))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)  # if it is a module


def _file_of(module: str) -> Path | None:
    """Return the source of a module, or None if it is none that was written in Python."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin).resolve()
