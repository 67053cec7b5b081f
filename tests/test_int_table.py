"""Rows of a tape: appended once, sealed in chunks, shared by copies, hashed."""

from __future__ import annotations

import copy
import hashlib
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.int_table import CHUNK, IntTable


def block(start: int, rows: int) -> np.ndarray:
    """Return rows that count on: no two are alike."""
    return np.arange(start, start + 2 * rows, dtype=np.int64).reshape(rows, 2)


def filled(rows: int) -> IntTable:
    table = IntTable(("a", "b"))
    table.extend(block(0, rows))
    return table


def test_an_empty_table_has_columns_and_no_rows() -> None:
    table = IntTable(["a", "b"])
    assert table.columns == ("a", "b")
    assert len(table) == 0
    assert table.rows.shape == (0, 2)
    assert table.rows.dtype == np.int64
    table.extend(np.zeros((0, 2), dtype=np.int64))
    assert len(table) == 0


@pytest.mark.parametrize("rows", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_rows_come_back_in_order_whatever_the_chunks(rows: int) -> None:
    table = filled(rows)
    assert len(table) == rows
    assert np.array_equal(table.rows, block(0, rows))


@given(st.lists(st.integers(0, 3 * CHUNK // 2), min_size=1, max_size=6))
def test_how_rows_are_cut_into_blocks_changes_nothing(cuts: list[int]) -> None:
    table, start = IntTable(("a", "b")), 0
    for rows in cuts:
        table.extend(block(2 * start, rows))
        start += rows
    assert np.array_equal(table.rows, block(0, start))
    assert table.digest == filled(start).digest


def test_the_digest_is_the_hash_of_the_bytes_and_sees_every_row() -> None:
    table = filled(CHUNK + 3)
    assert table.digest == hashlib.blake2b(table.rows.tobytes(), digest_size=16).hexdigest()
    before = table.digest
    table.extend(np.array([[0, 1]], dtype=np.int64))
    assert table.digest != before


def test_a_block_that_is_given_away_may_be_changed_later() -> None:
    table = IntTable(("a", "b"))
    rows = block(0, 5)
    table.extend(rows)
    rows[:] = -1
    assert np.array_equal(table.rows, block(0, 5))


def test_a_copy_shares_what_is_sealed_and_goes_its_own_way() -> None:
    table = filled(CHUNK + 5)
    twin = copy.deepcopy(table)
    assert twin._sealed[0] is table._sealed[0]
    assert not twin._sealed[0].flags.writeable
    before = table.digest
    twin.extend(block(7, CHUNK))
    assert table.digest == before
    assert len(table) == CHUNK + 5
    assert len(twin) == 2 * CHUNK + 5
    table.extend(block(7, CHUNK))
    assert table.digest == twin.digest


def test_a_table_survives_pickling() -> None:
    table = filled(CHUNK + 5)
    again = pickle.loads(pickle.dumps(table))
    assert again.columns == table.columns
    assert again.digest == table.digest
    again.extend(block(0, 1))
    assert len(again) == len(table) + 1


def test_rows_of_another_width_are_refused_and_nothing_is_written() -> None:
    table = filled(3)
    with pytest.raises(ValueError, match="broadcast"):
        table.extend(np.zeros((2, 3), dtype=np.int64))
    assert np.array_equal(table.rows, block(0, 3))
