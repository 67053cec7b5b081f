"""Worker processes on this machine that start quickly and never outlive their study."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_all_start_methods, get_context
from typing import Final

from tidegate.study.worker import ENVIRONMENT, start_worker

# Slow to import and safe to fork from once imported. Polars is not among them: its threads
# would not survive the fork.
_PRELOAD: Final = ["numpy", "pydantic", "mesa"]


def available_cpus() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def local_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Provide a pool of `workers` processes; on any exception they are ended at once."""
    method = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
    context = get_context(method)
    context.set_forkserver_preload(_PRELOAD)
    others = set(active_children())
    with _environment(ENVIRONMENT):
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker)
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            # Finished arms are on disk, so a worker may be ended in the middle of one.
            for process in set(active_children()) - others:
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables that children inherit, then put back what was there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
