"""Days of an independent market, replayed through the book."""

from __future__ import annotations

import numpy as np
import pytest
from tidegate_core.replay import FAULTS, LobsterReplay

from tests.replay.corruption import KINDS, corrupted
from tests.replay.lobster_days import EMPTY, Day, lobster_day, write_day
from tidegate.replay import lobster

NEW, CANCEL, DELETE, EXECUTE, HIDDEN, CROSS, HALT = range(1, 8)
E = EMPTY


def replayed(day: Day) -> LobsterReplay:
    engine = LobsterReplay(day.rows.shape[1] // 4)
    engine.replay(day.messages, day.rows)
    engine._check()
    return engine


def day_of(messages: list[tuple[int, ...]], rows: list[list[int]]) -> Day:
    return Day(np.array(messages, np.int64), np.array(rows, np.int64))


def test_a_day_of_20_000_events_agrees(tmp_path):
    day = lobster_day(20_000)
    report = lobster.replay(*write_day(day, tmp_path))
    assert report.mismatches == ()
    assert report.first == ""
    assert report.counts["events"] == 20_000
    assert report.share == 1.0
    # Everything that the replay must cope with has happened.
    assert report.known > 2_000
    for name in ("adoptions", "levels_forgotten", "executions_of_unseen_orders"):
        assert report.counts[name] > 200
    assert report.counts["hidden_executions"] > 200
    assert report.counts["halt_messages"] >= 3
    kinds, counts = np.unique(day.messages[:, 1], return_counts=True)
    assert kinds.tolist() == list(range(1, 8))
    assert counts[1] > 500


@pytest.mark.parametrize(
    "market",
    [
        {"levels": 1},
        {"levels": 3, "resting": 5},  # sides run empty
        {"levels": 5, "resting": 14},  # sides show fewer levels than there could be
        {"levels": 30, "resting": 900, "reach": 30.0},
    ],
    ids=str,
)
def test_days_of_other_markets_agree(market):
    engine = replayed(lobster_day(5_000, seed=7, **market))
    assert engine.counts["mismatches"] == 0
    assert engine.counts["named"] == engine.counts["known"] > 0


def test_executions_out_of_turn_are_counted_and_the_rows_still_agree():
    engine = replayed(lobster_day(10_000, out_of_turn=0.02))
    counts = engine.counts
    assert counts["mismatches"] == 0
    assert 0.95 < counts["named"] / counts["known"] < 1


def test_a_day_in_parts_is_the_same_day():
    day = lobster_day(3_000)
    whole, parts = replayed(day), LobsterReplay(10)
    for part in range(0, 3_000, 17):
        parts.replay(day.messages[part : part + 17], day.rows[part : part + 17])
    assert parts.counts == whole.counts
    assert parts.book.snapshot() == whole.book.snapshot()


def test_the_tick_changes_nothing_but_the_speed():
    day = lobster_day(3_000)
    day.rows[2_000, 1] += 7
    fine, coarse = replayed(day), LobsterReplay(10, 100)
    assert coarse.replay(day.messages, day.rows) == 0
    assert coarse.counts == fine.counts
    assert (coarse.mismatches() == fine.mismatches()).all()


def test_a_price_between_ticks_starts_the_day_again_with_finer_ones(tmp_path):
    """A level from before the file, which no message names, decides on the tick."""
    day = lobster_day(2_000)
    asks = day.rows[:, 0::4]
    place = next(r for r in range(500, 2_000) if np.setdiff1d(asks[r], day.messages[:, 4]).size)
    odd = np.setdiff1d(asks[place], day.messages[:, 4])[0]
    asks[asks == odd] += 50
    assert LobsterReplay(10, 100).replay(day.messages, day.rows) == odd + 50
    report = lobster.replay(*write_day(day, tmp_path))
    assert report.mismatches == ()
    assert report.notes["tick"] == 50


# --------------------------------------------------------------------------- corrupted rows


@pytest.mark.parametrize("kind", KINDS)
def test_every_corrupted_row_is_found(kind):
    """150 days with an error each: about 1,000 over all kinds."""
    rng = np.random.default_rng(list(KINDS).index(kind))
    days = [lobster_day(300, levels=levels, seed=levels) for levels in (2, 5, 10, 20)]
    for n in range(150):
        day, row = corrupted(days[n % len(days)], kind, rng)
        engine = replayed(day)
        found = engine.mismatches()["row"].tolist()
        assert found[:1] == [row], (n, day.messages[row].tolist())


def test_a_wrong_row_is_reported_once_and_the_book_is_kept():
    day = lobster_day(2_000)
    clean = replayed(day)
    wrong = day.copy()
    wrong.rows[1_000, 1] += 7
    engine = replayed(wrong)
    assert engine.mismatches()["row"].tolist() == [1_000]
    assert engine.book.snapshot() == clean.book.snapshot()


def test_an_adopted_level_is_found_wrong_when_the_next_row_shows_it():
    day = day_of(
        [(0, NEW, 1, 5, 100, 1), (1, DELETE, 1, 5, 100, 1), (2, HIDDEN, 0, 1, 99, 1)],
        [[E, 0, 100, 5], [E, 0, 98, 44], [E, 0, 98, 40]],
    )
    engine = replayed(day)
    assert engine.mismatches()["row"].tolist() == [2]


def test_a_wrong_price_of_an_adopted_level_is_reported_once():
    day = day_of(
        [
            (0, NEW, 1, 5, 101, 1),
            (1, DELETE, 1, 5, 101, 1),
            (2, HIDDEN, 0, 1, 99, 1),
            (3, DELETE, 9, 5, 100, 1),
        ],
        [
            [E, 0, 101, 5, E, 0, 100, 5],
            [E, 0, 100, 5, E, 0, 105, 4],  # for 97
            [E, 0, 100, 5, E, 0, 97, 4],
            [E, 0, 97, 4, E, 0, 96, 1],
        ],
    )
    engine = replayed(day)
    assert engine.mismatches()["row"].tolist() == [1]
    assert engine.counts["adopted"] == 2


# --------------------------------------------------------------------------- worked by hand


def test_the_first_row_seeds_and_its_order_keeps_its_id():
    day = day_of(
        [(0, NEW, 7, 5, 100, 1), (1, EXECUTE, 3, 10, 100, 1), (2, EXECUTE, 7, 5, 100, 1)],
        [[101, 1, 100, 15], [101, 1, 100, 5], [101, 1, -E, 0]],
    )
    counts = replayed(day).counts
    assert (counts["mismatches"], counts["unseen"], counts["known"]) == (0, 1, 1)
    assert counts["named"] == 1


def test_a_level_that_leaves_is_forgotten_and_comes_back_without_ids():
    day = day_of(
        [
            (0, NEW, 1, 5, 100, 1),
            (1, NEW, 2, 5, 101, 1),  # 100 leaves the window
            (2, DELETE, 2, 5, 101, 1),  # and comes back, with an order that nobody saw
            (3, EXECUTE, 1, 5, 100, 1),  # known once, unseen now
        ],
        [[E, 0, 100, 5], [E, 0, 101, 5], [E, 0, 100, 8], [E, 0, 100, 3]],
    )
    engine = replayed(day)
    counts = engine.counts
    assert counts["mismatches"] == 0
    assert (counts["forgotten"], counts["adopted"]) == (1, 1)
    assert (counts["known"], counts["unseen"]) == (0, 1)


def test_a_level_may_not_appear_within_the_window():
    rows = [[E, 0, 100, 5, E, 0, 90, 5], [E, 0, 100, 5, E, 0, 95, 5]]
    engine = replayed(day_of([(0, HIDDEN, 0, 1, 99, 1), (1, HIDDEN, 0, 1, 99, 1)], rows))
    (mismatch,) = engine.mismatches()
    assert FAULTS[mismatch["fault"]] == "a level differs"
    assert mismatch.tolist()[2:] == (0, 1, 95, 5, 90, 5)


def test_a_level_may_not_appear_on_a_side_that_is_known_to_its_end():
    rows = [[E, 0, 100, 5, E, 0, -E, 0], [E, 0, 100, 5, E, 0, 95, 5]]
    engine = replayed(day_of([(0, HIDDEN, 0, 1, 99, 1), (1, HIDDEN, 0, 1, 99, 1)], rows))
    assert engine.counts["mismatches"] == 1


@pytest.mark.parametrize(
    ("message", "row", "fault"),
    [
        ((1, DELETE, 9, 20, 100, 1), [101, 1, -E, 0], "names an order that is not there"),
        ((1, DELETE, 7, 4, 100, 1), [101, 1, -E, 0], "contradicts the order"),
        ((1, CANCEL, 7, 1, 99, 1), [101, 1, 100, 5], "contradicts the order"),
        ((1, EXECUTE, 7, 5, 100, -1), [101, 1, 100, 5], "contradicts the order"),
        ((1, NEW, 7, 5, 100, 1), [101, 1, 100, 10], "contradicts the order"),
        ((1, NEW, 8, 5, 101, 1), [101, 1, 100, 5], "cannot rest"),
        ((1, NEW, 8, 0, 100, 1), [101, 1, 100, 5], "cannot rest"),
    ],
)
def test_a_message_that_cannot_be_is_a_mismatch(message, row, fault):
    engine = replayed(day_of([(0, NEW, 7, 5, 100, 1), message], [[101, 1, 100, 5], row]))
    (mismatch,) = engine.mismatches()
    assert mismatch["row"] == 1
    assert fault in FAULTS[mismatch["fault"]]


def test_quotes_of_a_halt_may_cross_and_the_book_starts_again_after_them():
    crossed = [99, 5, 100, 5]
    messages = [
        (0, NEW, 1, 5, 100, 1),
        (1, HALT, 0, 0, -1, -1),
        (2, NEW, 2, 5, 99, -1),
        (3, CROSS, -4, 5, 99, -1),
        (4, HALT, 0, 0, 1, -1),
        (5, EXECUTE, 1, 2, 100, 1),
    ]
    rows = [[101, 5, 100, 5], [101, 5, 100, 5], crossed, crossed, [101, 5, 100, 5]]
    counts = replayed(day_of(messages, [*rows, [101, 5, 100, 3]])).counts
    assert (counts["crossed"], counts["mismatches"], counts["unseen"]) == (2, 0, 1)
    # Without the halt, a crossed row is an error.
    messages[1] = (1, HIDDEN, 0, 1, 100, 1)
    assert replayed(day_of(messages, [*rows, [101, 5, 100, 3]])).counts["mismatches"] > 0


def test_a_cancellation_beyond_the_window_changes_nothing():
    rows = [[E, 0, 100, 5], [E, 0, 100, 5]]
    counts = replayed(day_of([(0, HIDDEN, 0, 1, 99, 1), (1, DELETE, 4, 9, 90, 1)], rows)).counts
    assert (counts["outside"], counts["mismatches"]) == (1, 0)


def test_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="levels must be 1 or more, got 0"):
        LobsterReplay(0)
    engine = LobsterReplay(2)
    with pytest.raises(ValueError, match="messages must have 6 columns, got 5"):
        engine.replay(np.zeros((1, 5), np.int64), np.zeros((1, 8), np.int64))
    with pytest.raises(ValueError, match="rows must be 2 rows of 8 columns"):
        engine.replay(np.zeros((2, 6), np.int64), np.zeros((1, 8), np.int64))
    with pytest.raises(ValueError, match="types from 1 to 7, got 0"):
        engine.replay(np.zeros((1, 6), np.int64), np.zeros((1, 8), np.int64))
    with pytest.raises(ValueError, match="tick must be 1 or more, got 0"):
        LobsterReplay(2, 0)
    engine.replay(np.zeros((0, 6), np.int64), np.zeros((0, 8), np.int64))
    assert engine.mismatches().size == 0


@pytest.mark.parametrize("seed", range(30))
def test_nonsense_is_all_mismatches_and_leaves_a_sound_book(seed):
    rng = np.random.default_rng(seed)
    odd = np.array([-(2**63), 2**63 - 1, E, -E, 0, 2**62, -1])

    def column(least: int, most: int) -> np.ndarray:
        numbers = rng.integers(least, most, 400)
        return np.where(rng.random(400) < 0.03, rng.choice(odd, 400), numbers)

    messages = np.stack(
        [
            np.arange(400),
            rng.integers(1, 8, 400),
            column(1, 30),
            column(0, 9),
            column(95, 105),
            rng.choice([1, -1], 400),
        ],
        axis=1,
    )
    rows = np.stack([column(*bounds) for bounds in [(95, 105), (0, 9)] * 4], axis=1)
    engine = LobsterReplay(2)
    engine.replay(messages, rows)
    engine._check()
    assert len(engine.mismatches()) > 200


# ------------------------------------------------------------------------------- large days


@pytest.mark.slow
def test_a_day_of_a_million_events_agrees_and_1_000_corrupted_rows_are_found():
    day = lobster_day(1_000_000, seed=5)
    engine = replayed(day)
    assert engine.counts["mismatches"] == 0
    assert engine.counts["named"] == engine.counts["known"]
    rng = np.random.default_rng(6)
    rows = []
    for place in range(1_000):
        kind = list(KINDS)[place % (len(KINDS) - 1)]  # all but the one that needs a search
        row = 1_000 * place + int(rng.integers(100, 900))
        while not KINDS[kind](day, row, rng):
            row += 1
        rows.append(row)
    found = replayed(day).mismatches()["row"].tolist()
    assert set(rows) <= set(found)
    # An error may show in the next row too, when both contradict each other.
    assert len(found) <= 1_050
