"""Keyed draws against pure-Python oracles, published vectors, SciPy."""

import hashlib
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats
from tidegate_core import draws

from tests.oracles import draws as oracle

WORDS = st.integers(0, oracle.MASK)
U64 = st.integers(0, 2**64 - 1)
TICKS = st.integers(0, draws.MAX_TICK)
ROUNDS = st.integers(0, draws.MAX_ROUND)
KEY = 0x0123456789ABCDEF


# ---- Philox -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [  # known answers published with the Random123 library
        ([0] * 4, [0] * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([oracle.MASK] * 4, [oracle.MASK] * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (  # digits of pi
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_gives_the_published_vectors(counter: list[int], key: list[int], words: str) -> None:
    assert " ".join(f"{w:08x}" for w in draws.philox(counter, key)) == words


@given(st.lists(WORDS, min_size=4, max_size=4), st.lists(WORDS, min_size=2, max_size=2))
def test_philox_is_that_of_the_paper(counter: list[int], key: list[int]) -> None:
    assert draws.philox(counter, key) == oracle.philox(counter, key)


# ---- Draws ------------------------------------------------------------------------------------


@given(U64, TICKS, ROUNDS, U64)
@example(2**64 - 1, draws.MAX_TICK, draws.MAX_ROUND, 2**64 - 1)
def test_a_draw_is_a_function_of_its_key_alone(key: int, tick: int, round: int, index: int) -> None:
    where = key, tick, round, index
    assert draws.block(*where) == oracle.block(*where)
    assert draws.bits(*where) == oracle.bits(*where)
    u = oracle.uniform(*where)
    assert oracle.same(draws.uniform(*where), u)
    assert oracle.same(draws.exponential(*where), -oracle.log(u))
    assert oracle.same(draws.normal(*where), draws.normal_quantile(u))


@given(U64, TICKS, st.integers(1, 2**63 - 1))
@example(5, 7, 1)
@example(5, 7, 2**63 - 1)
def test_an_integer_is_the_high_half_of_a_product(key: int, tick: int, n: int) -> None:
    assert draws.integer(key, tick, n=n) == oracle.bits(key, tick, 0, 0) * n >> 64


COLUMNS: list[tuple[str, str, type[np.generic], dict[str, int]]] = [
    ("fill_u64", "bits", np.uint64, {}),
    ("fill_uniform", "uniform", np.float64, {}),
    ("fill_normal", "normal", np.float64, {}),
    ("fill_exponential", "exponential", np.float64, {}),
    ("fill_integer", "integer", np.int64, {"n": 10**12}),
]


@pytest.mark.parametrize(("fill", "scalar", "dtype", "options"), COLUMNS)
@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 255, 256, 257, 700])
def test_a_column_holds_the_scalars(
    fill: str, scalar: str, dtype: type[np.generic], options: dict[str, int], n: int
) -> None:
    out = np.empty(n, dtype)
    index = np.arange(n, dtype=np.int64)[::-1].copy() * 0x1_0000_0001 + 5
    for which, places in ((None, range(n)), (index, index), (index.view(np.uint64), index)):
        getattr(draws, fill)(out, KEY, 123456789, 3, which, **options)
        expected = [getattr(draws, scalar)(KEY, 123456789, 3, i, **options) for i in places]
        assert out.tolist() == expected


@pytest.mark.parametrize("n", [0, 1, 32, 100])
def test_a_column_of_blocks_holds_the_blocks(n: int) -> None:
    out = np.empty((4, n), np.uint32)
    draws.fill_blocks(out, KEY, 9, 2)
    assert [tuple(column) for column in out.T.tolist()] == [
        draws.block(KEY, 9, 2, i) for i in range(n)
    ]


GOLDEN = {
    "fill_u64": "b5e6ed750c63daac",
    "fill_uniform": "90d898ec6263d478",
    "fill_normal": "0b58f20ab9237adb",
    "fill_exponential": "f4d5b8c4dcf30f49",
    "fill_integer": "b76ff42b5c7c15fe",
}


@pytest.mark.parametrize(("fill", "scalar", "dtype", "options"), COLUMNS)
def test_columns_have_the_same_bits_on_every_machine(
    fill: str, scalar: str, dtype: type[np.generic], options: dict[str, int]
) -> None:
    out = np.empty(100_000, dtype)
    getattr(draws, fill)(out, KEY, 1, **options)
    little_endian = out.astype(out.dtype.newbyteorder("<")).tobytes()
    assert hashlib.blake2b(little_endian, digest_size=8).hexdigest() == GOLDEN[fill]


@pytest.mark.parametrize(
    ("fill", "distribution"),
    [
        ("fill_uniform", stats.uniform),
        ("fill_normal", stats.norm),
        ("fill_exponential", stats.expon),
    ],
)
def test_columns_follow_their_distribution(fill: str, distribution: stats.rv_continuous) -> None:
    out = np.empty(200_000)
    getattr(draws, fill)(out, KEY, 0)
    assert stats.kstest(out, distribution.cdf).pvalue > 1e-3
    assert abs(np.corrcoef(out[1:], out[:-1])[0, 1]) < 4 / math.sqrt(len(out))


def test_integers_are_even() -> None:
    out = np.empty(100_000, np.int64)
    draws.fill_integer(out, KEY, 0, n=7)
    assert stats.chisquare(np.bincount(out, minlength=7)).pvalue > 1e-3


def test_keys_ticks_rounds_and_indices_give_unrelated_draws() -> None:
    n = 20_000
    base = np.empty(n)
    other = np.empty(n)
    draws.fill_normal(base, KEY, 5, 1)
    for where in ((KEY + 1, 5, 1), (KEY, 6, 1), (KEY, 5, 2), (KEY ^ 1 << 63, 5, 1)):
        draws.fill_normal(other, *where)
        assert abs(np.corrcoef(base, other)[0, 1]) < 4 / math.sqrt(n)


# ---- Wrong arguments --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: draws.uniform(-1, 0),
            ValueError,
            "key is -1; allowed is 0 to 18446744073709551615",
        ),
        (lambda: draws.uniform(1.5, 0), TypeError, "key is 1.5; an integer"),  # type: ignore[arg-type]
        (lambda: draws.bits(1, 2**48), ValueError, "tick is 281474976710656"),
        (lambda: draws.normal(1, 0, 65536), ValueError, "round is 65536; allowed is 0 to 65535"),
        (lambda: draws.normal(1, 0, 0, -2), ValueError, "index is -2"),
        (lambda: draws.integer(1, 0, n=0), ValueError, "n is 0; allowed is 1"),
        (lambda: draws.integer(1, 0, n=2**63), ValueError, "n is 9223372036854775808"),
        (lambda: draws.philox([0] * 3, [0] * 2), ValueError, "counter has 3 words"),
        (lambda: draws.philox([0] * 4, [0]), ValueError, "key has 1 words"),
        (lambda: draws.philox([2**32] * 4, [0] * 2), ValueError, "counter is 4294967296"),
        (lambda: draws.fill_uniform(np.empty(3, np.float32), 1, 0), TypeError, "out is float32"),
        (lambda: draws.fill_uniform([0.0], 1, 0), TypeError, "out is list"),  # type: ignore[arg-type]
        (lambda: draws.fill_uniform(np.empty((2, 2)), 1, 0), ValueError, "out must be one-dim"),
        (lambda: draws.fill_uniform(np.empty(4)[::2], 1, 0), ValueError, "out must be one-dim"),
        (
            lambda: draws.fill_uniform(np.empty(3), 1, 0, 0, np.arange(2)),
            ValueError,
            r"index has shape \(2,\); out needs \(3,\)",
        ),
        (
            lambda: draws.fill_uniform(np.empty(2), 1, 0, 0, np.array([0, -4])),
            ValueError,
            "index holds -4",
        ),
        (
            lambda: draws.fill_uniform(np.empty(2), 1, 0, 0, np.zeros(2)),  # type: ignore[arg-type]
            TypeError,
            "index is float64",
        ),
        (lambda: draws.fill_blocks(np.empty((3, 2), np.uint32), 1, 0), ValueError, r"shape \(4, n"),
        (lambda: draws.fill_blocks(np.empty((4, 2)), 1, 0), TypeError, "out is float64"),  # type: ignore[arg-type]
        (lambda: draws.exp([1.0], np.empty(2)), ValueError, r"shape of x, \(1,\)"),
        (lambda: draws.exp([1.0], np.empty(1, int)), TypeError, "out is int64"),
    ],
)
def test_wrong_arguments_are_named(
    call: Callable[[], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_refused_fill_leaves_the_column_alone() -> None:
    out = np.full(3, 7.0)
    with pytest.raises(ValueError, match="round"):
        draws.fill_uniform(out, 1, 0, -1)
    assert out.tolist() == [7.0] * 3
    frozen = np.full(3, 7.0)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="writeable"):
        draws.fill_uniform(frozen, 1, 0)
