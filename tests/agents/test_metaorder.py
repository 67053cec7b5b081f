"""A metaorder's slices sum to it exactly, at any step and under any cap."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.metaorder import Metaorder

DAY = 86_400


@given(
    amount=st.integers(-(10**21), 10**21),
    cuts=st.lists(st.integers(0, 3 * DAY), max_size=30),
)
def test_slices_of_any_steps_sum_to_the_amount(amount: int, cuts: list[int]) -> None:
    order = Metaorder(amount, DAY, 2 * DAY)
    done = 0
    for second in [*sorted(cuts), 3 * DAY]:
        done += order.slice(second, done)
        assert done == order.due(second)
    assert done == amount


def test_slices_are_even_in_time() -> None:
    order = Metaorder(1_000_003, 0, DAY)
    due = [order.due(hour * 3600) for hour in range(25)]
    slices = [b - a for a, b in pairwise(due)]
    assert sum(slices) == 1_000_003
    assert max(slices) - min(slices) == 1


def test_a_cap_on_volume_holds_and_the_rest_is_made_up() -> None:
    order = Metaorder(-1_000, 0, 100, participation_ppm=100_000)
    done, traded = 0, []
    for second in range(10, 151, 10):
        volume = 500 if second <= 50 else 3_000
        traded.append(order.slice(second, done, volume))
        done += traded[-1]
    assert traded[:5] == [-50] * 5
    assert traded[5] == -300
    assert traded[6:10] == [-150, -100, -100, -100]
    assert sum(traded) == -1_000


def test_nothing_is_traded_before_it_is_due() -> None:
    order = Metaorder(600, 100, 200)
    assert order.slice(100, 0) == 0
    assert order.slice(150, 400) == 0


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Metaorder(1, 5, 5), "0 <= begin < end, got 5, 5"),
        (lambda: Metaorder(1, 0, 5, 0), r"participation_ppm must be in 1 .. 1,000,000, got 0"),
        (lambda: Metaorder(10, 0, 5).slice(1, 11), "done must be between 0 and amount 10, got 11"),
        (lambda: Metaorder(10, 0, 5).slice(1, 0, -1), "volume must be >= 0, got -1"),
    ],
)
def test_errors_name_argument_value_and_rule(call, told) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=told):
        call()
