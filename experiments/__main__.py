"""List the experiments: ``python -m experiments``."""

from tidegate.study.packages import list_experiments

raise SystemExit(list_experiments())
