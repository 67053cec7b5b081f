"""List the experiments: ``python -m experiments``."""

from tidegate.cli import list_experiments

raise SystemExit(list_experiments())
