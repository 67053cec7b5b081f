"""The reference of the API: ``python docs/api.py [FOLDER]``, `build/api` when none is given."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pdoc
import pdoc.render
from pydantic import BaseModel

PACKAGES = ("tidegate", "tidegate_core", "tidegate_crowd", "experiments")
BOUNDS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
# An app, which cannot be imported without an extra, and commands, which explain themselves.
LEFT_OUT = ("tidegate.dashboard", "tidegate.commands", "tidegate.cli")


def main(folder: Path) -> None:
    """Write a page a module."""
    names = [name for package in PACKAGES for name in modules(package)]
    for name in names:
        for model in models(name):
            state_units(model)
    hidden = [name for name in names if unlisted(name)]
    # Python 3.11 forgets the module in which the fields of a NamedTuple can be looked up.
    warnings.filterwarnings("ignore", r"Error parsing type annotation ForwardRef\('[\w.]+'\) for")
    pdoc.render.configure(docformat="numpy", math=True, show_source=False, footer_text="tidegate")
    left_out = [f"!{name}" for name in LEFT_OUT]
    pdoc.pdoc(*PACKAGES, *hidden, *left_out, output_directory=folder)


def modules(package: str) -> Iterator[str]:
    """Yield the public modules of a package, itself first."""
    yield package
    home = importlib.import_module(package)
    for info in pkgutil.walk_packages(home.__path__, f"{package}."):
        private = any(part.startswith("_") for part in info.name.split("."))
        left_out = any(f"{info.name}.".startswith(f"{name}.") for name in LEFT_OUT)
        if not private and not left_out:
            yield info.name


def unlisted(module: str) -> bool:
    """Return whether a module's package has an `__all__`, and so shows no module by itself."""
    parent = module.rpartition(".")[0]
    return bool(parent) and hasattr(importlib.import_module(parent), "__all__")


def models(module: str) -> Iterator[type[BaseModel]]:
    """Yield the models that a module defines."""
    for member in vars(importlib.import_module(module)).values():
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield from [member] * (member.__module__ == module)


def state_units(model: type[BaseModel]) -> None:
    """Add unit, bounds and source to what is said of a model's own fields."""
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        if name in model.__annotations__ and isinstance(extra, dict) and "unit" in extra:
            bounds = ", ".join(
                f"{sign} {getattr(entry, key):g}"
                for entry in field.metadata
                for key, sign in BOUNDS.items()
                if isinstance(getattr(entry, key, None), int | float)
            )
            stated = [f"Unit: {extra['unit'] or 1}.", f"Allowed: {bounds}." if bounds else ""]
            stated += [f"Source: {extra['source']}."]
            field.description = " ".join([field.description or "", *filter(None, stated)])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/api"))
