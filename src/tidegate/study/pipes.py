"""Printing to whoever still reads: `| head` ends a table, not a study."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["forgiving_stdout"]


class _Forgiving:
    """A text stream that discards what is written once nobody reads it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, or nothing where the reader has gone."""
        try:
            self._stream.write(text)
        except BrokenPipeError:
            self._forget()
        return len(text)

    def flush(self) -> None:
        """Flush the stream if anybody reads it."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._forget()

    def _forget(self) -> None:
        """Send what is left in buffers nowhere, so that the interpreter can flush them at exit."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def forgiving_stdout() -> Iterator[None]:
    """Let what prints to standard output go on when its reader has left."""
    before = sys.stdout
    sys.stdout = _Forgiving(before)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stdout = before
