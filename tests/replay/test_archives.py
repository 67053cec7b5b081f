"""Zip files as people have them, and those that cannot be read."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.replay.lobster_days import lobster_day, write_day
from tidegate.cli import main


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    messages, book = write_day(lobster_day(50), tmp_path)
    return messages.rename("m.csv"), book.rename("b.csv")


def archive(files, **extra):
    with zipfile.ZipFile("Z.zip", "w") as made:
        made.write(files[0], "A_message_10.csv")
        made.write(files[1], "A_orderbook_10.csv")
        for name in extra.get("names", ()):
            made.writestr(name, "what macOS notes of a file")


def changed(*, flag=0, method=None):
    """Set a flag or the method of compression of every member, where both headers say so."""
    data = bytearray(Path("Z.zip").read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + place] |= flag
            if method is not None:
                data[at + place + 2] = method
            at = data.find(mark, at + 4)
    Path("Z.zip").write_bytes(data)


def test_what_macos_puts_beside_the_members_is_left_out(files):
    archive(files, names=["__MACOSX/._A_message_10.csv", "._A_orderbook_10.csv"])
    assert main(["replay", "lobster", "Z.zip", "Z.zip"]) == 0


@pytest.mark.parametrize("path", ["Z.zip", "Z.zip/A_message_10.csv"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flag": 0x1}, "A_message_10.csv is encrypted; it must be stored without a password"),
        ({"method": 99}, "A_message_10.csv is compressed in a way that is not read"),
        ({"flag": 0x20}, "A_message_10.csv is compressed in a way that is not read"),
    ],
)
def test_what_cannot_be_unpacked_exits_2(files, capsys, path, change, words):
    archive(files)
    changed(**change)
    assert main(["replay", "lobster", path, "Z.zip"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {path} cannot be read: ")
    assert words in err


@pytest.mark.parametrize("at", [0, 1])
def test_lines_that_end_in_a_carriage_return_alone_are_refused(files, capsys, at):
    files[at].write_bytes(files[at].read_bytes().replace(b"\n", b"\r"))
    assert main(["replay", "lobster", *map(str, files)]) == 2
    assert f"{files[at]} has lines that end in a carriage return alone" in capsys.readouterr().err
