"""The import contracts of pyproject.toml hold."""

from __future__ import annotations

import pytest


def test_every_module_knows_only_the_layers_below_it(capsys):
    cli = pytest.importorskip("importlinter.cli")
    assert cli.lint_imports(no_cache=True) == 0, capsys.readouterr().out
