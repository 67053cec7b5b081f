"""Check a committed result by running one of its runs again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tidegate.report.summary import Summary
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


def verify(experiment: Experiment[Any], summary: Summary, row: str) -> Verification:
    """Run the treated arm of a claim again, on the first seed that has it.

    Raises
    ------
    ValueError
        When the summary has no such row or run, or when the scenario it was made with is no
        longer that of the experiment.
    """
    claimed = next((v for v in summary.verdicts if v.row == row), None)
    if claimed is None:
        rows = ", ".join(v.row for v in summary.verdicts)
        raise ValueError(f"row is {row!r}; the result holds {rows}")
    run = next((r for r in summary.runs if r.arm == claimed.treated), None)
    if run is None:
        raise ValueError(f"the result of {row} holds no run of its arm {claimed.treated!r}")
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
