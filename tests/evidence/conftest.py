"""Evidence: full-size runs by hand, whose figures are committed under docs/evidence.

``pytest -m evidence -n 0 -s tests/evidence`` runs all of it on two cores and rewrites the files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
FOLDER = Path(__file__).parents[2] / "docs" / "evidence"


@pytest.fixture(scope="session")
def everywhere() -> Iterator[Callable[[Callable[[Any], T], Iterable[Any]], list[T]]]:
    """Map a top-level function over inputs on all cores, in order."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        yield lambda function, inputs: list(pool.map(function, inputs, chunksize=1))


@pytest.fixture
def commit_figures(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Write a table of figures to docs/evidence, under the command that made it."""

    def write(name: str, text: str) -> None:
        command = f"pytest -m evidence -n 0 {request.node.nodeid}"
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{name}.txt").write_text(f"$ {command}\n\n{text}\n")
        print(f"\n{text}")

    return write
