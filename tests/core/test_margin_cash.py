"""Deposits, withdrawals, margin by hand, funding, and positions from before the opening."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core.codes import Reject, Side
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Collateral
from tidegate_core.waterfall import Waterfall

from tests.margin_venue import (
    ANN,
    BEN,
    CAT,
    CLEARING,
    DUST,
    FUND,
    UNIT,
    VAULT,
    deal,
    inverse,
    linear,
    venue,
)


def column(*numbers: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(numbers, dtype=np.int64)


# ---- deposits and withdrawals --------------------------------------------------------------------


def test_all_of_an_asset_stays_below_2_to_the_61() -> None:
    engine = venue(cash=())
    engine.add_accounts(2)
    assert engine.deposit(ANN, 0, 2**61) == -Reject.OVERFLOW
    assert engine.deposit(ANN, 0, 2**61 - 2) == 0
    assert engine.deposit(BEN, 0, 2) == -Reject.OVERFLOW
    assert engine.deposit(BEN, 0, 1) == 0
    engine._check()


@pytest.mark.parametrize(
    ("account", "asset", "amount", "code"),
    [
        (99, 0, 1, Reject.ACCOUNT),
        (ANN, 1, 1, Reject.INSTRUMENT),
        (ANN, -1, 1, Reject.INSTRUMENT),
        (ANN, 0, -1, Reject.QUANTITY),
    ],
)
def test_cash_is_refused_with_its_reason(account: int, asset: int, amount: int, code: int) -> None:
    engine = venue()
    assert engine.deposit(account, asset, amount) == -code
    assert engine.withdraw(account, asset, amount) == -code


def test_only_what_no_margin_needs_may_be_withdrawn() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 10)  # 100 of initial margin
    engine.submit(0, ANN, Side.BUY, 90, 1)  # 9
    assert engine.withdraw(ANN, 0, 891 * UNIT + 1) == -Reject.MARGIN
    assert engine.withdraw(ANN, 0, 1_001 * UNIT) == -Reject.FUNDS
    engine.set_marks([110])  # a gain of 100, of which 10 are margin now
    assert engine.available(ANN) == 981 * UNIT
    assert engine.withdraw(ANN, 0, 981 * UNIT) == 0
    assert engine.withdraw(ANN, 0, 1) == -Reject.MARGIN
    assert engine.balance(ANN) == 19 * UNIT


def test_unrealised_gains_cannot_be_withdrawn() -> None:
    engine = venue(cash=(100, 10_000))
    deal(engine, ANN, BEN, 100, 10)
    engine.set_marks([200])
    assert engine.available(ANN) == 900 * UNIT
    assert engine.withdraw(ANN, 0, 100 * UNIT + 1) == -Reject.FUNDS
    assert engine.withdraw(ANN, 0, 100 * UNIT) == 0


def test_of_collateral_so_much_that_available_stays_positive() -> None:
    engine = venue(cash=(0, 10_000), collateral=[Collateral("ETH", 500_000)])
    engine.deposit(ANN, 1, 1_000)
    engine.set_collateral_price(1, 200_000 * UNIT)
    deal(engine, ANN, BEN, 100, 5)
    assert engine.available(ANN) == 50 * UNIT
    assert engine.withdraw(ANN, 1, 501) == -Reject.MARGIN
    assert engine.withdraw(ANN, 1, 500) == 0
    assert engine.available(ANN) == 0
    assert engine.balance(ANN, 1) == 500
    engine._check()


def test_deposits_come_by_columns_too() -> None:
    engine = venue(cash=(0, 0))
    codes = engine.deposit_many(account=column(ANN, 99, BEN), asset=0, amount=column(5, 5, -1))
    assert codes.tolist() == [0, -Reject.ACCOUNT, -Reject.QUANTITY]
    assert engine.balance(ANN) == 5


def test_the_waterfall_says_what_fund_and_vault_start_with() -> None:
    engine = venue(waterfall=Waterfall(fund=7, vault_funds=9))
    assert (engine.balance(FUND), engine.balance(VAULT)) == (7, 9)
    assert engine.audit()["assets"]["USD"] == {
        "inflow": 4_000 * UNIT + 16,
        "held": 4_000 * UNIT + 16,
    }


# ---- isolated margin by hand ---------------------------------------------------------------------


def isolated() -> MarginEngine:
    engine = venue()
    engine.set_mode(ANN, 0, isolated=True)
    deal(engine, ANN, BEN, 100, 10)  # margin 100
    return engine


def margin(engine: MarginEngine) -> int:
    found = engine.position(ANN, 0)
    assert found is not None
    return int(found["margin"]) // UNIT


def test_margin_may_be_added_and_taken_back_down_to_initial_margin() -> None:
    engine = isolated()
    assert engine.add_margin(ANN, 0, -1) == -Reject.MARGIN
    assert engine.add_margin(ANN, 0, 50 * UNIT) == 0
    assert (margin(engine), engine.balance(ANN)) == (150, 850 * UNIT)
    assert engine.add_margin(ANN, 0, -51 * UNIT) == -Reject.MARGIN
    assert engine.add_margin(ANN, 0, -50 * UNIT) == 0
    assert engine.add_margin(ANN, 0, 0) == 0
    assert engine.add_margin(ANN, 0, 900 * UNIT + 1) == -Reject.MARGIN
    engine._check()


def test_a_loss_ties_margin_up_and_a_gain_does_not_set_it_free() -> None:
    engine = isolated()
    engine.add_margin(ANN, 0, 50 * UNIT)
    engine.set_marks([98])  # 20 lost; initial margin 98
    assert engine.add_margin(ANN, 0, -33 * UNIT) == -Reject.MARGIN
    assert engine.add_margin(ANN, 0, -32 * UNIT) == 0
    engine.set_marks([150])  # initial margin 150
    assert engine.add_margin(ANN, 0, -1) == -Reject.MARGIN


def test_margin_moves_only_where_there_is_an_isolated_position() -> None:
    engine = isolated()
    assert engine.add_margin(BEN, 0, 1) == -Reject.MARGIN
    assert engine.add_margin(CAT, 0, 1) == -Reject.MARGIN
    assert engine.add_margin(99, 0, 1) == -Reject.ACCOUNT
    assert engine.add_margin(ANN, 1, 1) == -Reject.INSTRUMENT


# ---- funding -------------------------------------------------------------------------------------


def test_longs_pay_shorts_and_dust_keeps_what_rounding_leaves() -> None:
    engine = isolated()
    deal(engine, ANN, CAT, 100, 1)
    engine.set_marks([101])  # 1111 long
    assert engine.fund(0, 100_001) == 0  # 0.1111011... a long, up; 1010 and 101 short, down
    before = 110 * UNIT
    assert engine.position(ANN, 0)["margin"] == before - 111_102  # type: ignore[index]
    assert engine.balance(BEN) == 1_000 * UNIT + 101_001
    assert engine.balance(CAT) == 1_000 * UNIT + 10_100
    assert engine.balance(DUST) == 1
    engine._check()
    assert engine.fund(0, -1) == 0  # shorts pay 2 and 1, the long receives 1
    assert engine.balance(DUST) == 1 + 2
    engine._check()


@pytest.mark.parametrize(
    ("contract", "rate", "code"),
    [(1, 1, Reject.INSTRUMENT), (0, 10**9 + 1, Reject.OVERFLOW), (0, -(2**63), Reject.OVERFLOW)],
)
def test_funding_is_refused_with_its_reason(contract: int, rate: int, code: int) -> None:
    assert venue().fund(contract, rate) == -code
    assert venue(mark=None).fund(0, 1) == -Reject.PRICE


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=3, max_size=8),
    st.integers(-(10**9), 10**9),
    st.booleans(),
    st.integers(1, 5_000),
)
def test_dust_gains_at_most_a_unit_a_position(
    rows: list[tuple[int, bool]], rate: int, coin: bool, mark: int
) -> None:
    terms = inverse(contract_value=99_991) if coin else linear(tick_value=7)
    engine = MarginEngine(contracts=[terms], accounts=len(rows))
    size = [a - b for (a, _), (b, _) in zip(rows, rows[1:] + rows[:1], strict=True)]
    margin = [1_000 * (kept and lots != 0) for (_, kept), lots in zip(rows, size, strict=True)]
    accounts = np.arange(5, 5 + len(rows))
    zeros = np.zeros(len(rows), np.int64)
    engine.endow(0, accounts, column(*size), zeros, column(*margin), deposit=column(*margin))
    engine.set_marks([mark])
    assert engine.fund(0, rate) == 0
    # The values of an inverse contract are rounded themselves, down for each position.
    assert -coin * len(rows) <= engine.balance(DUST) <= (1 + coin) * len(rows)
    engine._check()


# ---- endowment -----------------------------------------------------------------------------------


def test_an_endowment_puts_positions_in_place() -> None:
    engine = venue(cash=(100, 100, 100))
    engine.endow(
        0,
        column(ANN, BEN, CAT),
        column(5, 0, -5),
        column(300 * UNIT, 0, -300 * UNIT),
        column(70 * UNIT, 0, 0),
        leverage=column(3, 2, 7),
        deposit=column(10 * UNIT, 1, 0),
    )
    engine._check()
    ann, cat = engine.position(ANN, 0), engine.position(CAT, 0)
    assert ann is not None
    assert cat is not None
    assert (ann["size"], ann["entry"], ann["margin"], ann["isolated"]) == (
        5,
        300 * UNIT,
        70 * UNIT,
        True,
    )
    assert (cat["size"], cat["margin"], cat["isolated"], cat["leverage"]) == (-5, 0, False, 7)
    assert engine.balances()[[CLEARING, ANN, BEN], 0].tolist() == [
        70 * UNIT,
        40 * UNIT,
        100 * UNIT + 1,
    ]
    assert engine.open_interest() == 5
    engine.set_marks([1])
    assert set(engine.queue()) == {(ANN, 0)}


def test_an_endowment_may_be_empty() -> None:
    engine = venue()
    engine.endow(0, column(), column(), column(), column())
    assert len(engine.positions()) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"account": column(ANN, 99)}, r"account\[1\] is 99"),
        ({"account": column(ANN, CLEARING)}, "CLEARING"),
        ({"account": column(ANN, ANN)}, "twice"),
        ({"account": column(BEN, CAT)}, "has a position or orders"),
        ({"size": column(1, 1)}, "size sums to 2"),
        ({"entry": column(1, 1)}, "entry to 2"),
        ({"entry": column(2**57, -(2**57))}, r"entry\[0\]"),
        ({"size": column(0, 0)}, r"entry\[0\] is 9"),
        ({"size": column(2**60, -(2**60))}, r"size\[0\]"),
        ({"margin": column(-1, 0)}, r"margin\[0\] is -1"),
        ({"margin": column(0, 1_000 * UNIT + 2)}, r"margin\[1\]"),
        ({"leverage": column(10, 11)}, r"leverage\[1\] is 11"),
        ({"leverage": column(0, 1)}, r"leverage\[0\] is 0"),
        ({"deposit": column(-1, 1)}, r"deposit\[0\] is -1"),
        ({"deposit": column(2**60, 2**60)}, "2\\*\\*61"),
        ({"size": column(1)}, "size has 1 rows"),
        ({"size": np.array([1.0, -1.0])}, "int64"),
        ({"contract": 1}, "contract is 1"),
    ],
)
def test_an_endowment_is_refused_whole_and_by_name(change: dict[str, Any], said: str) -> None:
    engine = venue()
    engine.submit(0, BEN, Side.BUY, 50, 1)
    rows = {
        "contract": 0,
        "account": column(ANN, CAT),
        "size": column(1, -1),
        "entry": column(9, -9),
        "margin": column(0, 0),
        "deposit": column(1, 1),
        **change,
    }
    before = engine.snapshot()
    with pytest.raises((TypeError, ValueError), match=said):
        engine.endow(**rows)
    assert engine.snapshot() == before
