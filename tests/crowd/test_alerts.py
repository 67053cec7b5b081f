"""Lines of a crowd's own, against a plain list."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_crowd.alerts import Alerts

N, CONTRACTS = 8, 2
FALLING, RISING = 0, 1
steps = st.lists(
    st.tuples(
        st.sampled_from(["place", "remove", "take"]),
        st.integers(0, CONTRACTS - 1),
        st.sampled_from([FALLING, RISING]),
        st.integers(1, N),
        st.one_of(st.integers(90, 110), st.integers(1, 10**6), st.just(10**15)),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(steps=steps)
def test_fires_exactly_what_is_crossed_in_the_order_it_was_met(
    steps: list[tuple[str, int, int, int, int]],
) -> None:
    alerts = Alerts(N, CONTRACTS)
    lines: list[tuple[int, int, int, int]] = []  # in the order they were placed
    for what, contract, way, member, price in steps:
        mine = [line for line in lines if line[2] == member]
        if what == "place" and not mine:
            alerts.place(contract, way, member, price)
            lines.append((contract, way, member, price))
        elif what == "remove" and mine:
            alerts.remove(mine[0][0], mine[0][1], member)
            lines.remove(mine[0])
        elif what == "take":
            hit = [
                line
                for line in lines
                if line[:2] == (contract, way)
                and (price <= line[3] if way == FALLING else price >= line[3])
            ]
            hit.sort(key=lambda line: -line[3] if line[1] == FALLING else line[3])
            assert alerts.take(contract, way, price) == [line[2] for line in hit]
            lines = [line for line in lines if line not in hit]
        alerts._check()
    for contract in range(CONTRACTS):
        for way in (FALLING, RISING):
            assert alerts.lines(contract, way) == {
                line[2]: line[3] for line in lines if line[:2] == (contract, way)
            }


def test_copies_keep_the_queue_and_go_their_own_way() -> None:
    alerts = Alerts(3, 1)
    for member in (2, 3, 1):
        alerts.place(0, FALLING, member, 100)
    for other in (alerts.copy(), copy.deepcopy(alerts), pickle.loads(pickle.dumps(alerts))):
        assert other.take(0, FALLING, 100) == [2, 3, 1]
        other._check()
    assert list(alerts.lines(0, FALLING)) == [2, 3, 1]


def test_refuses_what_cannot_be() -> None:
    alerts = Alerts(2, 1)
    alerts.place(0, RISING, 1, 100)
    with pytest.raises(ValueError, match="member 1 has a line already"):
        alerts.place(0, FALLING, 1, 90)
    with pytest.raises(ValueError, match="member 2 has no line there"):
        alerts.remove(0, RISING, 2)
    with pytest.raises(ValueError, match="price is 0"):
        alerts.place(0, RISING, 2, 0)
    with pytest.raises(ValueError, match="way is 2; allowed are 0 to 1"):
        alerts.take(0, 2, 100)
    with pytest.raises(ValueError, match="member is 3; allowed are 1 to 2"):
        alerts.place(0, RISING, 3, 5)
    assert alerts.lines(0, RISING) == {1: 100}
    alerts._check()
