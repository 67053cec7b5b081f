"""A pause begins when the mark has moved far enough within the window, and ends by itself."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.circuit_breaker import CircuitBreaker
from tidegate.scenario.venue_parts import BreakerRule

RULE = BreakerRule(trigger_ppm=50_000, window_seconds=300, pause_seconds=60)


def paused(marks: list[tuple[int, int]], rule: BreakerRule = RULE) -> list[bool]:
    breaker = CircuitBreaker(rule, contracts=1)
    return [bool(breaker.watch(now, [mark])) for now, mark in marks]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([(0, 1000), (10, 951), (20, 950)], [False, False, True]),  # 5 % down, not before
        ([(0, 1000), (10, 1049), (20, 1050)], [False, False, True]),  # 5 % up
        ([(0, 1000), (301, 950)], [False, False]),  # slower than the window
        ([(0, 1000), (300, 950)], [False, True]),  # just within it
        ([(0, 1000), (10, 1040), (20, 988)], [False, False, True]),  # from the highest
        ([(0, 1000), (1, 900), (60, 700), (61, 600)], [False, True, True, False]),  # a fresh start
        ([(0, 1000), (1, 900), (61, 600), (62, 569)], [False, True, False, True]),  # and again
    ],
)  # fmt: skip
def test_it_pauses_by_its_rule(marks: list[tuple[int, int]], expected: list[bool]) -> None:
    assert paused(marks) == expected


def test_contracts_pause_on_their_own() -> None:
    breaker = CircuitBreaker(RULE, contracts=2)
    breaker.watch(0, [1000, 1000])
    assert breaker.watch(5, [900, 1000]) == (0,)
    assert breaker.watch(6, [900, 900]) == (0, 1)
    assert breaker.trips == 2


def test_without_a_trigger_nothing_pauses() -> None:
    assert not any(paused([(0, 1000), (1, 1)], BreakerRule()))


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 2_000)), min_size=1, max_size=60),
    st.integers(1, 500),
)
def test_it_finds_what_a_walk_over_the_whole_window_finds(
    steps: list[tuple[int, int]], window: int
) -> None:
    rule = BreakerRule(trigger_ppm=200_000, window_seconds=window, pause_seconds=45)
    breaker = CircuitBreaker(rule, contracts=1)
    now, until = 0, None
    seen: list[tuple[int, int]] = []
    for wait, mark in steps:
        now += wait
        found = breaker.watch(now, [mark]) == (0,)
        if until is not None and now < until:
            assert found
            continue
        until = None
        seen.append((now, mark))
        marks = [m for t, m in seen if t >= now - window]
        if 10 * mark <= 8 * max(marks) or 10 * mark >= 12 * min(marks):
            until = now + 45
            seen = []
        assert found == (until is not None)


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda b: pickle.loads(pickle.dumps(b))])
def test_a_copy_goes_on_alone(twin) -> None:
    breaker = CircuitBreaker(RULE, contracts=1)
    breaker.watch(0, [1000])
    other = twin(breaker)
    assert breaker.watch(1, [900]) == (0,)
    assert other.watch(1, [1000]) == ()
    assert other.watch(2, [900]) == (0,)
