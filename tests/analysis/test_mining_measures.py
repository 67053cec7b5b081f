"""What mining came to for a state, by hand."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from tidegate.analysis.mining import farm_wealth, grid_of, of_host, world_hashrate


def table() -> pl.DataFrame:
    """Return three days of two hosts; the second is at home."""
    return pl.DataFrame(
        {
            "day": [0, 0, 1, 1, 2, 2],
            "host": ["there", "home"] * 3,
            "hashrate": [90.0, 10.0, 80.0, 20.0, 60.0, 20.0],
            "share": [0.9, 0.1, 0.8, 0.2, 0.75, 0.25],
            "power": [0.0, 100.0, 0.0, 200.0, 0.0, 300.0],
            "deficit_hours": [24, 0, 24, 6, 24, 12],
            "unserved": [9e9, 0.0, 9e9, 1_000.0, 9e9, 3_000.0],
            "tax": [9e9, 1e6, 9e9, 2e6, 9e9, 3e6],
            "state_mined": [9.0, 1.0, 9.0, 1.0, 9.0, 2.0],
            "kept": [9.0, 1.0, 9.0, 0.5, 9.0, 0.0],
        }
    )


def test_a_hosts_grid_and_budget_by_hand() -> None:
    rows = of_host(table(), "home", 1, 3)
    assert rows["day"].to_list() == [1, 2]
    found = grid_of(rows, 500.0, window=1)
    assert found == {
        "shortage": 18 / 48,
        "unserved": 4.0,  # GWh
        "load": 300.0,
        "share": 0.25,
        "tax": 5.0,
        "cost": 2.0,  # 4,000 MWh at 500 USD
        "score": 3.0,
    }


def test_the_worlds_hashrate_is_that_of_all_hosts() -> None:
    assert world_hashrate(table(), 2, window=1) == 80.0
    assert world_hashrate(table(), 2, window=2) == 90.0


def test_what_coins_kept_and_sold_came_to_by_hand() -> None:
    """Worth 100, 180, 300; has 100, 80 + 40 + ..., at 100, 80 and 60 USD."""
    rows = of_host(table(), "home", 0, 3)
    found = farm_wealth(rows, np.array([100.0, 80.0, 60.0]))
    # Hoard 1, 1.5, 1.5 coins; proceeds 0, 40, 160: wealth 100, 160, 250 of 100, 180, 300 mined.
    assert found["gain"] == pytest.approx(250 / 300 - 1)
    assert found["trough"] == pytest.approx(250 / 300 - 1)
    moves = np.array([-20 * 1.0 / 100, -20 * 1.5 / 160])
    assert found["swing"] == pytest.approx(float(np.std(moves)) * math.sqrt(365))


def test_who_sells_all_has_what_it_was_worth_and_who_mines_nothing_has_nothing() -> None:
    rows = of_host(table(), "home", 0, 3).with_columns(pl.lit(0.0).alias("kept"))
    sold = farm_wealth(rows, np.array([100.0, 80.0, 60.0]))
    assert sold == {"gain": 0.0, "trough": 0.0, "swing": 0.0}
    none = rows.with_columns(pl.lit(0.0).alias("state_mined"))
    assert farm_wealth(none, np.array([1.0, 2.0, 3.0])) == sold
