"""What commands that run a sweep may be told of how to run it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from tidegate.study.executors import FORMS, LOCAL, ClusterError, ExecutorPool, open_executor
from tidegate.study.interrupts import ended_by_signals
from tidegate.study.launch import FAILED, INTERRUPTED


@dataclass(frozen=True, kw_only=True)
class SweepOptions:
    """Where runs take place, and where their results go."""

    # A path would make "" the current directory before anybody could tell.
    out: Annotated[
        str | None,
        tyro.conf.arg(help="Directory of the results, results/NAME of the file when not given."),
    ] = None
    workers: Annotated[
        int | None,
        tyro.conf.arg(help="Seeds that run at a time; all processors when not given."),
    ] = None
    executor: Annotated[str, tyro.conf.arg(help=f"Where they run: {FORMS}.")] = LOCAL

    def check_options(self) -> None:
        """Refuse, with a `ValueError`, what no run should start with."""
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"--workers is {self.workers}; it must be 1 or more")
        if self.out is not None and not self.out.strip():
            raise ValueError(f"--out is {self.out!r}; it must name a directory")

    def folder(self, study: Path) -> Path:
        """Return the directory of the results of a study file."""
        return Path(self.out) if self.out else Path("results") / study.stem

    def attempt(self, work: Callable[[ExecutorPool], int], folder: Path) -> int:
        """Return what `work` does on the executor, or the exit code of what stopped it."""
        pool = open_executor(self.executor, self.workers)
        try:
            with ended_by_signals():
                return work(pool)
        except KeyboardInterrupt:
            return _stopped(INTERRUPTED, "interrupted", folder)
        except (OSError, ClusterError) as error:
            return _stopped(FAILED, f"error: {error}", folder)


def _stopped(code: int, why: str, folder: Path) -> int:
    print(f"\n{why}\nfinished runs are kept in {folder}; the same command resumes", file=sys.stderr)
    return code
