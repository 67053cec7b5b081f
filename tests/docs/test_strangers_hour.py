"""From the how-tos alone: an agent, a policy and an experiment outside the repository, at work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.docs.pages import ROOT, blocks, save

HOWTOS = [f"docs/howto/write_{thing}.md" for thing in ("an_agent", "a_policy", "an_experiment")]
MOST = {"dips/dip_buyer.py": 20, "dips/ban.py": 10, "dips/softer_falls.py": 80}  # lines of code


def lines_of(page: str) -> dict[str, int]:
    """Return lines of code, blank ones and the file's name left out, by file."""
    return {
        block.file: sum(bool(line.strip()) for line in block.text.splitlines()) - 1
        for block in blocks(page)
        if block.file is not None and block.language == "python"
    }


def test_a_hundred_lines_are_enough() -> None:
    counted = {name: lines for page in HOWTOS for name, lines in lines_of(page).items()}
    assert set(counted) == set(MOST)
    assert {name: lines for name, lines in counted.items() if lines > MOST[name]} == {}
    assert sum(counted.values()) <= 100


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with nothing but the files of the pages."""
    home = tmp_path_factory.mktemp("scratch")
    save(home, *HOWTOS)
    assert not home.is_relative_to(ROOT)
    return home


def run(scratch: Path, *words: str) -> str:
    """Run Python in the directory, as one who has installed tidegate would."""
    ran = subprocess.run(
        [sys.executable, *words],
        cwd=scratch,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    return ran.stdout


@pytest.mark.slow
def test_it_runs_and_appears_in_the_report(scratch: Path) -> None:
    told = run(scratch, "-m", "dips.softer_falls", "--quick", "--workers", "1", "--audit")
    assert "DIP-H1" in told
    out = scratch / "results" / "softer_falls"
    summary = json.loads((out / "summary.json").read_text())
    assert [row["row"] for row in summary["verdicts"]] == ["DIP-H1"]
    assert [arm["label"] for arm in summary["arms"]][:2] == ["ban", "bought"]
    bought = {row["arm"]: row["mean"] for row in summary["effects"] if row["metric"] == "bought"}
    assert bought["ban"] == 0
    assert bought["bought"] > 10_000
    page = (out / "report.html").read_text()
    for text in ("Do those who buy dips soften bad news?", "Coins of those who buy dips", "DIP-H1"):
        assert text in page
    paths = pl.read_parquet(out / "paths.parquet")
    assert paths.filter(pl.col("arm") == "bought")["dips"].max() > 10_000


@pytest.mark.slow
def test_it_can_be_swept(scratch: Path) -> None:
    run(scratch, "-m", "tidegate", "sweep", "dips.toml", "--workers", "1")
    results = pl.read_parquet(scratch / "results" / "dips" / "results.parquet")
    assert set(results["elasticity"]) == {0.1, 0.4}
    assert set(results["arm"]) == {"ban", "bought"}
    assert results["value"].is_finite().all()


@pytest.mark.slow
def test_its_claim_is_on_a_ledger_of_its_own(scratch: Path) -> None:
    told = run(scratch, "-m", "tidegate", "claims", "--from", "dips")
    assert "DIP-H1" in told
    assert "PEN-H1" not in told
