"""A growing table of integers in sealed chunks: what a tape is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["IntTable"]

CHUNK = 4096


class IntTable:
    """Append-only rows of int64; a copy shares what is sealed.

    Parameters
    ----------
    columns : sequence of str
        Names of the columns.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._sealed: list[NDArray[np.int64]] = []
        self._open = self._blank()
        self._rows = 0

    def _blank(self) -> NDArray[np.int64]:
        return np.zeros((CHUNK, len(self.columns)), dtype=np.int64)

    def __len__(self) -> int:
        return len(self._sealed) * CHUNK + self._rows

    def extend(self, block: NDArray[np.int64]) -> None:
        """Add rows, shape (rows, columns)."""
        while len(block):
            room = min(CHUNK - self._rows, len(block))
            self._open[self._rows : self._rows + room] = block[:room]
            self._rows += room
            block = block[room:]
            if self._rows == CHUNK:
                self._open.flags.writeable = False
                self._sealed.append(self._open)
                self._open, self._rows = self._blank(), 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._sealed = list(self._sealed)
        twin._open = self._open.copy()
        return twin

    @property
    def rows(self) -> NDArray[np.int64]:
        """All rows, shape (rows, columns)."""
        return np.concatenate([*self._sealed, self._open[: self._rows]])

    @property
    def digest(self) -> str:
        """Hash of every row so far."""
        return self._hash(b"")

    def _hash(self, start: bytes) -> str:
        """Hash some bytes and then every row."""
        state = hashlib.blake2b(start, digest_size=16)
        for chunk in (*self._sealed, self._open[: self._rows]):
            state.update(chunk.tobytes())
        return state.hexdigest()
