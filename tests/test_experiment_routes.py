"""The experiment on national routes, from its parameters to its metrics and claims."""

from __future__ import annotations

import math

import polars as pl
import pytest

from experiments.national_routes import EXPERIMENT, NationalRoutes, arms, measure, undone
from tidegate.analysis.national import coins_held, fiscal_balance, imported_volatility, score
from tidegate.model import Market
from tidegate.setups.national import timeline

TINY = NationalRoutes(warm_up_days=5, belief_warm_up_days=0, days=150, states=2)


def test_volatility_is_imported_by_what_is_held_on_the_eve() -> None:
    """Returns of 10 and -10 % meet exposures of 1 and 2 %: gains of 0.1 and -0.2 %."""
    found = imported_volatility([0.01, 0.02, 0.5], [100.0, 110.0, 99.0])
    assert found == pytest.approx(0.0015 * math.sqrt(365))
    assert imported_volatility([0.0, 0.0, 0.0], [1.0, 2.0, 3.0]) == 0.0
    assert imported_volatility([0.3], [1.0]) == 0.0
    with pytest.raises(ValueError, match="one length"):
        imported_volatility([0.1], [1.0, 2.0])


def test_a_score_adds_points_by_weight() -> None:
    """Half of the households are 5 points; a chance of a half costs 2, or 4 at double weight."""
    ends, points = {"adoption": 0.5, "reversal": 0.5}, {"adoption": 0.1, "reversal": -0.25}
    assert score(ends, points, {}) == pytest.approx(3.0)
    assert score(ends, points, {"reversal": 2.0}) == pytest.approx(1.0)


def test_a_budget_gains_by_reserves_and_by_a_tax_on_gains() -> None:
    """Reserves gain 4 - 3 in all; households have 9 and 2 for 6, so a tenth of 5 is paid."""
    states = pl.DataFrame(
        {"day": [0, 0, 1, 1], "value": [1.0, 1.0, 1.0, 3.0], "cost": [1.0, 1.0, 1.0, 2.0]}
    )
    households = pl.DataFrame({"value": [5.0, 9.0], "paid_in": [6.0, 6.0], "paid_out": [0.0, 2.0]})
    assert coins_held(states, households).to_list() == [7.0, 13.0]
    assert fiscal_balance(states, households, 0.1) == pytest.approx(1.5)
    lost = households.with_columns(value=1.0)
    assert fiscal_balance(states, lost, 0.1) == pytest.approx(1.0)


def test_arms_and_claims_speak_of_each_other() -> None:
    p = NationalRoutes()
    claims = EXPERIMENT.family(EXPERIMENT.checked_arms(p))
    assert [claim.row for claim in claims] == list(EXPERIMENT.claims)
    assert {claim.horizon_days for claim in claims} == {timeline(p).horizon_days}


def test_a_policy_is_undone_by_a_lender_or_by_a_sale() -> None:
    table = pl.DataFrame(
        {
            "state": ["em0", "em1", "em2", "em3"] * 2,
            "phase": ["holding"] * 4 + ["holding", "liquidating", "holding", "buying"],
            "reversed": [False] * 4 + [True, False, False, False],
        }
    )
    assert undone(table, NationalRoutes(route="state", states=4)) == 0.5
    alone = undone(table, NationalRoutes(route="ban"))
    assert alone == pytest.approx(1.0 - math.exp(-0.05 * 1826 / 365.25))


def test_routes_are_what_they_are_called_and_the_books_balance() -> None:
    found = {}
    for label in ("private", "ban", "full"):
        arm = next(a for a in arms(TINY) if a.label == label)
        p = TINY.overridden(arm.overrides)
        world = Market(p.scenario(), rng=4)
        world.run_until(timeline(p).end)
        world.audit()
        frames = world.frames()
        found[label] = measure(frames, p)
        spent = frames["states"].filter(pl.col("state") == "em1")["deployed"][-1]
        assert spent == pytest.approx(p.reserve_usd if label == "full" else 0.0, rel=1e-3)
    assert list(found["full"]) == [metric.name for metric in EXPERIMENT.metrics]
    assert found["full"]["imported"] > found["private"]["imported"] >= found["ban"]["imported"]
    assert found["ban"]["adoption"] == 0.0
    assert found["full"]["reversal"] in (0.0, 0.5, 1.0)
