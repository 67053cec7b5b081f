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


def test_draws_are_those_of_the_core() -> None:
    streams = Streams(3)
    key = streams.key("maker/0", "quote")
    where = "maker/0", "quote", 17, 2, 5
    assert streams.uniform(*where) == draws.uniform(key, 17, 2, 5)
    assert streams.normal(*where) == draws.normal(key, 17, 2, 5)
    assert streams.integer(*where, n=100) == draws.integer(key, 17, 2, 5, n=100)


def test_a_column_holds_the_scalars() -> None:
    streams = Streams(3)
    out = np.empty(40)
    streams.fill_normal(out, "maker", "quote", 17, 2)
    assert out.tolist() == [streams.normal("maker", "quote", 17, 2, i) for i in range(40)]


def test_streams_survive_the_way_to_a_worker() -> None:
    streams = Streams(3)
    assert pickle.loads(pickle.dumps(streams)) == streams


@pytest.mark.parametrize(("path", "stream"), [("", "a"), ("a", ""), ("a\0b", "c"), ("a", "b\0")])
def test_names_that_could_collide_are_refused(path: str, stream: str) -> None:
    with pytest.raises(ValueError, match=r"path is .* and stream .*; neither may be empty"):
        Streams(1).key(path, stream)


@pytest.mark.parametrize("seed", [1.5, "1", True, None])
def test_a_seed_is_an_integer(seed: object) -> None:
    with pytest.raises(TypeError, match=r"seed is .*; an integer is needed"):
        Streams(seed)  # type: ignore[arg-type]
