"""Prices of a market without trading: they move by news alone."""

from __future__ import annotations

import copy
import math

import pytest

from tidegate.agents.easing import CentralBank
from tidegate.agents.news_prices import NewsPrices
from tidegate.model import Market
from tidegate.policies.rate_decision import RateDecision
from tidegate.scenario import HolderSpec, Scenario
from tidegate.scenario.easing import EasingSpec


def market(*, matching: bool) -> Market:
    spec = Scenario(
        step_seconds=86_400,
        holders=HolderSpec(accounts=500),
        easing=EasingSpec(drift=0.0),
        matching=matching,
    )
    model = Market(spec, rng=1)
    bank = next(a for a in model.institutions.agents if isinstance(a, CentralBank))
    news = NewsPrices(
        model,
        path="news",
        bank=bank,
        venues=model.venues,
        streams=model.streams,
        clock=model.clock,
    )
    model.takers.append(news)
    return model


def test_the_price_is_the_first_one_moved_by_the_news() -> None:
    model = market(matching=False)
    first = model.price
    model.run_days(3)
    assert model.price == first
    model.apply(
        [RateDecision(announcement_day=4, effective_day=4, cut_bp=-100, surprise_share=1.0)]
    )
    model.run_days(3)
    assert model.price == pytest.approx(first * math.exp(-0.25), rel=1e-12)
    model.audit()
    fork = copy.deepcopy(model)
    fork.run_days(2)
    assert fork.price == model.price


def test_a_market_that_trades_makes_its_own_prices() -> None:
    with pytest.raises(ValueError, match="matches orders"):
        market(matching=True)
