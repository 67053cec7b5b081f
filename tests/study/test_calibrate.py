"""A calibration on an executor: it finds planted parameters, and goes on after a kill."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tidegate_core import draws

from tidegate.analysis import calibration as loss
from tidegate.analysis import inference
from tidegate.analysis.calibration import Lengths, measure
from tidegate.analysis.ecologies import Free, Paths
from tidegate.analysis.moments import NAMES, Moment, Targets, comparable
from tidegate.streams import Streams
from tidegate.study import calibration
from tidegate.study.calibration import Plan, calibrate
from tidegate.study.executors import ClusterError

pytest.importorskip("optuna", reason="needs the extra calibrate")

DAYS = 34
LENGTHS = Lengths(DAYS, {"day": DAYS - 2, "hour": 24 * (DAYS - 2)}, months=1)


@dataclass(frozen=True)
class Storms:
    """Normal returns, of another size on some days and in some hours: two parameters, a scale."""

    name: str = "storms"
    table: str = "storms"
    free: tuple[Free, ...] = (Free("days", 1.2, 6.0), Free("hours", 1.2, 8.0))
    scale: str | None = "size"

    def defaults(self) -> dict[str, float]:
        return {"days": 2.0, "hours": 3.0, "size": 1e-4}

    def excess(self, values: Mapping[str, float]) -> float:
        return max(values.get("days", 2.0) + values.get("hours", 3.0) - 12.0, 0.0)

    def simulate(self, values: Mapping[str, float], seed: int, days: int) -> Paths:
        whole = {**self.defaults(), **values}
        z = np.empty(days * 1440)
        draws.fill_normal(z, Streams(seed).key("storms", "draws"), 0)
        hour = np.arange(days * 1440) // 60
        size = np.where(hour // 24 % 8 < 2, whole["days"], 1.0)
        size *= np.where(hour % 24 < 6, whole["hours"], 1.0)
        return Paths(np.cumsum(whole["size"] * size * z))

    def calm(
        self, values: Mapping[str, float], seeds: Sequence[int], days: int
    ) -> dict[str, float]:
        return {}


class Threads:
    """An executor of this process, which counts what it is given."""

    workers = 2

    def __init__(self, fails_after: int | None = None) -> None:
        self.jobs, self.fails_after = 0, fails_after

    def __call__(self) -> Executor:
        counter = self

        class Counting(ThreadPoolExecutor):
            def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
                counter.jobs += 1
                if counter.fails_after is not None and counter.jobs > counter.fails_after:
                    raise BrokenExecutor("killed")
                return super().submit(fn, *args, **kwargs)

        return Counting(self.workers)

    def on_workers(self, function: Any, *args: Any) -> dict[str, Any]:
        return {}


def planted(truth: Mapping[str, float], data_seed: int) -> Targets:
    """Moments of one seed of known parameters; their errors from thirty others."""
    storms = Storms()
    rows = np.array([measure(storms, truth, seed, LENGTHS).matched for seed in range(500, 530)])
    found = measure(storms, truth, data_seed, LENGTHS).matched
    errors = comparable(rows).std(axis=0)
    moments = tuple(
        Moment(bar, fact, found[i], float(errors[i]), -math.inf, math.inf)
        for i, (bar, fact) in enumerate(NAMES)
    )
    apart = {"day": np.eye(6), "hour": np.eye(7)}
    return Targets(moments, apart, LENGTHS.windows, "planted")


@pytest.fixture(autouse=True)
def no_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Storms keep no bands; their moments alone are matched."""
    monkeypatch.setattr(loss, "PRICE", 0.0)
    monkeypatch.setattr(inference, "PRICE", 0.0)


def plan(targets: Targets, **changes: Any) -> Plan:
    return replace(Plan(Storms(), targets, range(2), LENGTHS, evaluations=10, polish=3), **changes)


@pytest.mark.slow
def test_planted_parameters_are_found_and_covered(tmp_path: Path) -> None:
    """Of twelve fits to data of their own, nine or more cover each parameter (95 % wanted)."""
    truth = {"days": 2.6, "hours": 4.0, "size": 2e-4}
    hits = dict.fromkeys(truth, 0)
    widths: dict[str, list[float]] = {name: [] for name in truth}
    for seed in range(12):
        task = plan(planted(truth, 600 + seed), evaluations=6, polish=3)
        fit = calibrate(task, tmp_path / str(seed), Threads())
        for one in inference.intervals(Storms(), fit.best, fit.slopes):
            hits[one.name] += one.low <= truth[one.name] <= one.high
            widths[one.name].append(one.high / one.low)
    assert min(hits.values()) >= 9, hits
    # A month of data tells little, but an interval that covers everything says nothing.
    assert max(np.median(width) for width in widths.values()) < 4.0


def test_polishing_goes_downhill(tmp_path: Path) -> None:
    targets = planted({"days": 3.0, "hours": 5.0}, 601)
    rough = calibrate(plan(targets, evaluations=2, polish=0), tmp_path, Threads())
    fine = calibrate(plan(targets, evaluations=2, polish=4), tmp_path, Threads())
    assert fine.best.loss < rough.best.loss - 2.0


def test_a_killed_calibration_goes_on(tmp_path: Path) -> None:
    """The same fit whether or not it was killed, and nothing is simulated twice."""
    task = plan(planted({"days": 2.0, "hours": 4.0}, 602), evaluations=8, polish=1)
    whole = Threads()
    expected = calibrate(task, tmp_path / "whole", whole)
    killed, again = Threads(fails_after=whole.jobs // 2), Threads()
    with pytest.raises(ClusterError, match="a worker died while it simulated a seed: killed"):
        calibrate(task, tmp_path / "killed", killed)
    resumed = calibrate(task, tmp_path / "killed", again)
    assert resumed.best.values == expected.best.values
    assert resumed.best.loss == expected.best.loss
    assert again.jobs < 0.8 * whole.jobs
    idle = Threads()
    calibrate(task, tmp_path / "killed", idle)
    assert idle.jobs == 0


def test_a_torn_evaluation_is_made_again(tmp_path: Path) -> None:
    task = plan(planted({"days": 2.0, "hours": 4.0}, 602), evaluations=4, polish=0)
    calibrate(task, tmp_path, Threads())
    torn = next((tmp_path / "evaluations").iterdir())
    torn.write_text(torn.read_text()[:50])
    again = Threads()
    calibrate(task, tmp_path, again)
    assert again.jobs == 2  # the seeds of one set


def test_other_seeds_or_lengths_are_other_evaluations(tmp_path: Path) -> None:
    task = plan(planted({"days": 2.0, "hours": 4.0}, 602), evaluations=2, polish=0)
    calibrate(task, tmp_path, Threads())
    other = Threads()
    calibrate(replace(task, seeds=range(1, 3)), tmp_path, other)
    assert other.jobs > 0


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    task = plan(planted({"days": 2.0, "hours": 4.0}, 603), evaluations=8, polish=0)
    alone = Threads()
    alone.workers = 1
    one = calibrate(task, tmp_path / "one", alone)
    two = calibrate(task, tmp_path / "two", Threads())
    assert one.best.values == two.best.values
    other = calibrate(replace(task, sampler_seed=1), tmp_path / "two", Threads())
    assert other.best.values != two.best.values


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"evaluations": 0}, "evaluations is 0; allowed is 1 and above"),
        ({"polish": -1}, "polish is -1; allowed is 0 and above"),
        ({"seeds": range(0)}, "seeds is empty"),
    ],
)
def test_bad_plans_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plan(Targets((), {}, {}), **change)


def test_a_start_that_may_not_be_is_told(tmp_path: Path) -> None:
    class Refused(Storms):
        def excess(self, values: Mapping[str, float]) -> float:
            return 1.0

    task = plan(planted({"days": 2.0, "hours": 4.0}, 602), evaluations=3)
    with pytest.raises(ValueError, match="none of 3 sets keeps what must hold between values"):
        calibrate(replace(task, ecology=Refused()), tmp_path, Threads())


def test_without_optuna_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ImportError(f"No module named {name!r}")

    targets = planted({"days": 2.0, "hours": 4.0}, 602)
    monkeypatch.setattr(calibration.importlib, "import_module", missing)
    with pytest.raises(ValueError, match=r'pip install "tidegate\[calibrate\]"'):
        calibrate(plan(targets), tmp_path, Threads())
