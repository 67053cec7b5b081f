"""How strategies fared: worked out by hand on small tables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from tidegate.analysis import strategies


def table(*rows: tuple[Any, ...]) -> pl.DataFrame:
    columns = ["day", "strategy", "portfolio", "wealth", "bets", "bets_bought", "bets_sold"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def path(*wealth: float, name: str = "a") -> pl.DataFrame:
    """Return the table of one portfolio by day, and one of another strategy beside it."""
    mine = [(day, name, 0, value, 0.0, 0.0, 0.0) for day, value in enumerate(wealth)]
    others = [(day, "other", 0, 1e9, 0.0, 0.0, 0.0) for day in range(len(wealth))]
    return table(*mine, *others)


def test_returns_falls_and_risk_are_those_of_the_sum() -> None:
    found = path(100.0, 120.0, 90.0, 108.0)
    assert strategies.growth(found, "a", 0, 3) == pytest.approx(math.log(1.08))
    assert strategies.growth(found, "a", 1, 2) == pytest.approx(math.log(0.75))
    assert strategies.drawdown(found, "a", 0, 3) == pytest.approx(0.25)
    assert strategies.drawdown(found, "a", 2, 3) == 0.0
    even = path(1.0, math.e, 1.0, math.e, 1.0)
    assert strategies.volatility(even, "a", 0, 4) == pytest.approx(math.sqrt(365))
    assert strategies.sharpe(even, "a", 0, 4, rate=0.1) == pytest.approx(-0.1 / math.sqrt(365))


def test_without_risk_there_is_no_ratio() -> None:
    assert math.isnan(strategies.sharpe(path(1.0, 1.0, 1.0), "a", 0, 2, rate=0.0))


def test_the_tail_is_of_all_starts_and_portfolios() -> None:
    """Two-day log returns are 2, 0, -2 and 0, 0, 0: the quantile at a fifth of six is 0."""
    up = [(day, "a", 0, math.exp(v), 0.0, 0.0, 0.0) for day, v in enumerate((0, 1, 2, 1, 0))]
    flat = [(day, "a", 1, 1.0, 0.0, 0.0, 0.0) for day in range(5)]
    found = table(*up, *flat)
    assert strategies.tail(found, "a", 0, 4, days=2, at=0.2) == pytest.approx(0.0)
    assert strategies.tail(found, "a", 0, 4, days=2, at=0.0) == pytest.approx(-2.0)
    assert math.isnan(strategies.tail(found, "a", 0, 4, days=30))


def test_bets_count_by_what_was_paid_and_got_since() -> None:
    """100 paid, 60 got and 70 still there: 30 %. Who had bets before does not count."""
    found = table(
        (0, "dip", 0, 1.0, 0.0, 50.0, 55.0),
        (0, "dip", 1, 1.0, 40.0, 40.0, 0.0),
        (9, "dip", 0, 1.0, 70.0, 150.0, 115.0),
        (9, "dip", 1, 1.0, 0.0, 40.0, 1.0),
    )
    assert strategies.bets_return(found, "dip", 0, 9) == pytest.approx(0.3)
    paper = found.rename({c: c.replace("bets", "paper") for c in found.columns if "bets" in c})
    assert strategies.bets_return(paper, "dip", 0, 9, paper=True) == pytest.approx(0.3)


def test_who_made_no_bets_made_nothing_of_them() -> None:
    """Nobody's bets, and bets of those alone who had some before."""
    assert strategies.bets_return(path(1.0, 1.0), "a", 0, 1) == 0.0
    found = table((0, "a", 0, 1.0, 9.0, 9.0, 0.0), (1, "a", 0, 1.0, 0.0, 9.0, 8.0))
    assert strategies.bets_return(found, "a", 0, 1) == 0.0


def test_what_is_regained_counts_from_the_low_of_the_first_days() -> None:
    price = np.array([100.0, 80.0, 90.0, 60.0, 120.0])
    assert strategies.regained(price, 3) == pytest.approx(math.log(1.5))
    assert strategies.regained(price, 5) == pytest.approx(math.log(2.0))


def test_a_strategy_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="strategy 'b' has no rows on days 0 to 1"):
        strategies.growth(path(1.0, 1.0), "b", 0, 1)
