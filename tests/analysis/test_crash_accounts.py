"""Losses by account: small tables worked out by hand."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.analysis import crash

ACCOUNTS = pl.DataFrame(
    {
        "exchange": ["a", "a", "a", "b"],
        "account": [1, 2, 3, 1],
        "group": ["1-3x", "7x+", "7x+", "3-7x"],
        "accounts": [10, 5, 1, 4],
        "stake": [1000.0, 100.0, 50.0, 400.0],
        "profit": [100.0, -50.0, -50.0, -200.0],
    }
)
EVENTS = pl.DataFrame(
    {
        "second": [5, 6, 20, 7],
        "exchange": ["a", "a", "a", "b"],
        "coin": ["BTC"] * 4,
        "kind": ["book", "recovered", "takeover", "adl"],
        "side": ["long"] * 4,
        "notional": [10.0, 0.0, 20.0, 30.0],
        "target": [2, 1, 3, 1],
        "accounts": [5, 10, 1, 4],
    }
)


def test_losses_are_net_and_by_exchange() -> None:
    assert crash.users_loss(ACCOUNTS) == 200.0
    assert crash.users_loss(ACCOUNTS, exchange="a") == 0.0
    assert crash.loss_rate(ACCOUNTS, exchange="b") == 0.5
    assert math.isnan(crash.loss_rate(ACCOUNTS, exchange="nowhere"))


def test_the_liquidated_are_found_by_exchange_and_account_within_the_time() -> None:
    assert crash.wiped_share(ACCOUNTS, EVENTS, 0, 30) == (5 + 1 + 4) / 20
    assert crash.wiped_share(ACCOUNTS, EVENTS, 0, 20) == (5 + 4) / 20
    assert crash.wiped_share(ACCOUNTS, EVENTS, 0, 20, group="7x+") == 5 / 6
    assert crash.wiped_share(ACCOUNTS, EVENTS, 0, 30, exchange="b") == 1.0
    assert crash.wiped_loss(ACCOUNTS, EVENTS, 0, 30) == 300.0
    assert crash.wiped_loss(ACCOUNTS, EVENTS, 0, 20, exchange="a") == 50.0
    assert math.isnan(crash.wiped_share(ACCOUNTS, EVENTS, 0, 30, group="none"))


def test_returns_are_of_real_accounts() -> None:
    mean, median = crash.account_returns(ACCOUNTS)
    assert mean == pytest.approx((10 * 0.1 - 5 * 0.5 - 1 * 1.0 - 4 * 0.5) / 20)
    assert median == pytest.approx(-0.5)  # 1 at -1, 9 at -1/2, 10 at 1/10: the tenth of twenty
    assert crash.account_returns(ACCOUNTS, group="1-3x") == (0.1, 0.1)
    assert all(math.isnan(value) for value in crash.account_returns(ACCOUNTS, exchange="none"))


def test_the_highest_group_is_the_one_that_begins_highest() -> None:
    assert crash.highest_group(ACCOUNTS) == "7x+"


def test_a_gini_is_that_of_the_list_of_real_accounts() -> None:
    losses = [10.0] * 5 + [50.0] * 1 + [50.0] * 4
    n = len(losses)
    differences = sum(abs(a - b) for a in losses for b in losses)
    assert crash.loss_gini(ACCOUNTS) == pytest.approx(differences / (2 * n * sum(losses)))
    assert math.isnan(crash.loss_gini(ACCOUNTS.filter(pl.col("profit") > 0)))


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 999)), min_size=1, max_size=12))
def test_a_gini_lies_between_none_and_all(rows: list[tuple[int, int]]) -> None:
    frame = pl.DataFrame(
        {
            "exchange": ["a"] * len(rows),
            "accounts": [count for count, _ in rows],
            "profit": [-float(count * loss) for count, loss in rows],
        }
    )
    losses = [loss for count, loss in rows for _ in range(count)]
    exact = sum(abs(a - b) for a in losses for b in losses) / (2 * len(losses) * sum(losses))
    assert crash.loss_gini(frame) == pytest.approx(exact, abs=1e-9)


def test_interest_is_that_of_the_last_record() -> None:
    exchanges = pl.DataFrame(
        {
            "seconds": [60, 60, 120, 120],
            "exchange": ["a", "b", "a", "b"],
            "interest": [1.0, 2.0, 4.0, 8.0],
        }
    )
    assert crash.open_interest(exchanges, 119) == 3.0
    assert crash.open_interest(exchanges, 120, exchange="b") == 8.0


def test_volume_is_of_one_market_and_time() -> None:
    bars = pl.DataFrame(
        {
            "seconds": [60, 60, 120],
            "market": ["perp", "spot", "perp"],
            "volume": [1.0, 2.0, 4.0],
        }
    )
    assert crash.traded(bars, 0, 120) == 5.0
    assert crash.traded(bars, 60, 120) == 4.0
    assert crash.traded(bars, 0, 60, market="spot") == 2.0


def test_who_leaves_lost_more_than_they_bear() -> None:
    lockouts = pl.DataFrame(
        {"accounts": [10, 2, 3], "loss": [5_000.0, 4_000.0, 9_000.0], "paid": [0.0, 0.0, 6_000.0]}
    )
    assert crash.leavers(lockouts, 1_000) == 2
    assert crash.leavers(lockouts, 999) == 5
    assert crash.leavers(lockouts, 400) == 15
    assert crash.lockout_loss(lockouts) == 18_000
    assert crash.lockout_loss(lockouts, net=True) == 12_000
