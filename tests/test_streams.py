"""Named streams: stable keys, and draws that depend on nobody else."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate_core import draws

from tidegate.streams import Streams, draw_key

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


def test_keys_are_the_same_on_every_machine() -> None:
    assert draw_key(7, "retail/123", "size") == 11543822139666970559
    assert draw_key(-(10**30), "börse", "größe") == 9846464839836392017


def test_keys_do_not_depend_on_the_process() -> None:
    code = "from tidegate.streams import draw_key; print(draw_key(7, 'retail/123', 'size'))"
    env = {"PYTHONHASHSEED": "5", "PYTHONPATH": ":".join(p for p in sys.path if p)}
    found = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert int(found.stdout) == draw_key(7, "retail/123", "size")


@given(st.integers(), st.integers(), NAMES, NAMES, NAMES, NAMES)
def test_different_names_have_different_keys(
    seed: int, seed2: int, path: str, path2: str, stream: str, stream2: str
) -> None:
    same = (seed, path, stream) == (seed2, path2, stream2)
    assert (draw_key(seed, path, stream) == draw_key(seed2, path2, stream2)) == same


def test_names_cannot_run_into_each_other() -> None:
    keys = {draw_key(1, "ab", "c"), draw_key(1, "a", "bc"), draw_key(11, "b", "c")}
    assert len(keys) == 3


def test_a_child_is_a_longer_path() -> None:
    streams = Streams(7)
    child = streams.child("retail").child("west")
    assert child.key("123", "size") == streams.key("retail/west/123", "size")
    assert child == pickle.loads(pickle.dumps(child))


def test_draws_are_those_of_the_core() -> None:
    streams = Streams(3)
    key = streams.key("maker/0", "quote")
    where = "maker/0", "quote", 17, 2, 5
    assert streams.uniform(*where) == draws.uniform(key, 17, 2, 5)
    assert streams.normal(*where) == draws.normal(key, 17, 2, 5)
    assert streams.exponential(*where) == draws.exponential(key, 17, 2, 5)
    assert streams.integer(*where, n=100) == draws.integer(key, 17, 2, 5, n=100)


@pytest.mark.parametrize("name", ["uniform", "normal", "exponential", "integer"])
def test_columns_hold_the_scalars(name: str) -> None:
    streams = Streams(3)
    options = {"n": 1000} if name == "integer" else {}
    out = np.empty(40, np.int64 if options else np.float64)
    index = np.arange(40)[::-1].copy()
    for which in (None, index):
        getattr(streams, f"fill_{name}")(out, "maker", "quote", 17, 2, which, **options)
        places = range(40) if which is None else which
        expected = [
            getattr(streams, name)("maker", "quote", 17, 2, int(i), **options) for i in places
        ]
        assert out.tolist() == expected


@pytest.mark.parametrize(("path", "stream"), [("", "a"), ("a", ""), ("a\0b", "c"), ("a", "b\0")])
def test_names_that_could_collide_are_refused(path: str, stream: str) -> None:
    with pytest.raises(ValueError, match=r"path is .* and stream .*; neither may be empty"):
        Streams(1).key(path, stream)


@pytest.mark.parametrize("seed", [1.5, "1", True, None])
def test_a_seed_is_an_integer(seed: object) -> None:
    with pytest.raises(TypeError, match=r"seed is .*; an integer is needed"):
        Streams(seed)  # type: ignore[arg-type]
