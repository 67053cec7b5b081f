"""The calendar of a crowd, against a sorted list."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_crowd.wheel import Wheel

N, CLOCKS = 6, 2
steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "remove", "advance"]),
        st.integers(0, CLOCKS - 1),
        st.integers(0, N - 1),
        st.one_of(st.floats(0, 5), st.floats(0, 5_000), st.sampled_from([0.0, 1.0, 1024.0])),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(steps=steps)
def test_wakes_exactly_those_who_are_due(steps: list[tuple[str, int, int, float]]) -> None:
    wheel = Wheel(N, CLOCKS)
    time = [0.0] * CLOCKS
    asleep: list[dict[int, float]] = [{} for _ in range(CLOCKS)]
    for what, clock, member, wait in steps:
        if what == "advance":
            time[clock] += wait
            due = {m for m, when in asleep[clock].items() if when <= time[clock]}
            assert set(wheel.advance(clock, time[clock]).tolist()) == due
            asleep[clock] = {m: w for m, w in asleep[clock].items() if m not in due}
        elif what == "remove" and member in asleep[clock]:
            wheel.remove(clock, member)
            del asleep[clock][member]
        elif what == "put" and not any(member in sleepers for sleepers in asleep):
            wheel.put(clock, member, time[clock] + wait)
            asleep[clock][member] = time[clock] + wait
        wheel._check()
    assert [wheel.sleeping(clock) for clock in range(CLOCKS)] == asleep
    assert wheel.times() == time


def test_a_member_of_a_later_turn_is_passed_over() -> None:
    wheel = Wheel(1, 1)
    wheel.put(0, 0, 1e6 + 0.5)
    for second in range(0, 1_000_000, 9_973):
        assert len(wheel.advance(0, second)) == 0
    assert wheel.advance(0, 1e6 + 0.5).tolist() == [0]


def test_copies_go_their_own_way() -> None:
    wheel = Wheel(3, 2)
    wheel.put(0, 1, 5.0)
    wheel.put(1, 2, 7.0)
    for other in (wheel.copy(), copy.deepcopy(wheel), pickle.loads(pickle.dumps(wheel))):
        assert other.advance(0, 6.0).tolist() == [1]
        assert other.advance(1, 8.0).tolist() == [2]
        other._check()
    assert wheel.sleeping(0) == {1: 5.0}
    assert wheel.snapshot() == pickle.loads(pickle.dumps(wheel)).snapshot()


def test_refuses_what_cannot_be() -> None:
    wheel = Wheel(2, 1)
    wheel.put(0, 0, 3.0)
    wheel.advance(0, 2.0)
    with pytest.raises(ValueError, match="member 0 sleeps already"):
        wheel.put(0, 0, 9.0)
    with pytest.raises(ValueError, match=r"due is 1\.0; clock 0 is at 2\.0"):
        wheel.put(0, 1, 1.0)
    with pytest.raises(ValueError, match="until is 1"):
        wheel.advance(0, 1.0)
    with pytest.raises(ValueError, match="clock is 1; allowed are 0 to 0"):
        wheel.put(1, 1, 9.0)
    with pytest.raises(ValueError, match="n and clocks must be at least 1"):
        Wheel(0, 1)
    with pytest.raises(ValueError, match="not"):
        wheel.restore(Wheel(3, 1).snapshot())
    assert wheel.sleeping(0) == {0: 3.0}
