"""Check a committed result by running some of its runs again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tidegate.report.summary import Summary, VerdictRow
from tidegate.study.experiment import Experiment
from tidegate.study.seed import run_arm


@dataclass(frozen=True, slots=True)
class Verification:
    """The hash of a tape as committed and as found now."""

    row: str
    seed: int
    arm: str
    committed: str
    found: str

    @property
    def agrees(self) -> bool:
        """Whether the run came out bit for bit as committed."""
        return self.committed == self.found


def verify(experiment: Experiment[Any], summary: Summary, row: str) -> Iterator[Verification]:
    """Run the treated arm of a claim again, and its frozen twin, on the first seed that has them.

    The control has to agree too: what is done to twins is no part of the scenario, so that nothing
    else tells a result whose twins lived by other rules.

    Raises
    ------
    ValueError
        When the summary has no such row or run, or when the scenario it was made with is no
        longer that of the experiment.
    """
    claimed = _claimed(summary, row)
    twins = (arm.label for arm in summary.arms if arm.frozen_twin_of == claimed.treated)
    for label in (claimed.treated, *twins):
        yield _run_again(experiment, summary, row, label)


def _claimed(summary: Summary, row: str) -> VerdictRow:
    claimed = next((v for v in summary.verdicts if v.row == row), None)
    if claimed is None:
        rows = ", ".join(v.row for v in summary.verdicts)
        raise ValueError(f"row is {row!r}; the result holds {rows}")
    return claimed


def _run_again(experiment: Experiment[Any], summary: Summary, row: str, label: str) -> Verification:
    run = next((r for r in summary.runs if r.arm == label), None)
    if run is None:
        raise ValueError(f"the result of {row} holds no run of its arm {label!r}")
    parameters = experiment.parameters(**{p.name: p.value for p in summary.parameters})
    now = experiment.digest(parameters)
    if now != summary.scenario_digest:
        raise ValueError(
            f"the result of {row} was made with scenario {summary.scenario_digest[:12]}; "
            f"{experiment.name} now has {now[:12]}"
        )
    arm = next(a for a in experiment.checked_arms(parameters) if a.label == run.arm)
    found = run_arm(experiment, parameters, run.seed, arm).digest()
    return Verification(row, run.seed, run.arm, run.digest, found)
