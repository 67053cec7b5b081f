from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "MAX_ROUND",
    "MAX_TICK",
    "bits",
    "block",
    "exp",
    "exponential",
    "fill_blocks",
    "fill_exponential",
    "fill_integer",
    "fill_normal",
    "fill_u64",
    "fill_uniform",
    "integer",
    "log",
    "normal",
    "normal_quantile",
    "philox",
    "uniform",
]

_Index = NDArray[np.int64] | NDArray[np.uint64] | None
_Floats = NDArray[np.float64]

MAX_TICK: int
MAX_ROUND: int

def philox(counter: Sequence[int], key: Sequence[int]) -> tuple[int, int, int, int]: ...
def block(key: int, tick: int, round: int = 0, index: int = 0) -> tuple[int, int, int, int]: ...
def bits(key: int, tick: int, round: int = 0, index: int = 0) -> int: ...
def uniform(key: int, tick: int, round: int = 0, index: int = 0) -> float: ...
def normal(key: int, tick: int, round: int = 0, index: int = 0) -> float: ...
def exponential(key: int, tick: int, round: int = 0, index: int = 0) -> float: ...
def integer(key: int, tick: int, round: int = 0, index: int = 0, *, n: int) -> int: ...
def fill_blocks(
    out: NDArray[np.uint32], key: int, tick: int, round: int = 0, index: _Index = None
) -> None: ...
def fill_u64(
    out: NDArray[np.uint64], key: int, tick: int, round: int = 0, index: _Index = None
) -> None: ...
def fill_uniform(
    out: _Floats, key: int, tick: int, round: int = 0, index: _Index = None
) -> None: ...
def fill_normal(
    out: _Floats, key: int, tick: int, round: int = 0, index: _Index = None
) -> None: ...
def fill_exponential(
    out: _Floats, key: int, tick: int, round: int = 0, index: _Index = None
) -> None: ...
def fill_integer(
    out: NDArray[np.int64], key: int, tick: int, round: int = 0, index: _Index = None, *, n: int
) -> None: ...
@overload
def exp(x: float, out: None = None) -> float: ...
@overload
def exp(x: ArrayLike, out: _Floats | None = None) -> Any: ...
@overload
def log(x: float, out: None = None) -> float: ...
@overload
def log(x: ArrayLike, out: _Floats | None = None) -> Any: ...
@overload
def normal_quantile(p: float, out: None = None) -> float: ...
@overload
def normal_quantile(p: ArrayLike, out: _Floats | None = None) -> Any: ...
