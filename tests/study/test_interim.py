"""What a study tells while it runs: what a smaller study would have told at its end."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from launching import in_process

from tidegate.study.interim import Interim


class Terminal(io.StringIO):
    """A stderr that takes itself for a screen."""

    def isatty(self) -> bool:
        return True


def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *args: str) -> str:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    assert in_process(tmp_path, monkeypatch, "--days", "4", *args) == 0
    return screen.getvalue()


def blocks(screen: str) -> list[str]:
    """Return the tables that were told, each from its heading to the empty line below it."""
    return ["So far," + part.split("\n\n")[0] for part in screen.split("So far,")[1:]]


def test_effects_are_told_whenever_finished_pairs_have_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = blocks(told(tmp_path, monkeypatch, "--seeds", "8", "--out", "eight"))
    assert first.startswith("So far, 2 of 8 pairs\n")
    assert second.startswith("So far, 4 of 8 pairs\n")
    capsys.readouterr()
    assert told(tmp_path, monkeypatch, "--seeds", "4", "--out", "four").count("So far") == 1
    final = capsys.readouterr().out
    table = second.partition("\n")[2]
    assert "Price (USD; effects in %)" in table
    assert table in final


def test_a_study_that_goes_on_counts_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(tmp_path, monkeypatch, "--seeds", "3", "--out", "out")
    [only] = blocks(told(tmp_path, monkeypatch, "--seeds", "9", "--out", "out"))
    assert only.startswith("So far, 6 of 9 pairs\n")


def test_pairs_that_failed_are_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = told(tmp_path, monkeypatch, "--seeds", "4", "--crash-seed", "0", "--out", "out")
    assert [block.partition("\n")[0] for block in blocks(screen)] == ["So far, 2 of 4 pairs"]


def test_nothing_is_told_where_nobody_watches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def asked(*_: Any) -> None:
        raise AssertionError("asked for what nobody sees")

    monkeypatch.setattr(Interim, "__call__", asked)
    assert in_process(tmp_path, monkeypatch, "--seeds", "4") == 0
    assert "So far" not in capsys.readouterr().err


def test_a_run_of_the_ledger_tells_nothing_before_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(
        "tidegate.study.launch.pairs_by_arm", lambda _, arms: {arm.label: 4 for arm in arms}
    )
    assert in_process(tmp_path, monkeypatch, "--ledger") == 0
    assert "20/20" in screen.getvalue()
    assert "So far" not in screen.getvalue()
