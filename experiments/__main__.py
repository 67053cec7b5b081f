"""List the experiments, ``python -m experiments``, or run them all, ``... --preview``."""

import sys

from tidegate.study.packages import list_experiments
from tidegate.study.previews import run_previews

words = sys.argv[1:]
if words[:1] == ["--preview"]:
    raise SystemExit(run_previews(options=words[1:]))
raise SystemExit(list_experiments(argv=words))
