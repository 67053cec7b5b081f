"""Blocks side by side against a pure-Python oracle: plain C, and what this CPU takes instead."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tidegate_core
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.oracles import draws as oracle

LANES = 32
U64 = st.integers(0, 2**64 - 1)
SOURCE = """
#include "philox.h"
void blocks(uint32_t *out, uint64_t key, uint64_t start, const uint64_t *index, uint64_t counter) {
    uint32_t *w1 = out + PHILOX_LANES, *w2 = w1 + PHILOX_LANES, *w3 = w2 + PHILOX_LANES;
    philox_lanes(out, w1, w2, w3, key, start, index, counter);
}
"""


@pytest.fixture(scope="module", params=[[], ["-DTIDEGATE_PHILOX_PORTABLE"]], ids=["own", "plain"])
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ctypes.CDLL:
    """Build the header on its own."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("philox")
    source, built = folder / "philox.c", folder / "philox.so"
    source.write_text(SOURCE)
    header = Path(tidegate_core.__file__).parent
    command = [compiler, "-O2", "-shared", "-fPIC", *request.param, f"-I{header}"]
    subprocess.run([*command, str(source), "-o", str(built)], check=True)
    return ctypes.CDLL(str(built))


def blocks(
    library: ctypes.CDLL, key: int, start: int, index: NDArray[np.uint64] | None, counter: int
) -> list[tuple[int, ...]]:
    out = np.empty((4, LANES), np.uint32)
    listed = None if index is None else ctypes.c_void_p(index.ctypes.data)
    library.blocks(
        ctypes.c_void_p(out.ctypes.data),
        ctypes.c_uint64(key),
        ctypes.c_uint64(start),
        listed,
        ctypes.c_uint64(counter),
    )
    return [tuple(column) for column in out.T.tolist()]


def expected(key: int, index: int, counter: int) -> tuple[int, ...]:
    words = [index & oracle.MASK, index >> 32, counter & oracle.MASK, counter >> 32]
    return oracle.philox(words, [key & oracle.MASK, key >> 32])


@given(key=U64, start=U64, counter=U64)
def test_blocks_from_one_index_on(library: ctypes.CDLL, key: int, start: int, counter: int) -> None:
    found = blocks(library, key, start, None, counter)
    assert found == [expected(key, (start + lane) % 2**64, counter) for lane in range(LANES)]


@given(key=U64, counter=U64, index=st.lists(U64, min_size=LANES, max_size=LANES))
def test_blocks_of_listed_indices(
    library: ctypes.CDLL, key: int, counter: int, index: list[int]
) -> None:
    found = blocks(library, key, 0, np.array(index, np.uint64), counter)
    assert found == [expected(key, one, counter) for one in index]
