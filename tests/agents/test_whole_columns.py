"""Shares and sums of columns, beside Python's own integers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.whole_columns import PPB, in_ppb, scaled, spread, total

money = st.integers(0, 9 * 10**18)


@given(st.lists(money, min_size=1, max_size=20), st.integers(0, PPB))
def test_a_share_is_the_whole_part_of_the_product(amounts: list[int], share: int) -> None:
    found = scaled(np.array(amounts, dtype=np.int64), share, PPB)
    assert found.tolist() == [a * share // PPB for a in amounts]


@given(st.lists(st.tuples(money, st.integers(0, PPB)), min_size=1, max_size=20))
def test_shares_may_be_a_column_too(rows: list[tuple[int, int]]) -> None:
    amounts, shares = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    assert scaled(amounts, shares, PPB).tolist() == [a * s // PPB for a, s in rows]


@given(st.lists(money, max_size=40))
def test_a_total_may_exceed_64_bits(amounts: list[int]) -> None:
    assert total(np.array(amounts, dtype=np.int64)) == sum(amounts)


@given(
    st.lists(money, min_size=1, max_size=5),
    st.lists(st.floats(0.0, 1e6), min_size=1, max_size=30).filter(lambda w: sum(w) > 0.0),
)
def test_parts_sum_to_what_is_divided(amounts: list[int], weights: list[float]) -> None:
    parts = spread(np.array(amounts, dtype=np.int64), np.array(weights))
    assert (parts >= 0).all()
    assert [sum(row) for row in parts.tolist()] == amounts


def test_parts_follow_the_weights() -> None:
    parts = spread(np.array([1_000], dtype=np.int64), np.array([1.0, 3.0, 0.0, 6.0]))
    assert parts.tolist() == [[100, 300, 0, 600]]
    assert in_ppb(np.array([0.25])).tolist() == [250_000_000]
