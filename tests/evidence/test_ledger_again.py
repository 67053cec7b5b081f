"""Results on the ledger are those of today's code: of each some runs again, bit for bit."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import experiments
from tidegate.study.claims import load_claims
from tidegate.study.committed import summaries
from tidegate.study.verify import verify

FOLDER = Path(experiments.__file__).parent


def check(path: Path) -> list[str]:
    """Return a line for each run of a result's first row that was made again."""
    claims = load_claims(FOLDER / "claims.toml")
    [summary] = [found for at, found in summaries(FOLDER / "ledger", claims) if at == path]
    experiment = importlib.import_module(f"experiments.{summary.experiment}").EXPERIMENT
    checks = verify(experiment, summary, summary.verdicts[0].row)
    return [
        f"{summary.experiment:22} {c.row:9} {c.arm:24} seed {c.seed}  "
        f"{'same' if c.agrees else 'DIFFERENT'}"
        for c in checks
    ]


@pytest.mark.evidence
def test_every_result_can_be_made_again(
    everywhere: Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]],
    commit_figures: Callable[[str, str], None],
) -> None:
    lines = [line for found in everywhere(check, sorted((FOLDER / "ledger").glob("*.json")))
             for line in found]  # fmt: skip
    commit_figures("ledger_again", "\n".join(lines))
    assert not [line for line in lines if line.endswith("DIFFERENT")]
