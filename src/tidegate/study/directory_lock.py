"""One study at a time in a directory, whatever became of the last one."""

from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

__all__ = ["DirectoryInUseError", "directory_lock"]

_LOCK: Final = ".lock"
_HOLDER: Final = ".lock.holder"


class DirectoryInUseError(ValueError):
    """Another process works in the directory."""


@contextmanager
def directory_lock(root: Path) -> Iterator[None]:
    """Hold a directory, which is made if there is none.

    The operating system ends the hold with the process, so one that was killed blocks nobody.

    Raises
    ------
    DirectoryInUseError
        Naming the process that holds it.
    ValueError
        When nothing can be written there.
    """
    lock = FileLock(root / _LOCK)
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
        (root / _HOLDER).write_text(_this_process())
    except Timeout as error:
        raise DirectoryInUseError(f"{root} is in use by {_holder(root)}") from error
    except OSError as error:
        raise ValueError(f"--out is {root}, where nothing can be written: {error}") from error
    try:
        yield
    finally:
        lock.release()


def _this_process() -> str:
    now = dt.datetime.now(dt.UTC).isoformat(sep=" ", timespec="seconds")
    return f"process {os.getpid()} on {socket.gethostname()} since {now}"


def _holder(root: Path) -> str:
    try:
        return (root / _HOLDER).read_text() or "another process"
    except OSError:
        return "another process"
