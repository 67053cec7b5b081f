"""Column crowds against agents in plain Python, and what must not change a member's luck."""

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tidegate_core import draws
from tidegate_core.codes import Op
from tidegate_core.engine import Engine
from tidegate_core.instrument import Instrument
from tidegate_crowd.arrival import arrival_order
from tidegate_crowd.crowd import Behaviour, ColumnCrowd, ZeroIntelligence

KEY = 0x5EED
LOW, HIGH, MAX_SIZE = 95, 105, 10


def venue(accounts: int) -> Engine:
    engine = Engine([Instrument("X", "BTC", "USD", maker_ppm=10, taker_ppm=20)], accounts)
    for account in range(1, accounts + 1):
        engine.deposit(account, 0, 10**6)
        engine.deposit(account, 1, 10**9)
    return engine


def crowd_of(count: int, first: int = 1, key: int = KEY) -> ColumnCrowd:
    return ColumnCrowd(ZeroIntelligence(LOW, HIGH, MAX_SIZE), key=key, first=first, count=count)


class PlainZeroIntelligence:
    """The same agents, one Python integer at a time."""

    def __init__(self, first: int, count: int) -> None:
        self.first = first
        self.orders = [0] * count

    def step(self, engine: Engine, tick: int, round: int, awake: list[int]) -> None:
        drawn = {i: [int(w) for w in draws.block(KEY, tick, round, i)] for i in awake}
        for i in sorted(awake, key=lambda i: (drawn[i][3], i)):
            side, price, size, _ = drawn[i]
            engine.cancel(self.orders[i])
            result = engine.submit(
                0,
                self.first + i,
                side & 1,
                LOW + (price * (HIGH - LOW + 1) >> 32),
                1 + (size * MAX_SIZE >> 32),
            )
            self.orders[i] = result if engine.order(result) else 0


@given(st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 3), max_size=300))
def test_arrival_order_is_a_stable_sort(keys: list[int]) -> None:
    column = np.array(keys, dtype=np.uint32)
    expected = np.argsort(column, kind="stable")
    assert np.array_equal(arrival_order(column), expected)


@pytest.mark.parametrize("n", [47, 48, 49, 2_047, 2_048, 70_000, 300_000])
def test_arrival_order_of_many(n: int) -> None:
    column = np.random.default_rng(n).integers(0, 2**32, n, dtype=np.uint32)
    column[: n // 10] = column[0]  # ties
    assert np.array_equal(arrival_order(column), np.argsort(column, kind="stable"))


def test_the_crowd_does_what_plain_agents_do() -> None:
    columns, plain = venue(60), venue(60)
    crowd, agents = crowd_of(50, first=7), PlainZeroIntelligence(first=7, count=50)
    chosen = np.random.default_rng(1)
    for tick in range(40):
        for round in range(2):
            awake = np.flatnonzero(chosen.random(50) < 0.7).astype(np.uint64)
            active = None if tick % 5 == 0 else awake
            accepted = crowd.step(columns, tick, round, active)
            indices = list(range(50)) if active is None else [int(i) for i in awake]
            agents.step(plain, tick, round, indices)
            assert accepted == len(indices)
            assert np.array_equal(columns.take_fills(), plain.take_fills())
            assert crowd.orders().tolist() == agents.orders
    crowd._check()
    columns._check()
    assert columns.counters()["fills"] > 1_000


def test_refused_orders_leave_no_order_behind() -> None:
    engine = Engine([Instrument("X", "BTC", "USD")], 5)
    crowd = crowd_of(5)
    assert crowd.step(engine, 0) == 0
    assert crowd.orders().tolist() == [0] * 5
    assert sum(engine.counters()["rejects"].values()) == 5


def test_draws_depend_on_the_moment_and_the_index_alone() -> None:
    """Others who join later, or sleep, change nobody's orders."""
    few, many = venue(20), venue(20)
    crowd, larger = crowd_of(10), crowd_of(20)
    sleepers = np.arange(10, dtype=np.uint64)
    for tick in range(3, 9):
        crowd.step(few, tick)
        larger.step(many, tick, active=sleepers)
        assert np.array_equal(few.take_fills(), many.take_fills())
    assert np.array_equal(few.balances()[0], many.balances()[0])


def test_another_key_is_another_crowd() -> None:
    one, other = venue(10), venue(10)
    crowd_of(10).step(one, 0)
    crowd_of(10, key=KEY + 1).step(other, 0)
    assert not np.array_equal(one.balances()[0], other.balances()[0])


COPIES: dict[str, Callable[[ColumnCrowd], ColumnCrowd]] = {
    "copy": ColumnCrowd.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda crowd: pickle.loads(pickle.dumps(crowd)),
}


@pytest.mark.parametrize("name", [*COPIES, "restore"])
def test_a_copy_continues_as_the_original_would(name: str) -> None:
    engine, crowd = venue(30), crowd_of(30)
    for tick in range(5):
        crowd.step(engine, tick)
    if name == "restore":
        twin = crowd_of(30)
        twin.step(venue(30), 0)
        twin.restore(crowd.snapshot())
    else:
        twin = COPIES[name](crowd)
    fork = engine.copy()
    for tick in range(5, 10):
        crowd.step(engine, tick)
        twin.step(fork, tick)
    assert np.array_equal(engine.take_fills(), fork.take_fills())
    assert engine.snapshot() == fork.snapshot()
    assert crowd.snapshot() == twin.snapshot()


def test_crowds_compare_well_with_a_column_batch() -> None:
    """One step is one cancel-and-submit batch in arrival order."""
    stepped, batched = venue(300), venue(300)
    crowd = crowd_of(300)
    orders = np.zeros(300, dtype=np.int64)
    for tick in range(6):
        words = np.array([draws.block(KEY, tick, 0, i) for i in range(300)], dtype=np.uint64)
        order = arrival_order(words[:, 3].astype(np.uint32))
        words = words[order]
        batch: dict[str, NDArray[np.int64]] = {
            "account": order + 1,
            "side": (words[:, 0] & 1).astype(np.int64),
            "price": LOW + (words[:, 1] * (HIGH - LOW + 1) >> 32).astype(np.int64),
            "quantity": 1 + (words[:, 2] * MAX_SIZE >> 32).astype(np.int64),
            "op": np.full(300, Op.CANCEL_SUBMIT, dtype=np.int64),
            "order_id": orders[order],
        }
        orders[order] = batched.submit_many(**batch)
        crowd.step(stepped, tick)
        held = crowd.orders()
        assert np.array_equal(held[held > 0], orders[held > 0])
    assert stepped.snapshot() == batched.snapshot()


def test_bad_arguments_are_named() -> None:
    engine, crowd = venue(10), crowd_of(10)
    crowd.step(engine, 5)
    with pytest.raises(ValueError, match="tick is 4"):
        crowd.step(engine, 4)
    with pytest.raises(ValueError, match="round is 65536"):
        crowd.step(engine, 5, 2**16)
    with pytest.raises(ValueError, match="engine has 9 accounts; the crowd needs 10"):
        crowd.step(venue(9), 5)
    with pytest.raises(TypeError, match="active must be"):
        crowd.step(engine, 5, active=np.arange(3))  # type: ignore[arg-type]
    for bad in ([0, 0], [2, 1], [0, 10]):
        with pytest.raises(ValueError, match="active must ascend within 0 to 9"):
            crowd.step(engine, 5, active=np.array(bad, dtype=np.uint64))
    with pytest.raises(ValueError, match="first is 0"):
        crowd_of(3, first=0)
    with pytest.raises(ValueError, match="count is 0"):
        crowd_of(0)
    with pytest.raises(ValueError, match="low is 5 and high 4"):
        ZeroIntelligence(5, 4, 1)
    with pytest.raises(ValueError, match="max_size is 0"):
        ZeroIntelligence(5, 6, 0)
    with pytest.raises(ValueError, match="instruments"):
        ColumnCrowd(ZeroIntelligence(1, 2, 3), key=1, first=1, count=1, instrument=1).step(
            engine, 9
        )
    with pytest.raises(TypeError, match="keys is 1-dimensional int64"):
        arrival_order(np.zeros(3, dtype=np.int64))


def test_a_foreign_snapshot_is_refused() -> None:
    crowd = crowd_of(10)
    before = crowd.snapshot()
    with pytest.raises(ValueError, match="this is"):
        crowd.restore(crowd_of(11).snapshot())
    with pytest.raises(ValueError, match="not a snapshot"):
        crowd.restore(before[:-3])
    assert crowd.snapshot() == before


def test_a_behaviour_that_does_nothing_sends_nothing() -> None:
    engine = venue(3)
    crowd = ColumnCrowd(Behaviour(), key=1, first=1, count=3)
    assert crowd.step(engine, 0) == 0
    assert engine.counters()["orders"] == 0
