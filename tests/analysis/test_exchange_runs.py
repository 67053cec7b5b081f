"""What a robbery did, read off tables made by hand."""

from __future__ import annotations

import datetime as dt
import math

import polars as pl
import pytest

from tidegate.analysis import exchange_runs

DAY = 86_400
ROWS = [
    # seconds, exchange, asked native, asked traditional, claims of both, failed, borrowed ...
    (0, "a", 0.0, 0.0, 6e9, 4e9, False, False, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0, "b", 0.0, 0.0, 0.0, 0.0, False, False, 0.0, 0.0, 0.0, 0.0, 0.0),
    (DAY, "a", 3e9, 3e9, 3e9, 1e9, False, False, 0.0, 5.0, 0.2, 1e9, 2e8),
    (DAY, "b", 0.0, 0.0, 0.0, 0.0, True, False, 0.0, 0.0, 0.0, 0.0, 0.0),
]
COLUMNS = (
    *("seconds", "exchange", "asked_native", "asked_traditional", "claims_native"),
    *("claims_traditional", "failed", "borrowed", "given", "raised", "sold", "stolen", "recovered"),
)
TABLE = pl.DataFrame(ROWS, schema=list(COLUMNS), orient="row")


def test_who_left_and_who_paid() -> None:
    assert exchange_runs.asked(TABLE, 0, 1) == pytest.approx(6.0)
    assert exchange_runs.group_gap(TABLE, 0, 1) == pytest.approx(0.75 - 0.5)
    assert (exchange_runs.failed(TABLE, 0), exchange_runs.failed(TABLE, 1)) == (0.0, 1.0)
    assert (exchange_runs.outside(TABLE, 0), exchange_runs.outside(TABLE, 1)) == (0.0, 1.0)
    assert exchange_runs.new_owners(TABLE, 1) == 0.2
    assert exchange_runs.regained(TABLE, 1) == pytest.approx(0.2)
    assert math.isnan(exchange_runs.regained(TABLE, 0))


def test_what_left_a_fund_in_a_week() -> None:
    days = [dt.date(2026, 1, day) for day in (16, 19, 20, 23)]
    holders = pl.DataFrame(
        {
            "date": days,
            "done": [-9e9, -1e9, 0.5e9, -7e9],
            "feared": [0.0, -2e9, -1e9, 0.0],
            "carried": [0.0, 0.0, -1e9, 0.0],
        }
    )
    found = exchange_runs.fund_flows(holders, dt.date(2026, 1, 5), 12, 18)
    assert found == pytest.approx({"fund_outflow": 0.5, "feared": 3.0, "carried": 1.0})
