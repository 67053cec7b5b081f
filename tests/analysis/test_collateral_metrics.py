"""Metrics of collateral coins, on frames small enough to work out by hand."""

from __future__ import annotations

import math

import polars as pl
import pytest

from tidegate.analysis.collateral import (
    backed_liquidated,
    bad_debt,
    compensation,
    discount,
    fall_at,
    least_price,
    loops_liquidated,
    seized,
)

COINS = pl.DataFrame(
    {
        "seconds": [60, 60, 120, 120, 180],
        "exchange": ["here", "there", "here", "here", "here"],
        "coin": ["X", "X", "X", "Y", "X"],
        "own": [1.0, 0.5, 0.9, 9.0, 0.95],
        "lowest": [1.0, 0.4, 0.7, 8.0, 0.9],
        "ratio": [1.0, 0.4, 0.7, 0.8, 0.9],
        "redemption": [1.0, 1.0, 1.0, 10.0, 1.0],
        "sold": [0.0, 7.0, 40.0, 0.0, 60.0],
        "brought": [0.0, 3.0, 30.0, 0.0, 50.0],
        "lost": [0.0, 2.0, 5.0, 0.0, 9.0],
    }
)
TAKEN = pl.DataFrame(
    {
        "second": [70, 130, 130, 500],
        "exchange": ["here", "here", "here", "here"],
        "coin": ["X", "X", "Y", "X"],
        "coins": [100.0, 50.0, 2.0, 1e6],
        "price": [0.75, 1.0, 8.0, 0.1],
    }
)


def test_prices_are_of_one_coin_one_exchange_and_a_span() -> None:
    assert least_price(COINS, "X", "here", 0, 1_000) == 0.7
    assert least_price(COINS, "X", "here", 130, 1_000) == 0.9
    assert discount(COINS, "X", "here", 0, 1_000) == pytest.approx(0.3)
    assert discount(COINS, "Y", "here", 0, 1_000) == pytest.approx(0.2)
    assert math.isnan(least_price(COINS, "Z", "here", 0, 1_000))
    assert math.isnan(discount(COINS, "X", "here", 300, 1_000))


def test_what_was_seized_counts_at_its_value() -> None:
    assert seized(TAKEN, 0, 200) == pytest.approx(75 + 50 + 16)
    assert seized(TAKEN, 0, 200, coin="X") == pytest.approx(125)
    assert seized(TAKEN, 600, 700) == 0.0


def test_compensation_is_the_rise_since_and_never_negative() -> None:
    # X at 180 s is 0.95: 100 x 0.20; the fifty at 1.0 get nothing. Y stands at 9: 2 x 1. Of loops
    # forty had brought 0.75 each by 120 s, and twenty 1.00 by 180 s; there, seven brought 3/7.
    loops = 40 * 0.20
    there = 7 * (0.5 - 3 / 7)
    assert compensation(TAKEN, COINS, 200) == pytest.approx(22.0 + loops + there)
    # At 120 s only the first hundred had been taken, and X was 0.90.
    assert compensation(TAKEN, COINS, 120) == pytest.approx(15.0 + 40 * 0.15 + there)
    assert compensation(TAKEN.clear(), COINS, 200) == pytest.approx(loops + there)


def test_loops_count_at_what_their_coins_brought() -> None:
    assert loops_liquidated(COINS, 0, 1_000) == pytest.approx(53.0)
    assert loops_liquidated(COINS, 121, 1_000) == pytest.approx(20.0)
    assert loops_liquidated(COINS, 0, 60) == pytest.approx(3.0)
    assert loops_liquidated(COINS.clear(), 0, 60) == 0.0
    assert bad_debt(COINS, 120) == pytest.approx(7.0)
    assert bad_debt(COINS, 200) == pytest.approx(11.0)
    assert bad_debt(COINS.clear(), 200) == 0.0


def test_only_accounts_with_such_collateral_count_as_backed() -> None:
    events = pl.DataFrame(
        {
            "second": [1, 1, 1, 1],
            "exchange": ["here", "here", "there", "here"],
            "kind": ["book", "book", "book", "seize"],
            "notional": [5.0, 7.0, 11.0, 13.0],
            "target": [1, 2, 1, 1],
        }
    )
    holders = pl.DataFrame({"exchange": ["here"], "coin": ["X"], "account": [1]})
    assert backed_liquidated(events, holders, 0, 10) == 5.0
    assert backed_liquidated(events, holders, 5, 10) == 0.0


def test_a_fall_there_and_elsewhere() -> None:
    rows = []
    for second, here, there in ((0, 100.0, 100.0), (60, 80.0, 95.0), (120, 90.0, 97.0)):
        for exchange, mid in (("here", here), ("there", there)):
            rows.append((second, exchange, "perp", "BTC", mid, 1.0, 1.0))
            rows.append((second, exchange, "spot", "BTC", 1.0, 1.0, 1.0))
    names = ["seconds", "exchange", "market", "coin", "mid", "bid_depth", "ask_depth"]
    bars = pl.DataFrame(rows, schema=names, orient="row")
    assert fall_at(bars, "BTC", "here", 0, 120) == pytest.approx(math.log(100 / 80))
    elsewhere = fall_at(bars, "BTC", "here", 0, 120, there=False)
    assert elsewhere == pytest.approx(math.log(100 / 95))
    assert math.isnan(fall_at(bars, "ETH", "here", 0, 120))
