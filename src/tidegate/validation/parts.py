"""What a validation has measured, kept in a folder: the same command goes on where it stopped.

A part is kept under a name made from the test, its seeds and the sources that its measurement
imports, so that a change of code repeats the tests that it can touch and no others.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

import tidegate
from tidegate.study.sources import sources_of_modules
from tidegate.study.store import write_atomically

__all__ = ["Parts", "code_of"]

SECONDS: Final = "seconds"  # of the processor
OF: Final = "measured "  # before the name of a quantity, which may be any
_COMPILED: Final = (".pyx", ".pxd", ".h")


class Parts:
    """Measurements in a folder, one file each.

    Parameters
    ----------
    folder : pathlib.Path
        Where; made with the first one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str) -> tuple[dict[str, Any], float] | None:
        """Return a measurement with its processor seconds; None if there is none to be read."""
        try:
            with np.load(self._path(name), allow_pickle=False) as file:
                found = {key.removeprefix(OF): file[key] for key in file.files}
                return found, float(found.pop(SECONDS))
        except (OSError, ValueError, EOFError, KeyError, BadZipFile):
            return None

    def keep(self, name: str, measured: dict[str, Any], seconds: float) -> None:
        """Write a measurement down."""
        content = BytesIO()
        whole: dict[str, Any] = {f"{OF}{key}": value for key, value in measured.items()}
        whole[SECONDS] = np.float64(seconds)
        np.savez(content, **whole)
        write_atomically(self._path(name), content.getvalue(), durably=False)

    def _path(self, name: str) -> Path:
        return self.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.npz"


def code_of(measure: Callable[..., Any]) -> str:
    """Return the hash of all that a measurement can call, data and compiled sources among it."""
    function: Any = measure
    while isinstance(function, partial):
        function = function.func
    return _code_of(function.__module__)


@cache
def _code_of(module: str) -> str:
    total = hashlib.sha256(_common().encode())
    for path in sources_of_modules([module]):
        total.update(path.read_bytes())
    return total.hexdigest()


@cache
def _common() -> str:
    """Return the hash of what any measurement may read."""
    total = hashlib.sha256(tidegate.__version__.encode())
    for package in ("tidegate_core", "tidegate_crowd", "tidegate.data"):
        folder = Path(importlib.import_module(package).__path__[0])
        for path in sorted(folder.rglob("*")):
            if path.suffix in (*_COMPILED, ".py", ".toml"):
                total.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return total.hexdigest()
