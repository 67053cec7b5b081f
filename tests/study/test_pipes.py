"""A reader that leaves ends no study, and draws no complaint."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from tidegate.study.pipes import forgiving_stdout

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def piped(*words: str) -> tuple[int, str]:
    """Run a module whose standard output nobody reads; its exit code and what it complained of."""
    there, here = os.pipe()
    os.close(there)
    try:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            stdout=here,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(HERE), "PYTHONUNBUFFERED": "1"},
            check=False,
        )
    finally:
        os.close(here)
    return done.returncode, done.stderr


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize(
    "words",
    [
        ("tidegate", "claims", "--list"),
        ("tidegate", "claims", "--json"),
        ("toy_experiments.walk", "--quick", "--workers", "1", "--out", "{out}"),
    ],
)
def test_nobody_reads(words: tuple[str, ...], tmp_path: Path) -> None:
    code, complaint = piped(*(word.format(out=tmp_path / "out") for word in words))
    assert (code, complaint) == (0, "")


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp932", ("tidegate", "claims")),
        ("ascii", ("toy_experiments.walk", "--quick", "--workers", "1", "--out", "{out}")),
    ],
)
def test_a_pipe_of_another_encoding_loses_no_result(
    encoding: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *(word.format(out=tmp_path / "out") for word in words)],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(HERE), "PYTHONIOENCODING": encoding},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "-" in done.stdout.decode(encoding)


def test_what_no_letter_stands_for_is_escaped_as_in_json() -> None:
    said = json.dumps("\u2212 \u201c\u5f35\u201d \U0001f642", ensure_ascii=False)
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii")
    with redirect_stdout(stream), forgiving_stdout():
        print(said, end="")
    assert json.loads(written.getvalue()) == "- '\u5f35' \U0001f642"
    assert stream.errors == "strict"
