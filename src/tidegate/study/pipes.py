"""Printing to whoever still reads, in the letters they have.

`| head` ends a table, not a study, and neither does a pipe that knows no minus sign.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

__all__ = ["forgiving_stdout"]

# What pipes of old encodings (ascii, cp1252, cp932) lack; quotes stay single within json.
_PLAIN: Final = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u2018\u2019\u201c\u201d", "'"),
    **{"\u2026": "...", "\u00d7": "x", "\u00b1": "+-", "\u2264": "<=", "\u2265": ">="},
}
_HANDLER: Final = "tidegate.plain"


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """Write what an encoding lacks as ascii, or as json escapes it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(_PLAIN.get(c) or _escaped(c) for c in lost), error.end


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


codecs.register_error(_HANDLER, _plainer)


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
    """Let what prints to standard output go on when its reader has left, or lacks letters."""
    before = sys.stdout
    errors = getattr(before, "errors", None)
    can = hasattr(before, "reconfigure")  # a notebook's or a test's stream may not
    if can:
        before.reconfigure(errors=_HANDLER)  # type: ignore[union-attr]
    sys.stdout = _Forgiving(before)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stdout = before
        if can:
            before.reconfigure(errors=errors)  # type: ignore[union-attr]
