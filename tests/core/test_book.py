"""What each kind of order does, case by case."""

import threading

import numpy as np
import pytest
from tidegate_core import Kind, OrderBook, Reject, SelfTrade, Side

BUY, SELL = Side.BUY, Side.SELL


def fills(book):
    names = ("maker_order", "taker_order", "price", "quantity")
    trades = book.take_trades()
    return list(zip(*(trades[name].tolist() for name in names), strict=True))


def refuse(book, code, order):
    """Expect a refusal with this code that leaves no trace."""
    before = book.snapshot()
    assert order(book) == -code
    assert book.snapshot() == before
    book._check()


@pytest.fixture
def book():
    return OrderBook()


def test_a_new_book_is_empty(book):
    assert (len(book), book.best_bid, book.best_ask) == (0, None, None)
    assert book.impact(BUY, 5) == (0, 0, None)
    assert book.depth(BUY)[0].dtype == np.int64
    assert len(book.trades()) == len(book.expirations()) == 0
    assert book.queue(0) == []
    book._check()


def test_first_come_first_served_at_the_makers_price(book):
    first = book.submit(SELL, 101, 3, owner=1)
    second = book.submit(SELL, 101, 3, owner=2)
    cheap = book.submit(SELL, 100, 1, owner=3)
    taker = book.submit(BUY, 105, 5, owner=4)
    assert fills(book) == [(cheap, taker, 100, 1), (first, taker, 101, 3), (second, taker, 101, 1)]
    assert book.queue(101) == [(second, 2, 2)]
    assert (book.last_filled, book.last_remaining) == (5, 0)


def test_a_seller_gets_the_bid_not_its_own_limit(book):
    maker = book.submit(BUY, 100, 5)
    taker = book.submit(SELL, 90, 5)
    assert fills(book) == [(maker, taker, 100, 5)]


def test_equal_clock_and_price_lose_no_order(book):
    book.time = 7
    ids = [book.submit(SELL, 100, 1) for _ in range(50)]
    book.submit(BUY, 100, 50)
    trades = book.trades()
    assert trades["maker_order"].tolist() == ids
    assert set(trades["time"].tolist()) == {7}
    assert trades["sequence"].tolist() == list(range(50))


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_cancelling_any_place_in_a_queue_keeps_the_others_in_order(book, gone):
    ids = [book.submit(SELL, 100, 1) for _ in range(3)]
    assert book.cancel(ids.pop(gone)) == 0
    taker = book.submit(BUY, 100, 5, kind=Kind.IOC)
    assert fills(book) == [(maker, taker, 100, 1) for maker in ids]


def test_fill_the_first_cancel_the_second_market_the_third(book):
    ids = [book.submit(SELL, 100, 2) for _ in range(3)]
    book.submit(BUY, 100, 2)
    book.cancel(ids[1])
    book.submit(BUY, 0, 9, kind=Kind.MARKET)
    assert (book.last_filled, len(book)) == (2, 0)


def test_a_remainder_rests_and_becomes_the_touch(book):
    book.submit(SELL, 100, 2)
    order = book.submit(BUY, 101, 5)
    assert (book.last_filled, book.last_remaining) == (2, 3)
    assert (book.best_bid, book.best_ask) == (101, None)
    assert book.queue(101) == [(order, 0, 3)]


@pytest.mark.parametrize("kind", [Kind.MARKET, Kind.IOC])
def test_what_cannot_trade_at_once_is_dropped(book, kind):
    book.submit(SELL, 100, 2)
    order = book.submit(BUY, 100, 5, kind=kind)
    assert order > 0
    assert (book.last_filled, book.last_remaining, len(book)) == (2, 3, 0)
    assert book.cancel(order) == -Reject.UNKNOWN_ORDER


def test_ioc_respects_its_limit_and_market_has_none(book):
    book.submit(SELL, 100, 1)
    book.submit(SELL, 200, 1)
    book.submit(BUY, 150, 2, kind=Kind.IOC)
    assert book.last_filled == 1
    book.submit(BUY, -(2**63), 2, kind=Kind.MARKET)
    assert book.last_filled == 1


def test_fill_or_kill_counts_what_is_within_its_limit(book):
    book.submit(SELL, 100, 2)
    book.submit(SELL, 101, 2)
    refuse(book, Reject.NOT_FILLABLE, lambda b: b.submit(BUY, 100, 3, kind=Kind.FOK))
    refuse(book, Reject.NOT_FILLABLE, lambda b: b.submit(BUY, 101, 5, kind=Kind.FOK))
    assert book.submit(BUY, 101, 4, kind=Kind.FOK) > 0
    assert len(book) == 0
    refuse(book, Reject.NOT_FILLABLE, lambda b: b.submit(BUY, 101, 1, kind=Kind.FOK))


def test_post_only_rests_or_is_refused(book):
    book.submit(SELL, 100, 2)
    refuse(book, Reject.WOULD_TAKE, lambda b: b.submit(BUY, 100, 1, kind=Kind.POST_ONLY))
    order = book.submit(BUY, 99, 1, kind=Kind.POST_ONLY)
    refuse(book, Reject.WOULD_TAKE, lambda b: b.replace(order, 100, 1))
    assert book.order(order)["kind"] == Kind.POST_ONLY
    moved = book.replace(order, 98, 1)
    assert book.order(moved)["kind"] == Kind.POST_ONLY


def test_expire_taker_stops_at_the_first_own_order(book):
    book.submit(SELL, 100, 2, owner=1)
    own = book.submit(SELL, 100, 2, owner=2)
    book.submit(BUY, 100, 5, owner=2, stp=SelfTrade.EXPIRE_TAKER)
    assert (book.last_filled, book.last_remaining) == (2, 3)
    assert [order for order, _, _ in book.queue(100)] == [own]
    assert len(book.expirations()) == 0
    refuse(
        book,
        Reject.SELF_TRADE,
        lambda b: b.submit(BUY, 100, 5, owner=2, stp=SelfTrade.EXPIRE_TAKER),
    )


def test_expire_maker_cancels_what_it_meets_and_goes_on(book):
    own = book.submit(SELL, 100, 2, owner=2)
    other = book.submit(SELL, 100, 2, owner=1)
    untouched = book.submit(SELL, 101, 2, owner=2)
    taker = book.submit(BUY, 100, 5, owner=2, stp=SelfTrade.EXPIRE_MAKER)
    gone = book.expirations()
    assert gone[["order", "price", "quantity", "taker_order", "owner", "side"]].tolist() == [
        (own, 100, 2, taker, 2, SELL)
    ]
    assert fills(book) == [(other, taker, 100, 2)]
    assert book.queue(100) == [(taker, 2, 3)]
    assert book.order(untouched) is not None
    book._check()


def test_expire_both_ends_both(book):
    own = book.submit(SELL, 100, 2, owner=2)
    other = book.submit(SELL, 100, 2, owner=1)
    assert book.submit(BUY, 100, 1, owner=2, stp=SelfTrade.EXPIRE_BOTH) > 0
    assert (book.last_filled, book.last_remaining) == (0, 1)
    assert book.expirations()["order"].tolist() == [own]
    assert [order for order, _, _ in book.queue(100)] == [other]
    assert book.best_bid is None


def test_the_takers_mode_decides(book):
    book.submit(SELL, 100, 2, owner=2, stp=SelfTrade.EXPIRE_BOTH)
    book.submit(BUY, 100, 2, owner=2)
    assert book.last_filled == 2


def test_fill_or_kill_accounts_for_self_trade_prevention(book):
    book.submit(SELL, 100, 2, owner=2)
    book.submit(SELL, 100, 2, owner=1)
    for stp in (SelfTrade.EXPIRE_TAKER, SelfTrade.EXPIRE_BOTH):
        refuse(
            book, Reject.NOT_FILLABLE, lambda b, s=stp: b.submit(BUY, 100, 2, 2, Kind.FOK, stp=s)
        )
    maker = SelfTrade.EXPIRE_MAKER
    refuse(book, Reject.NOT_FILLABLE, lambda b: b.submit(BUY, 100, 3, 2, Kind.FOK, stp=maker))
    assert book.submit(BUY, 100, 2, 2, Kind.FOK, stp=maker) > 0
    assert (book.last_filled, len(book)) == (2, 0)
    book.submit(SELL, 100, 4, owner=2)
    assert book.submit(BUY, 100, 4, 2, Kind.FOK) > 0


def test_a_smaller_quantity_keeps_the_place(book):
    first = book.submit(SELL, 100, 5)
    second = book.submit(SELL, 100, 5)
    assert book.replace(first, 100, 2) == first
    assert book.replace(first, 100, 2) == first
    assert book.queue(100) == [(first, 0, 2), (second, 0, 5)]
    assert book.depth(SELL)[1].tolist() == [7]


@pytest.mark.parametrize(("price", "quantity"), [(100, 6), (101, 5), (99, 1)])
def test_any_other_change_loses_place_and_id(book, price, quantity):
    first = book.submit(SELL, 100, 5, owner=8, stp=SelfTrade.EXPIRE_MAKER)
    book.submit(SELL, 100, 5)
    moved = book.replace(first, price, quantity)
    assert moved not in (first, 0)
    assert book.cancel(first) == -Reject.UNKNOWN_ORDER
    assert book.queue(price)[-1] == (moved, 8, quantity)
    assert book.order(moved)["stp"] == SelfTrade.EXPIRE_MAKER


def test_a_replacement_may_take(book):
    maker = book.submit(SELL, 100, 5)
    order = book.submit(BUY, 90, 7)
    taker = book.replace(order, 100, 7)
    assert fills(book) == [(maker, taker, 100, 5)]
    assert book.queue(100) == [(taker, 0, 2)]


def test_a_replacement_that_is_refused_changes_nothing(book):
    own = book.submit(BUY, 90, 5, owner=1, stp=SelfTrade.EXPIRE_TAKER)
    book.submit(SELL, 100, 5, owner=1)
    refuse(book, Reject.SELF_TRADE, lambda b: b.replace(own, 100, 5))
    refuse(book, Reject.QUANTITY, lambda b: b.replace(own, 90, 0))
    refuse(book, Reject.UNKNOWN_ORDER, lambda b: b.replace(999, 90, 1))


@pytest.mark.parametrize("quantity", [0, -1, 2**62 + 1, -(2**63), 2**63 - 1])
@pytest.mark.parametrize("kind", list(Kind))
def test_bad_quantities(book, quantity, kind):
    refuse(book, Reject.QUANTITY, lambda b: b.submit(BUY, 1, quantity, kind=kind))


@pytest.mark.parametrize("codes", [{"side": 2}, {"side": -1}, {"kind": 5}, {"stp": 4}, {"stp": -1}])
def test_bad_codes(book, codes):
    order = {"side": 0, "price": 1, "quantity": 1} | codes
    refuse(book, Reject.CODE, lambda b: b.submit(**order))


def test_an_owner_has_32_bits(book):
    refuse(book, Reject.ACCOUNT, lambda b: b.submit(BUY, 1, 1, 2**31))
    order = book.submit(BUY, 1, 1, -(2**31))
    assert book.order(order)["owner"] == -(2**31)


def test_a_level_total_cannot_overflow(book):
    book.submit(BUY, 1, 2**62)
    book.submit(BUY, 1, 2**62 - 1)
    refuse(book, Reject.OVERFLOW, lambda b: b.submit(BUY, 1, 1))
    small = book.submit(BUY, 2, 1)
    refuse(book, Reject.OVERFLOW, lambda b: b.replace(small, 1, 1))
    assert book.depth(BUY)[1].tolist() == [1, 2**63 - 1]


def test_extreme_prices(book):
    low, high = -(2**63), 2**63 - 1
    bid, ask = book.submit(BUY, low, 1), book.submit(SELL, high, 1)
    middle = book.submit(BUY, 0, 1)
    book._check()
    assert (book.best_bid, book.best_ask) == (0, high)
    assert book.depth(BUY)[0].tolist() == [0, low]
    assert [book.order(order)["price"] for order in (bid, ask, middle)] == [low, high, 0]
    book.submit(SELL, low, 2)
    book.submit(BUY, high, 1)
    assert (len(book), book.best_bid, book.best_ask) == (0, None, None)


def test_stale_ids_are_refused(book):
    order = book.submit(BUY, 1, 1)
    assert book.cancel(order) == 0
    heir = book.submit(BUY, 1, 1)
    assert heir & 0xFFFFFFFF == order & 0xFFFFFFFF, "the slot is used again"
    for stale in (order, 0, -1, heir + (1 << 32), 2**63 - 1, -(2**63), 77):
        refuse(book, Reject.UNKNOWN_ORDER, lambda b, s=stale: b.cancel(s))
        assert book.order(stale) is None
    assert book.order(heir)["order_id"] == heir


def test_impact_foretells_a_market_order(book):
    for price, lots in ((100, 2), (103, 5), (110, 1)):
        book.submit(SELL, price, lots)
    assert book.impact(BUY, 3) == (3, 2 * 100 + 103, 103)
    assert book.impact(BUY, 100) == (8, 2 * 100 + 5 * 103 + 110, 110)
    assert book.impact(BUY, 0) == (0, 0, None)
    assert book.impact(SELL, 3) == (0, 0, None)


def test_depth_is_best_first_and_cut(book):
    for offset in range(20):
        book.submit(BUY, 100 - offset, 1 + offset)
        book.submit(SELL, 200 + offset, 1 + offset)
    assert book.depth(BUY, 3)[0].tolist() == [100, 99, 98]
    assert book.depth(SELL)[0].tolist() == list(range(200, 210))
    assert book.depth(SELL, 0)[1].tolist() == []


def test_trades_are_a_copy(book):
    book.submit(SELL, 100, 1)
    book.submit(BUY, 100, 1)
    trades = book.trades()
    trades["price"] = 5
    assert book.trades()["price"].tolist() == [100]
    book.clear_trades()
    assert len(book.trades()) == 0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda b: b.submit(BUY, 1.5, 1), TypeError, "price must be an integer, got 1.5"),
        (lambda b: b.submit(BUY, 1, "2"), TypeError, "quantity must be an integer, got '2'"),
        (lambda b: b.submit(None, 1, 2), TypeError, "side must be an integer"),
        (lambda b: b.submit(BUY, 2**63, 2), ValueError, "price must be an integer of at most 64"),
        (lambda b: b.cancel("x"), TypeError, "order_id must be an integer"),
        (lambda b: b.replace(1, 1, float("nan")), TypeError, "quantity must be an integer"),
        (lambda b: b.depth(2), ValueError, "side must be 0 .buy. or 1 .sell., got 2"),
        (lambda b: b.depth(0, -1), ValueError, "levels must not be negative, got -1"),
        (lambda b: b.impact(0, -1), ValueError, "quantity must not be negative, got -1"),
        (lambda b: OrderBook(max_orders=0), ValueError, "max_orders must be 1 to"),
        (lambda b: b.restore(b"nonsense"), ValueError, "not a snapshot"),
    ],
)
def test_bad_input_is_named(book, call, error, message):
    before = book.snapshot()
    with pytest.raises(error, match=message):
        call(book)
    assert book.snapshot() == before


def test_numpy_integers_are_integers(book):
    assert book.submit(np.int8(1), np.int64(100), np.uint16(3), np.int32(7)) > 0
    assert book.best_ask == 100


def test_a_busy_book_refuses_other_threads(book):
    rows = 3_000_000
    column = np.ones(rows, np.int64)
    batch = threading.Thread(
        target=book.submit_many,
        kwargs={"side": np.zeros(rows, np.int64), "price": column, "quantity": column},
    )
    batch.start()
    refusals = 0
    while batch.is_alive():
        try:
            book.trades()
        except RuntimeError:
            refusals += 1
    assert refusals > 0, "the batch let other threads run, and none of them was refused"
    assert len(book) == rows
