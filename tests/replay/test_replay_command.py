"""`tidegate replay lobster` on files as people have them."""

from __future__ import annotations

import gzip
import json
import lzma
import zipfile
from pathlib import Path

import pytest

from tests.replay.lobster_days import lobster_day, write_day
from tidegate.cli import main
from tidegate.replay import lobster


@pytest.fixture(scope="module")
def day():
    return lobster_day(300)


@pytest.fixture
def files(tmp_path, monkeypatch, day):
    monkeypatch.chdir(tmp_path)
    messages, book = write_day(day, tmp_path)
    messages.rename("m.csv")
    book.rename("b.csv")


def run(capsys, *args):
    code = main(["replay", "lobster", *map(str, args)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def edit(name, row, text):
    """Replace a line, counted from 1."""
    lines = Path(name).read_text().splitlines()
    lines[row - 1] = text(lines[row - 1])
    Path(name).write_text("\n".join(lines) + "\n")


def test_a_day_that_agrees(files, capsys):
    code, out, _ = run(capsys, "m.csv", "b.csv")
    assert code == 0
    words = " ".join(out.split())
    assert "events 300 " in words
    assert "mismatches 0 " in words
    assert "adoptions" in words
    assert "maker is the order named 100.00% of" in words
    assert "events a second" in words


def test_a_row_that_differs_is_shown(files, capsys, day):
    shown = int(day.rows[119, 1])
    edit("b.csv", 120, lambda line: line.replace(f",{shown},", f",{shown + 1},", 1))
    code, out, _ = run(capsys, "m.csv", "b.csv")
    assert code == 1
    price = day.rows[119, 0]
    assert "first mismatch: row 120, message " in out
    assert f"ask 1 is {price} x {shown + 1} in the row, {price} x {shown} in the book" in out
    code, out, _ = run(capsys, "m.csv", "b.csv", "--json")
    report = json.loads(out)
    assert code == 1
    assert report["mismatch_rows"] == [120]
    assert report["mismatches"] == 1
    assert report["first_mismatch"].startswith("row 120")


def test_gzip_xz_and_zip(files, tmp_path, capsys):
    plain = json.loads(run(capsys, "m.csv", "b.csv", "--json")[1])
    for name in ("m.csv", "b.csv"):
        data = (tmp_path / name).read_bytes()
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(data))
        (tmp_path / f"{name}.xz").write_bytes(lzma.compress(data))
    with zipfile.ZipFile("day.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write("m.csv", "X_2024_message_10.csv")
        archive.write("b.csv.gz", "X_2024_orderbook_10.csv.gz")
        archive.writestr("README.txt", "two files")
    pairs = [
        ("m.csv.gz", "b.csv.xz"),
        ("day.zip", "day.zip"),
        ("day.zip/X_2024_message_10.csv", "b.csv"),
    ]
    for pair in pairs:
        code, out, err = run(capsys, *pair, "--json")
        assert code == 0, err
        report = json.loads(out)
        for name in ("events", "adoptions", "mismatches", "executions_of_known_orders"):
            assert report[name] == plain[name]


def cut_gzip():
    data = gzip.compress(Path("m.csv").read_bytes())
    Path("cut.gz").write_bytes(data[: len(data) // 2])


def two_days():
    with zipfile.ZipFile("two.zip", "w") as archive:
        archive.write("m.csv", "a_message.csv")
        archive.write("m.csv", "b_message.csv")


@pytest.mark.parametrize(
    ("prepare", "args", "words"),
    [
        (lambda: None, ("none.csv", "b.csv"), "none.csv cannot be read: No such file"),
        (lambda: None, ("m.csv", "none.csv"), "none.csv cannot be read: No such file"),
        (cut_gzip, ("cut.gz", "b.csv"), "cut.gz is cut off"),
        (two_days, ("two.zip", "b.csv"), "must hold one file with 'message' in its name"),
        (two_days, ("two.zip/c.csv", "b.csv"), "two.zip has no c.csv; it has a_message.csv"),
        (
            lambda: edit("m.csv", 7, lambda line: line + ",1"),
            ("m.csv", "b.csv"),
            "m.csv row 7: it has 7 columns; it must have 6",
        ),
        (
            lambda: edit("m.csv", 7, lambda line: line.rsplit(",", 1)[0]),
            ("m.csv", "b.csv"),
            "m.csv row 7: it has 5 columns; it must have 6",
        ),
        (
            lambda: edit("b.csv", 9, lambda line: line.rsplit(",", 4)[0]),
            ("m.csv", "b.csv"),
            "b.csv row 9: it has 36 columns; it must have 40",
        ),
        (
            lambda: edit("b.csv", 1, lambda line: line + ",1"),
            ("m.csv", "b.csv"),
            "b.csv row 1: it has 41 columns; it must have 4 for each level",
        ),
        (
            lambda: edit("m.csv", 5, lambda line: "34200.1x" + line[line.index(",") :]),
            ("m.csv", "b.csv"),
            "m.csv row 5, column time: '34200.1x' is not a number",
        ),
        (
            lambda: edit("b.csv", 5, lambda line: "1.5" + line[line.index(",") :]),
            ("m.csv", "b.csv"),
            "b.csv row 5, column ask price 1: '1.5' is not a whole number",
        ),
        (
            lambda: edit("m.csv", 50, lambda line: "34100.0" + line[line.index(",") :]),
            ("m.csv", "b.csv"),
            "m.csv row 50, column time: 34100.000000000 is before the time of the row above",
        ),
        (
            lambda: edit("m.csv", 50, lambda line: "nan" + line[line.index(",") :]),
            ("m.csv", "b.csv"),
            "m.csv row 50, column time: nan is no time",
        ),
        (
            lambda: edit("m.csv", 3, lambda line: line.split(",")[0] + ",8,1,1,1,1"),
            ("m.csv", "b.csv"),
            "m.csv row 3, column type: 8 is not a type from 1 to 7",
        ),
        (
            lambda: edit("m.csv", 3, lambda line: line.split(",")[0] + ",1,1,1,1,0"),
            ("m.csv", "b.csv"),
            "m.csv row 3, column direction: 0 is neither 1 nor -1",
        ),
        (
            lambda: edit("b.csv", 300, lambda line: ""),
            ("m.csv", "b.csv"),
            "m.csv has 300 rows, b.csv has 299; they must have as many",
        ),
        (lambda: Path("empty.csv").touch(), ("empty.csv", "b.csv"), "empty.csv has no rows"),
        (lambda: Path("empty.csv").touch(), ("m.csv", "empty.csv"), "empty.csv has no rows"),
    ],
)
def test_bad_input_exits_2_with_what_is_allowed(files, capsys, prepare, args, words):
    prepare()
    code, out, err = run(capsys, *args)
    assert (code, out) == (2, "")
    assert words in err


def test_what_is_written_is_read_again(day, tmp_path, capsys):
    written = lobster.Day(day.messages, day.rows)
    paths = tmp_path / "m.csv.gz", tmp_path / "b.csv"
    lobster.write(written, *paths)
    assert (lobster.read_messages(paths[0]) == day.messages).all()
    assert run(capsys, *paths)[0] == 0
    own = write_day(day, tmp_path)
    assert gzip.decompress(paths[0].read_bytes()) == own[0].read_bytes()
    assert paths[1].read_bytes() == own[1].read_bytes()
