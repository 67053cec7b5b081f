"""Experiments on export controls, stockpiles and gold, from parameters to metrics and claims."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from experiments import export_controls, gold_revaluation, stockpile
from tidegate.analysis import commodities, market, trade_news
from tidegate.policies.base import Policy

MODULES = (export_controls, stockpile, gold_revaluation)
TINY = {"accounts": 500, "warm_up_days": 11, "days": 30, "belief_warm_up_days": 0}


@cache
def outcome(module: ModuleType, label: str) -> Mapping[str, float]:
    """Return what an arm comes to with one seed; it is run once."""
    p = module.EXPERIMENT.parameters.model_validate(TINY)
    arm = next(arm for arm in module.arms(p) if arm.label == label)
    p = p.overridden(arm.overrides)
    world = module.build(p, 1)
    world.apply([policy for policy in arm.policies if isinstance(policy, Policy)])
    world.run_until(module.timeline(p).end)
    world.audit()
    measures: Mapping[str, float] = module.measure(world.frames(), p)
    return measures


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.EXPERIMENT.name)
def test_arms_and_claims_speak_of_each_other(module: ModuleType) -> None:
    experiment = module.EXPERIMENT
    p = experiment.parameters()
    claims = experiment.family(experiment.checked_arms(p))
    assert {claim.row for claim in claims} == set(experiment.claims)
    days = experiment.timeline(p).horizon_days
    assert all(math.isclose(claim.horizon_days, days) for claim in claims)
    labels = [arm.label for arm in experiment.checked_arms(p)]
    assert {f"{label}-frozen" for claim in claims for label in claim.compared} <= set(labels)


def test_a_threat_is_what_is_assumed_and_what_trading_adds() -> None:
    found = {a: outcome(export_controls, a) for a in ("none", "threat", "threat-frozen")}
    assert set(found["none"]) == {metric.name for metric in export_controls.METRICS}
    assert found["none"]["assumed"] == 0.0
    assert found["threat"]["assumed"] == pytest.approx(-0.0743, abs=1e-9)
    moved = math.log(found["threat"]["price_day"] / found["none"]["price_day"])
    added = found["threat"]["added"] - found["none"]["added"]
    assert moved == pytest.approx(-0.0743 + added, abs=1e-9)
    assert abs(added) < 0.02
    frozen = found["threat-frozen"]
    assert frozen["added"] == pytest.approx(0.0, abs=1e-5)
    assert frozen["to_coins"] == 0.0
    assert found["threat"]["to_gold"] > found["none"]["to_gold"]
    assert found["threat"]["gold_soon"] > found["none"]["gold_soon"]


@pytest.mark.slow
def test_goods_touch_minerals_and_distrust_touches_coins() -> None:
    found = {a: outcome(export_controls, a) for a in ("none", "goods", "distrust")}
    assert found["goods"]["minerals"] > 1.05 * found["none"]["minerals"]
    assert found["goods"]["assumed"] == found["goods"]["saved"] == 0.0
    assert found["distrust"]["saved"] > 10.0
    assert found["distrust"]["minerals"] == pytest.approx(found["none"]["minerals"], rel=1e-3)


@pytest.mark.slow
def test_money_alone_moves_gold_less_than_news_does() -> None:
    calm, told, soft, alone, tech, gold = (
        outcome(export_controls, label)
        for label in ("none", "threat", "soft", "threat-flows", "technology", "digital")
    )
    assert soft["price_relief"] > told["price_relief"]
    assert told["gold_soon"] > alone["gold_soon"] > calm["gold_soon"]
    assert tech["to_coins"] < told["to_coins"] < gold["to_coins"]  # by what they believe


def test_falls_are_sought_until_a_week_after_the_threat_is_due() -> None:
    """Closes of the eve, of the days of notice, and of the seven days from the one it is due on."""
    p = export_controls.ExportControls()
    due = p.warm_up_days + p.notice
    assert list(p.scare_days) == [
        *range(p.warm_up_days - 1, due),
        *range(due, due + 7),
    ]
    days = pl.DataFrame({"day": list(range(due + 20)), "price": [1.0] * (due + 20)})
    assert market.between(days, p.scare_days.start, p.scare_days.stop)["day"][-1] == due + 6


def test_a_plan_may_be_known_bought_or_both() -> None:
    found = {a: outcome(stockpile, a) for a in ("none", "word", "deed", "plan")}
    assert found["none"]["peak"] == pytest.approx(1.0, abs=0.005)
    assert found["word"]["spent"] == 0.0 < found["deed"]["spent"]
    assert found["plan"]["basket"] > found["word"]["basket"] > 1.02
    assert found["deed"]["basket"] > found["none"]["basket"]
    assert found["plan"]["haven"] > found["deed"]["haven"]


def test_a_race_is_held_against_those_who_do_not_race() -> None:
    """The same four buy the same plan; how many buy, and what, are other claims'."""
    arms = stockpile.EXPERIMENT.checked_arms(stockpile.Stockpile())
    claims = {claim.row: claim for claim in stockpile.EXPERIMENT.family(arms)}
    race = claims["MIN-H11"]
    assert (race.treated, race.control) == ("shared", "shared-calm")
    listed = {arm.label: arm for arm in arms}
    racing, calm = listed["shared"], listed["shared-calm"]
    assert racing.policies == calm.policies
    assert dict(calm.overrides) == {"haste": 0.0, "rivalry": 0.0}
    assert {"shared-frozen", "shared-calm-frozen"} <= set(listed)
    assert (claims["MIN-H11n"].treated, claims["MIN-H11n"].control) == ("four", "deed")


@pytest.mark.slow
def test_many_buy_more_and_rivals_sooner() -> None:
    one, four, shared, calm = (
        outcome(stockpile, label) for label in ("deed", "four", "shared", "shared-calm")
    )
    assert four["basket"] > one["basket"]
    assert four["spent"] > 3.0 * one["spent"]
    assert shared["spent"] > 1.5 * calm["spent"]


def test_gold_that_is_sold_falls_and_coins_follow_what_is_spent() -> None:
    found = {a: outcome(gold_revaluation, a) for a in ("none", "sold", "spent", "spent-frozen")}
    none, sold, spent = (found[label] for label in ("none", "sold", "spent"))
    assert sold["gold"] < 0.98 * none["gold"]  # a month of the year of sales
    grams = sold["sold"] * 1e6
    assert sold["proceeds"] * 1e9 / grams * 1_000 == pytest.approx(sold["gold"], rel=0.05)
    assert spent["sold"] == none["assumed"] == 0.0
    assert spent["assumed"] > 0.01
    p = gold_revaluation.EXPERIMENT.parameters()
    assert p.fund == pytest.approx(752.0, abs=1.0)  # the paper gain
    price = found["spent-frozen"]["price"] / p.scenario().asset.price
    assert math.log(price) == pytest.approx(found["spent-frozen"]["assumed"], abs=2e-3)


def test_a_basket_is_the_geometric_mean_of_its_metals() -> None:
    table = pl.DataFrame(
        {
            "day": [0, 1, 0, 1],
            "metal": ["cobalt", "cobalt", "indium", "indium"],
            "price": [10.0, 20.0, 100.0, 50.0],
        }
    )
    even = commodities.basket(table, {"cobalt": 1.0, "indium": 1.0})
    assert even == pytest.approx([1.0, 1.0])
    tilted = commodities.basket(table, {"cobalt": 3.0, "indium": 1.0})
    assert tilted == pytest.approx([1.0, 2.0**0.5])
    assert commodities.metal_price(table, "indium", 1, window=2) == 75.0
    assert math.isnan(commodities.metal_price(table, "gold", 1))


def test_a_peak_is_of_means_not_of_a_day() -> None:
    values = np.array([1.0, 1.0, 6.0, 1.0, 1.0, 1.0, 2.0, 2.0])
    assert commodities.peak(values, window=1) == 6.0
    assert commodities.peak(values, window=5) == pytest.approx(2.2)  # the last five


def test_purchases_of_hedgers_are_read_between_days() -> None:
    names = ("shares", "dollars", "gold", "minerals", "coins")
    table = pl.DataFrame(
        {
            "day": [0, 1],
            **{name: [1.0, 2.0] for name in names},
            **{f"{name}_bought": [0.0, float(at)] for at, name in enumerate(names)},
        }
    )
    assert commodities.bought(table, 0, 1) == dict(zip(names, range(5), strict=True))
    assert commodities.haven_share(table, 1, window=1) == pytest.approx(0.4)


def test_what_stockpilers_spent_is_summed_over_their_tables() -> None:
    def spent(*usd: float) -> pl.DataFrame:
        return pl.DataFrame({"day": [0, 0, 1, 1], "metal": ["a", "b"] * 2, "spent": usd})

    tables = {
        "stockpile_one": spent(0.0, 1.0, 2.0, 3.0),
        "stockpile_two": spent(0.0, 0.0, 10.0, 0.0),
        "metals": pl.DataFrame({"day": [0, 1]}),
    }
    assert [commodities.stockpiled(tables, day) for day in (0, 1)] == [1.0, 15.0]
    assert commodities.stockpiled({"metals": tables["metals"]}, 1) == 0.0


def test_a_scare_is_read_on_its_first_day_and_at_its_lowest_close() -> None:
    days = pl.DataFrame({"day": [0, 1, 2, 3, 4], "price": [90.0, 100.0, 95.0, 80.0, 50.0]})
    trade = pl.DataFrame({"day": [0, 1, 2, 3, 4], "value": [0.0, 0.0, -0.07, -0.06, -0.05]})
    found = trade_news.scare(days, trade, 1, watched=range(1, 4))
    assert (found["price_day"], found["assumed"]) == (95.0, -0.07)
    assert found["added"] == pytest.approx(math.log(0.95) + 0.07)
    assert found["worst"] == pytest.approx(math.log(100.0 / 80.0))  # the fifth day is not watched
