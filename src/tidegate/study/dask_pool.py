"""Seeds on the workers of a Dask cluster, which come, go and die."""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self, TypeVar

from tidegate.study.executors import ClusterError
from tidegate.study.runner import WorkerDiedError
from tidegate.study.worker import call, pack

T = TypeVar("T")

_CONNECT_SECONDS: Final = 5.0
_FIRST_WORKER_SECONDS: Final = 30.0
_COUNT_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 120.0


@dataclass(frozen=True)
class DaskPool:
    """Opens executors on the workers of one scheduler."""

    address: str
    limit: int | None
    workers: int

    @classmethod
    def reached(cls, place: str, limit: int | None) -> Self:
        """Return the pool of the scheduler at HOST:PORT, having seen a worker there."""
        address = f"tcp://{place}"
        _refuse_all_but_schedulers(address)
        with _client(address) as client:
            try:
                client.wait_for_workers(1, timeout=_FIRST_WORKER_SECONDS)
            except TimeoutError as error:
                raise ClusterError(f"the Dask scheduler at {address} has no workers") from error
            return cls(address, limit, DaskExecutor(client, address, limit).present_workers())

    @contextmanager
    def __call__(self) -> Iterator[Executor]:
        """Provide an executor with a connection of its own."""
        with _client(self.address) as client:
            executor = DaskExecutor(client, self.address, self.limit)
            try:
                yield executor
            finally:
                # Whatever is still out belongs to a study that ends.
                executor.shutdown(wait=False)

    def on_workers(self, function: Callable[..., Any], *args: Any) -> dict[str, Any]:
        """Return what a call gives, or raises, on every worker there is."""
        with _client(self.address) as client:
            found: dict[str, Any] = client.run(call, pack(function, *args), on_error="return")
            return found


def _refuse_all_but_schedulers(address: str) -> None:
    """Ask what answers at an address, in bounded time whatever it is."""

    async def ask() -> str:
        distributed: Any = importlib.import_module("distributed")
        async with distributed.rpc(address) as peer:
            return str((await peer.identity())["type"])

    try:
        # A thread of its own, because a notebook has a loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            within = asyncio.wait_for(ask(), _CONNECT_SECONDS)
            kind = thread.submit(asyncio.run, within).result()
    except Exception as error:
        raise ClusterError(f"no Dask scheduler answers at {address}") from error
    if kind != "Scheduler":
        raise ClusterError(f"what answers at {address} is a Dask {kind}, not a scheduler")


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """Provide a connection to a scheduler."""
    distributed: Any = importlib.import_module("distributed")
    with _hushed(logging.getLogger("distributed.client")):
        try:
            client = distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except Exception as error:
            raise ClusterError(f"no Dask scheduler answers at {address}: {error}") from error
        with client:
            yield client


@contextmanager
def _hushed(logger: logging.Logger) -> Iterator[None]:
    """Keep a logger from telling, with tracebacks, what errors here tell in words."""
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


class DaskExecutor(Executor):
    """A Dask client as an executor whose dead workers and lost tasks are told apart."""

    def __init__(self, client: Any, address: str, limit: int | None) -> None:
        self._client = client
        self._address = address
        self._limit = limit
        self._tasks: Any = client.get_executor(pure=False)
        self._present = 0
        self._count_at = self._peopled_at = time.monotonic()

    def present_workers(self) -> int:
        """Return how many jobs the cluster can run at a time now, up to the limit.

        Raises
        ------
        ClusterError
            When it has had no workers for two minutes.
        """
        now = time.monotonic()
        if now >= self._count_at:
            self._present = self._count()
            self._count_at = now + _COUNT_SECONDS
        if self._present:
            self._peopled_at = now
        elif now > self._peopled_at + _PATIENCE_SECONDS:
            raise ClusterError(
                f"the Dask scheduler at {self._address} has had no workers for "
                f"{_PATIENCE_SECONDS:.0f} s"
            )
        return self._present if self._limit is None else min(self._present, self._limit)

    def _count(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except Exception as error:  # of the connection, in many shapes
            raise BrokenExecutor(f"{self._address} does not answer: {error}") from error

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Send a call to the cluster; what cannot be sent fails in its future."""
        outcome: Future[T] = Future()
        try:
            payload = pack(fn, *args, **kwargs)
        except Exception as error:
            outcome.set_exception(error)
            return outcome
        try:
            task = self._tasks.submit(call, payload)
        except Exception as error:
            raise BrokenExecutor(f"the Dask client of {self._address} has closed") from error
        task.add_done_callback(partial(self._hand_over, outcome))
        return outcome

    def _hand_over(self, outcome: Future[T], task: Future[T]) -> None:
        """Give the outcome of a task to the future that the caller holds."""
        distributed: Any = importlib.import_module("distributed")
        if task.cancelled():
            outcome.set_exception(BrokenExecutor(f"{self._address} has lost its tasks"))
        elif (error := task.exception()) is None:
            outcome.set_result(task.result())
        elif isinstance(error, distributed.KilledWorker):
            outcome.set_exception(WorkerDiedError(str(error)))
        else:
            outcome.set_exception(error)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let what is out end, or drop it."""
        self._tasks.shutdown(wait=wait and not cancel_futures)
