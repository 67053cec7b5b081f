"""Places: books of spot and perpetuals behind one face, wired to their engines through copies."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from tidegate_core import Side
from tidegate_core.engine import Engine
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.mark import MAX_WEIGHT, index_price
from tidegate_core.perpetual import Perpetual, Tier
from tidegate_crowd.places import Places

from tests.crowd.fair import LOTS, PRICES, TICKS, Accounts, Fair

BOTH = pytest.mark.parametrize("place", [0, 1])  # spot, perpetual


def opened() -> tuple[Fair, Accounts, Accounts]:
    fair = Fair(perps=True)
    return fair, fair.open(), fair.open()


# ---- what they show ---------------------------------------------------------------------------


@BOTH
def test_the_price_is_the_middle_of_the_book_or_the_last_trade(place: int) -> None:
    fair, one, other = opened()

    def shown() -> float:
        assert fair.places.mid(place) == pytest.approx(fair.places.mids()[place], nan_ok=True)
        return math.exp(fair.places.mid(place))

    assert math.isnan(shown())
    bid = fair.rest(one, Side.BUY, 99_000.0, 10, place)
    assert math.isnan(shown())
    ask = fair.rest(one, Side.SELL, 102_000.0, 5, place)
    assert shown() == pytest.approx(100_500.0)
    fair.take(other, Side.BUY, 5, place)  # the ask is gone
    assert shown() == pytest.approx(102_000.0)
    fair.engines[place].cancel(bid)
    assert shown() == pytest.approx(102_000.0)
    fair.rest(one, Side.SELL, 101_000.0, 5, place)  # nobody pays more than this now
    assert shown() == pytest.approx(101_000.0)
    assert ask > 0


def test_the_index_weighs_the_spot_prices_of_all_venues() -> None:
    fair = Fair(venues=3, coins=2, perps=True)
    maker = fair.open()
    for place, factor in enumerate((1.0, 1.001, 1.0004, 0.99, 1.2, 1.003)):  # one is astray
        price = factor * PRICES[place % 2]
        fair.rest(maker, Side.BUY, price - 3 * TICKS[place % 2], 1, place)
        fair.rest(maker, Side.SELL, price, 1, place)
        fair.rest(maker, Side.BUY, 0.5 * price, 1, 6 + place)  # perpetuals do not count
    shown = np.exp(fair.places.mids()[:6])
    for weights in ([420, 260, 320], [1, 0, 1], [0, 0, MAX_WEIGHT]):
        expected = [
            index_price([round(shown[2 * v + c] / TICKS[c]) for v in range(3)], weights)
            for c in range(2)
        ]
        assert fair.places.index(weights).tolist() == expected


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1], "weights has 1 entries; there are 2 venues"),
        ([1, -1], r"weights\[1\] is -1"),
        ([0, 0], "sum to 0"),
        ([MAX_WEIGHT, 1], f"sum to {MAX_WEIGHT + 1}"),
        ([1, 1], "place 1 has no price"),
    ],
)
def test_an_index_takes_weights_and_prices(weights: list[int], message: str) -> None:
    fair = Fair(venues=2)
    maker = fair.open()
    fair.rest(maker, Side.BUY, 99_000.0, 1)
    fair.rest(maker, Side.SELL, 101_000.0, 1)
    if "place" not in message:
        fair.rest(maker, Side.BUY, 99_000.0, 1, 1)
        fair.rest(maker, Side.SELL, 101_000.0, 1, 1)
    with pytest.raises(ValueError, match=message):
        fair.places.index(weights)


@BOTH
def test_looking_changes_nothing(place: int) -> None:
    fair, one, _ = opened()
    fair.rest(one, Side.BUY, 99_000.0, 10, place)
    before = pickle.dumps(fair.places)
    fair.places.mids()
    fair.places.quotes()
    fair.places.depth_within(Side.BUY, 0.1)
    assert pickle.dumps(fair.places) == before


@BOTH
def test_quotes_and_depth_are_those_of_the_engine(place: int) -> None:
    fair, one, _ = opened()
    for price, lots in ((99_500.0, 3), (99_000.0, 5), (97_000.0, 100)):
        fair.rest(one, Side.BUY, price, lots, place)
    for price, lots in ((100_500.0, 7), (101_000.0, 11), (101_000.1, 200)):
        fair.rest(one, Side.SELL, price, lots, place)
    bids, asks = fair.places.quotes()
    assert math.exp(bids[place]) == pytest.approx(99_500.0)
    assert math.exp(asks[place]) == pytest.approx(100_500.0)
    assert np.isnan(bids[1 - place])
    depth, usd = fair.places.depth_within(Side.BUY, 0.01)
    assert depth[place] == 8
    assert usd[place] == pytest.approx((3 * 99_500 + 5 * 99_000) * LOTS[0])
    depth, usd = fair.places.depth_within(Side.SELL, 0.01)
    assert depth[place] == 18
    assert usd[place] == pytest.approx((7 * 100_500 + 11 * 101_000) * LOTS[0])
    assert depth[1 - place] == 0
    assert fair.places.depth_within(Side.SELL, 1e30)[0][place] == 218


def test_inventories_count_what_is_on_offer_and_the_sign_of_positions() -> None:
    fair = Fair(perps=True)
    one, other = fair.open(lots=1000), fair.open(lots=1000)
    for place in (0, 1):
        fair.rest(one, Side.SELL, PRICES[0], 300, place)
    assert fair.places.inventories(one).tolist() == [1000, 0]
    for place in (0, 1):
        fair.take(other, Side.BUY, 200, place)
    assert fair.places.inventories(one).tolist() == [800, -200]
    assert fair.places.inventories(other).tolist() == [1200, 200]


def test_columns_describe_them() -> None:
    places = Fair(venues=2, coins=2, perps=True).places
    assert (len(places), places.coins, places.venues) == (8, 2, 2)
    assert places.coin.tolist() == [0, 1] * 4
    assert places.venue.tolist() == [0, 0, 1, 1] * 2
    assert places.perpetual.tolist() == [False] * 4 + [True] * 4
    assert places.tick_usd.tolist() == list(TICKS) * 4
    assert places.lot_coins.tolist() == list(LOTS) * 4


# ---- copies -----------------------------------------------------------------------------------


def through_pickle(world: Any) -> Any:
    return pickle.loads(pickle.dumps(world))


@pytest.mark.parametrize("twin", [copy.deepcopy, through_pickle])
@pytest.mark.parametrize("order", [("engines", "places"), ("places", "engines")])
def test_a_copied_model_is_wired_to_its_own_engines(twin: Any, order: tuple[str, ...]) -> None:
    fair, one, _ = opened()
    parts = {"engines": fair.engines, "places": fair.places}
    world = twin({name: parts[name] for name in order})
    assert [id(e) for e in world["places"].engines] == [id(e) for e in world["engines"]]
    assert world["engines"][0] is not fair.engines[0]
    for place in (0, 1):
        world["engines"][place].submit(0, int(one[place]), Side.BUY, 990_000, 10)
        world["engines"][place].submit(0, int(one[place]), Side.SELL, 1_010_000, 10)
        assert math.exp(world["places"].mid(place)) == pytest.approx(100_000.0)
        assert math.isnan(fair.places.mid(place))
    world["places"]._check()


def test_a_copy_alone_takes_the_engines_along() -> None:
    fair, one, _ = opened()
    twin = fair.places.copy()
    fair.rest(one, Side.BUY, 99_000.0, 10)
    assert np.isnan(twin.quotes()[0][0])
    assert twin.engines[0] is not fair.engines[0]


def test_rebind_points_at_the_heirs() -> None:
    fair, one, _ = opened()
    heirs = {engine: copy.deepcopy(engine) for engine in fair.engines}
    bound = fair.places.rebind(heirs)
    assert list(bound.engines) == list(heirs.values())
    fair.rest(one, Side.BUY, 99_000.0, 10)
    assert np.isnan(bound.quotes()[0][0])
    with pytest.raises(KeyError):
        fair.places.rebind({})


@BOTH
def test_an_engine_restored_in_place_is_still_there(place: int) -> None:
    fair, one, _ = opened()
    fair.rest(one, Side.BUY, 99_000.0, 10, place)
    data = fair.engines[place].snapshot()
    fair.engines[place].cancel_all(int(one[place]))
    fair.engines[place].restore(data)
    assert math.exp(fair.places.quotes()[0][place]) == pytest.approx(99_000.0)
    fair.places._check()


# ---- errors -----------------------------------------------------------------------------------


def inverse() -> MarginEngine:
    tier = Tier(10**15, maintenance_ppm=5_000, max_leverage=100)
    contract = Perpetual("X", tiers=[tier], max_price=10**6, contract_value=10**9, inverse=True)
    return MarginEngine("X", [contract])


SPOT = Engine([{"name": "A", "base": "A", "quote": "USD", "tick_value": 1}])


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        ((SPOT, 0, 0, 0, 0.1), ValueError, "5 entries"),
        (("engine", 0, 0, 0, 0.1, 1e-5), TypeError, "has a str"),
        ((SPOT, 1, 0, 0, 0.1, 1e-5), ValueError, "instrument 1; allowed are 0 to 0"),
        ((SPOT, 0, -1, 0, 0.1, 1e-5), ValueError, "coin -1"),
        ((SPOT, 0, 0, -1, 0.1, 1e-5), ValueError, "venue -1"),
        ((SPOT, 0, 0, 0, 0.0, 1e-5), ValueError, "tick_usd 0.0"),
        ((SPOT, 0, 0, 0, 0.1, math.nan), ValueError, "lot_coins nan"),
        ((SPOT, 0, 0, 0, 0.1, 1e-4), ValueError, "value of a tick and lot, 1"),
        ((inverse(), 0, 0, 0, 0.1, 1e-5), ValueError, "inverse contract"),
    ],
)
def test_bad_listings_are_refused_by_name(row: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Places([(SPOT, 0, 0, 0, 0.1, 1e-5), row])


def test_bad_questions_are_refused_by_name() -> None:
    places = Fair().places
    with pytest.raises(ValueError, match="listing is empty"):
        Places([])
    with pytest.raises(ValueError, match="place is 1"):
        places.mid(1)
    with pytest.raises(ValueError, match="side is 2"):
        places.depth_within(2, 0.1)
    with pytest.raises(ValueError, match="fraction is -1"):
        places.depth_within(Side.BUY, -1.0)
    with pytest.raises(ValueError, match="accounts has 2 entries"):
        places.inventories([0, 0])
    with pytest.raises(TypeError, match="accounts"):
        places.inventories(0.5)
    with pytest.raises(ValueError, match=r"accounts\[0\] is 9"):
        places.inventories(9)
