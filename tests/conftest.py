"""How many processes share the tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

MOST = 4  # each holds the libraries and a few markets
ALONE = ("bench", "evidence")  # tiers whose tests measure time, or use all processors themselves
FEW = 2  # files that are not worth another process
settings.register_profile("brief", max_examples=25)  # where the same tests run a second time


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return the number for ``-n auto``: none where time is measured or a file or two are run."""
    files = [Path(name.partition("::")[0]) for name in config.args]
    few = len(files) <= FEW and all(file.is_file() for file in files)
    if few or config.option.markexpr in ALONE or config.option.capture == "no":
        return 0
    return min(MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
