"""What trades and liquidation bring to accounts: to the micro-unit what the venue pays them."""

from __future__ import annotations

import random

import numpy as np
import pytest
from tidegate_core.codes import EventKind, Side
from tidegate_core.liquidation import LIQUIDATION_DTYPE
from tidegate_crowd.tally import book_events, book_fills

from tests.margin_venue import ANN, BEN, CAT, linear, lots, venue


@pytest.mark.parametrize("maker_ppm", [200, -150])
def test_fills_bring_what_the_venue_pays(maker_ppm: int) -> None:
    terms = {"maker_ppm": maker_ppm, "taker_ppm": 333, "tick_value": 7_919}
    engine = venue(linear(**terms), linear(**terms), cash=(10**6,) * 4)
    before, cash, draw = engine.balances()[:, 0], np.zeros(4, dtype=np.int64), random.Random(1)

    def trade(buyer: int, seller: int, size: int, at: int) -> None:
        price = draw.randint(95, 105)
        assert engine.submit(at, seller, Side.SELL, price, size) > 0
        assert engine.submit(at, buyer, Side.BUY, price, size) > 0

    for _ in range(50):
        buyer, seller = draw.sample(range(ANN, ANN + 4), 2)
        trade(buyer, seller, draw.randint(1, 999), draw.randrange(2))
    for at in range(2):  # all are flat again
        for account in range(BEN, ANN + 4):
            size = lots(engine, account, at)
            if size:
                trade(*((ANN, account) if size > 0 else (account, ANN)), abs(size), at)
    book_fills(cash, ANN, engine)
    assert cash.any()
    assert cash.tolist() == (engine.balances()[:, 0] - before)[ANN : ANN + 4].tolist()


def test_only_fills_not_yet_taken_and_only_own_accounts_count() -> None:
    engine, cash = venue(), np.zeros(1, dtype=np.int64)
    engine.submit(0, ANN, Side.SELL, 100, 5)
    engine.submit(0, BEN, Side.BUY, 100, 5)
    book_fills(cash, BEN, engine)
    assert cash.tolist() == [-500_000_000]
    engine.take_fills()
    book_fills(cash, BEN, engine)
    assert cash.tolist() == [-500_000_000]


def test_takers_of_a_liquidation_pay_no_fee() -> None:
    engine = venue(linear(maker_ppm=100, taker_ppm=1_000))
    engine.submit(0, ANN, Side.SELL, 100, 5)
    engine.submit(0, BEN, Side.BUY, 100, 5)
    cash = np.zeros(2, dtype=np.int64)
    book_fills(cash, ANN, engine, True)
    assert cash.tolist() == [500_000_000 - 50_000, -500_000_000]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (EventKind.RECOVERED, (0, 0)),
        (EventKind.BOOK, (0, 0)),  # its fills tell
        (EventKind.TAKEOVER, (700, -700)),
        (EventKind.ADL, (700, -700)),
        (EventKind.VAULT, (700 - 30, -700)),
        (EventKind.SEIZE, (0, 0)),
        (EventKind.SHORTFALL, (30, 0)),
        (EventKind.SURPLUS, (-30, 0)),
        (EventKind.CLEARANCE, (-30, 0)),
    ],
)
def test_events_away_from_the_books(kind: EventKind, expected: tuple[int, int]) -> None:
    events = np.zeros(2, dtype=LIQUIDATION_DTYPE)  # a long of Ben's goes to Cat, a short back
    for at, quantity in enumerate((-10, 10)):
        events[at]["kind"], events[at]["quantity"] = kind, quantity
        events[at]["account"], events[at]["counterparty"] = BEN, CAT
        events[at]["value"], events[at]["amount"] = 700, 30
    long, both, alone = (np.zeros(2, dtype=np.int64) for _ in range(3))
    book_events(long, BEN, events[:1])
    assert tuple(long.tolist()) == expected
    book_events(both, BEN, events)
    traded = 700 * (kind in (EventKind.TAKEOVER, EventKind.ADL, EventKind.VAULT))
    assert both.tolist() == [2 * (expected[0] - traded), 0]
    book_events(alone[:1], CAT, events[:1])  # Ben is not among them
    assert alone.tolist() == [expected[1], 0]


def test_a_surplus_may_stay_with_the_account() -> None:
    events = np.zeros(1, dtype=LIQUIDATION_DTYPE)
    events["kind"], events["amount"] = EventKind.SURPLUS, 30
    cash = np.zeros(1, dtype=np.int64)
    book_events(cash, 0, events, surplus=False)
    assert cash.tolist() == [0]
