"""Order events that contradict what the order was, and orders that wait."""

from __future__ import annotations

import numpy as np
import pytest
from tidegate_core.order_replay import ORDER_FAULTS, OrderReplay

BUY, SELL = 0, 1
CREATED, CHANGED, DELETED = range(3)
TWICE, PAST, SIDE, VOLUME, STALE, CROWD, PRICE = ORDER_FAULTS[1:]


def replayed(*events, patience=100, keeps_volume=True):
    """Replay (time, action, id, price, volume, side) rows."""
    engine = OrderReplay(patience, keeps_volume)
    engine.replay(np.array(events, np.int64).reshape(-1, 6))
    engine._check()
    return engine


def faults(engine):
    return [(row, ORDER_FAULTS[fault]) for row, fault in engine.mismatches().tolist()]


@pytest.mark.parametrize(
    "gone", [(1, DELETED, 1, 100, 5, BUY), (1, DELETED, 1, 100, 0, BUY), (1, CHANGED, 1, 100, 0, 0)]
)
def test_an_order_is_not_created_again_after_it_has_gone(gone):
    engine = replayed((0, CREATED, 1, 100, 5, BUY), gone, (2, CREATED, 1, 100, 5, BUY))
    assert faults(engine) == [(2, PAST)]
    assert len(engine.book) == 0


def test_an_unseen_order_is_gone_after_its_deletion():
    engine = replayed(
        (0, DELETED, 1, 100, 5, BUY),
        (1, DELETED, 1, 100, 5, BUY),
        (2, CHANGED, 1, 100, 4, BUY),
        (3, CREATED, 1, 100, 4, BUY),
    )
    assert faults(engine) == [(2, PAST), (3, PAST)]
    assert (engine.counts["unseen"], engine.counts["repeated"]) == (1, 1)


def test_an_order_that_has_changed_to_nothing_is_not_an_unseen_one():
    engine = replayed(
        (0, CREATED, 1, 100, 5, BUY), (1, CHANGED, 1, 100, 0, BUY), (2, DELETED, 1, 100, 0, BUY)
    )
    assert (engine.counts["unseen"], engine.counts["repeated"]) == (0, 1)
    assert (engine.counts["traded"], faults(engine)) == (1, [])


@pytest.mark.parametrize("volume", [0, 5])
@pytest.mark.parametrize("keeps_volume", [True, False])
def test_a_deletion_at_another_price_is_a_mismatch(volume, keeps_volume):
    engine = replayed(
        (0, CREATED, 1, 100, 5, BUY), (1, DELETED, 1, 99, volume, BUY), keeps_volume=keeps_volume
    )
    assert faults(engine) == [(1, PRICE)]
    assert len(engine.book) == 0


def test_so_it_is_of_a_taker_that_waits():
    engine = replayed(
        (0, CREATED, 1, 100, 5, SELL), (1, CREATED, 2, 101, 9, BUY), (2, DELETED, 2, 102, 9, BUY)
    )
    assert faults(engine) == [(2, PRICE)]
    assert engine.counts["waiting"] == 0


def test_an_unseen_order_that_crosses_waits_and_rests_when_it_does_not():
    """A bid that is known only since the file began rests where the ask it met was unseen."""
    engine = replayed(
        (0, CREATED, 2, 101, 9, BUY),
        (1, CHANGED, 1, 100, 3, SELL),  # the ask has traded with it
        (1, CHANGED, 2, 101, 7, BUY),
        (2, DELETED, 2, 101, 7, BUY),
    )
    assert faults(engine) == []
    assert (engine.counts["adopted"], engine.counts["waiting"]) == (1, 0)
    assert engine.book.best_ask == 100
    assert engine.book.depth(SELL)[1].tolist() == [3]


def test_what_an_unseen_order_crosses_for_too_long_is_withdrawn():
    engine = replayed(
        (0, CREATED, 2, 101, 9, BUY), (1, CHANGED, 1, 100, 3, SELL), (200, CREATED, 3, 90, 1, BUY)
    )
    assert faults(engine) == [(2, STALE)]
    assert (engine.book.best_bid, engine.book.best_ask) == (90, 100)


def test_makers_trade_with_a_taker_before_an_adopted_order_that_waits():
    engine = replayed(
        (0, CREATED, 1, 100, 5, SELL),
        (1, CHANGED, 8, 100, 6, BUY),  # unseen, and across the ask
        (2, CREATED, 2, 100, 7, BUY),
        (3, DELETED, 1, 100, 0, SELL),
        (3, CHANGED, 2, 100, 2, BUY),
    )
    assert faults(engine) == []
    assert [lots for _, _, lots in engine.book.queue(100)] == [6, 2]


def test_takers_with_nothing_left_do_not_wait_for_their_deletion():
    events = [(0, CREATED, 1, 100, 10**6, SELL)]
    for n in range(600):
        taker = 1_000 + n
        events += [
            (n, CREATED, taker, 100, 5, BUY),
            (n, CHANGED, 1, 100, 10**6 - 5 * (n + 1), SELL),
            (n, CHANGED, taker, 100, 0, BUY),
        ]
    engine = replayed(*events, patience=10**6)
    assert faults(engine) == []
    assert engine.counts["waiting"] == 0
    late = (10**3, CHANGED, 1_000, 100, 3, BUY), (10**3, DELETED, 1_001, 100, 0, BUY)
    engine.replay(np.array(late, np.int64))
    assert faults(engine) == [(len(events), PAST)]
    assert engine.counts["repeated"] == 1


@pytest.mark.parametrize("report", [0, 4])
def test_takers_whose_makers_or_own_events_never_come_are_gone_after_a_while(report):
    """One that has changed to nothing, and one whose makers have taken all that it had."""
    own = [(2, CHANGED, 2, 100, 0, BUY)] if report == 0 else [(2, CHANGED, 1, 100, 5, SELL)]
    begin = [(0, CREATED, 1, 100, 10, SELL), (1, CREATED, 2, 100, 5, BUY), *own]
    still = replayed(*begin, (100, CREATED, 3, 90, 1, BUY))
    assert still.counts["waiting"] == 1
    gone = replayed(*begin, (102, CREATED, 3, 90, 1, BUY))
    assert (gone.counts["waiting"], faults(gone)) == (0, [])
