"""The examples of docs/tokens.md say what the code does."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "tokens.md"


def test_every_example_on_the_page_holds() -> None:
    outcome = doctest.testfile(str(PAGE), module_relative=False)
    assert outcome.attempted > 8
    assert outcome.failed == 0
