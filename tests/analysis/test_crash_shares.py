"""How liquidation and losses are shared out: small tables worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from tidegate.analysis import crash_shares

ACCOUNTS = pl.DataFrame(
    {
        "exchange": ["a", "a", "a", "b"],
        "account": [1, 2, 3, 1],
        "group": ["1-3x", "7x+", "7x+", "3-7x"],
        "accounts": [10, 5, 1, 4],
        "stake": [1000.0, 100.0, 500.0, -1.0],
        "profit": [100.0, -50.0, -150.0, -200.0],
    }
)
EVENTS = pl.DataFrame(
    {
        "second": [5, 6, 20, 7, 7],
        "exchange": ["a", "a", "a", "b", "b"],
        "coin": ["BTC"] * 5,
        "kind": ["book", "recovered", "takeover", "adl", "book"],
        "side": ["long"] * 5,
        "notional": [10.0, 0.0, 20.0, 30.0, 10.0],
        "target": [2, 1, 3, 1, 1],
        "accounts": [5, 10, 1, 4, 4],
    }
)


def test_an_index_is_one_over_as_many_as_share_alike() -> None:
    assert crash_shares.herfindahl([2.0, 2.0, 2.0, 2.0]) == 0.25
    assert crash_shares.herfindahl([5.0, 0.0]) == 1.0
    assert crash_shares.herfindahl([3.0, 1.0]) == pytest.approx(0.625)
    assert math.isnan(crash_shares.herfindahl([]))
    assert math.isnan(crash_shares.herfindahl([0.0, 0.0]))


def test_interest_is_by_exchange_at_the_last_record() -> None:
    table = pl.DataFrame(
        {
            "seconds": [60, 60, 120, 120],
            "exchange": ["b", "a", "b", "a"],
            "interest": [1.0, 2.0, 3.0, 4.0],
        }
    )
    assert crash_shares.interest_by_exchange(table, 119) == {"a": 2.0, "b": 1.0}
    assert crash_shares.interest_by_exchange(table, 120) == {"a": 4.0, "b": 3.0}


def test_losses_are_those_of_accounts_that_were_liquidated() -> None:
    """Account 3 came too late, 1 of exchange a was never closed, and 1 of b is another."""
    found = crash_shares.losses_of_liquidated(ACCOUNTS, EVENTS, 0, 20)
    assert found.tolist() == [0.0, 50.0, 0.0, 200.0]
    assert crash_shares.losses_of_liquidated(ACCOUNTS, EVENTS, 0, 21).tolist()[2] == 150.0
    assert crash_shares.stakes(ACCOUNTS).tolist() == [1000.0, 100.0, 500.0, 0.0]


def test_the_small_are_so_many_real_accounts_by_stake() -> None:
    """Of 20 real accounts the richest two are the one of 500 and one of the ten of 100 each."""
    stakes = crash_shares.stakes(ACCOUNTS)
    assert crash_shares.share_of_small(ACCOUNTS, stakes) == pytest.approx(1.0 - 600.0 / 1600.0)
    losses = np.array([100.0, 50.0, 150.0, 200.0])
    assert crash_shares.share_of_small(ACCOUNTS, losses) == pytest.approx(1.0 - 160.0 / 500.0)
    assert math.isnan(crash_shares.share_of_small(ACCOUNTS, np.zeros(4)))


def test_what_all_bear_alike_has_no_gini() -> None:
    alike = ACCOUNTS["accounts"].to_numpy() * 3.0
    assert crash_shares.gini_of(ACCOUNTS, alike) == pytest.approx(0.0)
    one = np.array([0.0, 0.0, 7.0, 0.0])
    assert crash_shares.gini_of(ACCOUNTS, one) == pytest.approx(0.95)
    assert math.isnan(crash_shares.gini_of(ACCOUNTS, np.zeros(4)))
