"""Which orders a venue on margin lets in, what they reserve, and what becomes of what rests."""

from typing import Any

import pytest
from tidegate_core.codes import Kind, Reject, SelfTrade, Side
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Collateral, Tier

from tests.margin_venue import (
    ANN,
    BEN,
    CAT,
    CLEARING,
    FUND,
    TWO_TIERS,
    UNIT,
    deal,
    inverse,
    linear,
    lots,
    venue,
)

BUY, SELL = Side.BUY, Side.SELL


def order_margin(engine: MarginEngine, account: int) -> float:
    return engine.order_margin(account) / UNIT


# ---- admission -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"contract": 1}, Reject.INSTRUMENT),
        ({"contract": -1}, Reject.INSTRUMENT),
        ({"account": 9}, Reject.ACCOUNT),
        ({"account": -1}, Reject.ACCOUNT),
        ({"account": 2**40}, Reject.ACCOUNT),
        ({"side": 2}, Reject.CODE),
        ({"side": -1}, Reject.CODE),
        ({"kind": 5}, Reject.CODE),
        ({"kind": -1}, Reject.CODE),
        ({"stp": 4}, Reject.CODE),
        ({"stp": -1}, Reject.CODE),
        ({"quantity": 0}, Reject.QUANTITY),
        ({"quantity": 2**40 + 1}, Reject.QUANTITY),
        ({"price": 0}, Reject.PRICE),
        ({"price": 100_001}, Reject.PRICE),
        ({"quantity": 2**40}, Reject.OVERFLOW),
        ({"quantity": 101}, Reject.MARGIN),
        ({"reduce_only": True}, Reject.REDUCE),
        ({"kind": Kind.FOK}, Reject.NOT_FILLABLE),
    ],
)
def test_an_order_is_refused_with_its_reason(order: dict[str, Any], code: Reject) -> None:
    engine = venue()
    whole = {"contract": 0, "account": ANN, "side": BUY, "price": 100, "quantity": 1, **order}
    assert engine.submit(**whole) == -code
    assert engine.counters()["rejects"] == {code: 1}
    assert engine.resting() == 0
    engine._check()


def test_reasons_are_looked_for_in_a_fixed_order() -> None:
    engine = venue(linear(band_ppm=100_000))
    engine.halt(0)
    assert engine.submit(1, 99, 7, 0, 0) == -Reject.INSTRUMENT
    assert engine.submit(0, 99, 7, 0, 0) == -Reject.ACCOUNT
    assert engine.submit(0, ANN, 7, 0, 0) == -Reject.CODE
    assert engine.submit(0, ANN, BUY, 0, 0) == -Reject.HALTED
    engine.resume(0)
    assert engine.submit(0, ANN, BUY, 0, 0) == -Reject.QUANTITY
    assert engine.submit(0, ANN, BUY, 0, 2**40) == -Reject.PRICE
    assert engine.submit(0, ANN, BUY, 50, 2**40, reduce_only=True) == -Reject.BAND
    assert engine.submit(0, ANN, BUY, 100, 2**40, reduce_only=True) == -Reject.REDUCE
    assert engine.submit(0, ANN, BUY, 100, 2**40) == -Reject.OVERFLOW


@pytest.mark.parametrize(("side", "low", "high"), [(BUY, 90, 110), (SELL, 90, 110)])
def test_a_band_holds_both_sides_within_a_share_of_the_mark(side: int, low: int, high: int) -> None:
    engine = venue(linear(band_ppm=100_000))
    for price in (low - 1, high + 1):
        assert engine.submit(0, ANN, side, price, 1) == -Reject.BAND
    for price in (low, high):
        assert engine.submit(0, ANN, side, price, 1, Kind.IOC) > 0


def test_a_market_order_stops_at_the_edge_of_the_band() -> None:
    engine = venue(linear(band_ppm=100_000))
    engine.submit(0, BEN, SELL, 110, 1)
    engine.submit(0, BEN, SELL, 108, 1)
    engine.set_marks([99])  # up to 108.9
    assert engine.submit(0, ANN, BUY, 0, 5, Kind.MARKET) > 0
    assert lots(engine, ANN) == 1
    engine.submit(0, BEN, BUY, 90, 1)
    engine.submit(0, BEN, BUY, 91, 1)
    engine.set_marks([101])  # down to 90.9
    assert engine.submit(0, ANN, SELL, 0, 5, Kind.MARKET) > 0
    assert lots(engine, ANN) == 0


def test_without_a_mark_the_limit_counts_and_market_orders_are_refused() -> None:
    engine = venue(linear(band_ppm=1), mark=None)
    assert engine.submit(0, ANN, BUY, 1, 1, Kind.MARKET) == -Reject.PRICE
    assert engine.submit(0, FUND, BUY, 1, 1, Kind.MARKET) == -Reject.PRICE
    assert engine.submit(0, ANN, SELL, 50, 200) > 0
    assert order_margin(engine, ANN) == 1_000


def test_the_leverage_of_a_position_must_suit_the_tier_it_would_be_in() -> None:
    engine = venue(linear(tiers=TWO_TIERS))
    assert engine.submit(0, ANN, BUY, 100, 11) == -Reject.LEVERAGE
    assert engine.submit(0, ANN, BUY, 100, 6) > 0
    assert engine.submit(0, ANN, BUY, 100, 5) == -Reject.LEVERAGE, "with what rests: 1100"
    assert engine.submit(0, ANN, SELL, 100, 10, Kind.POST_ONLY) == -Reject.WOULD_TAKE
    assert engine.submit(0, BEN, SELL, 100, 6) > 0
    engine.set_marks([1_000])
    assert lots(engine, ANN) == 6
    assert engine.submit(0, ANN, SELL, 1_000, 12, Kind.IOC) > 0, "no larger than it is"
    assert engine.submit(0, ANN, SELL, 1_000, 13, Kind.IOC) == -Reject.LEVERAGE
    assert engine.set_leverage(CAT, 0, 10) == 0
    assert engine.submit(0, CAT, BUY, 100, 11) > 0


@pytest.mark.parametrize(("side", "limit"), [(SELL, 1), (BUY, 100_000)])
def test_no_limit_however_far_from_the_mark_brings_an_order_into_a_lower_tier(
    side: Side, limit: int
) -> None:
    contract = linear if side == SELL else inverse
    units = 100 if side == SELL else 10  # a lot's notional at a mark of 100
    engine = venue(contract(tiers=TWO_TIERS))
    lots = 1_000 // units
    assert engine.submit(0, ANN, side, limit, lots + 1) == -Reject.LEVERAGE
    assert engine.submit(0, ANN, side, limit, lots, Kind.IOC) != -Reject.LEVERAGE


# ---- margin --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "limit", "needed"),
    [(BUY, 90, 90), (BUY, 110, 110), (SELL, 90, 100), (SELL, 110, 110)],
)
def test_a_linear_order_needs_margin_at_the_dearer_price(
    side: int, limit: int, needed: int
) -> None:
    engine = venue(linear(taker_ppm=1_000))
    assert engine.submit(0, ANN, side, limit, 10) > 0
    assert order_margin(engine, ANN) == needed + needed / 100
    assert engine.available(ANN) == 1_000 * UNIT - engine.order_margin(ANN)


@pytest.mark.parametrize(
    ("side", "limit", "needed"), [(BUY, 80, 125), (BUY, 125, 100), (SELL, 80, 125), (SELL, 125, 80)]
)
def test_an_inverse_order_needs_margin_at_the_lower_price(
    side: int, limit: int, needed: int
) -> None:
    engine = venue(inverse())
    assert engine.submit(0, ANN, side, limit, 100) > 0
    assert order_margin(engine, ANN) == needed


def test_margin_and_fee_are_both_rounded_up() -> None:
    engine = venue(linear(tick_value=1, taker_ppm=1))
    assert engine.submit(0, ANN, BUY, 101, 1) > 0
    assert engine.order_margin(ANN) == 11 + 1


def test_all_that_is_available_may_be_used_and_not_one_unit_more() -> None:
    engine = venue(cash=(100, 100))
    assert engine.submit(0, ANN, BUY, 100, 10) > 0
    assert engine.available(ANN) == 0
    assert engine.submit(0, ANN, BUY, 1, 1) == -Reject.MARGIN
    engine.withdraw(BEN, 0, 1)
    assert engine.submit(0, BEN, BUY, 100, 10) == -Reject.MARGIN


def test_until_there_is_a_mark_positions_tie_up_what_they_cost() -> None:
    engine = venue(mark=None)
    deal(engine, ANN, BEN, 100, 60)
    assert engine.available(ANN) == 400 * UNIT
    assert engine.submit(0, ANN, BUY, 100, 41) == -Reject.MARGIN
    assert engine.submit(0, ANN, BUY, 100, 40) > 0


def test_an_isolated_position_is_backed_by_cash_alone() -> None:
    engine = venue(cash=(100, 10_000, 1_000, 1_000), collateral=[Collateral("ETH")])
    engine.deposit(ANN, 1, 100 * UNIT)
    engine.set_collateral_price(1, 3_000 * UNIT)
    engine.set_mode(ANN, 0, isolated=True)
    engine.set_leverage(ANN, 0, 1)
    assert engine.submit(0, ANN, BUY, 100, 2) == -Reject.MARGIN, "coins are no isolated margin"
    first = engine.submit(0, ANN, BUY, 90, 1)
    assert first > 0
    assert engine.submit(0, ANN, BUY, 10, 2) == -Reject.MARGIN, "90 of the 100 are promised"
    assert engine.withdraw(ANN, 0, 10 * UNIT + 1) == -Reject.MARGIN
    assert engine.withdraw(ANN, 1, UNIT) == 0, "coins are no part of it"
    assert engine.replace(first, 100, 1) > 0, "it may be replaced out of its own promise"
    assert engine.submit(0, BEN, SELL, 100, 1) > 0
    assert engine.position(ANN, 0)["margin"] == 100 * UNIT  # type: ignore[index]
    engine._check()


def test_gains_elsewhere_back_no_isolated_position() -> None:
    engine = venue(linear(), linear(name="OTHER"), cash=(1_000, 10_000))
    deal(engine, ANN, BEN, 100, 50)
    engine.set_marks([190, 100])  # a gain of 4,500
    engine.set_mode(ANN, 1, isolated=True)
    engine.set_leverage(ANN, 1, 1)
    assert engine.available(ANN) > 4_000 * UNIT
    assert engine.submit(1, ANN, BUY, 100, 11) == -Reject.MARGIN
    deal(engine, ANN, BEN, 100, 10, at=1)
    assert engine.position(ANN, 1)["margin"] == 1_000 * UNIT  # type: ignore[index]
    engine.set_mode(ANN, 1, isolated=True)
    assert engine.add_margin(ANN, 1, 1) == -Reject.MARGIN


def test_what_closes_a_position_needs_nothing_unless_it_can_rest() -> None:
    engine = venue(cash=(100, 10_000))
    deal(engine, ANN, BEN, 100, 10)
    assert engine.available(ANN) == 0
    assert engine.submit(0, ANN, SELL, 100, 10) == -Reject.MARGIN
    assert engine.submit(0, ANN, SELL, 100, 11, Kind.IOC) == -Reject.MARGIN
    assert engine.submit(0, ANN, SELL, 100, 10, Kind.IOC) > 0
    assert engine.submit(0, ANN, SELL, 100, 10, reduce_only=True) > 0
    assert order_margin(engine, ANN) == 0
    assert engine.submit(0, BEN, BUY, 100, 10) > 0
    assert (lots(engine, ANN), engine.balance(ANN)) == (0, 100 * UNIT)


def test_house_accounts_need_no_margin() -> None:
    engine = venue()
    assert engine.submit(0, FUND, BUY, 100, 10**6) > 0
    assert engine.order_margin(FUND) == 0


def test_clearing_only_mirrors_the_others() -> None:
    engine = venue()
    assert engine.submit(0, CLEARING, BUY, 100, 1) == -Reject.ACCOUNT
    assert engine.place_stop(0, CLEARING, BUY, 100, 1) == -Reject.ACCOUNT
    assert engine.deposit(CLEARING, 0, 1) == -Reject.ACCOUNT
    assert engine.withdraw(CLEARING, 0, 0) == -Reject.ACCOUNT


def test_margin_is_released_lot_by_lot() -> None:
    engine = venue(linear(tick_value=1, tiers=[Tier(10**17, 1_000, 3)]))
    order = engine.submit(0, ANN, BUY, 100, 7)
    assert engine.order_margin(ANN) == 234  # 700 / 3
    left = [234]
    for filled, before in ((1, 7), (2, 6), (3, 4)):
        engine.submit(0, BEN, SELL, 100, filled)
        left.append(left[-1] - left[-1] * filled // before)
        assert engine.order_margin(ANN) == left[-1]
        engine._check()
    assert left == [234, 201, 134, 34]
    assert engine.order(order)["margin"] == 34  # type: ignore[index]
    assert engine.cancel(order) == 0
    assert engine.order_margin(ANN) == 0


def test_what_rests_of_a_taker_reserves_its_part() -> None:
    engine = venue(linear(tick_value=1, tiers=[Tier(10**17, 1_000, 3)]))
    engine.submit(0, BEN, SELL, 90, 4)
    order = engine.submit(0, ANN, BUY, 100, 7)
    assert engine.order(order) == {
        "contract": 0, "account": ANN, "side": BUY, "price": 100, "quantity": 3,
        "kind": Kind.LIMIT, "stp": 0, "reduce_only": False, "margin": 234 * 3 // 7,
    }  # fmt: skip
    assert engine.order_margin(ANN) == 100


def test_orders_that_self_trade_prevention_cancels_release_their_margin() -> None:
    engine = venue()
    engine.submit(0, ANN, SELL, 100, 3)
    engine.submit(0, BEN, SELL, 100, 2)
    assert engine.submit(0, ANN, BUY, 100, 2, Kind.LIMIT, SelfTrade.EXPIRE_MAKER) > 0
    assert order_margin(engine, ANN) == 0
    assert (lots(engine, ANN), engine.counters()["expired"]) == (2, 1)
    engine._check()


# ---- cancel and replace --------------------------------------------------------------------------


def test_cancelling_all_takes_an_accounts_orders_in_one_contract_or_everywhere() -> None:
    engine = venue(linear(), linear())
    for contract in (0, 0, 1):
        engine.submit(contract, ANN, BUY, 90, 1)
        engine.submit(contract, BEN, BUY, 90, 1)
    assert engine.cancel_all(ANN, 0) == 2
    assert (engine.resting(0), engine.resting(1)) == (2, 2)
    assert engine.cancel_all(ANN) == 1
    assert engine.cancel_all(ANN) == 0
    assert engine.orders(ANN) == []
    assert len(engine.orders(BEN)) == 3
    assert engine.position(ANN, 0) is None
    engine._check()


def test_an_order_is_cancelled_once_and_by_its_account() -> None:
    engine = venue()
    order = engine.submit(0, ANN, BUY, 90, 1)
    assert engine.cancel(order, BEN) == -Reject.ACCOUNT
    assert engine.cancel(order, ANN) == 0
    assert engine.cancel(order) == -Reject.UNKNOWN_ORDER
    assert engine.cancel(0) == -Reject.UNKNOWN_ORDER
    assert engine.cancel(-1) == -Reject.UNKNOWN_ORDER
    assert engine.cancel(63 << 26 | 1) == -Reject.UNKNOWN_ORDER
    assert engine.cancel_all(99) == -Reject.ACCOUNT


def test_fewer_lots_at_the_same_price_keep_the_place_and_reserve_less() -> None:
    engine = venue()
    first = engine.submit(0, ANN, BUY, 90, 5)
    engine.submit(0, BEN, BUY, 90, 5)
    assert engine.replace(first, 90, 2) == first
    assert order_margin(engine, ANN) == 18
    engine.submit(0, CAT, SELL, 90, 2)
    assert (lots(engine, ANN), lots(engine, BEN)) == (2, 0)
    engine._check()


def test_anything_else_is_a_new_order() -> None:
    engine = venue(cash=(100, 10_000))
    engine.submit(0, BEN, SELL, 100, 4)
    order = engine.submit(0, ANN, BUY, 90, 10)
    assert engine.available(ANN) == 10 * UNIT
    new = engine.replace(order, 100, 10)
    assert new > 0
    assert new != order
    assert (lots(engine, ANN), engine.order(new)["quantity"]) == (4, 6)  # type: ignore[index]
    assert order_margin(engine, ANN) == 60
    assert engine.replace(order, 90, 1) == -Reject.UNKNOWN_ORDER
    engine._check()


def test_a_refused_replacement_leaves_the_order_as_it_was() -> None:
    engine = venue(cash=(100, 100))
    order = engine.submit(0, ANN, BUY, 90, 10)
    known = engine.order(order)
    for price, quantity, code in (
        (100, 11, Reject.MARGIN),
        (0, 1, Reject.PRICE),
        (90, 0, Reject.QUANTITY),
    ):
        assert engine.replace(order, price, quantity) == -code
        assert engine.order(order) == known
    assert order_margin(engine, ANN) == 90
    engine._check()


# ---- reduce-only ---------------------------------------------------------------------------------


def test_a_reduce_only_order_is_cut_to_what_it_can_close() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 10)
    first = engine.submit(0, ANN, SELL, 110, 4)
    order = engine.submit(0, ANN, SELL, 120, 99, reduce_only=True)
    assert engine.order(order)["quantity"] == 6  # type: ignore[index]
    assert engine.submit(0, ANN, SELL, 120, 1, reduce_only=True) == -Reject.REDUCE
    assert engine.submit(0, ANN, BUY, 90, 1, reduce_only=True) == -Reject.REDUCE
    engine.cancel(first)
    assert engine.submit(0, ANN, SELL, 120, 99, reduce_only=True) > 0
    assert engine.replace(order, 121, 99) > 0
    engine._check()


def test_the_newest_reduce_only_orders_go_when_the_position_shrinks() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 10)
    ids = [engine.submit(0, ANN, SELL, 110 + k, 3, reduce_only=True) for k in range(3)]
    engine.submit(0, BEN, BUY, 95, 3)
    engine.submit(0, ANN, SELL, 95, 3, Kind.IOC)
    assert [engine.order(order) is not None for order in ids] == [True, True, False]
    assert engine.counters()["reduced"] == 1
    engine._check()


def test_another_order_on_the_closing_side_displaces_them_too() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 10)
    order = engine.submit(0, ANN, SELL, 110, 10, reduce_only=True)
    assert engine.submit(0, ANN, SELL, 111, 1) > 0
    assert engine.order(order) is None
    engine._check()


def test_all_of_them_go_with_the_position_or_when_it_flips() -> None:
    for sold in (10, 15):
        engine = venue()
        deal(engine, ANN, BEN, 100, 10)
        engine.submit(0, ANN, SELL, 110, 5, reduce_only=True)
        engine.submit(0, BEN, BUY, 100, sold)
        assert engine.submit(0, ANN, SELL, 100, sold, Kind.MARKET) > 0
        assert lots(engine, ANN) == 10 - sold
        assert engine.orders(ANN) == []
        engine._check()


# ---- halts and closed channels -------------------------------------------------------------------


def test_a_halted_contract_takes_no_orders_but_cancels() -> None:
    engine = venue()
    order = engine.submit(0, ANN, BUY, 90, 2)
    engine.halt(0)
    assert engine.halted(0)
    assert engine.submit(0, FUND, SELL, 90, 1) == -Reject.HALTED
    assert engine.replace(order, 90, 1) == -Reject.HALTED
    assert engine.cancel(order) == 0
    engine.resume(0)
    assert engine.submit(0, FUND, SELL, 90, 1) > 0


def test_while_clients_are_not_accepted_the_house_still_is() -> None:
    engine = venue()
    order = engine.submit(0, ANN, BUY, 90, 1)
    engine.accepting = False
    assert engine.submit(0, ANN, BUY, 90, 1) == -Reject.HALTED
    assert engine.cancel(order) == -Reject.HALTED
    assert engine.replace(order, 90, 1) == -Reject.HALTED
    assert engine.cancel_all(ANN) == -Reject.HALTED
    assert engine.submit(0, FUND, SELL, 90, 1) > 0
    assert lots(engine, ANN) == 1
    engine.accepting = True
    assert engine.submit(0, ANN, SELL, 90, 1) > 0


def test_mode_and_leverage_change_only_while_there_is_nothing() -> None:
    engine = venue(linear(tiers=TWO_TIERS))
    order = engine.submit(0, ANN, BUY, 90, 1)
    assert engine.set_leverage(ANN, 0, 5) == -Reject.LEVERAGE
    assert engine.set_mode(ANN, 0, isolated=True) == -Reject.LEVERAGE
    engine.cancel(order)
    for leverage in (0, 21, -5):
        assert engine.set_leverage(ANN, 0, leverage) == -Reject.LEVERAGE
    assert engine.set_leverage(FUND, 0, 5) == -Reject.ACCOUNT
    assert engine.set_leverage(ANN, 1, 5) == -Reject.INSTRUMENT
    assert engine.set_leverage(ANN, 0, 5) == 0
    assert engine.set_mode(ANN, 0, isolated=True) == 0
    assert engine.position(ANN, 0)["leverage"] == 5  # type: ignore[index]
    assert engine.set_leverage(ANN, 0, 20) == 0
    assert engine.set_mode(ANN, 0, isolated=False) == 0
    assert engine.position(ANN, 0) is None, "nothing differs from the default any more"
    engine._check()
