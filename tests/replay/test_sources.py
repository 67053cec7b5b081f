"""Reading files in blocks of whole lines."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest

from tests.replay.lobster_days import lobster_day, write_day
from tidegate.replay import lobster, sources

TEXT = b"1,22,333\n4444,55555,6\n7,8,9\n"


@pytest.mark.parametrize("size", [1, 2, 9, 10, 25, 1_000])
@pytest.mark.parametrize("text", [TEXT, TEXT[:-1], TEXT + b"\n\n"])
def test_blocks_end_where_lines_do(size, text):
    found = list(sources.blocks(io.BytesIO(text), size))
    assert b"".join(found).rstrip() == text.rstrip()
    assert all(block.endswith(b"\n") for block in found[:-1])


def test_rows_of_later_blocks_are_named_by_their_place_in_the_file():
    schema = {"a": pl.Int64(), "b": pl.Int64()}
    for text, words in [
        (b"1,2\n3,x\n", "f.csv row 1001, column b: 'x' is not a whole number"),
        (b"1,2\n3\n", "f.csv row 1001: it has 1 columns; it must have 2"),
        (b"1,2\n3,\n", "f.csv row 1001, column b: '' is not a whole number"),
        (b"1,2\n3,9223372036854775808\n", "f.csv row 1001, column b: '9223372036854775808' is"),
    ]:
        with pytest.raises(ValueError, match=words):
            sources.table(text, schema, Path("f.csv"), 1_000)


def test_a_day_read_in_small_blocks_is_the_same(tmp_path, monkeypatch):
    files = write_day(lobster_day(500), tmp_path)
    whole = lobster.replay(*files)
    monkeypatch.setattr(lobster, "blocks", lambda stream: sources.blocks(stream, 1_000))
    parts = lobster.replay(*files)
    assert (parts.counts, parts.known) == (whole.counts, whole.known)
    assert parts.mismatches == ()


def test_lines_may_end_as_on_windows(tmp_path):
    files = write_day(lobster_day(300), tmp_path)
    for file in files:
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert lobster.replay(*files).mismatches == ()
