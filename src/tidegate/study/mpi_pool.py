"""Seeds on the ranks of an MPI job started with ``python -m mpi4py.futures``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from tidegate.study.executors import ClusterError
from tidegate.study.worker import start_worker


@dataclass(frozen=True)
class MpiPool:
    """Opens executors on all ranks but the first, which hands out the seeds."""

    workers: int

    @classmethod
    def found(cls, limit: int | None) -> Self:
        """Return the pool of the job this process is the first rank of."""
        mpi: Any = importlib.import_module("mpi4py.MPI")
        ranks = mpi.COMM_WORLD.Get_size() - 1
        # Without the launcher every rank would run the study instead of serving the first.
        if ranks < 1 or "mpi4py.futures" not in sys.orig_argv:
            raise ClusterError(
                "--executor is 'mpi', which needs two ranks or more and their launcher: "
                "mpiexec -n N python -m mpi4py.futures -m MODULE --executor mpi"
            )
        return cls(ranks if limit is None else min(ranks, limit))

    @contextmanager
    def __call__(self) -> Iterator[Executor]:
        """Provide an executor on the ranks of the job."""
        futures: Any = importlib.import_module("mpi4py.futures")
        # Ranks import what a job names; the main module is none of their business.
        pool = futures.MPIPoolExecutor(main=False, initializer=start_worker)
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown(wait=True, cancel_futures=True)

    def on_workers(self, function: Callable[..., Any], *args: Any) -> dict[str, Any]:
        """Return what a call gives, or raises, on as many ranks as take it at a time."""
        with self() as pool:
            calls = [pool.submit(function, *args) for _ in range(self.workers)]
            return {
                f"{number} of {self.workers}": one.exception() or one.result()
                for number, one in enumerate(calls, 1)
            }
