"""Messages that contradict the first row, or what is known of their order."""

from __future__ import annotations

import numpy as np
import pytest
from tidegate_core.replay import FAULTS, LobsterReplay

from tests.replay.lobster_days import EMPTY as E

NEW, CANCEL, DELETE, EXECUTE, HIDDEN = range(1, 6)
ROW = [5_000_100, 10, 4_999_900, 10]
REFUSED, MISSING = "the order cannot rest in the book", "the message names an order that is not th"
UNSHOWN = "the row does not show what its message says"


def faults(*steps):
    """Replay pairs of a message (type, id, size, price, direction) and a row."""
    messages = np.array([(at, *message) for at, (message, _) in enumerate(steps)], np.int64)
    rows = np.array([row for _, row in steps], np.int64)
    engine = LobsterReplay(rows.shape[1] // 4)
    engine.replay(messages, rows)
    engine._check()
    return [(row, FAULTS[fault]) for row, fault in engine.mismatches()[["row", "fault"]].tolist()]


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ((NEW, 1, 0, 4_999_900, 1), REFUSED),
        ((NEW, 1, -3, 4_999_900, 1), REFUSED),
        ((NEW, 1, 11, 4_999_900, 1), UNSHOWN),
        ((NEW, 1, 10, 5_000_000, 1), UNSHOWN),  # better than the best bid
        ((NEW, 1, 10, 5_000_000, -1), UNSHOWN),
        ((NEW, 1, 10, 4_999_900, -1), REFUSED),  # the other way round
        ((NEW, 1, 10, 5_000_100, 1), REFUSED),
        ((CANCEL, 1, 0, 4_999_900, 1), MISSING),
        ((CANCEL, 1, 3, 5_000_000, 1), UNSHOWN),  # of a part: the rest must be there
        ((CANCEL, 1, 3, 4_999_900, -1), MISSING),
        ((DELETE, 1, 0, 4_999_900, 1), MISSING),
        ((DELETE, 1, 3, 5_000_100, 1), MISSING),
        ((EXECUTE, 1, 3, 5_000_200, 1), MISSING),
        ((EXECUTE, 1, 3, 4_999_800, 1), MISSING),  # behind a better bid that is still there
    ],
)
def test_a_first_message_that_its_row_contradicts_is_a_mismatch(message, fault):
    later = (HIDDEN, 0, 1, 5_000_000, 1), ROW
    ((row, found),) = faults((message, ROW), later)
    assert row == 0
    assert found.startswith(fault)


@pytest.mark.parametrize(
    "message",
    [
        (NEW, 1, 10, 4_999_900, 1),
        (NEW, 1, 4, 5_000_100, -1),
        (NEW, 1, 4, 4_999_700, 1),  # beyond the window
        (CANCEL, 1, 90, 4_999_900, 1),
        (CANCEL, 1, 90, 4_999_000, 1),
        (DELETE, 1, 90, 5_000_000, 1),  # all that there was at its price
        (DELETE, 1, 90, 5_000_000, -1),
        (EXECUTE, 1, 90, 5_000_000, -1),
        (EXECUTE, 1, 90, 4_999_900, 1),
        (HIDDEN, 0, 1, 5_000_000, 1),
    ],
)
def test_a_first_message_that_can_have_left_its_row_is_none(message):
    assert faults((message, ROW), ((HIDDEN, 0, 1, 5_000_000, 1), ROW)) == []


def test_a_first_bid_within_a_window_of_several_levels_must_be_shown():
    row = [105, 5, 100, 5, 106, 5, 98, 5]
    assert faults(((NEW, 1, 5, 99, 1), row)) == [(0, UNSHOWN)]
    assert faults(((NEW, 1, 5, 97, 1), row)) == []
    whole = [105, 5, 100, 5, 106, 5, -E, 0]  # known to its end
    assert faults(((NEW, 1, 5, 97, 1), whole)) == [(0, UNSHOWN)]


def test_a_cancellation_of_a_part_that_takes_all_is_a_mismatch():
    begin = (NEW, 7, 5, 100, 1), [101, 1, 100, 8]
    contradiction = "the message contradicts the order that it names"
    assert faults(begin, ((CANCEL, 7, 5, 100, 1), [101, 1, 100, 3])) == [(1, contradiction)]
    assert faults(begin, ((CANCEL, 7, 4, 100, 1), [101, 1, 100, 4])) == []
    # The same of an order from before the file, of which three lots are left in all.
    assert faults(begin, ((CANCEL, 2, 2, 100, 1), [101, 1, 100, 6])) == []
    ((row, fault),) = faults(begin, ((CANCEL, 2, 3, 100, 1), [101, 1, 100, 5]))
    assert row == 1
    assert fault.startswith(MISSING)


@pytest.mark.parametrize("gone", [(DELETE, 7, 5, 100, 1), (EXECUTE, 7, 5, 100, 1)])
def test_an_id_is_not_given_twice(gone):
    begin = (NEW, 7, 5, 100, 1), [101, 1, 100, 5]
    again = (NEW, 7, 5, 100, 1), [101, 1, 100, 5]
    found = faults(begin, (gone, [101, 1, -E, 0]), again)
    assert found == [(2, "the message contradicts the order that it names")]


def test_an_id_from_before_the_file_that_was_deleted_is_gone():
    begin = (HIDDEN, 0, 1, 100, 1), [101, 1, 100, 8]
    deleted = (DELETE, 3, 2, 100, 1), [101, 1, 100, 6]
    twice = faults(begin, deleted, ((DELETE, 3, 2, 100, 1), [101, 1, 100, 4]))
    assert [row for row, _ in twice] == [2]
    again = faults(begin, deleted, ((NEW, 3, 2, 100, 1), [101, 1, 100, 8]))
    assert [row for row, _ in again] == [2]
