"""The worker's end of a study: what a process sets up before it runs a seed.

Nothing here may import Polars, which reads how many threads to start when it is imported.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any, Final

# A seed is one thread's work; a worker's libraries must not take its neighbours' processors.
ENVIRONMENT: Final = {
    "POLARS_MAX_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def start_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it however it ends."""
    os.environ.update(ENVIRONMENT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def call(payload: bytes) -> Any:
    """Unpack a function with its arguments and return what it returns.

    For workers that others started: they are set up before unpacking imports anything, and
    whoever passes the bytes on, as a scheduler does, needs none of what is inside.
    """
    os.environ.update(ENVIRONMENT)
    function, args, kwargs = pickle.loads(payload)
    return function(*args, **kwargs)


def pack(function: Any, /, *args: Any, **kwargs: Any) -> bytes:
    """Return the bytes that `call` takes."""
    return pickle.dumps((function, args, kwargs))
