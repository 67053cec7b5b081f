"""Directions that claims on savers need: turnover of cohorts, age, access, and a slow start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.agents.plan_worlds import Crowd, Dial, PlanStall, small
from tidegate.agents.plan_population import PlanPopulation
from tidegate.analysis.inequality import decile_gains, gini
from tidegate.scenario.plan_sponsors import LitigationSpec, SponsorSpec
from tidegate.scenario.savers import COHORTS, SaverSpec

WILLING = SponsorSpec(plans=4, litigation=LitigationSpec(dread=0.0))


def after(days: int, *prices: float, route: str = "menu", **changes: Any) -> PlanPopulation:
    """Return plans that all offer a route, after as many days at each price."""
    stall = PlanStall(
        small(sponsors=WILLING, **changes), Dial(opened=0, route=route, allocation=0.02)
    )
    for price in prices:
        stall.days(days, price)
    return stall.plans


def coin_share(plans: PlanPopulation) -> float:
    coins = float(plans.held.coins.sum())
    return coins / (coins + float(plans.savers.other.sum()))


def per_head(plans: PlanPopulation) -> tuple[np.ndarray, np.ndarray]:
    """Return wealth in USD per head, and heads, by cohort and group."""
    frame = plans.records.saver_frame()
    last = frame.filter((frame["month"] == frame["month"].max()) & (frame["heads"] > 0))
    heads = last["heads"].to_numpy()
    return (last["money_usd"] + last["coins_usd"]).to_numpy() / heads, heads


def test_cohort_turnover_raises_the_share_of_coins() -> None:
    """PEN-H23 against cohorts that all want what the average dollar does, over four years."""
    mean = sum(c.heads * c.balance * c.wish for c in COHORTS)
    mean /= sum(c.heads * c.balance for c in COHORTS)
    alike = tuple(c.model_copy(update={"wish": mean}) for c in COHORTS)
    ratio = []
    for years in (1, 4):
        shares = [
            coin_share(after(365 * years, 100_000.0, savers=SaverSpec(cohorts=cohorts)))
            for cohorts in (COHORTS, alike)
        ]
        ratio.append(shares[0] / shares[1])
    assert ratio[1] > 1.01 * ratio[0]


def test_a_default_sleeve_spares_those_near_retirement() -> None:
    """PEN-H16's other side: the glide path holds their coins down; choice does not."""
    plans = after(400, 100_000.0, route="default")
    coins = plans.held.coins.sum(axis=(0, 2))
    weight = coins[1:] / (plans.savers.default.sum(axis=(0, 2)) + coins)[1:]
    glide = [plans.savers.glide.coins(age, 0.02) for age in plans.savers.ages[1:]]
    assert weight == pytest.approx(glide, rel=0.12)  # the sleeve is young, and prices stand still
    plans = after(400, 100_000.0, route="menu")
    weight = plans.held.coins.sum(axis=(0, 2))[1:] / plans.savers.other.sum(axis=(0, 2))[1:]
    wish = np.array([c.wish for c in COHORTS[1:]])
    assert weight / weight[1] == pytest.approx(wish / wish[1], rel=0.12)


def test_a_rise_helps_the_wealthy_more_in_menus_than_by_default() -> None:
    """PEN-H24 and its rival: deciles gain by what they hold; access by choice tilts it."""
    top = {}
    for route in ("default", "menu"):
        plans = after(370, 100_000.0, 200_000.0, route=route)
        wealth, heads = per_head(plans)
        frame = plans.records.saver_frame()
        last = frame.filter((frame["month"] == frame["month"].max()) & (frame["heads"] > 0))
        gains = (last["coins_usd"] - last["paid_usd"]).to_numpy() / heads
        by_decile = decile_gains(wealth, heads, gains)
        assert (by_decile > 0.0).all()
        top[route] = by_decile[-1] / by_decile.sum()
        assert 0.6 < gini(wealth, heads) < 0.8
    assert top["menu"] != pytest.approx(top["default"], rel=0.01)


def test_sponsors_follow_an_s_curve() -> None:
    """PEN-H27, S20.1: 10, 50 and 90 % after 2.25, 6.55 and 11.76 years, with 400 sponsors.

    Only sponsors act here: nothing is in reach of an allocation of 0.
    """
    spec = small(
        sponsors=SponsorSpec(plans=400, litigation=LitigationSpec(dread=0.0)),
        savers=SaverSpec(groups=1),
    )
    stall = PlanStall(spec, Dial(opened=0, fee=0.0), peers=Crowd(400))
    reached: dict[float, float] = {}
    plans = stall.plans
    for month in range(1, 181):
        plans.sponsors.decide(
            month, levers=stall.dial.read(), second=month, price=100, fall=0.0, loss=0.0
        )
        for share in (0.1, 0.5, 0.9):
            if plans.sponsors.offers.mean() >= share:
                reached.setdefault(share, month / 12)
    assert reached[0.1] == pytest.approx(2.25, abs=0.7)
    assert reached[0.5] == pytest.approx(6.55, abs=1.0)
    assert reached[0.9] == pytest.approx(11.76, abs=1.5)
