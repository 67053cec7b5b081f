"""What a report draws of a run: sums that add up, and nothing where a tape has nothing."""

from __future__ import annotations

import polars as pl
import pytest

from tidegate.analysis.views import Span, views

DAY = 86_400
SPAN = Span(announcement=2 * DAY, end=242 * DAY)


def bars():
    """Two venues, a bar a day; the second venue's book is one-sided on the last day."""
    days = range(1, 243)
    rows = [
        (day * DAY, venue, 100.0, 10.0, 30.0, 0.5 if (venue, day) != ("b", 242) else 0.0)
        for day in days
        for venue in ("a", "b")
    ]
    names = ["seconds", "venue", "close", "bid_depth", "ask_depth", "spread"]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_liquidity_is_a_mean_of_stretches_from_the_announcement():
    table = views({"bars": bars()}, SPAN)["liquidity"]
    assert table.columns == ["day", "place", "depth", "spread"]
    assert table["day"].unique().sort().to_list() == [2.0 * n for n in range(120)]
    assert set(table["depth"]) == {4_000.0}
    assert table["spread"].drop_nulls().to_list() == pytest.approx([50.0] * 240)


def test_an_empty_side_has_no_spread():
    """Of the last stretch only the day with both sides counts."""
    last = views({"bars": bars().tail(2)}, SPAN)["liquidity"]
    assert last.sort("place")["spread"].to_list() == [pytest.approx(50.0), None]


def test_depth_of_exchanges_is_of_one_coin_on_both_markets():
    rows = [(3 * DAY, "x", coin, market, 5.0, 7.0) for coin in ("BTC", "ETH") for market in "sp"]
    names = ["seconds", "exchange", "coin", "market", "bid_depth", "ask_depth"]
    table = views({"bars": pl.DataFrame(rows, schema=names, orient="row")}, SPAN)["liquidity"]
    assert table.rows() == [(0.0, "x", 24.0, None)]


def test_trades_add_up_and_begin_with_the_announcement():
    rows = [(day, "fund", "crowd", 1.0, 100.0) for day in range(242)]
    names = ["day", "buyer", "seller", "coins", "notional"]
    table = views({"trades": pl.DataFrame(rows, schema=names, orient="row")}, SPAN)["trades"]
    assert table["coins"].sum() == 240
    assert table.height == 48
    assert table["day"].to_list() == pytest.approx([5.0 * n for n in range(48)])


def test_a_short_run_is_told_day_by_day():
    rows = [(day, "fund", "crowd", 1.0, 100.0) for day in range(6)]
    names = ["day", "buyer", "seller", "coins", "notional"]
    frames = {"trades": pl.DataFrame(rows, schema=names, orient="row")}
    assert views(frames, Span(2 * DAY, 6 * DAY))["trades"]["coins"].to_list() == [1.0] * 4


def test_liquidations_are_summed_by_place_and_stage():
    rows = [
        (2 * DAY - 1, "x", "BTC", "book", 1.0),  # before the announcement
        (2 * DAY, "x", "BTC", "book", 2.0),
        (2 * DAY + 5, "x", "BTC", "book", 3.0),
        (2 * DAY + 5, "x", "BTC", "adl", 4.0),
        (2 * DAY + 5, "x", None, "seize", 5.0),  # closes nothing
        (8 * DAY, "y", "ETH", "book", 6.0),
        (8 * DAY, "y", "ETH", "book", 0.0),
    ]
    names = ["second", "exchange", "coin", "kind", "notional"]
    table = views({"liquidations": pl.DataFrame(rows, schema=names, orient="row")}, SPAN)["forced"]
    assert table.rows() == [
        (0.0, "x", "BTC", "adl", 4.0),
        (0.0, "x", "BTC", "book", 5.0),
        (5.0, "y", "ETH", "book", 6.0),
    ]


def test_another_world_has_no_views():
    other = pl.DataFrame({"tick": [1], "height": [2.0]})
    assert views({"bars": other, "liquidations": other, "trades": other}, SPAN) == {}
    assert views({}, SPAN) == {}
