"""Which files decide what an experiment runs."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace

import pytest
from toy_experiments import walk

from tidegate.study.sources import sources_of

FILES = {
    "mine/__init__.py": "",
    "mine/study.py": "from mine import helper\nfrom .parts.deep import size\nimport numpy\n"
    "def build(parameters, seed):\n    return helper.FACTOR * size\n",
    "mine/helper.py": "import mine.study\nFACTOR = 1\n",  # a cycle ends
    "mine/parts/__init__.py": "",
    "mine/parts/deep.py": "from ..metrics import measure\nsize = 2\n",
    "mine/metrics.py": "def measure(frames, parameters):\n    return {}\n",
    "mine/other.py": "raise RuntimeError('nobody imports it')\n",
    "alone.py": "import beside\ndef build(parameters, seed):\n    return beside.X\n",
    "beside.py": "X = 1\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] in ("mine", "alone", "beside")]:
        del sys.modules[name]


def names(experiment, folder):
    return [
        path.relative_to(folder).as_posix()
        for path in sources_of(experiment)
        if path.is_relative_to(folder)
    ]


def test_all_that_an_experiment_imports_from_its_package_counts(package):
    study = importlib.import_module("mine.study")
    assert names(replace(walk.EXPERIMENT, build=study.build), package) == [
        "mine/__init__.py",
        "mine/helper.py",
        "mine/metrics.py",
        "mine/parts/__init__.py",
        "mine/parts/deep.py",
        "mine/study.py",
    ]


def test_a_measure_of_another_module_counts(package):
    metrics = importlib.import_module("mine.metrics")
    found = names(replace(walk.EXPERIMENT, measure=metrics.measure), package)
    assert found == ["mine/__init__.py", "mine/metrics.py"]


def test_a_module_of_no_package_has_what_lies_beside_it(package):
    alone = importlib.import_module("alone")
    found = names(replace(walk.EXPERIMENT, build=alone.build), package)
    assert found == ["alone.py", "beside.py"]


def test_experiments_that_share_their_measures_share_these_sources():
    from experiments import policy_dial, policy_frontier

    dial = next(p for p in sources_of(policy_dial.EXPERIMENT) if p.name == "policy_dial.py")
    assert dial in sources_of(policy_frontier.EXPERIMENT)
