"""Lenders who owe each other: who fails, on what, and that no loss is made or lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.credit_chain import Houses, pass_on
from tidegate.agents.leveraged_sampling import split
from tidegate.scenario.lending import LendingSpec, LoanKind

AMOUNTS = st.lists(st.integers(0, 10**16), min_size=3, max_size=3)


def test_three_lenders_fall_one_by_one_as_computed_by_hand() -> None:
    """A loses 30 on 10 of equity and owes 16: B and C are paid 16 less, by 3 to 1.

    B has 9 left of 21: 12 is 3 more than it has, which C alone of those left is owed; C's 4 + 3
    exceed its 6 by 1, which falls on A and B, who are owed by 2 to 3 parts.
    """
    passed = pass_on([30, 0, 0], equity=[10, 9, 6], owed=[16, 50, 50], weights=[0, 3, 1])
    assert passed == [0, 12 + 1, 4 + 3]


def test_who_bears_it_ends_it() -> None:
    assert pass_on([30, 0, 0], equity=[10, 12, 4], owed=[16, 9, 9], weights=[5, 3, 1]) == [0, 12, 4]
    assert pass_on([30, 0], equity=[30, 0], owed=[9, 9], weights=[1, 1]) == [0, 0]
    assert pass_on([30], equity=[1], owed=[9], weights=[1]) == [0]


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_nobody_passes_on_more_than_it_owes_or_has_lost(
    lost: list[int], equity: list[int], owed: list[int], weights: list[int]
) -> None:
    passed = pass_on(lost, equity, owed, weights)
    assert min(passed) >= 0
    fails = [a + b > c for a, b, c in zip(lost, passed, equity, strict=True)]
    most = sum(
        min(due, own + got - kept) if gone else 0
        for own, got, kept, due, gone in zip(lost, passed, equity, owed, fails, strict=True)
    )
    assert sum(passed) <= most
    assert pass_on(lost, equity, [0] * 3, weights) == [0] * 3


@given(st.integers(0, 10**17), st.lists(st.integers(0, 10**17), min_size=1, max_size=9))
def test_a_split_is_exact_and_in_proportion(total: int, weights: list[int]) -> None:
    parts = split(total, weights).tolist()
    assert min(parts) >= 0
    assert sum(parts) == (total if any(weights) else 0)
    for part, weight in zip(parts, weights, strict=True):
        assert not sum(weights) or abs(part - total * weight / sum(weights)) < 1 + total * 1e-12


def kind(name: str, house: str = "", **terms: float) -> LoanKind:
    return LoanKind(name=name, house=house, on_chain=False, **{"stock": 100.0, **terms})


def test_kinds_of_one_house_share_its_equity_and_on_chain_ones_lend_to_none() -> None:
    chain = LoanKind(name="chain", on_chain=True, stock=100.0)
    kinds = (kind("a"), kind("a, other", "a", equity=0.2), kind("b", equity=0.01), chain)
    houses = Houses(kinds, interlent=0.1)
    million = 1_000_000
    assert houses.names == ("a", "b", "chain")
    assert houses.failed([29 * million, 0, 0, 0]) == [False] * 4
    lost = [20 * million, 12 * million, 0, 0]
    # b cannot bear its 2 either, and 1 of it falls back on a.
    assert houses.passed_on(lost) == [million, 0, 2 * million, 0]
    assert houses.failed(lost) == [True, True, True, False]
    assert Houses(kinds, interlent=0.0).failed(lost) == [True, True, False, False]


def test_secured_and_unsecured_loans_of_a_kind_are_one_house() -> None:
    spec = LendingSpec(kinds=(kind("a", unsecured=0.5), kind("b")))
    assert [part.lender for part in spec.lenders()] == ["a", "a", "b"]


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_what_is_owed_to_others_is_a_share(share: float) -> None:
    with pytest.raises(ValueError, match="interlent"):
        LendingSpec(interlent=share)
