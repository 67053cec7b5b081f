"""Notebooks run from a fresh kernel and print what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def printed(notebook: Any) -> list[str]:
    """Return what the cells of a notebook print, a text a cell; warnings are no part of it."""
    return [
        "".join(out["text"] for out in cell["outputs"] if out.get("name") == "stdout")
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_prints_what_it_shows(path: Path, tmp_path: Path) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(path, as_version=4)
    shown = printed(notebook)
    client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3")
    client.execute(cwd=str(tmp_path))
    assert printed(notebook) == shown
    assert any(shown)
    figures = [
        out
        for cell in notebook["cells"]
        for out in cell.get("outputs", [])
        if "image/png" in out.get("data", {})
    ]
    assert figures


def test_nobodys_machine_is_shown() -> None:
    for path in NOTEBOOKS:
        assert "site-packages" not in path.read_text()


def test_there_is_one() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["first_steps"]
    assert all(path.stat().st_size < 200_000 for path in NOTEBOOKS)
