"""List the experiments: ``python -m experiments``."""

from tidegate.commands.packages import list_experiments

raise SystemExit(list_experiments())
