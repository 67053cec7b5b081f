"""A session of the book, written as a day and replayed."""

from __future__ import annotations

import numpy as np
import pytest
from tidegate_core import Kind, Op, OrderBook, SelfTrade
from tidegate_core.replay import LobsterReplay

from tests.benchmarks.streams import stream
from tidegate.replay import lobster
from tidegate.replay.recorder import LobsterRecorder

NEW, CANCEL, DELETE, EXECUTE, HIDDEN = range(1, 6)
BUY, SELL = 0, 1


def columns(name: str, messages: int) -> dict[str, np.ndarray]:
    """Draw a stream of orders with owners who prevent self-trades in all modes."""
    drawn = stream(name, messages)
    rng = np.random.default_rng(8)
    n = len(drawn.op)
    op = drawn.op.copy()
    op[(op == Op.CANCEL) & (rng.random(n) < 0.5)] = Op.REPLACE
    targets = np.where(drawn.target >= 0, -1 - drawn.target, 0)
    replaced = op == Op.REPLACE
    price = np.where(replaced, drawn.price[np.maximum(drawn.target, 0)], drawn.price)
    shrinks = replaced & (rng.random(n) < 0.5)
    price += np.where(replaced & ~shrinks, rng.integers(-3, 4, n), 0)
    return {
        "side": drawn.side,
        "price": price,
        "quantity": np.where(shrinks, 1, drawn.quantity + 3 * replaced),
        "op": op,
        "owner": rng.integers(0, 30, n),
        "kind": drawn.kind,
        "stp": rng.integers(0, 4, n),
        "order_id": targets,
    }


@pytest.mark.parametrize("levels", [1, 10])
def test_a_session_is_replayed_without_a_mismatch(tmp_path, levels):
    batch = columns("sweep", 2_000)
    alone, book = OrderBook(), OrderBook()
    recorder = LobsterRecorder(book, levels)
    assert (recorder.submit_many(**batch) == alone.submit_many(**batch)).all()
    assert (recorder.take_trades() == alone.take_trades()).all()
    assert recorder.take_trades().size == 0
    alone.clear_trades()
    assert book.snapshot() == alone.snapshot()
    day = recorder.day()
    files = tmp_path / "m.csv", tmp_path / "b.csv"
    lobster.write(day, *files)
    report = lobster.replay(*files)
    assert report.mismatches == ()
    assert report.share == 1.0
    assert report.notes["tick"] == 100
    assert set(day.messages[:, 1]) >= {NEW, DELETE, EXECUTE}
    assert levels == 1 or CANCEL in day.messages[:, 1]
    assert report.counts["visible_executions"] > 300


def test_messages_and_rows_of_a_short_session():
    book = OrderBook()
    recorder = LobsterRecorder(book, levels=1)
    book.time = 34_200 * 10**9
    first = recorder.submit(SELL, 101, 5)
    second = recorder.submit(SELL, 102, 5)  # behind what is shown: no message
    taker = recorder.submit(BUY, 102, 7, kind=Kind.LIMIT)
    recorder.submit(BUY, 100, 4)
    recorder.note_hidden(101, 3, SELL)
    recorder.replace(second, 102, 1)
    recorder.cancel(second)
    assert taker > 0
    assert [row[1:] for row in recorder.day().messages.tolist()] == [
        [NEW, first, 5, 10_100, -1],
        [EXECUTE, first, 5, 10_100, -1],
        [EXECUTE, second, 2, 10_200, -1],
        [NEW, book.queue(100)[0][0], 4, 10_000, 1],
        [HIDDEN, 0, 3, 10_100, -1],
        [CANCEL, second, 2, 10_200, -1],
        [DELETE, second, 1, 10_200, -1],
    ]
    no_ask, no_bid = [lobster.EMPTY_PRICE, 0], [-lobster.EMPTY_PRICE, 0]
    assert recorder.day().rows.tolist() == [
        [10_100, 5, *no_bid],
        [10_200, 5, *no_bid],
        [10_200, 3, *no_bid],
        [10_200, 3, 10_000, 4],
        [10_200, 3, 10_000, 4],
        [10_200, 1, 10_000, 4],
        [*no_ask, 10_000, 4],
    ]


def test_a_replaced_order_that_trades_is_deleted_first():
    book = OrderBook()
    recorder = LobsterRecorder(book, levels=2, unit=1)
    recorder.submit(SELL, 105, 2, owner=1)
    bid = recorder.submit(BUY, 100, 9, owner=2)
    now = recorder.replace(bid, 105, 6)
    messages = recorder.day().messages[2:, 1:4].tolist()
    assert messages == [
        [DELETE, bid, 9],
        [EXECUTE, recorder.take_trades()[0]["maker_order"], 2],
        [NEW, now, 4],
    ]
    engine = LobsterReplay(2)
    engine.replay(recorder.day().messages, recorder.day().rows)
    assert engine.counts["mismatches"] == 0


def test_refusals_leave_no_message():
    book = OrderBook()
    recorder = LobsterRecorder(book)
    ask = recorder.submit(SELL, 101, 5, owner=1)
    before = recorder.day().messages.tolist()
    assert recorder.submit(BUY, 101, 1, kind=Kind.POST_ONLY) < 0
    assert recorder.submit(BUY, 101, 9, kind=Kind.FOK) < 0
    assert recorder.submit(BUY, 101, 1, owner=1, stp=SelfTrade.EXPIRE_TAKER) < 0
    assert recorder.cancel(ask + 1) < 0
    assert recorder.replace(ask, 101, 0) < 0
    assert recorder.replace(ask + 1, 101, 1) < 0
    batch = {name: np.zeros(1, np.int64) for name in ("side", "price", "quantity", "order_id")}
    assert recorder.submit_many(**batch, op=np.array([9])) < 0
    assert recorder.day().messages.tolist() == before
    with pytest.raises(TypeError, match="order_id must be an int64 array"):
        recorder.submit_many(**{**batch, "order_id": None}, op=np.zeros(1, np.int64))
    with pytest.raises(ValueError, match="levels and unit must be 1 or more, got 0 and 100"):
        LobsterRecorder(book, 0)
