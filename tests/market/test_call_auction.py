"""Call auctions against brute force, and on a listed venue to the last share."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core import Kind, Side

from tidegate.books import USD
from tidegate.call_auction import Call, clear_call
from tidegate.listed_venue import ListedVenue

ORDERS = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 9)), max_size=7)


def price_by_search(bids: Any, asks: Any, reference: int) -> tuple[int | None, int]:
    """Try every price there is."""
    best: tuple[int | None, int] = (None, 0)
    merit: tuple[int, ...] | None = None
    for price in range(1, 14):
        demand = sum(q for p, q in bids if p >= price)
        supply = sum(q for p, q in asks if p <= price)
        mine = (-min(demand, supply), abs(demand - supply), abs(price - reference), price)
        if min(demand, supply) and (merit is None or mine < merit):
            merit, best = mine, (price, min(demand, supply))
    return best


@settings(max_examples=300, deadline=None)
@given(bids=ORDERS, asks=ORDERS, reference=st.integers(1, 13))
def test_price_and_volume_are_those_of_a_search(bids: Any, asks: Any, reference: int) -> None:
    call = clear_call(bids, asks, reference)
    assert (call.price, call.volume) == price_by_search(bids, asks, reference)
    assert sum(call.bought) == sum(call.sold) == call.volume
    for orders, filled, sign in ((bids, call.bought, 1), (asks, call.sold, -1)):
        for at, ((price, quantity), got) in enumerate(zip(orders, filled, strict=True)):
            assert 0 <= got <= quantity
            if got:
                assert call.price is not None
                assert sign * price >= sign * call.price
            if got < quantity:  # nobody behind it in price and time gets anything
                for later, (other, _) in enumerate(orders):
                    behind = sign * other < sign * price or (other == price and later > at)
                    assert not (behind and filled[later])


def test_by_hand() -> None:
    # At 100 or 101 five trade; two are left over at 100 as at 101; the reference decides.
    assert clear_call([(101, 5), (99, 5)], [(98, 3), (100, 4)], reference=100).price == 100
    assert clear_call([(101, 5), (99, 5)], [(98, 3), (100, 4)], reference=105).price == 101
    assert clear_call([(99, 5)], [(100, 5)], reference=100) == Call(None, 0, (0,), (0,))
    # Sellers are in excess above 98, buyers below 99: the least imbalance wins over the reference.
    assert clear_call([(99, 10)], [(98, 10), (99, 1)], reference=99).price == 98


# -- on a venue -----------------------------------------------------------------------------------


def venue() -> ListedVenue:
    return ListedVenue("here", assets=("USD", "BTC", "ETF"), ticker="ETF", tick=0.01)


def client(place: ListedVenue, shares: int, cash: int = 0) -> int:
    account = place.open_accounts()
    place.credit(account, 2, shares)
    place.credit(account, USD, cash * 10**6)
    return account


def test_all_trade_at_one_price_and_the_rest_rests() -> None:
    place = venue()
    seller, buyer, patient = client(place, 100), client(place, 0, 10_000), client(place, 0, 10_000)
    place.send(seller, Side.SELL, 1000, 100, Kind.LIMIT, arrival=3)
    place.send(buyer, Side.BUY, 1100, 60, Kind.LIMIT, arrival=2)
    place.send(patient, Side.BUY, 990, 50, Kind.LIMIT, arrival=1)
    call = place.call(1000)
    place.take_fills()
    assert (call.price, call.volume, place.last) == (1000, 60, 1000)
    assert place.shares(buyer) == 60
    assert place.cash(buyer) == (10_000 - 600) * 10**6
    assert place.cash(seller) == 600 * 10**6
    assert (place.best_bid, place.best_ask) == (990, 1000)
    place.empty_book()
    assert place.best_bid is None
    assert place.shares(seller) == 40
    assert place.totals() == (20_000 * 10**6, 0, 100)
    place._check()


def test_who_cannot_pay_is_not_let_in() -> None:
    place = venue()
    seller, poor = client(place, 10), client(place, 0, 100)
    place.send(seller, Side.SELL, 1000, 10, Kind.LIMIT, arrival=1)
    place.send(seller, Side.SELL, 1000, 1, Kind.LIMIT, arrival=2)  # it has no eleventh share
    place.send(poor, Side.BUY, 1000, 11, Kind.LIMIT, arrival=3)  # 110 USD
    place.send(poor, Side.BUY, 1000, 10, Kind.IOC, arrival=4)  # 100 USD
    assert place.call(1000).volume == 10
    assert place.cash(poor) == 0
    place._check()


@settings(max_examples=60, deadline=None)
@given(
    orders=st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(Side),
            st.integers(1, 20),
            st.integers(1, 200),
            st.sampled_from((Kind.LIMIT, Kind.IOC)),
        ),
        max_size=25,
    )
)
def test_auctions_and_trading_conserve_shares_and_cash(orders: Any) -> None:
    place = venue()
    accounts = [client(place, 100, 5) for _ in range(4)]
    for number, (who, side, price, quantity, kind) in enumerate(orders):
        place.send(accounts[who], side, price, quantity, kind, arrival=number)
        if number % 8 == 4:
            place.clear(low=3, high=15)
        elif number % 8 == 7:
            place.call(10)
    place.call(10)
    assert place.totals() == (4 * 5 * 10**6, 0, 400)
    bid, ask = place.best_bid, place.best_ask
    assert bid is None or ask is None or bid < ask
    place._check()


def test_errors_say_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="ticker is 'GLD'; the books keep"):
        ListedVenue("here", assets=("USD", "BTC"), ticker="GLD")
    with pytest.raises(ValueError, match="whole number of micro-USD"):
        ListedVenue("here", assets=("USD", "ETF"), ticker="ETF", tick=1.5e-7)
    place = venue()
    with pytest.raises(ValueError, match=r"asset is 1; here keeps 0 \(USD\) and 2"):
        place.credit(client(place, 1), 1, 5)
    with pytest.raises(ValueError, match="debit on account 0 of here refused: FUNDS"):
        place.debit(0, 2, 2)
