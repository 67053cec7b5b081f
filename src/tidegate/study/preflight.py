"""Check, before anything runs, that workers elsewhere would run the same study as this process."""

from __future__ import annotations

import hashlib
import importlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from tidegate.study.executors import ClusterError, ExecutorPool
from tidegate.study.experiment import Experiment
from tidegate.study.sources import sources_of

_SOURCES: Final = (".py", ".pyx", ".pxd", ".h", ".toml")
# Parts of the package that cannot change the outcome of a run.
_AFTER_THE_RUN: Final = ("report", "commands", "dashboard", "validation", "cli.py")


def code_hash(experiment: Experiment[Any]) -> str:
    """Return the hash of the sources that decide a run: the packages and the experiment's."""
    parts = [_hash_of_packages(), *map(_hash_of, sources_of(experiment))]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


# Files may change under a process that lives long, but not what it has imported.
@cache
def _hash_of_packages() -> str:
    total = hashlib.sha256()
    for package in ("tidegate", "tidegate_core", "tidegate_crowd"):
        folder = Path(importlib.import_module(package).__path__[0])
        for path in sorted(folder.rglob("*")):
            part = path.relative_to(folder)
            if path.suffix in _SOURCES and part.parts[0] not in _AFTER_THE_RUN:
                total.update(f"{package}/{part.as_posix()}\n".encode() + path.read_bytes())
    return total.hexdigest()


@cache
def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_workers(pool: ExecutorPool, experiment: Experiment[Any], manifest: Path) -> None:
    """Refuse a cluster of which a worker could not do its part of a study.

    Parameters
    ----------
    pool
        The workers; those made by this process need no check.
    experiment
        What they shall run.
    manifest
        A file in the directory of the results, which all must see.

    Raises
    ------
    ClusterError
        Naming a worker that cannot import the experiment, has other sources than this process
        or does not see the directory.
    """
    where, mark = manifest.absolute(), hashlib.sha256(manifest.read_bytes()).hexdigest()
    found = pool.on_workers(_look, experiment, where)
    expected = (code_hash(experiment), mark) if found else None
    for worker, seen in found.items():
        if isinstance(seen, BaseException):
            raise ClusterError(
                f"worker {worker} cannot load {experiment.module}: {type(seen).__name__}: {seen}; "
                "it must be importable there, as with PYTHONPATH or pip install"
            )
        if seen != expected:
            raise ClusterError(f"worker {worker} {_what_differs(seen[1] == mark, where)}")


def _look(experiment: Experiment[Any], manifest: Path) -> tuple[str, str]:
    """Return, on a worker, the hashes of the code and of the manifest."""
    content = manifest.read_bytes() if manifest.exists() else b""
    return code_hash(experiment), hashlib.sha256(content).hexdigest()


def _what_differs(sees_results: bool, manifest: Path) -> str:
    if sees_results:
        return "has loaded other sources than this process; update or restart it"
    return f"does not see {manifest.parent}; --out must lie on a file system that all share"
