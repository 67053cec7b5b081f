"""The README's examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.S)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_example_runs(block: str) -> None:
    exec(compile(block, str(README), "exec"), {"__name__": "readme"})


def test_there_are_examples_and_the_two_commands() -> None:
    assert len(BLOCKS) >= 2
    text = README.read_text()
    assert "pip install -e . && python -m experiments.pension_entry" in text
    assert 'pip install -e ".[test]" && pytest' in text
