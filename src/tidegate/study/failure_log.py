"""The failed runs of a sweep, a JSON line each, written down as they fail."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from tidegate.report.summary import FailureRow
from tidegate.study.runner import WorkerDiedError
from tidegate.study.store import write_atomically

__all__ = ["FailureLog", "PointFailure"]


class PointFailure(FailureRow):
    """A failed run: its point, seed and arm, and what was raised where."""

    point: int

    @property
    def ended_its_worker(self) -> bool:
        """Whether the worker died of it, rather than raise."""
        return self.type == WorkerDiedError.__name__


class FailureLog:
    """A file that grows by a line a failure, and keeps the last one of each run.

    Memory grows with the failures alone, by a few bytes each: what is read is a line at a time.

    Parameters
    ----------
    path
        The file; where there is none, nothing has failed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[PointFailure]:
        """Yield what is in the file, in its order; a line that a kill cut short is left out."""
        yield from (failure for _, failure in self._lines())

    def append(self, point: int, failures: Iterable[FailureRow]) -> None:
        """Write down some failures."""
        lines = [
            PointFailure(point=point, **failure.model_dump()).model_dump_json() + "\n"
            for failure in failures
        ]
        with self.path.open("ab") as file:
            file.write("".join(lines).encode())

    def mend(self) -> None:
        """End a line that a kill has cut short, so that the next one is a line of its own."""
        if not self.path.exists():
            return
        with self.path.open("rb+") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")

    def keep(self, wanted: Callable[[PointFailure], bool]) -> int:
        """Keep the last failure of each run that is wanted, in order; return how many."""
        places: dict[tuple[int, int, str], int] = {}
        for place, failure in self._lines():
            key = failure.point, failure.seed, failure.arm
            if wanted(failure):
                places[key] = place
            else:
                places.pop(key, None)
        kept = [self._line_at(places[key]) for key in sorted(places)]
        write_atomically(self.path, b"".join(kept))
        return len(kept)

    def _lines(self) -> Iterator[tuple[int, PointFailure]]:
        """Yield each failure with its place in the file."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            place = 0
            for line in file:
                failure = _read(line)
                if failure is not None:
                    yield place, failure
                place += len(line)

    def _line_at(self, place: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(place)
            return file.readline()


def _read(line: bytes) -> PointFailure | None:
    try:
        return PointFailure.model_validate(json.loads(line))
    except (ValueError, ValidationError):
        return None
