"""What all commands share: version, colours, and failures that are nobody's typing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import tidegate
from tidegate import cli
from tidegate.cli import main


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"tidegate {tidegate.__version__}\n"


def test_a_disk_that_fails_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: object) -> int:
        raise OSError(28, "No space left on device", "report.html")

    monkeypatch.setattr(cli.Report, "run", full)
    assert main(["report", "somewhere"]) == 1
    assert capsys.readouterr().err == "error: report.html: No space left on device\n"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
@pytest.mark.parametrize("module", ["tidegate report", "experiments.pension_entry"])
def test_no_color_is_heeded_on_a_terminal(module: str) -> None:
    def printed(**more: str) -> bytes:
        ours, theirs = os.openpty()
        environment = {**os.environ, "TERM": "xterm", **more}
        command = [sys.executable, "-m", *module.split(), "--help"]
        with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
            os.close(theirs)
            text = b""
            try:
                while chunk := os.read(ours, 65_536):
                    text += chunk
            except OSError:  # the other end is closed
                pass
        os.close(ours)
        assert process.returncode == 0
        return text

    plain = printed(NO_COLOR="1")
    assert b"options" in plain
    assert b"\x1b[" not in plain
    assert b"\x1b[" in printed(NO_COLOR="")
