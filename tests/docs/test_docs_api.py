"""The reference of the API is made without a warning, and says units."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

PAGES = (
    "tidegate/model",
    "tidegate/agents/trader",
    "tidegate/scenario/market",
    "tidegate_core/book",
)


@pytest.mark.slow
def test_the_reference_is_made_and_says_units(tmp_path: Path) -> None:
    pytest.importorskip("pdoc")
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "api.py"), str(tmp_path / "api")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-3000:]
    assert "Warning" not in made.stderr, made.stderr[-3000:]
    pages = {name: (tmp_path / "api" / f"{name}.html").read_text() for name in PAGES}
    assert "Most that is paid over the indicative price" in pages["tidegate/agents/trader"]
    market = pages["tidegate/scenario/market"]
    assert "per log price. Allowed: &gt;= 0.005, &lt;= 2. Source: multiplier 5" in market
    assert "submit_many" in pages["tidegate_core/book"]
