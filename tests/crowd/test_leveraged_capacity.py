"""A venue that takes so many orders a second: who waits, in which order, and that none is lost."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core.codes import Kind, Side

from tests.crowd.test_leveraged import (
    CALM,
    CLOSING,
    OPENING,
    OUT,
    PRICES,
    STILL,
    TOP_UP,
    Pit,
    stops_at,
)

Overload = Literal["queue", "refuse"]


def pit_of(capacity: float | None, overload: Overload = "queue", n: int = 200, **terms: Any) -> Pit:
    return Pit(n, rule={"capacity": capacity, "overload": overload}, **terms)


def facts(pit: Pit) -> list[Any]:
    """Give all that others can see of a run."""
    columns, positions = pit.crowd.columns(), pit.engine.positions()
    columns["flags"] &= 0x7F  # the last one: what only a venue with a capacity keeps
    return [
        *(columns[name].tolist() for name in columns.dtype.names or ()),
        *(positions[name].tolist() for name in positions.dtype.names or ()),
        pit.engine.balances().tolist(),
        pit.crowd.totals,
        pit.crowd.waiting,
    ]


def stormy(pit: Pit, rounds: int, seed: int) -> None:
    """Live through moves of the price, renewals in haste, and liquidations."""
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        pit.mark(*[max(1, round(price * np.exp(rng.normal(0, 0.02)))) for price in pit.prices])
        pit.run(int(rng.integers(1, 6)), stress=rng.uniform(0, 12, 2), momentum=rng.normal(size=2))
        pit.engine.liquidate(int(pit.crowd.now), int(rng.integers(0, 9)))
        pit.crowd.notice(pit.engine, pit.engine.take_events())


def let_pass(pit: Pit, rounds: int = 1_000) -> None:
    """Let nobody wake and makers quote until nobody wants anything any more."""
    for _ in range(rounds):
        columns = pit.crowd.columns()["condition"]
        busy = np.isin(columns, (CLOSING, OPENING)).any() or any(pit.crowd.waiting)
        if not busy and len(pit.crowd.intake) == 0:
            return
        pit.engine.liquidate(int(pit.crowd.now))
        pit.crowd.notice(pit.engine, pit.engine.take_events())
        pit.run(5, stress=np.zeros(2), dt=5)
    raise AssertionError(f"still waiting: {pit.crowd.waiting}, {pit.crowd.intake.totals}")


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    overload=st.sampled_from(["queue", "refuse"]),
    meets=st.booleans(),
    work=st.sampled_from([0.0, 90.0]),
)
def test_capacity_above_the_peak_is_no_limit(
    seed: int, overload: Overload, meets: bool, work: float
) -> None:
    worlds = []
    for capacity in (None, 1e6):
        pit = pit_of(
            capacity, overload, 60, meets=meets, work=work, stop_share=0.4, top_up_share=0.4,
            slippage=0.01, many=3,
        )  # fmt: skip
        stormy(pit, 12, seed)
        pit.check()
        worlds.append(pit)
    free, limited = worlds
    assert facts(free) == facts(limited)
    totals = limited.crowd.intake.totals
    assert totals["sent"] == totals["served"] > 0


@pytest.mark.parametrize("overload", ["queue", "refuse"])
@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    capacity=st.integers(1, 30),
    meets=st.booleans(),
    work=st.sampled_from([0.0, 90.0]),
)
def test_when_the_load_has_passed_no_order_is_lost(
    overload: Overload, seed: int, capacity: int, meets: bool, work: float
) -> None:
    pit = pit_of(
        capacity, overload, 60, meets=meets, work=work, stop_share=0.4, top_up_share=0.4,
        slippage=0.01, many=3, mean_return=1e9,
    )  # fmt: skip
    for seed_of_part in (seed, seed + 1):
        stormy(pit, 10, seed_of_part)
        pit.check()
    loaded = pit.crowd.intake.totals
    assert loaded["sent"] > 0
    let_pass(pit)
    pit.check()
    totals = pit.crowd.intake.totals
    assert totals["sent"] == totals["served"] + totals["refused"] + totals["withdrawn"]
    assert (totals["refused"] == 0) if overload == "queue" else (totals["withdrawn"] == 0)


def test_stops_wait_in_the_order_in_which_their_lines_were_met_and_pay_the_later_price() -> None:
    pit = pit_of(2, n=60)
    line = stops_at(pit, np.random.default_rng(8), mean_return=1e9)
    pit.run(1)
    pit.mark(940_000, PRICES[1])
    longs = np.flatnonzero((pit.size > 0) & (pit.contract == 0) & (line >= 940_000))
    pit.engine.take_fills()
    pit.crowd.alert(pit.engine)
    taken, price = 2, 940_000
    assert pit.crowd.intake.waiting == len(longs) - taken
    lost = 0
    queue = longs[np.argsort(-line[longs], kind="stable")]
    while pit.crowd.intake.waiting:
        price -= 1_000
        pit.mark(price, PRICES[1])
        for member in queue[taken : taken + 2]:
            lost += int(pit.size[member]) * (940_000 - price) * 10
        taken += 2
        pit.crowd.wake(pit.engine, pit.crowd.now + 1, np.zeros(2), STILL)
        pit.crowd._check(pit.engine)
    fills = pit.engine.take_fills()
    sellers = list(dict.fromkeys((fills["taker"] - pit.first).tolist()))
    assert sellers == queue.tolist()
    assert np.all(pit.crowd.columns()["condition"][queue] == OUT)
    assert pit.crowd.totals["late"] == lost > 0
    totals = pit.crowd.intake.totals
    assert (totals["delayed"], totals["longest"]) == (len(longs) - 2, len(longs) - 2)


def test_a_stop_that_is_taken_and_finds_no_taker_is_not_sent_again() -> None:
    pit = pit_of(1e6, n=60)
    stops_at(pit, np.random.default_rng(8), mean_return=1e9)
    pit.run(1, stress=CALM * 0)
    pit.mark(940_000, PRICES[1])
    pit.quote(sides=(Side.SELL,))  # nobody buys
    pit.crowd.alert(pit.engine)
    sent, waiting = pit.crowd.intake.totals["sent"], pit.crowd.waiting[1]
    assert sent == waiting > 5
    pit.crowd.alert(pit.engine)
    assert (pit.crowd.intake.totals["sent"], pit.crowd.waiting[1]) == (sent, waiting)
    pit.quote()
    pit.crowd.alert(pit.engine)
    assert pit.crowd.totals["stops"] == sent
    pit.crowd._check(pit.engine)


def test_a_refused_stop_is_sent_again_until_it_is_taken() -> None:
    pit = pit_of(1, "refuse", n=40)
    stops_at(pit, np.random.default_rng(8), mean_return=1e9)
    pit.mark(940_000, PRICES[1])
    before, rounds = pit.crowd.totals["stops"], 0
    while pit.crowd.totals["stops"] == before or pit.crowd.waiting[1]:
        pit.run(1, stress=np.zeros(2))  # wakes after it has alerted: what is left of a second
        pit.crowd.alert(pit.engine)
        rounds += 1
    stopped = pit.crowd.totals["stops"]
    totals = pit.crowd.intake.totals
    assert totals["served"] == stopped == rounds
    assert totals["refused"] >= stopped * (stopped - 1) // 2
    assert pit.crowd.intake.waiting == 0


def test_renewals_are_served_first_come_first_served() -> None:
    pit = pit_of(0.25, n=60)
    pit.run(60, stress=np.full(2, 12.0))
    queue = pit.crowd.intake.queue()["member"].tolist()
    assert len(queue) > 10
    pit.engine.take_fills()
    pit.crowd.wake(pit.engine, pit.crowd.now + 40, np.zeros(2), STILL)  # ten orders, two each
    left = pit.crowd.intake.queue()["member"].tolist()
    assert left == queue[5:]
    takers = (pit.engine.take_fills()["taker"] - pit.first).tolist()
    assert list(dict.fromkeys(takers)) == queue[:5]


def test_who_is_liquidated_while_its_order_waits_has_withdrawn_it() -> None:
    pit = pit_of(0.001, n=200)
    stops_at(pit, np.random.default_rng(4), mean_return=1e9)
    pit.crowd.wake(pit.engine, 1.0, np.zeros(2), STILL)
    pit.mark(*[round(0.93 * price) for price in PRICES])
    pit.crowd.alert(pit.engine)
    waits = set(pit.crowd.intake.queue()["member"].tolist())
    assert pit.crowd.held_up(pit.first + np.array(sorted(waits))).all()
    assert not pit.crowd.held_up([pit.maker, 0]).any()
    pit.mark(*[round(0.85 * price) for price in PRICES])
    pit.engine.liquidate(1)
    events = pit.engine.take_events()
    gone = waits & {int(account) - pit.first for account in events["account"]}
    assert gone
    pit.crowd.notice(pit.engine, events)
    pit.crowd.wake(pit.engine, 1e6, np.zeros(2), STILL)  # the venue catches up
    totals = pit.crowd.intake.totals
    assert totals["withdrawn"] == len(gone)
    assert totals["delayed"] == len(waits) - len(gone)
    pit.crowd._check(pit.engine)


def test_who_leaves_for_good_withdraws_what_waits() -> None:
    pit = pit_of(1, n=200)
    stops_at(pit, np.random.default_rng(8), mean_return=2.0)
    pit.run(1, stress=CALM * 0)
    pit.mark(*[round(0.93 * price) for price in PRICES])
    pit.crowd.alert(pit.engine)  # stops wait; who is served returns, and waits behind the others
    for second in range(2, 20):
        pit.crowd.wake(pit.engine, float(second), CALM * 0, STILL)
    waits = pit.crowd.intake.queue()["member"]
    bare = waits[pit.held()["size"][waits] == 0]
    assert pit.crowd.leave(pit.engine, pit.first + waits) == len(bare) > 3
    pit.crowd._check(pit.engine)
    pit.crowd.wake(pit.engine, 1e7, CALM * 0, STILL)
    assert pit.crowd.intake.totals["withdrawn"] == len(bare)
    assert not pit.crowd.held_up(pit.first + bare).any()
    pit.crowd._check(pit.engine)


def test_margin_that_waits_is_added_when_its_turn_comes() -> None:
    pit = pit_of(1, n=40)
    line = stops_at(pit, np.random.default_rng(8), TOP_UP, top_up_share=1.0)
    pit.crowd.wake(pit.engine, 1.0, np.zeros(2), STILL)
    pit.mark(960_000, PRICES[1])
    crossed = np.flatnonzero((pit.size > 0) & (pit.contract == 0) & (line >= 960_000))
    margin = pit.held()["margin"]
    pit.crowd.alert(pit.engine)
    assert pit.crowd.totals["top_ups"] == 1
    for second in range(2, 2 + len(crossed)):
        pit.crowd.wake(pit.engine, float(second), np.zeros(2), STILL)
    assert pit.crowd.totals["top_ups"] == len(crossed) > 3
    assert np.all(pit.held()["margin"][crossed] > margin[crossed])
    assert pit.crowd.totals["late"] == 0


@pytest.mark.parametrize(("work", "orders"), [(0.0, 2 * 50), (300.0, 5)])
def test_capacity_is_counted_in_orders_of_real_accounts(work: float, orders: int) -> None:
    pit = pit_of(1e6, n=40, many=50, work=work)
    # at the pace of orders that are worked, a tenth of the members' real accounts comes in 30 s
    sent = []
    for _ in range(40):
        before, wakes = pit.crowd.intake.totals["sent"], pit.crowd.totals["orders"]
        pit.run(1, stress=np.full(2, 12.0))
        opened = pit.crowd.totals["orders"] - wakes
        if opened:
            sent.append((pit.crowd.intake.totals["sent"] - before) / opened)
    assert sent
    if work:
        assert max(sent) <= orders + 1  # rounded up, to whole orders
    else:
        assert set(sent) == {orders / 2}  # one to close, one to open


def test_a_queue_stands_while_the_channel_is_closed() -> None:
    pit = pit_of(0.25, n=60)
    pit.run(60, stress=np.full(2, 12.0))
    queue = pit.crowd.intake.queue()
    assert len(queue)
    pit.engine.accepting = False
    pit.crowd.wake(pit.engine, pit.crowd.now + 60, np.zeros(2), STILL)
    assert np.array_equal(pit.crowd.intake.queue(), queue)
    pit.engine.accepting = True
    let_pass(pit)
    pit.check()


@pytest.mark.parametrize("overload", ["queue", "refuse"])
@pytest.mark.parametrize("way", ["deepcopy", "pickle", "restore"])
def test_copies_go_on_with_the_queue_they_have(way: str, overload: Overload) -> None:
    pit = pit_of(3, overload, stop_share=0.3, top_up_share=0.3, mean_return=60.0)
    stops_at(pit, np.random.default_rng(4), stop_share=0.3, mean_return=60.0)
    pit.run(40, stress=np.full(2, 6.0))
    pit.mark(*[round(0.96 * price) for price in PRICES])
    pit.run(1)
    if way == "deepcopy":
        other = copy.deepcopy(pit)
    elif way == "pickle":
        other = pickle.loads(pickle.dumps(pit))
    else:
        other = copy.deepcopy(pit)
        other.run(30)
        other.engine.restore(pit.engine.snapshot())
        other.crowd.restore(pit.crowd.snapshot())
        other.quotes, other.money = list(pit.quotes), pit.money
    other.run(60, stress=np.array([3.0, 5.0]))
    other.check()
    pit.run(60, stress=np.array([3.0, 5.0]))
    assert facts(pit) == facts(other)
    assert pit.crowd.snapshot() == other.crowd.snapshot()


def test_a_snapshot_of_another_venue_is_refused() -> None:
    with pytest.raises(ValueError, match="data is of a venue with another capacity"):
        pit_of(None).crowd.restore(pit_of(5).crowd.snapshot())


def test_the_book_sees_who_waited_at_the_price_of_then() -> None:
    pit = pit_of(1, n=4, slippage=0.0)
    stops_at(pit, np.random.default_rng(1), mean_return=1e9)
    pit.run(1, stress=np.zeros(2))
    pit.mark(900_000, 45_000)
    pit.crowd.alert(pit.engine)
    assert pit.crowd.intake.waiting > 0
    bids = pit.engine.submit(0, pit.maker, Side.BUY, 800_000, 1_000, Kind.LIMIT)
    assert bids > 0
    pit.run(5, stress=CALM * 0)
    assert pit.crowd.intake.waiting == 0
