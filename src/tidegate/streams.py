"""Named streams of keyed random numbers.

A draw is a pure function of (seed, stable path, stream, tick, round, index). The path names who
draws (``"retail/123"``), never an id that depends on creation order; the stream names what for.
So a new agent, or one more draw by an old one, moves nobody else's numbers, and two runs that
differ in a policy draw the same luck.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from tidegate_core import draws

__all__ = ["Streams", "draw_key", "whole_seed"]


def whole_seed(value: object) -> int:
    """Return a model's `rng` as an int; any integer type will do, as long as it fits."""
    try:
        seed = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        seed = -1
    if isinstance(value, bool) or not 0 <= seed < 2**63:
        raise ValueError(f"rng must be an integer in 0 .. 2**63 - 1, got {value!r}")
    return seed


@lru_cache(maxsize=1 << 16)
def draw_key(seed: int, path: str, stream: str) -> int:
    """Hash who draws, and what for, to the 64-bit key of `tidegate_core.draws`.

    Parameters
    ----------
    seed : int
        Seed of the run.
    path : str
        Stable name of the one who draws.
    stream : str
        What is drawn.

    Returns
    -------
    int
        The same on every machine and Python version.
    """
    if not path or not stream or "\0" in path or "\0" in stream:
        raise ValueError(
            f"path is {path!r} and stream {stream!r}; neither may be empty or hold a NUL"
        )
    name = f"{seed:d}\0{path}\0{stream}".encode()
    return int.from_bytes(blake2b(name, digest_size=8, person=b"tidegate.draws").digest(), "little")


@dataclass(frozen=True, slots=True)
class Streams:
    """All random numbers of one run.

    Parameters
    ----------
    seed : int
        Seed of the run.
    """

    seed: int

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise TypeError(f"seed is {self.seed!r}; an integer is needed")

    def key(self, path: str, stream: str) -> int:
        """Return the key of a path's stream, for kernels that draw by themselves."""
        return draw_key(self.seed, path, stream)

    def uniform(self, path: str, stream: str, tick: int, round: int = 0, index: int = 0) -> float:
        """Draw a number strictly between 0 and 1."""
        return draws.uniform(self.key(path, stream), tick, round, index)

    def normal(self, path: str, stream: str, tick: int, round: int = 0, index: int = 0) -> float:
        """Draw a standard normal number."""
        return draws.normal(self.key(path, stream), tick, round, index)

    def integer(
        self, path: str, stream: str, tick: int, round: int = 0, index: int = 0, *, n: int
    ) -> int:
        """Draw an integer from 0 to ``n - 1``."""
        return draws.integer(self.key(path, stream), tick, round, index, n=n)

    def fill_normal(
        self,
        out: NDArray[np.float64],
        path: str,
        stream: str,
        tick: int = 0,
        round: int = 0,
    ) -> None:
        """Fill a column: ``out[i]`` is the draw of `normal` with index ``i``."""
        draws.fill_normal(out, self.key(path, stream), tick, round)

    def fill_uniform(
        self,
        out: NDArray[np.float64],
        path: str,
        stream: str,
        tick: int = 0,
        round: int = 0,
    ) -> None:
        """Fill a column: ``out[i]`` is the draw of `uniform` with index ``i``."""
        draws.fill_uniform(out, self.key(path, stream), tick, round)
