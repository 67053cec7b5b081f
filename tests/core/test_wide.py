"""128-bit arithmetic against Python's unbounded integers, in every body of ``wide.h``."""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tidegate_core
from hypothesis import example, given
from hypothesis import strategies as st
from tidegate_core import wide

LOW, HIGH = -(2**63), 2**63 - 1
INT64 = st.integers(LOW, HIGH) | st.sampled_from([LOW, LOW + 1, -1, 0, 1, HIGH - 1, HIGH])
ROUNDINGS = ["floor", "ceil", "trunc"]

MulDiv = Callable[[int, int, int, str], int]


def quotient(n: int, d: int, rounding: str) -> int:
    if rounding == "floor":
        return n // d
    if rounding == "ceil":
        return -(-n // d)
    magnitude = abs(n) // abs(d)
    return magnitude if (n < 0) == (d < 0) else -magnitude


@pytest.fixture(scope="module")
def portable(tmp_path_factory: pytest.TempPathFactory) -> MulDiv:
    """Build the plain C body, which no compiler here would choose, on its own."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("wide")
    source, library = folder / "wide.c", folder / "wide.so"
    source.write_text(
        '#include "wide.h"\n'
        "int call(int64_t a, int64_t b, int64_t c, int r, int64_t *o)"
        "{ return wide_mul_div(a, b, c, r, o); }\n"
        "int product(int64_t a, int64_t b, int64_t *o) { return wide_mul(a, b, o); }\n"
    )
    header = Path(tidegate_core.__file__).parent
    command = [compiler, "-O1", "-shared", "-fPIC", "-DTIDEGATE_WIDE_PORTABLE", f"-I{header}"]
    subprocess.run([*command, str(source), "-o", str(library)], check=True)
    loaded = ctypes.CDLL(str(library))

    def mul_div(a: int, b: int, c: int, rounding: str) -> int:
        out = ctypes.c_int64(77)
        args = [ctypes.c_int64(x) for x in (a, b, c)]
        if loaded.call(*args, ROUNDINGS.index(rounding), ctypes.byref(out)):
            assert out.value == 77
            raise OverflowError
        return out.value

    return mul_div


def agree(mul_div: MulDiv, a: int, b: int, c: int, rounding: str) -> None:
    expected = quotient(a * b, c, rounding)
    if LOW <= expected <= HIGH:
        assert mul_div(a, b, c, rounding) == expected
    else:
        with pytest.raises(OverflowError):
            mul_div(a, b, c, rounding)


@given(INT64, INT64, INT64.filter(bool), st.sampled_from(ROUNDINGS))
@example(LOW, LOW, LOW, "floor")
@example(LOW, 1, -1, "floor")
@example(LOW, -1, 1, "ceil")
@example(HIGH, HIGH, HIGH, "ceil")
@example(HIGH, 3, 2, "floor")
@example(-7, 1, 2, "trunc")
def test_mul_div(a: int, b: int, c: int, rounding: str) -> None:
    agree(wide.mul_div, a, b, c, rounding)  # type: ignore[arg-type]


@given(a=INT64, b=INT64, c=INT64.filter(bool), rounding=st.sampled_from(ROUNDINGS))
def test_mul_div_in_plain_c(portable: MulDiv, a: int, b: int, c: int, rounding: str) -> None:
    agree(portable, a, b, c, rounding)


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12), st.integers(1, 10**9))
def test_mul_div_where_the_quotient_fits(a: int, b: int, c: int) -> None:
    for rounding in ROUNDINGS:
        agree(wide.mul_div, a, b, c, rounding)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["add", "sub", "mul"])
@given(a=INT64, b=INT64)
def test_one_step_operations(name: str, a: int, b: int) -> None:
    expected = {"add": a + b, "sub": a - b, "mul": a * b}[name]
    operation = getattr(wide, name)
    if LOW <= expected <= HIGH:
        assert operation(a, b) == expected
    else:
        with pytest.raises(OverflowError, match="64 bits"):
            operation(a, b)


@given(st.lists(st.tuples(INT64, INT64), max_size=30))
def test_sums(rows: list[tuple[int, int]]) -> None:
    left = np.array([a for a, _ in rows], dtype=np.int64)
    right = np.array([b for _, b in rows], dtype=np.int64)
    assert wide.total(left) == sum(a for a, _ in rows)
    exact = sum(a * b for a, b in rows)
    assert wide.dot(left, right) == (exact + 2**127) % 2**128 - 2**127


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="rounding is 'up'"):
        wide.mul_div(1, 1, 1, "up")  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        wide.mul_div(1, 1, 0)
    with pytest.raises(ValueError, match="right has 1 rows"):
        wide.dot(np.zeros(2, dtype=np.int64), np.zeros(1, dtype=np.int64))
