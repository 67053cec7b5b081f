"""What a route costs states, by hand."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from tidegate.analysis.routes import adoption_wait, custody_losses, exit_costs


def test_exits_by_situation() -> None:
    exits = pl.DataFrame(
        {
            "situation": ["calm", "weekend", "calm"],
            "day": [1.0, 2.0, 3.0],
            "worth": [100.0, 100.0, 200.0],
            "proceeds": [99.0, 80.0, 206.0],
            "unsold": [0.0, 10.0, 0.0],
            "hours": [10.0, 60.0, 30.0],
        }
    )
    found = exit_costs(exits, ("calm", "outage", "weekend"))
    assert found["cost_calm"] == pytest.approx(-0.01)  # of 1 % and -3 %
    assert found["risk_calm"] == pytest.approx(0.02 * math.sqrt(2.0))
    assert found["delay_calm"] == 20.0
    assert found["cost_weekend"] == pytest.approx(0.1)
    assert np.isnan([found["cost_outage"], found["delay_outage"], found["risk_weekend"]]).all()


def test_losses_of_all_and_of_the_worst() -> None:
    """Of 21 states of 10 coins two are hit: one loses half, one a tenth and has 4 coins frozen."""
    names = [f"holder-{number}" for number in range(21)]
    begin = pl.DataFrame({"day": 0, "state": names, "gathered": 10.0, "frozen_etf": 0.0})
    gathered, frozen = [10.0] * 21, [0.0] * 21
    gathered[3], gathered[5], frozen[5] = 5.0, 9.0, 4.0
    end = pl.DataFrame({"day": 9, "state": names, "gathered": gathered, "frozen_etf": frozen})
    found = custody_losses(pl.concat([begin, end]), 10.0)
    assert found["lost"] == pytest.approx(0.6 / 21)
    assert found["worst"] == pytest.approx(0.3)  # of the worst two
    assert found["barred"] == pytest.approx(1.0 / 21)
    assert found["barred_worst"] == pytest.approx(0.5)


def test_waits_are_counted_from_the_start_and_to_the_end() -> None:
    first = {"early": 0, "later": 75, "last": 365, "never": None}
    rows = [
        {"day": day, "state": state, "phase": "idle" if at is None or day < at else "buying"}
        for day in range(400)
        for state, at in first.items()
    ]
    found = adoption_wait(pl.DataFrame(rows), 2, 367)
    assert found["wait"] == pytest.approx((0 + 73 + 363 + 365) / 4 / 365)
    assert found["adopted"] == 0.75
