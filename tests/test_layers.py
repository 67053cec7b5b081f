"""The import contracts of pyproject.toml hold."""

from __future__ import annotations

from pathlib import Path

import pytest

EXPERIMENTS = Path(__file__).parents[1] / "experiments"


def test_every_module_knows_only_the_layers_below_it(capsys):
    cli = pytest.importorskip("importlinter.cli")
    assert cli.lint_imports(no_cache=True) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    "path", sorted(EXPERIMENTS.glob("[!_]*.py")), ids=lambda path: str(path.stem)
)
def test_an_experiment_is_composition(path):
    """What grows beyond this has a reason of its own to change: tidegate.setups, or a measure."""
    assert len(path.read_text().splitlines()) <= 150
