"""Measures of treasury companies on tables made by hand."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from tidegate.analysis import companies

ZERO = ("raised", "returned", "bought", "sold_for", "forced", "retail_bought", "retail_sold",
        "placed_at", "written_off", "locked", "scandals", "placed", "unsold", "placed_got",
        "placed_on")  # fmt: skip


def table(**firms: dict[str, list[float] | str]) -> pl.DataFrame:
    """Return a table of firms, a session a day; what is not given is 0, or 1 for prices."""
    parts = []
    for name, given in firms.items():
        sessions = max(len(v) for v in given.values() if isinstance(v, list))
        base: dict[str, object] = {
            "company": [name] * sessions,
            "coin": ["BTC"] * sessions,
            "day": list(range(sessions)),
            "failed": [False] * sessions,
            **{column: [1.0] * sessions for column in ("price", "coin_price", "mnav", "shares")},
            **{column: [0.0] * sessions for column in ZERO},
        }
        for column, value in given.items():
            base[column] = value if isinstance(value, list) else [value] * sessions
        parts.append(pl.DataFrame(base, strict=False))
    return pl.concat(parts)


def test_the_eve_of_a_day_is_the_last_session_before_it() -> None:
    made = table(a={"price": [1.0] * 12}).filter(pl.col("day") % 7 < 5)
    assert [companies.eve(made, day) for day in (1, 4, 5, 6, 7, 8, 99)] == [0, 3, 4, 4, 4, 7, 11]
    with pytest.raises(ValueError, match="no session before day 0"):
        companies.eve(made, 0)


def test_falls_beside_those_of_the_coin() -> None:
    made = table(
        a={"price": [10.0, 5.0], "coin_price": [100.0, 70.0]},
        b={"price": [10.0, 6.0], "coin_price": [100.0, 70.0]},
        c={"price": [10.0, 8.0], "coin_price": [1.0, 0.6], "coin": "SOL"},
    )
    found = companies.falls(made, 0, 1)
    assert found["share_fall"] == pytest.approx(0.4)
    assert found["coin_fall"] == pytest.approx(0.3)
    assert found["ratio"] == pytest.approx(4 / 3)
    assert found["fell_more"] == pytest.approx(2 / 3)
    assert found["excess"] == pytest.approx(0.1)
    assert found["beyond"] == pytest.approx(0.15)
    assert found["beyond_other"] == pytest.approx(-0.2)
    assert found["gap"] == pytest.approx(0.2 - 0.45)
    later = pl.concat([made, table(d={"price": [1.0, 9.0]}).filter(pl.col("day") == 1)])
    assert companies.falls(later, 0, 1) == found  # founded later
    assert math.isnan(companies.falls(table(a={"coin_price": [1.0, 2.0]}), 0, 1)["ratio"])


def test_a_beta_is_that_of_five_sessions() -> None:
    rng = np.random.default_rng(1)
    coin = np.exp(np.cumsum(rng.normal(0, 0.03, 60)))
    made = table(
        a={"price": list(coin**1.5), "coin_price": list(coin)},
        short={"price": [1.0] * 8, "coin_price": [1.0] * 8},
    )
    assert companies.share_betas(made, 0, 59) == pytest.approx([1.5])


def test_what_was_bought_before_and_after_a_turn() -> None:
    made = table(a={"bought": [1e9, 3e9, 4e9, 4e9], "sold_for": [0.0, 0.0, 0.0, 2e9]})
    assert companies.net_buying(made, 1, 3) == pytest.approx(1e9)
    assert companies.issuance_tilt(made, 2, 2) == pytest.approx(3.0 + 1.0)


def test_a_placement_is_worth_what_was_got_and_what_is_left_after_so_many_days() -> None:
    """Of b 40 shares of 100 went for 300 USD, and 60 are left at 5: 600 of the 1,000 paid."""
    placed = {"placed_at": 10.0, "placed": 100.0}
    left = {"unsold": [100.0, 100.0, 60.0, 60.0], "placed_got": [0.0, 0.0, 300.0, 300.0]}
    made = table(
        a={**placed, "unsold": 100.0, "price": [30.0, 20.0, 8.0, 1.0]},
        b={**placed, **left, "price": [12.0, 9.0, 5.0, 1.0]},
        c={"price": [1.0] * 4},  # none
        late={**placed, "unsold": 100.0, "price": [12.0] * 4, "placed_on": 2.0},
        before={**placed, "unsold": 100.0, "price": [12.0] * 4, "placed_on": -1.0},
    )
    assert list(companies.placement_returns(made, 0, 2)) == pytest.approx([-0.2, -0.4])
    # A weekend: the next session counts.
    gap = made.filter(pl.col("day") != 2)
    assert list(companies.placement_returns(gap, 0, 2)) == pytest.approx([-0.9, -0.64])
    assert list(companies.placement_returns(made, 3, 2)) == []


def test_households_that_came_last_go_first() -> None:
    made = table(
        a={
            "price": [10.0, 10.0, 20.0, 20.0, 15.0],
            "retail_bought": [0.0, 10e9, 20e9, 20e9, 20e9],
            "retail_sold": [0.0, 0.0, 0.0, 5e9, 5e9],
        }
    )
    # 10 bn bought at 10, 10 bn at 20, of which 5 bn were sold again: those left lose.
    assert companies.households(made, 0, 4, ticket=5_000.0) == pytest.approx(1.0)
    assert companies.households(made, 0, 1, ticket=5_000.0) == 0.0


def test_what_lenders_lose_and_sell() -> None:
    made = table(
        a={"written_off": [0.0, 2e9], "forced": [1e9, 4e9]},
        b={"price": [10.0, 11.0]},
    )
    found = companies.lenders(made, 0, 1)
    assert found["lender_loss"] == pytest.approx(2.0)
    assert found["forced"] == pytest.approx(3.0)


def test_money_and_foundings_of_a_stretch() -> None:
    old = table(a={"raised": [1e9, 2e9, 5e9, 9e9]})
    new = table(b={"raised": [0.0, 0.0, 3e9, 4e9]}).filter(pl.col("day") >= 2)
    made = pl.concat([old, new])
    assert companies.money_in(made, 1, 2) == pytest.approx(4e9 + 3e9)
    assert companies.money_in(made, 3, 3) == pytest.approx(4e9 + 1e9)
    assert [companies.founded(made, *days) for days in ((0, 3), (1, 3), (1, 1))] == [2, 1, 0]


def test_placements_that_nobody_made_lost_nothing() -> None:
    bought = {"placed_at": 10.0, "placed": 100.0, "unsold": 100.0}
    made = table(a={**bought, "price": [9.0, 5.0]}, b={**bought, "price": [9.0, 8.0]})
    found = companies.placements(made, 0, 1)
    assert found == {"placement": pytest.approx(-0.35), "heavy": 0.5}
    none = companies.placements(table(a={"price": [1.0, 2.0]}), 0, 1)
    assert none == {"placement": 0.0, "heavy": 0.0}


def test_what_firms_hold_and_who_is_new() -> None:
    old = table(a={"coins": [5.0, 7.0, 9.0]}, b={"coins": [1.0, 1.0, 1.0], "coin": "SOL"})
    new = table(**{"NEW 0": {"coins": [0.0, 3.0, 4.0]}}).filter(pl.col("day") >= 1)
    made = pl.concat([old, new])
    assert [companies.held(made, "BTC", day) for day in (0, 1, 9)] == [5.0, 10.0, 13.0]
    assert (companies.newcomers(made), companies.newcomers(old)) == (1, 0)


def test_what_stands_at_the_last_session() -> None:
    made = table(
        a={"returned": [1e9, 2e9], "mnav": [1.5, 0.8]},
        b={"returned": [0.0, 5e8], "mnav": [2.0, 1.2]},
    )
    assert companies.spent_on_buybacks(made) == pytest.approx(2.5e9)
    assert companies.end_mnav(made, "b") == 1.2
