"""Where seeds run: processes of this machine, a Dask cluster, or the ranks of an MPI job.

Which it is changes neither seeds nor results. The packages of a cluster are imported only when
one is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from tidegate.study.pool import available_cpus, local_pool

LOCAL: Final = "local"
FORMS: Final = "local, dask://HOST:PORT or mpi"


class ClusterError(ValueError):
    """A cluster cannot be reached, has no workers, or has gone."""


class ExecutorPool(Protocol):
    """Opens executors of one kind, as `run_jobs` takes them."""

    @property
    def workers(self) -> int:
        """How many jobs run at a time when the pool is opened."""

    def __call__(self) -> AbstractContextManager[Executor]:
        """Provide a fresh executor, which is shut down on leaving."""

    def on_workers(self, function: Callable[..., Any], *args: Any) -> dict[str, Any]:
        """Return what a call gives, or raises, on workers elsewhere, by their names."""


def open_executor(text: str, workers: int | None = None) -> ExecutorPool:
    """Return what opens the executors that a text names, having reached the cluster.

    Parameters
    ----------
    text
        ``local``, ``dask://HOST:PORT`` or ``mpi``.
    workers
        At most so many jobs at a time; by default as many as there are processors here, or
        workers in the cluster.

    Raises
    ------
    ValueError
        When the text names no executor or its packages are not installed.
    ClusterError
        When the cluster does not answer within a few seconds or has no workers.
    """
    if text == LOCAL:
        return LocalPool(workers or available_cpus())
    pool: ExecutorPool
    if text == "mpi":
        pool = _cluster_module(text, "mpi").MpiPool.found(workers)
    elif place := _dask_place(text):
        pool = _cluster_module(text, "dask").DaskPool.reached(place, workers)
    else:
        raise ValueError(f"--executor is {text!r}; it must be {FORMS}")
    return pool


@dataclass(frozen=True)
class LocalPool:
    """Processes of this machine."""

    workers: int

    def __call__(self) -> AbstractContextManager[Executor]:
        """Provide a pool of processes."""
        return local_pool(self.workers)

    def on_workers(self, function: Callable[..., Any], *args: Any) -> dict[str, Any]:
        """Return nothing: processes made here see what this one sees."""
        return {}


def _dask_place(text: str) -> str | None:
    """Return HOST:PORT out of ``dask://HOST:PORT``, None where a text is anything else."""
    try:
        parts = urlsplit(text)
        whole = parts.scheme == "dask" and parts.hostname and parts.port
    except ValueError:  # a port that is none
        return None
    return parts.netloc if whole and text == f"dask://{parts.netloc}" else None


def _cluster_module(text: str, kind: str) -> Any:
    needed = {"dask": "distributed", "mpi": "mpi4py.futures"}[kind]
    try:
        importlib.import_module(needed)
    except ImportError as error:
        raise ValueError(
            f"--executor is {text!r}, which needs {needed.partition('.')[0]} ({error}): "
            'pip install "tidegate[cluster]"'
        ) from error
    return importlib.import_module(f"tidegate.study.{kind}_pool")
