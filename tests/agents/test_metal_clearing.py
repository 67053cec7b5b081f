"""A metal's market against closed forms: stocks alone, flows alone, and the way between."""

from __future__ import annotations

import math

import pytest

from tidegate.agents.metal_clearing import (
    TONNE,
    YEAR,
    Session,
    clearing_price,
    held_at,
    mined_in,
    used_in,
)
from tidegate.scenario.metals import BASKET, COBALT, GOLD

DAY = 86_400.0
STOCK = {metal.name: metal.stock * TONNE for metal in (GOLD, *BASKET)}


def at_rest(**changes: float) -> Session:
    full = STOCK["gold"]
    return Session(**{"stock": full, "normal": full, **changes})


@pytest.mark.parametrize("metal", [GOLD, *BASKET], ids=lambda metal: metal.name)
def test_nothing_happens_where_nothing_is_wanted(metal) -> None:
    full = STOCK[metal.name]
    calm = Session(stock=full, normal=full, seconds=DAY)
    assert clearing_price(metal, calm, 0.004) == pytest.approx(0.0, abs=1e-10)


def test_a_hundred_tonnes_of_gold_move_it_by_1_7_per_cent() -> None:
    """The figure that the elasticity of gold's stock is taken from, both ways."""
    sold = clearing_price(GOLD, at_rest(offers=100.0 * TONNE))
    assert sold == pytest.approx(-100.0 / (48_600.0 * 0.12), rel=1e-9)  # linear in stock
    assert sold == pytest.approx(-0.017, abs=0.0005)
    spent = 100.0 * TONNE * GOLD.price / 1_000.0
    bought = clearing_price(GOLD, at_rest(bids=spent))
    assert bought * math.exp(bought) == pytest.approx(-sold, rel=1e-8)  # money buys fewer grams


def test_dealers_views_are_prices_while_stocks_are_what_they_were() -> None:
    assert clearing_price(GOLD, at_rest(view=0.0139)) == pytest.approx(0.0139, abs=1e-10)


def test_lost_supply_ends_where_the_two_elasticities_say() -> None:
    """Day after day: at first stocks give, in the end mines and industry do."""
    metal, lost = COBALT, 0.4
    stock, price, prices = STOCK["cobalt"], 0.0, []
    for _ in range(2_500):
        session = Session(stock=stock, normal=STOCK["cobalt"], seconds=DAY, lost=lost)
        price = clearing_price(metal, session, price)
        stock += mined_in(metal, session, price) - used_in(metal, session, price)
        prices.append(price)
    limit = -math.log(1.0 - lost) / (metal.supply_elasticity + metal.demand_elasticity)
    assert limit == pytest.approx(0.982, abs=1e-3)
    assert prices == sorted(prices)
    assert prices[0] < 0.01  # the store is a buffer
    assert prices[-1] == pytest.approx(limit, rel=1e-3)
    assert stock == pytest.approx(held_at(metal, session, price), rel=1e-6)


def test_what_a_buyer_takes_from_store_comes_back() -> None:
    metal, full = COBALT, STOCK["cobalt"]
    first = Session(stock=full, normal=full, seconds=DAY, bids=500e6)
    price = clearing_price(metal, first)
    peak = price
    got = 500e6 / (metal.price / 1_000.0) * math.exp(-price)
    stock = full - got + mined_in(metal, first, price) - used_in(metal, first, price)
    for _ in range(1_500):
        session = Session(stock=stock, normal=full, seconds=DAY)
        price = clearing_price(metal, session, price)
        stock += mined_in(metal, session, price) - used_in(metal, session, price)
    assert 0.1 < peak < 0.2  # a day's purchase of a seventh of what is in store
    assert price == pytest.approx(0.0, abs=0.002)
    assert stock == pytest.approx(full, rel=0.003)


def test_it_finds_the_same_wherever_it_begins() -> None:
    hard = at_rest(bids=3e11, view=0.2, lost=0.3, seconds=30 * DAY)
    found = [clearing_price(GOLD, hard, near) for near in (-3.0, 0.0, 0.4, 5.0)]
    assert max(found) - min(found) < 1e-9


def test_a_market_that_clears_nowhere_stops_at_the_widest_price() -> None:
    rigid = GOLD.model_copy(update={"supply_elasticity": 0.0, "demand_elasticity": 0.0})
    empty = Session(stock=0.0, normal=0.0, seconds=YEAR, lost=1.0)
    assert clearing_price(rigid, empty) == pytest.approx(8.0, abs=1e-6)
