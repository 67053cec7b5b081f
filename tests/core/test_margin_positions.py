"""What trades do to positions on margin, by sums done by hand."""

import pytest
from tidegate_core.codes import EventKind, Kind, Side

from tests.margin_venue import (
    ANN,
    BEN,
    CAT,
    CLEARING,
    FUND,
    UNIT,
    VENUE,
    deal,
    inverse,
    linear,
    lots,
    venue,
)


def test_a_cross_position_settles_its_profit_with_clearing() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 3)
    assert engine.balances()[[CLEARING, ANN, BEN], 0].tolist() == [0, 1_000 * UNIT, 1_000 * UNIT]
    deal(engine, CAT, ANN, 110, 1)  # 10 earned
    assert engine.balance(ANN) == 1_010 * UNIT
    assert engine.balance(CLEARING) == -10 * UNIT
    deal(engine, CAT, ANN, 90, 2)  # 2 x 10 lost
    assert engine.balance(ANN) == 990 * UNIT
    assert engine.position(ANN, 0) is None
    assert engine.position(CAT, 0)["entry"] == 290 * UNIT  # type: ignore[index]


def test_what_is_released_of_an_entry_is_cut_towards_zero_and_the_rest_stays() -> None:
    engine = venue(linear(tick_value=1))
    deal(engine, ANN, BEN, 10, 1)
    deal(engine, ANN, BEN, 11, 2)  # entry 32 for 3 lots
    before = engine.balance(ANN)
    deal(engine, CAT, ANN, 11, 1)  # releases 10 of 32
    assert engine.position(ANN, 0)["entry"] == 22  # type: ignore[index]
    assert engine.position(BEN, 0)["entry"] == -32  # type: ignore[index]
    assert engine.balance(ANN) - before == 11 - 10
    deal(engine, CAT, ANN, 11, 1)
    assert engine.balance(ANN) - before == 22 - 21
    deal(engine, CAT, ANN, 11, 1)
    assert engine.balance(ANN) - before == 33 - 32


def test_one_trade_may_close_a_position_and_open_the_other_side() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 2)
    deal(engine, CAT, ANN, 120, 5)
    assert engine.balance(ANN) == 1_040 * UNIT
    assert (lots(engine, ANN), engine.position(ANN, 0)["entry"]) == (-3, -360 * UNIT)  # type: ignore[index]


def test_an_isolated_position_takes_its_margin_and_returns_its_share() -> None:
    engine = venue()
    engine.set_mode(ANN, 0, isolated=True)
    engine.set_leverage(ANN, 0, 5)
    deal(engine, ANN, BEN, 100, 4)  # 400 / 5
    assert engine.position(ANN, 0)["margin"] == 80 * UNIT  # type: ignore[index]
    assert engine.balance(ANN) == 920 * UNIT
    deal(engine, CAT, ANN, 105, 1)  # a quarter of the margin and 5
    assert engine.balance(ANN) == 945 * UNIT
    assert engine.position(ANN, 0)["margin"] == 60 * UNIT  # type: ignore[index]
    deal(engine, CAT, ANN, 75, 1)  # 20 - 25: the rest of the loss stays
    assert engine.balance(ANN) == 945 * UNIT
    assert engine.position(ANN, 0)["margin"] == 35 * UNIT  # type: ignore[index]
    deal(engine, CAT, ANN, 100, 2)
    assert engine.balance(ANN) == 980 * UNIT
    assert engine.position(ANN, 0) == {
        "size": 0, "entry": 0, "margin": 0, "leverage": 5, "isolated": True, "equity": 0,
        "maintenance": 0, "trigger": None, "queued": False, "orders": 0,
    }  # fmt: skip


def test_a_fee_comes_out_of_the_margin_when_cash_is_short() -> None:
    engine = venue(linear(taker_ppm=10_000), cash=(104, 1_000, 1_000))
    engine.set_mode(ANN, 0, isolated=True)
    assert engine.submit(0, BEN, Side.SELL, 100, 4) > 0
    assert engine.submit(0, ANN, Side.BUY, 100, 4) > 0  # margin 40, fee 4
    engine.withdraw(ANN, 0, engine.available(ANN))
    assert engine.balance(ANN) == 0
    engine.submit(0, BEN, Side.BUY, 100, 1)
    assert engine.submit(0, ANN, Side.SELL, 100, 1, Kind.MARKET) > 0  # 10 free, fee 1
    engine.withdraw(ANN, 0, 9 * UNIT)
    engine.submit(0, BEN, Side.BUY, 85, 1)
    assert engine.submit(0, ANN, Side.SELL, 85, 1, Kind.MARKET) > 0  # 10 - 15; fee 0.85
    assert engine.balance(ANN) == 0
    assert engine.position(ANN, 0)["margin"] == (20 - 5) * UNIT - 850_000  # type: ignore[index]
    assert engine.balance(VENUE) == 4 * UNIT + 1 * UNIT + 850_000
    engine._check()


def test_a_rebate_goes_to_free_cash() -> None:
    engine = venue(linear(maker_ppm=-100, taker_ppm=300))
    engine.set_mode(BEN, 0, isolated=True)
    deal(engine, ANN, BEN, 100, 1)
    assert engine.balance(BEN) == 990 * UNIT + 10_000
    assert engine.balance(ANN) == 1_000 * UNIT - 30_000
    assert engine.balance(VENUE) == 20_000


@pytest.mark.parametrize(("fund", "of_fund"), [(0, 0), (10, 10), (500, 30)])
def test_a_shortfall_of_an_isolated_position_is_the_funds_then_the_venues(
    fund: int, of_fund: int
) -> None:
    engine = venue(mark=100)
    engine.deposit(FUND, 0, fund * UNIT)
    engine.set_mode(ANN, 0, isolated=True)
    deal(engine, ANN, BEN, 100, 2)  # margin 20
    engine.submit(0, BEN, Side.BUY, 75, 2)
    assert engine.submit(0, ANN, Side.SELL, 75, 2, Kind.MARKET) > 0  # loses 50
    assert engine.balance(ANN) == 980 * UNIT
    assert engine.balance(FUND) == (fund - of_fund) * UNIT
    assert engine.balance(VENUE) == -(30 - of_fund) * UNIT
    (event,) = engine.take_events()
    assert (event["kind"], event["account"], event["contract"]) == (EventKind.SHORTFALL, ANN, 0)
    assert (event["amount"], event["value"]) == (30 * UNIT, of_fund * UNIT)
    engine._check()


def test_a_long_of_an_inverse_contract_gains_coins_as_the_price_rises() -> None:
    engine = venue(inverse())
    deal(engine, ANN, BEN, 100, 3)  # 30 coins
    assert engine.position(ANN, 0)["entry"] == -30 * UNIT  # type: ignore[index]
    engine.set_marks([150])
    assert engine.equity(ANN) == 1_010 * UNIT
    assert engine.equity(BEN) == 990 * UNIT
    deal(engine, CAT, ANN, 150, 3)
    assert engine.balance(ANN) == 1_010 * UNIT


def test_values_of_an_inverse_contract_are_whole_micro_units() -> None:
    engine = venue(inverse(contract_value=1_000))
    deal(engine, ANN, BEN, 7, 1)  # 1000 / 7 = 142.86
    deal(engine, CAT, ANN, 11, 1)  # 90.91
    assert engine.balance(ANN) == 1_000 * UNIT + 142 - 90
    engine._check()


def test_an_account_may_trade_with_itself() -> None:
    engine = venue(linear(taker_ppm=1_000))
    deal(engine, ANN, ANN, 100, 3)
    assert engine.position(ANN, 0) is None
    assert engine.balance(ANN) == 1_000 * UNIT - 300_000


def test_house_accounts_trade_without_margin_and_are_never_due() -> None:
    engine = venue()
    deal(engine, FUND, ANN, 100, 90)
    engine.set_marks([1])
    assert engine.queue() == []
    assert engine.equity(FUND) == -90 * 99 * UNIT
    engine._check()


def test_open_interest_counts_the_longs() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 5)
    deal(engine, CAT, ANN, 100, 2)
    assert engine.open_interest() == 5
    deal(engine, BEN, CAT, 100, 2)
    assert engine.open_interest() == 3
    assert engine.traded() == {"volume": 9, "notional": 900 * UNIT, "fees": 0}
