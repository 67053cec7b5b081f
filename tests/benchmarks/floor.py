"""Builds and runs ``floor.c``, the least memory work of a book on a stream."""

import ctypes
import os
import shlex
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from tidegate_core import Kind, Op

from tests.benchmarks.streams import Stream

MESSAGE = np.dtype(
    [
        ("type", np.uint8),
        ("side", np.uint8),
        ("unused", np.uint16),
        ("owner", np.int32),
        ("price", np.int32),
        ("quantity", np.int32),
        ("id", np.int64),
    ]
)
COMPILER = shlex.split(os.environ.get("CC", "cc"))
ADD, CANCEL, MARKET = range(3)


def available() -> bool:
    """Say whether there is a C compiler."""
    return shutil.which(COMPILER[0]) is not None


@cache
def library() -> ctypes.CDLL:
    """Compile the program, with everything this machine's processor has."""
    folder = Path(tempfile.mkdtemp(prefix="tidegate-floor-"))
    target = folder / "floor.so"
    source = Path(__file__).with_suffix(".c")
    flags = ["-O3", "-march=native", "-std=gnu11", "-shared", "-fPIC"]
    subprocess.run([*COMPILER, *flags, "-o", str(target), str(source)], check=True)
    loaded = ctypes.CDLL(str(target))
    shutil.rmtree(folder)
    loaded.floor_run.restype = ctypes.c_double
    loaded.floor_run.argtypes = [ctypes.c_void_p, *[ctypes.c_int64] * 4, ctypes.c_int]
    return loaded


def messages_of(stream: Stream) -> np.ndarray:
    """Pack the stream into the 24-byte records of the program."""
    cancels = stream.op == Op.CANCEL
    packed = np.zeros(len(stream.op), MESSAGE)
    packed["type"] = np.where(cancels, CANCEL, np.where(stream.kind == Kind.MARKET, MARKET, ADD))
    adds = packed["type"] == ADD
    number = np.cumsum(adds)
    packed["id"] = np.where(cancels, number[stream.target], number) * (adds | cancels)
    packed["price"] = np.where(adds, stream.price, 0)
    for name in ("side", "owner", "quantity"):
        packed[name] = getattr(stream, name)
    return packed


def floor(stream: Stream, rounds: int = 7) -> float:
    """Measure CPU nanoseconds a message."""
    packed = messages_of(stream)
    prices = packed["price"][packed["type"] == ADD]
    low, high = int(prices.min()), int(prices.max())
    return library().floor_run(packed.ctypes.data, stream.preload, len(packed), low, high, rounds)
