"""docs/report.md: what it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from tidegate.analysis.views import VIEWS
from tidegate.cli import _COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "report.md").read_text("utf-8")


def test_options_and_tables_are_those_there_are():
    fields = set(_COMMANDS["report"].__dataclass_fields__)
    options = set(re.findall(r"^\| `--(\w+)", PAGE, flags=re.M))
    assert options == {"from" if name == "package" else name for name in fields} - {"results"}
    assert set(re.findall(r"^\| `(\w+)` \| `day`", PAGE, flags=re.M)) == set(VIEWS)
