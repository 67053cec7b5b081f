"""docs/index.md lists every page, and no link leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import FENCE, ROOT, pages

LINK = re.compile(r"\]\(([^)\s]+)\)")
INDEX = ROOT / "docs" / "index.md"


def links(page: str) -> list[str]:
    """Return where a page leads, but for other sites."""
    text = FENCE.sub("", (ROOT / page).read_text())
    return [to for to in LINK.findall(text) if "://" not in to and not to.startswith("mailto:")]


def anchors(path: Path) -> set[str]:
    """Return the names of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_every_page_is_listed_once() -> None:
    listed = [str((INDEX.parent / to).resolve().relative_to(ROOT)) for to in links("docs/index.md")]
    assert len(listed) == len(set(listed))
    notebooks = {str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.ipynb")}
    expected = {*pages(), *notebooks} - {"docs/index.md", "CHANGELOG.md"}
    missing = sorted(expected - set(listed))
    assert not missing, f"list them in docs/index.md, where a reader should meet them: {missing}"


@pytest.mark.parametrize("page", pages())
def test_links_lead_somewhere(page: str) -> None:
    for to in links(page):
        name, _, anchor = to.partition("#")
        path = ((ROOT / page).parent / name).resolve() if name else ROOT / page
        assert path.exists(), f"{page}: {to} does not exist"
        if anchor:
            assert anchor in anchors(path), f"{page}: {to} has no such heading"
