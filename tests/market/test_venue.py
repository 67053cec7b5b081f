"""The venue port: units, refusals with names, fair arrival, the indicative price."""

from __future__ import annotations

from itertools import permutations

import pytest
from tidegate_core import Kind, Reject, Side

from tidegate.books import BTC, USD
from tidegate.venue import Venue


def venue(**changes: float) -> Venue:
    return Venue("here", **{"tick": 0.1, "lot": 1e-4, **changes})  # type: ignore[arg-type]


def client(place: Venue, coins: int = 10**9, cash: int = 10**15) -> int:
    account = place.open_accounts()
    place.credit(account, BTC, coins)
    place.credit(account, USD, cash)
    return account


def test_units() -> None:
    place = venue()
    assert place.ticks(109_560.04) == 1_095_600
    assert place.ticks(109_560.06) == 1_095_601
    assert place.price(1_095_600) == pytest.approx(109_560.0)
    assert place.lots(1.00019) == 10_001
    assert place.lots(0.00009) == 0


def test_a_fill_moves_price_times_lots_in_micro_dollars() -> None:
    place = venue(taker_ppm=300)
    maker, taker = client(place), client(place)
    place.submit(maker, Side.SELL, 1_000_000, 20_000)
    place.submit(taker, Side.BUY, 1_000_001, 20_000, Kind.IOC)
    assert place.coins(taker) == 10**9 + 20_000
    assert place.cash(maker) - 10**15 == 200_000 * 10**6  # 2 coins at 100,000 USD
    assert 10**15 - place.cash(taker) == 200_000 * 10**6 + 60 * 10**6
    assert place.totals() == (2 * 10**15, 2 * 10**9)
    place._check()


@pytest.mark.parametrize(("tick", "lot"), [(0.01, 1e-5), (0.1, 1.23456e-5)])
def test_a_tick_of_a_lot_is_a_whole_number_of_micro_dollars(tick: float, lot: float) -> None:
    with pytest.raises(ValueError, match="must be a whole number of micro-USD, got"):
        venue(tick=tick, lot=lot)


def test_refusals_say_what_whose_where_and_why() -> None:
    place = venue()
    account = client(place, coins=5)
    with pytest.raises(ValueError, match=f"debit of 6 on account {account} of here refused: FUNDS"):
        place.debit(account, BTC, 6)
    with pytest.raises(ValueError, match="credit of 1 on account 99 of here refused: ACCOUNT"):
        place.credit(99, BTC, 1)
    with pytest.raises(ValueError, match=r"credit of -1 on account \d of here refused: QUANTITY"):
        place.credit(account, BTC, -1)
    assert place.coins(account) == 5
    assert place.submit(account, Side.SELL, 10, 6) == -Reject.FUNDS
    assert place.submit(account, Side.SELL, 0, 1) == -Reject.PRICE
    assert place.cancel(123) == -Reject.UNKNOWN_ORDER


def test_frozen_prices_refuse_every_order_that_would_trade() -> None:
    place = venue(matching=False)
    account, other = client(place), client(place)
    assert not place.accepts
    assert place.submit(account, Side.BUY, 100, 1) > 0
    assert place.submit(other, Side.SELL, 100, 1) == -Reject.HALTED
    place.send(other, Side.SELL, 99, 1, Kind.IOC, arrival=1)
    assert place.clear() == [-Reject.HALTED]
    assert len(place.take_fills()) == 0
    assert venue().accepts


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_orders_are_taken_by_arrival_key_whoever_was_asked_first(order: tuple[int, ...]) -> None:
    place = venue()
    seller = client(place)
    clients = [client(place) for _ in range(3)]
    place.submit(seller, Side.SELL, 1000, 15)
    for who in order:
        place.send(clients[who], Side.BUY, 1000, 10, Kind.IOC, arrival=(50, 7, 2**62)[who])
    assert place.coins(clients[1]) == 10**9  # nothing happens before the exchange clears
    place.clear()
    assert [place.coins(c) - 10**9 for c in clients] == [5, 10, 0]
    assert place.clear() == []


def test_the_indicative_price_is_the_middle_of_what_a_quantity_costs_and_brings() -> None:
    place = venue()
    account = client(place)
    for side, price, lots in (
        (Side.BUY, 990, 10),
        (Side.BUY, 980, 100),
        (Side.SELL, 1010, 20),
        (Side.SELL, 1050, 100),
    ):
        place.submit(account, side, price, lots)
    place.publish(10)
    assert place.indicative == 1000.0
    assert place.mid == 1000.0
    place.publish(40)
    bought, sold = (20 * 1010 + 20 * 1050) / 40, (10 * 990 + 30 * 980) / 40
    assert place.indicative == (bought + sold) / 2
    place.publish(10_000)  # more than there is: what there is
    assert place.indicative == pytest.approx(
        ((20 * 1010 + 100 * 1050) / 120 + (10 * 990 + 100 * 980) / 110) / 2
    )


def test_it_keeps_the_last_price_while_a_side_is_empty() -> None:
    place = venue()
    account = client(place)
    place.indicative = 777.0
    bid = place.submit(account, Side.BUY, 990, 10)
    place.publish(5)
    assert (place.indicative, place.mid, place.best_bid, place.best_ask) == (777.0, None, 990, None)
    place.submit(account, Side.SELL, 1010, 10)
    place.publish(5)
    assert place.indicative == 1000.0
    place.cancel(bid)
    place.publish(5)
    assert place.indicative == 1000.0


def test_depth_counts_levels_within_the_band_borders_included() -> None:
    place = venue()
    account = client(place)
    for k, price in enumerate((990, 989, 1010, 1011, 995, 1005)):
        side = Side.BUY if price < 1000 else Side.SELL
        place.submit(account, side, price, 10**k)
    place.indicative = 1000.0
    assert place.depth_within(Side.BUY, 0.01) == 10_001
    assert place.depth_within(Side.SELL, 0.01) == 100_100
    assert place.depth_to(Side.BUY, 989) == 10_011
    assert place.depth_to(Side.SELL, 1004) == 0
    assert place.depth_within(Side.SELL, 0.0049) == 0


def test_fills_are_handed_out_once() -> None:
    place = venue()
    maker, taker = client(place), client(place)
    place.submit(maker, Side.SELL, 1000, 5)
    place.submit(taker, Side.BUY, 1000, 3, Kind.IOC)
    fills = place.take_fills()
    assert fills[["price", "quantity", "maker", "taker"]].tolist() == [(1000, 3, maker, taker)]
    assert len(place.take_fills()) == 0
