"""A reader that leaves ends no study, and draws no complaint."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
