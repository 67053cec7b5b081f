"""What a crash looked like, on frames made by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from tidegate.analysis import crash

EVENTS = {
    "second": pl.Int64,
    "exchange": pl.Utf8,
    "coin": pl.Utf8,
    "kind": pl.Utf8,
    "side": pl.Utf8,
    "notional": pl.Float64,
    "target": pl.Int64,
    "accounts": pl.Int64,
}
ROWS = [
    # second, exchange, coin, kind, side, notional, target, accounts
    (90, "binance", "BTC", "book", "long", 1e6, 1, 10),
    (100, "binance", "BTC", "book", "long", 4e6, 2, 10),
    (100, "binance", "ETH", "takeover", "short", 1e6, 3, 5),
    (130, "binance", "BTC", "book", "long", 2e6, 2, 8),  # the rest of target 2
    (130, "binance", "BTC", "book", None, 0.0, 9, 1_000),  # found no taker
    (140, "bybit", "BTC", "adl", "long", 3e6, 2, 20),  # another exchange's target 2
    (150, "bybit", "BTC", "shortfall", "long", 5e6, 2, 20),  # money, not a closing
    (160, "hyperliquid", "SOL", "vault", "long", 2e6, 4, 1),
    (161, "binance", None, "recovered", None, 0.0, 4, 1),
    (200, "binance", "BTC", "book", "long", 8e6, 5, 1),  # beyond the end
]


@pytest.fixture
def events() -> pl.DataFrame:
    return pl.DataFrame(ROWS, schema=EVENTS, orient="row")


@pytest.fixture
def nothing() -> pl.DataFrame:
    return pl.DataFrame([], schema=EVENTS, orient="row")


def test_what_liquidation_closed_from_start_to_before_the_end(events: pl.DataFrame) -> None:
    assert crash.liquidated(events, 90, 200) == 13e6
    assert crash.liquidated(events, 91, 201) == 20e6
    assert crash.liquidated(events, 90, 200, side="long") == 12e6
    assert crash.liquidated(events, 90, 200, side="short") == 1e6


def test_shares_of_longs_and_of_deleveraging(events: pl.DataFrame) -> None:
    assert crash.long_share(events, 90, 200) == pytest.approx(12 / 13)
    assert crash.adl_share(events, 90, 200) == pytest.approx(3 / 13)


def test_the_worst_window(events: pl.DataFrame) -> None:
    assert crash.worst_window(events, 90, 200, seconds=1) == pytest.approx(5 / 13)
    assert crash.worst_window(events, 90, 200, seconds=11) == pytest.approx(6 / 13)  # 90 to 100
    assert crash.worst_window(events, 90, 200, seconds=31) == pytest.approx(7 / 13)  # 100 to 130
    assert crash.worst_window(events, 90, 200) == pytest.approx(1.0)


def test_what_was_closed_per_minute_of_each_stretch(events: pl.DataFrame) -> None:
    assert crash.per_minute(events, np.array([60, 120, 180])) == pytest.approx([0.0, 6e6, 7e6])
    # The last second of a stretch is part of it; what comes after the last stretch is not told.
    assert crash.per_minute(events, np.array([90, 130])) == pytest.approx([1e6 / 1.5, 7e6 * 1.5])


def test_accounts_count_once_per_exchange_and_only_if_something_was_closed(
    events: pl.DataFrame,
) -> None:
    count, mean = crash.accounts_hit(events, 90, 200)
    # binance 1, 2, 3 (10 + 10 + 5); bybit 2 (20); hyperliquid 4 (1)
    assert count == 46
    assert mean == pytest.approx(13e6 / 46)


def test_concentration_by_exchange(events: pl.DataFrame) -> None:
    shares = np.array([8, 3, 2]) / 13
    assert crash.concentration(events, 90, 200) == pytest.approx((shares**2).sum())
    assert crash.concentration(events.filter(pl.col("exchange") == "bybit"), 90, 200) == 1.0


def test_losses_by_coin(events: pl.DataFrame) -> None:
    assert crash.losses_by_coin(events, 90, 200) == {"BTC": 10e6, "ETH": 1e6, "SOL": 2e6}


def wave(adl: list[int], *, quiet: int = 60) -> pl.DataFrame:
    """Return a wave on one exchange: a trickle, silence, 1 m a second for two minutes, and ADL."""
    rows = [(50, "okx", "BTC", "book", "long", 1e5, 0, 1)]
    start = 51 + quiet
    rows += [(start + s, "okx", "BTC", "book", "long", 1e6, 1 + s, 1) for s in range(120)]
    rows += [(second, "okx", "BTC", "adl", "long", 1e5, 500, 1) for second in adl]
    rows += [(60, "bybit", "BTC", "adl", "long", 1e9, 1, 1)]
    return pl.DataFrame(rows, schema=EVENTS, orient="row")


def test_how_long_after_the_wave_began_others_were_deleveraged() -> None:
    # The trailing minute passes 5 % of its peak, a bit more than 60 m, in the fourth second of the
    # wave: 114. It began then.
    assert crash.adl_delay(wave([200, 230]), "okx", 0, 1_000) == 200 - 114
    assert crash.adl_delay(wave([20, 200]), "okx", 0, 1_000) == 200 - 114  # one before it is none
    assert math.isnan(crash.adl_delay(wave([]), "okx", 0, 1_000))
    assert math.isnan(crash.adl_delay(wave([1_500]), "okx", 0, 1_000))
    assert math.isnan(crash.adl_delay(wave([200]), "binance", 0, 1_000))


def test_a_wave_that_is_on_from_the_start_begins_there() -> None:
    rows = [(s, "okx", "BTC", "book", "long", 1e6, s, 1) for s in range(100, 160)]
    rows.append((120, "okx", "BTC", "adl", "long", 1.0, 0, 1))
    events = pl.DataFrame(rows, schema=EVENTS, orient="row")
    assert crash.adl_delay(events, "okx", 105, 1_000) == 120 - 107  # third second of what is seen
    heavy = pl.DataFrame(
        [(105, "okx", "BTC", "adl", "long", 1e9, 0, 1)], schema=EVENTS, orient="row"
    )
    assert crash.adl_delay(heavy, "okx", 105, 1_000) == 0.0


@pytest.mark.parametrize(
    ("measure", "wanted"),
    [
        (lambda e: crash.liquidated(e, 0, 100), 0.0),
        (lambda e: crash.long_share(e, 0, 100), math.nan),
        (lambda e: crash.adl_share(e, 0, 100), math.nan),
        (lambda e: crash.worst_window(e, 0, 100), math.nan),
        (lambda e: crash.adl_delay(e, "okx", 0, 100), math.nan),
        (lambda e: crash.adl_delay(e, "okx", 100, 100), math.nan),
        (lambda e: crash.accounts_hit(e, 0, 100)[0], 0.0),
        (lambda e: crash.accounts_hit(e, 0, 100)[1], math.nan),
        (lambda e: crash.concentration(e, 0, 100), math.nan),
        (lambda e: crash.per_minute(e, np.array([60, 120])).sum(), 0.0),
    ],
)
def test_nothing_happened(
    nothing: pl.DataFrame, measure: Callable[[pl.DataFrame], float], wanted: float
) -> None:
    assert measure(nothing) == pytest.approx(wanted, nan_ok=True)
    assert crash.losses_by_coin(nothing, 0, 100) == {}


# -- bars and exchanges ---------------------------------------------------------------------------

BARS = {
    "seconds": pl.Int64,
    "exchange": pl.Utf8,
    "market": pl.Utf8,
    "coin": pl.Utf8,
    "mid": pl.Float64,
    "bid_depth": pl.Float64,
    "ask_depth": pl.Float64,
}


@pytest.fixture
def bars() -> pl.DataFrame:
    """Two exchanges; the deep one falls from 100 to 80 and back to 90, the other stays at 110."""
    rows: list[tuple[object, ...]] = []
    for second, price, depth in (
        (60, 100.0, 30.0),
        (90, 80.0, 0.0),
        (120, 85.0, 6.0),
        (180, 90, 9),
    ):
        rows += [
            (second, "deep", "spot", "BTC", price, depth, depth),
            (second, "thin", "spot", "BTC", 110.0, depth / 3, depth / 3),
            (second, "deep", "perp", "BTC", price - 5.0, 10.0, 10.0),
            (second, "deep", "spot", "ETH", 5.0, 1e6, 1e6),
        ]
    return pl.DataFrame(rows, schema=BARS, orient="row")


def test_the_index_weighs_exchanges_by_their_usual_depth(bars: pl.DataFrame) -> None:
    spot = crash.index(bars, "BTC")
    assert spot["seconds"].to_list() == [60, 90, 120, 180]
    assert spot["price"].to_list() == pytest.approx([102.5, 87.5, 91.25, 95.0])
    assert crash.index(bars, "BTC", market="perp")["price"].to_list() == [95.0, 75.0, 80.0, 85.0]


def test_how_far_a_coin_fell(bars: pl.DataFrame) -> None:
    assert crash.fall(bars, "BTC", 60, 180) == pytest.approx(math.log(102.5 / 95.0))
    assert crash.fall(bars, "BTC", 60, 180, lowest=True) == pytest.approx(math.log(102.5 / 87.5))
    assert crash.fall(bars, "BTC", 90, 120) == pytest.approx(math.log(87.5 / 91.25))  # it rose
    assert crash.fall(bars, "ETH", 0, 1_000) == 0.0


def test_returns_by_minute_skip_what_lies_between(bars: pl.DataFrame) -> None:
    wanted = [math.log(91.25 / 102.5), math.log(95.0 / 91.25)]
    assert crash.minute_returns(bars, "BTC", 60, 180).tolist() == pytest.approx(wanted)
    assert crash.minute_returns(bars, "BTC", 120, 180).tolist() == pytest.approx(wanted[1:])
    assert crash.minute_returns(bars, "ETH", 60, 180).tolist() == [0.0, 0.0]
    assert crash.minute_returns(bars, "BTC", 180, 180).size == 0


def test_the_least_depth_is_a_mean_over_a_minute(bars: pl.DataFrame) -> None:
    # Minute 1: 100 and 20, a mean of 60; minute 2: 36; minute 3: 44.
    assert crash.depth_trough(bars, "BTC", 60, 180) == pytest.approx(36 / 60)
    assert crash.depth_trough(bars, "BTC", 120, 180) == 1.0


@pytest.mark.parametrize(
    ("held", "used"),
    [([100.0, 40.0, 70.0], 0.6), ([100.0, 120.0], 0.0), ([50.0, -10.0], 1.2), ([0.0, 0.0], None)],
)
def test_what_a_fund_used(held: list[float], used: float | None) -> None:
    exchanges = pl.DataFrame(
        {
            "seconds": [60 * (1 + at) for at in range(len(held))] + [60],
            "exchange": ["okx"] * len(held) + ["bybit"],
            "fund": [*held, 1.0],
        }
    )
    found = crash.fund_used(exchanges, "okx", 0, 1_000)
    assert found == pytest.approx(math.nan if used is None else used, nan_ok=True)
    assert math.isnan(crash.fund_used(exchanges, "okx", 2_000, 3_000))
    assert math.isnan(crash.fund_used(exchanges, "nowhere", 0, 1_000))


def test_no_bars(bars: pl.DataFrame) -> None:
    assert crash.index(bars.clear(), "BTC").height == 0
    for frame in (bars.clear(), bars):
        assert math.isnan(crash.fall(frame, "BTC", 500, 900))
        assert math.isnan(crash.depth_trough(frame, "BTC", 500, 900))
