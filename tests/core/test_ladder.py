"""Price levels: the dense window, the far levels, and the way between them."""

import copy
import pickle
import random
from bisect import bisect_left, bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core.ladder import PriceLadder

from tests.strategies import INT64, wide_prices

LOW, HIGH = INT64


def agree(ladder, model):
    """Expect the ladder to hold what a dict holds, in order."""
    ladder._check()
    prices = sorted(model)
    assert ladder.prices() == prices
    assert len(ladder) == len(prices)
    assert all(ladder.get(price) == model[price] for price in prices)


def neighbours_agree(ladder, model, price):
    prices = sorted(model)
    at = bisect_right(prices, price)
    assert ladder.above(price) == (prices[at] if at < len(prices) else None)
    at = bisect_left(prices, price)
    assert ladder.below(price) == (prices[at - 1] if at else None)


instruction = st.tuples(st.booleans(), wide_prices, wide_prices)


@settings(max_examples=300, deadline=None)
@given(instructions=st.lists(instruction, max_size=80), probes=st.lists(wide_prices, max_size=10))
def test_a_ladder_is_a_sorted_dict(instructions, probes):
    ladder, model = PriceLadder(), {}
    for head, (drop, price, anchor) in enumerate(instructions, 1):
        if drop and model:
            price = min(model, key=lambda held: abs(held - price))
            ladder.drop(price)
            del model[price]
        else:
            ladder.put(price, head, 2 * head, anchor)
            model[price] = (head, 2 * head)
    agree(ladder, model)
    for probe in [*probes, *model, LOW, HIGH, 0]:
        neighbours_agree(ladder, model, probe)
        assert ladder.get(probe) == model.get(probe)


def follow(path, width, seed=1):
    """Keep 200 levels around a moving price, like a market does."""
    ladder, model, rng = PriceLadder(), {}, random.Random(seed)
    moves, window = 0, None
    for step, middle in enumerate(path):
        price = min(max(middle + rng.randint(-width, width), LOW), HIGH)
        ladder.put(price, 1, 1 + step, middle)
        model[price] = (1, 1 + step)
        if len(model) > 200:
            gone = rng.choice(list(model))
            ladder.drop(gone)
            del model[gone]
        if step % 500 == 0:
            agree(ladder, model)
        moves += ladder.window != window
        window = ladder.window
    agree(ladder, model)
    return ladder, moves


@pytest.mark.parametrize("step", [-1, 1])
def test_the_window_follows_a_drifting_market(step):
    ladder, moves = follow(range(0, step * 10_000, step), width=50)
    assert step * 9_900 in ladder.window
    assert ladder.far < 40, "nearly all levels are where the action is"
    assert 3 < moves < 200, "it moves now and then, not with every order"


@pytest.mark.parametrize(("start", "step"), [(LOW + 20_000, -2), (HIGH - 20_000, 2)])
def test_the_window_stops_at_the_end_of_the_integers(start, step):
    ladder, _ = follow([start + step * i for i in range(10_000)], width=30)
    assert ladder.window.start >= LOW
    assert ladder.window.stop - 1 <= HIGH


def test_the_window_grows_with_the_spread_of_the_market():
    ladder, _ = follow([0] * 5_000, width=60_000)
    assert len(ladder.window) == 2**17
    assert ladder.far == 0


def test_prices_too_wide_for_a_window_stay_far():
    ladder, moves = follow([0] * 3_000, width=2**40)
    assert ladder.far > 150
    assert moves < 5, "moving would not help"


def test_a_far_price_does_not_move_the_window():
    ladder = PriceLadder()
    ladder.put(0, 1, 1)
    for price in (LOW, HIGH, 10**9, -(10**9)):
        ladder.put(price, 1, 1, 0)
    assert 0 in ladder.window
    assert ladder.far == 4


def test_far_levels_come_into_a_window_that_moves_over_them():
    ladder = PriceLadder()
    ladder.put(0, 1, 1)
    for price in range(50_000, 50_100):
        ladder.put(price, price, 2, 50_000)
    assert 50_000 in ladder.window
    assert ladder.far == 1
    assert ladder.get(50_050) == (50_050, 2)
    ladder._check()


@pytest.mark.parametrize(
    "other", [PriceLadder.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_are_equal_and_independent(other):
    ladder, _ = follow([0] * 500, width=10**6)
    twin = other(ladder)
    assert twin.snapshot() == ladder.snapshot()
    before = ladder.snapshot()
    for price in twin.prices():
        twin.drop(price)
    twin._check()
    assert ladder.snapshot() == before


def test_a_snapshot_does_not_show_where_the_window_lies():
    here, there = PriceLadder(), PriceLadder()
    here.put(0, 1, 1)
    there.put(10**7, 9, 9)
    there.put(0, 1, 1)
    there.drop(10**7)
    assert here.window != there.window
    assert here.snapshot() == there.snapshot()


def test_bad_input_is_named():
    ladder = PriceLadder()
    with pytest.raises(ValueError, match="head and total must be at least 1, got 0 and 1"):
        ladder.put(1, 0, 1)
    with pytest.raises(ValueError, match="price must be that of a level, got 1"):
        ladder.drop(1)
    with pytest.raises(ValueError, match="not a snapshot of a PriceLadder"):
        ladder.restore(b"")
    ladder._check()


@pytest.mark.parametrize("order", ["ascending", "descending", "random"])
def test_a_tree_of_many_far_levels_grows_and_empties(order):
    """Ten thousand levels, each beyond any window: three nodes deep, and back to none."""
    rng = random.Random(3)
    prices = [step * 2**40 for step in range(1, 10_001)]
    arrivals = {
        "ascending": prices,
        "descending": prices[::-1],
        "random": rng.sample(prices, len(prices)),
    }[order]
    ladder, model = PriceLadder(), {}
    for head, price in enumerate(arrivals, 1):
        ladder.put(price, head, head, 0)
        model[price] = (head, head)
    agree(ladder, model)
    assert ladder.far >= len(prices) - 1
    departures = rng.sample(prices, len(prices))
    for gone in departures[: len(prices) // 2]:
        ladder.drop(gone)
        del model[gone]
        back = gone - rng.randrange(1, 2**30)
        ladder.put(back, 7, 7, 0)
        ladder.drop(back)
    agree(ladder, model)
    for probe in rng.sample(prices, 200):
        neighbours_agree(ladder, model, probe)
    twin = ladder.copy()
    for gone in sorted(model, reverse=order == "descending"):
        ladder.drop(gone)
    agree(ladder, {})
    agree(twin, model)
