"""The gate through which orders come to a venue: first come, first served, and none is lost."""

from __future__ import annotations

import copy
import pickle
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate_crowd.intake import Intake

ROUNDS = st.lists(
    st.tuples(
        st.integers(0, 12),  # seconds
        st.lists(st.integers(1, 30), max_size=6),  # orders of those who send
    ),
    max_size=25,
)


@given(rounds=ROUNDS, rate=st.integers(1, 20))
def test_the_queue_is_that_of_a_plain_model(rounds: list[tuple[int, list[int]]], rate: int) -> None:
    gate = Intake(rate)
    queue: deque[tuple[int, int]] = deque()
    now, credit, number = 0, 0.0, 0
    for seconds, senders in rounds:
        now += seconds
        credit = min(credit, 0.0) + rate * seconds
        gate.grant(seconds)
        expected = []
        while queue and credit > 0:
            member, orders = queue.popleft()
            credit -= orders
            expected.append((member, 0))
        assert gate.drain(now) == expected
        for orders in senders:
            number += 1
            taken = not queue and credit > 0
            assert gate.ask(number, 0, orders, now) == ("taken" if taken else "waits")
            if taken:
                credit -= orders
            else:
                queue.append((number, orders))
        gate._check()
        assert gate.queue()["member"].tolist() == [member for member, _ in queue]
        assert gate.waiting == sum(orders for _, orders in queue)
        assert gate.overloaded == bool(queue)
    assert len(gate) == len(queue)


@given(rounds=ROUNDS, rate=st.integers(1, 20))
def test_what_is_refused_does_not_wait(rounds: list[tuple[int, list[int]]], rate: int) -> None:
    gate, refused, before = Intake(rate, "refuse"), 0, 0
    for now, (seconds, senders) in enumerate(rounds):
        gate.grant(seconds)
        for orders in senders:
            refused += orders * (gate.ask(0, 0, orders, now) == "refused")
        assert gate.overloaded == (gate.totals["refused"] > before)
        before = refused
        gate._check()
    assert gate.totals["refused"] == refused
    assert (gate.waiting, len(gate)) == (0, 0)


def test_a_gate_without_a_rate_takes_everything() -> None:
    gate = Intake()
    gate.grant(0.0)
    answers = {gate.ask(member, 0, 10**9, 0.0) for member in range(100)}
    assert answers == {"taken"}


def test_capacity_is_not_saved_up_and_what_was_too_much_is_paid_off() -> None:
    gate = Intake(10)
    gate.grant(100.0)  # nobody came
    gate.grant(1.0)
    assert [gate.ask(k, 0, 15, 1.0) for k in range(2)] == ["taken", "waits"]
    gate.grant(0.5)
    assert gate.drain(1.5) == []  # 5 too many before, 5 granted
    gate.grant(0.5)
    assert gate.drain(2.0) == [(1, 0)]


def test_no_orders_are_always_taken_and_counted_nowhere() -> None:
    gate = Intake(1)
    assert gate.ask(0, 0, 5, 0.0) == "waits"
    assert gate.ask(1, 0, 0, 0.0) == "taken"
    assert gate.totals["sent"] == 5


def test_waits_are_counted_by_orders_and_by_their_length() -> None:
    gate = Intake(1)
    for member, orders in enumerate((3, 2)):
        gate.ask(member, 1, orders, 10.0)
    gate.grant(1.0)
    gate.drain(14.0)
    gate.grant(3.0)
    gate.drain(20.0)
    totals = gate.totals
    assert (totals["longest"], totals["delayed"]) == (5, 5)
    assert (totals["waited"], totals["worst"]) == (3 * 4.0 + 2 * 10.0, 10.0)


COPIERS: list[Callable[[Intake], Intake]] = [
    copy.deepcopy,
    Intake.copy,
    lambda gate: pickle.loads(pickle.dumps(gate)),
]


@pytest.mark.parametrize("copier", COPIERS)
def test_a_copy_goes_on_by_itself(copier: Callable[[Intake], Intake]) -> None:
    gate = Intake(3, "queue")
    for member in range(200):
        gate.ask(member, member % 2, 1 + member, 1.0)
    gate.grant(2.0)
    gate.drain(2.0)
    twin = copier(gate)
    before = gate.snapshot()
    assert twin.snapshot() == before
    twin.grant(50.0)
    first = twin.drain(9.0)
    assert first
    assert gate.snapshot() == before
    gate.grant(50.0)
    assert gate.drain(9.0) == first
    assert np.array_equal(gate.queue(), twin.queue())
    twin._check()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Intake(0), "rate is 0; allowed are finite numbers above 0, or None"),
        (lambda: Intake(float("inf")), "rate is inf"),
        (
            lambda: Intake(1, "drop"),  # type: ignore[arg-type]
            "overload is 'drop'; allowed are 'queue' and 'refuse'",
        ),
        (lambda: Intake(1).grant(-1.0), "seconds is -1.0"),
        (lambda: Intake(1).restore(b"tide"), "data"),
    ],
)
def test_refuses_what_cannot_be(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
