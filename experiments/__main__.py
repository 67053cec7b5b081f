"""List the experiments: ``python -m experiments``."""

import sys

from tidegate.study.packages import list_experiments

raise SystemExit(list_experiments(argv=sys.argv[1:]))
