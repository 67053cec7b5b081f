"""Policies of trade and of metals set the levers they say, and refuse what makes no sense."""

from __future__ import annotations

import pytest

from tidegate.policies.export_controls import Distrust, Escalation, GoodsShock, Softening
from tidegate.policies.stockpiling import GoldSale, StockpileNews, StockpilePurchases
from tidegate.scenario.levers import Levers

DAY = 86_400


def test_a_threat_is_public_before_it_is_due() -> None:
    tariff = Escalation(announcement_day=3, effective_day=25, size=0.5)
    public = tariff.as_announced()
    assert (public.announced, public.effective) == (3 * DAY, 25 * DAY)
    assert dict(public.levers) == {"trade.enacted": 25 * DAY, "trade.size": 0.5}


@pytest.mark.parametrize(
    ("policy", "group", "expected"),
    [
        (Softening(effective_day=2, strength=0.4), "trade", {"softened": 2 * DAY, "strength": 0.4}),
        (Distrust(effective_day=1, level=0.3), "trade", {"distrust": 0.3}),
        (GoodsShock(effective_day=1, lost=0.7), "metals", {"disrupted": DAY, "lost": 0.7}),
        (GoodsShock(hardware_price=3.0), "mining", {"hardware_price": 3.0}),
        (StockpileNews(effective_day=1, stockpilers=3), "metals",
         {"disclosed": DAY, "stocked": None, "stockpilers": 3}),
        (StockpilePurchases(effective_day=1, plan=2.0), "metals",
         {"disclosed": None, "stocked": DAY, "stockpilers": 1, "plan": 2.0}),
        (GoldSale(effective_day=1, share=0.25), "metals", {"gold_sold": DAY, "gold_share": 0.25}),
    ],
)  # fmt: skip
def test_levers_are_set(policy, group, expected) -> None:
    levers = getattr(Levers().updated(policy.settings()), group)
    assert {name: getattr(levers, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Escalation(size=-1), "size"),
        (lambda: Softening(strength=1.1), "strength"),
        (lambda: GoodsShock(lost=2), "lost"),
        (lambda: GoldSale(share=-0.1), "share"),
        (lambda: StockpilePurchases(stockpilers=-1), "stockpilers"),
        (lambda: Distrust(level=2), "level"),
    ],
)
def test_values_out_of_bounds_are_refused_by_name(make, field) -> None:
    with pytest.raises(ValueError, match=field):
        make()
