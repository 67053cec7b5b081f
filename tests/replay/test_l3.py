"""Order events of an independent exchange, replayed through the book."""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pytest
from tidegate_core.order_replay import ORDER_FAULTS, OrderReplay

from tests.replay.l3_days import recording
from tidegate.cli import main
from tidegate.replay import l3

BUY, SELL = 0, 1
CREATED, CHANGED, DELETED = range(3)


def replayed(*events, patience=100, keeps_volume=True):
    """Replay (time, action, id, price, volume, side) rows."""
    engine = OrderReplay(patience, keeps_volume)
    engine.replay(np.array(events, np.int64).reshape(-1, 6))
    engine._check()
    return engine


def resting(engine):
    """Volumes in the book, by price."""
    found = {}
    for side in (BUY, SELL):
        prices, lots = engine.book.depth(side, 10**6)
        found |= dict(zip(prices.tolist(), lots.tolist(), strict=True))
    return found


def faults(engine):
    return [(row, ORDER_FAULTS[fault]) for row, fault in engine.mismatches().tolist()]


@pytest.mark.parametrize("deleted_volumes", ["what was left", "always 0", "never 0"])
def test_a_recording_from_its_beginning_leaves_the_book_of_the_exchange(tmp_path, deleted_volumes):
    made = recording(20_000, unseen=0)
    path = tmp_path / "orders.csv"
    path.write_text(made.text(deleted_volumes))
    report = l3.replay(path)
    assert report.mismatches == ()
    assert report.counts["takers"] == made.takers > 1_000
    assert report.known == made.trades
    assert report.share == 1.0
    assert report.notes["tick"] == "0.01"
    assert report.notes["lot"] == "1E-8"
    stream = l3.read(path)
    assert stream.deleted_volumes == deleted_volumes
    engine = OrderReplay(5 * 10**9, stream.keeps_volume)
    engine.replay(stream.events)
    engine._check()
    assert len(engine.book) == len(made.resting)
    assert sum(resting(engine).values()) == sum(made.resting.values())


def test_orders_from_before_the_recording_are_met_as_they_come(tmp_path):
    made = recording(5_000, seed=3, unseen=3_000)
    path = tmp_path / "orders.csv"
    path.write_text(made.text())
    report = l3.replay(path)
    assert report.counts["adoptions"] > 0
    assert report.counts["deletions_of_unseen_orders"] > 20
    assert report.known > 500
    assert report.named >= 0.99 * report.known


# --------------------------------------------------------------------------- worked by hand


@pytest.mark.parametrize("taker_first", [True, False])
def test_a_taker_waits_for_its_makers_and_rests_with_what_is_left(taker_first):
    taker = (2, CHANGED, 2, 101, 4, BUY)
    maker = (2, DELETED, 1, 100, 0, SELL)
    engine = replayed(
        (0, CREATED, 1, 100, 5, SELL),
        (1, CREATED, 2, 101, 9, BUY),
        *((taker, maker) if taker_first else (maker, taker)),
    )
    assert resting(engine) == {101: 4}
    assert faults(engine) == []
    counts = engine.counts
    assert (counts["takers"], counts["traded"], counts["named"]) == (1, 1, 1)
    assert counts["waiting"] == 0


def test_a_maker_out_of_turn_is_counted():
    engine = replayed(
        (0, CREATED, 1, 100, 5, SELL),
        (1, CREATED, 2, 100, 5, SELL),
        (2, CREATED, 3, 100, 5, BUY),
        (3, DELETED, 2, 100, 0, SELL),
        (3, DELETED, 3, 100, 0, BUY),
    )
    assert resting(engine) == {100: 5}
    assert engine.book.best_ask == 100
    assert (engine.counts["traded"], engine.counts["named"]) == (1, 0)


def test_without_volumes_of_deleted_orders_only_a_crossed_one_has_traded():
    quiet = [(0, CREATED, 1, 100, 5, SELL), (1, DELETED, 1, 100, 0, SELL)]
    assert replayed(*quiet, keeps_volume=False).counts["traded"] == 0
    assert replayed(*quiet, keeps_volume=True).counts["traded"] == 1
    crossed = [quiet[0], (1, CREATED, 2, 100, 5, BUY), quiet[1]]
    assert replayed(*crossed, keeps_volume=False).counts["traded"] == 1


def test_a_change_of_price_or_to_more_goes_to_the_end_of_the_queue():
    engine = replayed(
        (0, CREATED, 1, 100, 5, BUY),
        (1, CREATED, 2, 100, 5, BUY),
        (2, CHANGED, 1, 100, 6, BUY),
        (3, CREATED, 3, 99, 1, BUY),
        (4, CHANGED, 3, 100, 1, BUY),
    )
    assert [lots for _, _, lots in engine.book.queue(100)] == [5, 6, 1]
    assert engine.counts["traded"] == 0


def test_a_changed_order_may_become_a_taker():
    engine = replayed(
        (0, CREATED, 1, 100, 5, SELL),
        (1, CREATED, 2, 99, 5, BUY),
        (2, CHANGED, 2, 100, 5, BUY),
        (3, DELETED, 1, 100, 0, SELL),
        (3, DELETED, 2, 100, 0, BUY),
    )
    assert resting(engine) == {}
    assert (engine.counts["takers"], engine.counts["named"]) == (1, 1)


def test_an_order_that_should_have_gone_is_a_mismatch_after_a_while():
    engine = replayed(
        (0, CREATED, 1, 100, 5, SELL),
        (10, CREATED, 2, 101, 5, BUY),
        (110, CREATED, 3, 90, 1, BUY),
        (111, CREATED, 4, 90, 1, BUY),
    )
    assert faults(engine) == [(3, "an order rests where later ones have traded through")]
    assert resting(engine) == {101: 5, 90: 2}


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ((1, CREATED, 1, 99, 5, BUY), "the order is created twice"),
        ((1, CREATED, 1, 100, 4, BUY), "the order is created twice"),
        ((1, CREATED, 2, 99, 0, BUY), "the volume contradicts what the order had"),
        ((1, CHANGED, 1, 100, 3, SELL), "the order is on the other side"),
        ((1, CHANGED, 1, 100, -1, BUY), "the volume contradicts what the order had"),
        ((1, DELETED, 1, 100, 3, BUY), "the volume contradicts what the order had"),
        ((1, CHANGED, 8, 98, 3, BUY), "the order was deleted before"),
    ],
)
def test_an_event_that_contradicts_the_book_is_a_mismatch(event, fault):
    engine = replayed(
        (0, CREATED, 1, 100, 5, BUY),
        (0, CREATED, 8, 98, 5, BUY),
        (0, DELETED, 8, 98, 5, BUY),
        event,
    )
    assert faults(engine) == [(3, fault)]
    assert len(engine.book) == (event[1] != DELETED)


def test_what_is_said_again_is_left_out():
    engine = replayed(
        (0, CREATED, 1, 100, 5, BUY),
        (0, CREATED, 1, 100, 5, BUY),
        (1, CHANGED, 1, 100, 3, BUY),
        (1, CHANGED, 1, 100, 3, BUY),
        (2, DELETED, 1, 100, 3, BUY),
        (2, DELETED, 1, 100, 3, BUY),
    )
    assert faults(engine) == []
    assert engine.counts["repeated"] == 3
    assert engine.counts["traded"] == 1


@pytest.mark.parametrize("seed", range(30))
def test_nonsense_leaves_a_sound_book(seed):
    rng = np.random.default_rng(seed)
    rows = 2_000
    columns = [(0, 3), (1, 60), (90, 110), (-1, 6), (0, 2)]
    parts = [np.arange(rows), *(rng.integers(*bounds, rows) for bounds in columns)]
    engine = OrderReplay(20, bool(seed % 2))
    engine.replay(np.stack(parts, axis=1))
    engine._check()
    assert len(engine.mismatches()) > 100


def test_a_taker_that_cannot_rest_is_gone():
    """A level holds less than 2**63 lots: of two takers of 2**62 only the first has room there."""
    engine = replayed(
        (0, CREATED, 1, 100, 5, SELL),
        (1, CREATED, 2, 100, 2**62, BUY),
        (1, CREATED, 3, 100, 2**62, BUY),
        (2, DELETED, 1, 100, 5, SELL),
        (3, CHANGED, 3, 100, 7, BUY),
        (4, DELETED, 3, 100, 0, BUY),
    )
    assert resting(engine) == {100: 2**62}
    volume, past = ORDER_FAULTS[4], ORDER_FAULTS[2]
    assert faults(engine) == [(3, volume), (4, past)]
    assert engine.counts["repeated"] == 1, "it is known to be gone"


def test_a_taker_cannot_grow_for_ever():
    """Less and more by turns would add up past 64 bits."""
    grown = [(2, CHANGED, 2, 100, lots, BUY) for lots in (1, 2**62, 1, 2**62, 1, 2**62)]
    engine = replayed((0, CREATED, 1, 100, 5, SELL), (1, CREATED, 2, 100, 2**62, BUY), *grown)
    assert faults(engine) == [(row, ORDER_FAULTS[4]) for row in (3, 5, 7)]
    assert engine.counts["waiting"] == 1


@pytest.mark.parametrize("seed", range(30))
def test_huge_volumes_leave_a_sound_book(seed):
    rng = np.random.default_rng(seed)
    rows = 600
    volumes = rng.choice([0, 1, 5, 2**61, 2**62], rows)
    drawn = [rng.integers(*bounds, rows) for bounds in [(0, 3), (1, 20), (98, 103), (0, 2)]]
    action, number, price, side = drawn
    columns = [np.arange(rows), action, number, price, volumes, side]
    engine = OrderReplay(20, bool(seed % 2))
    for events in np.array_split(np.stack(columns, axis=1), 20):
        engine.replay(np.ascontiguousarray(events))
        engine._check()


@pytest.mark.parametrize("action", [CREATED, CHANGED, DELETED])
def test_a_volume_past_the_books_most_is_refused_before_anything_happens(action):
    engine = OrderReplay(1, True)
    engine.replay(np.array([[0, CREATED, 1, 100, 2**62, SELL]]))
    before = engine.counts, engine.book.snapshot()
    with pytest.raises(
        ValueError, match=r"events\[1\] has a volume of 4611686018427387905; .*2\*\*62"
    ):
        engine.replay(np.array([[1, CREATED, 2, 90, 1, BUY], [1, action, 1, 100, 2**62 + 1, SELL]]))
    assert (engine.counts, engine.book.snapshot()) == before


def test_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="patience must not be negative, got -1"):
        OrderReplay(-1, True)
    engine = OrderReplay(1, True)
    with pytest.raises(ValueError, match="events must have 6 columns, got 5"):
        engine.replay(np.zeros((1, 5), np.int64))
    with pytest.raises(ValueError, match="actions from 0 to 2 and sides 0 or 1, got 3 and 0"):
        engine.replay(np.array([[0, 3, 1, 1, 1, 0]]))


# ---------------------------------------------------------------------------------- the files


def run(capsys, *args):
    code = main(["replay", "l3", *map(str, args)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


HEADER = "id,timestamp,price,volume,action,side\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_reports_and_infers_tick_and_lot(folder, capsys):
    (folder / "o.csv").write_text(
        HEADER + "1,1,100.5,0.25,created,ask\n2,2,100.0,1,created,bid\n1,3,100.5,0,deleted,ask\n"
    )
    code, out, _ = run(capsys, "o.csv")
    assert code == 0
    words = " ".join(out.split())
    assert "events 3 created 2 changed 0 deleted 1" in words
    assert "tick 0.1 lot 0.01" in words
    assert "events a second" in words
    report = json.loads(run(capsys, "o.csv", "--json", "--tick", "0.5", "--lot", "0.25")[1])
    assert (report["tick"], report["lot"], report["mismatches"]) == ("0.5", "0.25", 0)


def test_a_contradiction_exits_1_with_its_row(folder, capsys):
    (folder / "o.csv").write_text(HEADER + "1,1,100,1,created,ask\n1,2,100,2,created,ask\n")
    code, out, _ = run(capsys, "o.csv")
    assert code == 1
    assert "first mismatch: row 3: the order is created twice" in out


def test_names_of_columns_times_and_ids_as_recorders_write_them(folder):
    (folder / "o.csv").write_text(
        "Side,Amount,Price,Time,Order_ID,Type\n"
        "Buy,1.5,10,2024-01-01T00:00:00.5Z,a-1,created\n"
        "SELL,1,11,2024-01-01T00:00:01.25Z,b-2,Created\n"
        "Buy,1,10,2024-01-01T00:00:02Z,a-1,modified\n"
    )
    stream = l3.read(folder / "o.csv")
    assert (stream.tick, stream.lot) == (Decimal(1), Decimal("0.1"))
    assert stream.events[:, 1].tolist() == [0, 0, 1]
    assert stream.events[0, 2] == stream.events[2, 2] != stream.events[1, 2]
    assert np.diff(stream.events[:, 0]).tolist() == [750_000_000] * 2
    seconds = {"1704067200": 10**9, "1704067200000": 10**6, "1704067200000000": 10**3}
    for text, unit in seconds.items():
        (folder / "t.csv").write_text(HEADER + f"1,{text},1,1,created,ask\n")
        assert l3.read(folder / "t.csv").events[0, 0] == int(text) * unit


@pytest.mark.parametrize(
    ("text", "args", "words"),
    [
        ("", (), "o.csv cannot be read"),
        (HEADER, (), "o.csv has no rows"),
        ("id,price\n1,2\n", (), "o.csv has no column timestamp; it has id, price"),
        (HEADER + "1,1,1,1,made,ask\n", (), "row 2, column action: 'made' is none of created"),
        (HEADER + "1,1,1,1,created,long\n", (), "row 2, column side: 'long' is none of bid"),
        (HEADER + "1,1,x,1,created,ask\n", (), "row 2, column price: 'x' is not a number"),
        (HEADER + "1,1,1,,created,ask\n", (), "row 2, column volume: it is empty"),
        (HEADER + "1,1,0,1,created,ask\n", (), "row 2, column price: '0' is not above 0"),
        (
            HEADER + "1,1,2,1,created,ask\n2,1,-2.5,1,created,bid\n",
            (),
            "row 3, column price: '-2.5' is not above 0",
        ),
        (HEADER + "1,1,2,-1,created,ask\n", (), "row 2, column volume: '-1' is below 0"),
        (
            "id,timestamp,price,price,volume,action,side\n1,1,1,2,1,created,ask\n",
            (),
            "o.csv has the column 'price' twice; every column must have a name of its own",
        ),
        (
            "id,timestamp,price,Price,volume,action,side\n1,1,1,2,1,created,ask\n",
            (),
            "o.csv has the columns price, Price; it must have one",
        ),
        (HEADER + "1,soon,1,1,created,ask\n", (), "row 2, column timestamp: 'soon' is no time"),
        (
            HEADER + "1,2,1,1,created,ask\n2,1,1,1,created,ask\n",
            (),
            "row 3, column timestamp: 1 is before the time of the row above",
        ),
        (
            HEADER + "1,1,1.5,1,created,ask\n",
            ("--tick", "1"),
            "row 2, column price: '1.5' is not a multiple of 1",
        ),
        *(
            (
                HEADER + "1,1,1,1,created,ask\n",
                (f"--{name}", value),
                f"--{name} is '{value}'; it must",
            )
            for name in ("tick", "lot")
            for value in ("0", "-1", "x", "nan", "inf", "-inf", "sNaN")
        ),
        (HEADER + "1,1,1,1,created,ask\n", ("--patience", "-1"), "--patience is -1.0; it must"),
        (HEADER + "1,1,1,1,created,ask\n", ("--patience", "nan"), "--patience is nan; it must"),
        (
            HEADER + "1,1,1,1,created,ask\n1,1,1,1,created,ask,9\n",
            (),
            "o.csv, row 3 has 7 fields; it must have 6, as the heading has",
        ),
        (
            HEADER + "1,1,1,1,created\n",
            (),
            "o.csv, row 2 has 5 fields; it must have 6, as the heading has",
        ),
        (HEADER.replace(",", ";") + "1;1;1;1;created;ask\n", (), "must separate columns, not ';'"),
    ],
)
def test_bad_input_exits_2_with_what_is_allowed(folder, capsys, text, args, words):
    (folder / "o.csv").write_text(text)
    code, out, err = run(capsys, "o.csv", *args)
    assert (code, out) == (2, "")
    assert words in err


def test_events_out_of_order_can_be_sorted(folder, capsys):
    (folder / "o.csv").write_text(HEADER + "1,2,5,1,deleted,ask\n1,1,5,1,created,ask\n")
    assert run(capsys, "o.csv", "--sort")[0] == 0
    code, _, err = run(capsys, "o.csv")
    assert code == 2
    assert "--sort" in err
