"""What became of savers, from tables small enough to do by hand."""

from __future__ import annotations

import datetime as dt
import math

import polars as pl
import pytest

from tidegate.analysis import market, saving

COLUMNS = (
    "month",
    "cohort",
    "heads",
    "money_usd",
    "coins_usd",
    "paid_usd",
    "takers_usd",
    "scared_usd",
)
SAVERS = pl.DataFrame(
    [
        (12, "young", 10, 900, 100, 100, 300, 0),
        (12, "old", 10, 2_900, 100, 100, 300, 0),
        (24, "young", 10, 800, 200, 100, 400, 100),
        (24, "old", 20, 2_950, 50, 150, 100, 300),
        (24, "unborn", 0, 0, 0, 0, 0, 0),
    ],
    schema=list(COLUMNS),
    orient="row",
)


def test_shares_and_weights_by_hand() -> None:
    assert saving.coin_share(SAVERS, 24) == 250 / 4_000
    assert saving.savings_share(SAVERS, 24, ("young",)) == 1_000 / 4_000
    assert saving.holders_weight(SAVERS, 24) == 250 / 500
    assert saving.scared_share(SAVERS, 24) == 400 / 900
    assert saving.scared_share(SAVERS, 12) == 0.0


def test_what_coins_brought_counts_those_who_sold_too() -> None:
    assert saving.holders_result(SAVERS, 24) == 0.0  # 250 held and 250 paid
    assert saving.holders_result(SAVERS, 24, ("old",)) == -100 / 400
    assert saving.holders_result(SAVERS, 24, ("young",)) == 100 / 500


def test_where_nobody_is_there_nothing_is() -> None:
    assert saving.coin_share(SAVERS, 36) == 0.0
    assert saving.holders_result(SAVERS, 24, ("unborn",)) == 0.0
    assert math.isnan(saving.money_weighted(SAVERS, 6))


def test_money_counts_from_the_month_it_comes_in() -> None:
    """200 for a year and 50 at its end make 250: nothing was earned; at 290 it was ln 1.2."""
    assert saving.money_weighted(SAVERS, 24) == pytest.approx(0.0, abs=1e-12)
    better = SAVERS.with_columns(
        pl.when((pl.col("month") == 24) & (pl.col("cohort") == "young"))
        .then(240)
        .otherwise(pl.col("coins_usd"))
        .alias("coins_usd")
    )
    assert saving.money_weighted(better, 24) == pytest.approx(math.log(1.2), rel=1e-9)


def test_the_gini_over_savers_and_early_holders() -> None:
    """Ten young with 100 each, twenty old with 150, ten early holders with 100 or 300."""
    found = saving.wealth_gini(SAVERS, 24, holders=10.0, sizes=(0.5, 1.5), early_usd=2_000.0)
    # By the definition: mean absolute difference over twice the mean.
    people = [100.0] * 10 + [150.0] * 20 + [100.0] * 5 + [300.0] * 5
    apart = sum(abs(a - b) for a in people for b in people) / len(people) ** 2
    assert found == pytest.approx(apart / (2 * sum(people) / len(people)), rel=1e-12)


def test_plans_that_offer_and_close() -> None:
    sponsors = pl.DataFrame(
        {
            "month": [3] * 4 + [5] * 4,
            "plan": [0, 1, 2, 3] * 2,
            "offers": [True, True, True, False, True, False, True, True],
        }
    )
    assert saving.closed_share(sponsors, 3, 5) == pytest.approx(1 / 3)
    assert saving.closed_share(sponsors, 5, 5) == 0.0
    plans = pl.DataFrame(
        {"day": [0, 1, 2], "listing": [0.0, 0.25, 0.5], "lots": [0, 400_000, 100_000]}
    )
    assert saving.listing_on(plans, 2) == 0.5
    held = [saving.coins_of_plans(plans, day, lot=1e-4, supply=1_000.0) for day in (0, 1, 2)]
    assert held == pytest.approx([0.0, 0.04, 0.01])


def test_months_end_on_their_last_day() -> None:
    start = dt.date(2026, 1, 5)
    assert saving.month_of(start, 25) == 0  # 30 January
    assert saving.month_of(start, 26) == 1  # the 31st
    assert saving.month_of(start, 26 + 28) == 2
    assert saving.month_of(start, 361 + 31) == 13


def test_the_quoted_spread_is_the_median_of_days_on_which_makers_quote() -> None:
    standards = pl.DataFrame({"day": [0, 1, 2, 3, 4], "spread": [0.01, 0.03, 0.0, 0.4, 5.0]})
    assert market.quoted_spread(standards, 0, 4) == 0.03
    assert market.quoted_spread(standards, 3, 4) == 0.4
    assert math.isnan(market.quoted_spread(standards, 2, 3))
