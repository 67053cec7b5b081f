"""`tidegate search`: which settings no other setting beats in all that is wanted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import tyro

from tidegate.commands.sweep_options import SweepOptions
from tidegate.study.executors import ExecutorPool
from tidegate.study.launch import FAILED, RAN
from tidegate.study.packages import experiment_named
from tidegate.study.plan import Plan
from tidegate.study.search import FRONTIER, Search, run_search
from tidegate.study.search_file import Objective, SearchFile
from tidegate.study.study_file import read_as
from tidegate.study.text_table import stacked, wrapped

_GOALS: Final = {"minimize": "less is better", "maximize": "more is better"}
_NOISE: Final = 1e-12  # of the greatest number of a column: smaller ones are what rounding leaves


@dataclass(frozen=True)
class SearchCommand(SweepOptions):
    """Search the frontier of several objectives over what a study file varies."""

    study: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(
            metavar="STUDY",
            help="A TOML file: a study with [search] and [[objective]] in place of [design].",
        ),
    ]

    json: Annotated[bool, tyro.conf.arg(help="Print the frontier as JSON.")] = False

    def run(self) -> int:
        """Make the trials that are missing, print the frontier and draw it.

        Returns
        -------
        int
            0 when a trial could be finished; 1 when none could, the disk was full or the cluster
            has gone; 130 when it was interrupted. What was finished is kept in any case.
        """
        self.check_options()
        file = read_as(SearchFile, self.study)
        plan = Plan.made(file.study(), experiment_named(file.package, file.experiment))
        out = self.folder(self.study)

        def work(pool: ExecutorPool) -> int:
            return _show(run_search(file, plan, out, pool), plan, out, as_json=self.json)

        return self.attempt(work, out)


def _show(search: Search, plan: Plan, out: Path, *, as_json: bool) -> int:
    """Print what was found, draw it and return the exit code."""
    print(_data(search) if as_json else "\n".join(_words(search, plan)))
    if not search.trials["frontier"].any():
        return FAILED
    files = [out / FRONTIER, *_draw(search, plan, out)]
    if not as_json:
        print(f"\nWritten: {', '.join(map(str, files))}")
    return RAN


def _data(search: Search) -> str:
    """Return what was found as JSON: objectives, and the trials of the frontier."""
    objectives = [objective.model_dump(mode="json") for objective in search.file.objective]
    data = {
        "trials": search.trials.height,
        "objectives": objectives,
        "frontier": search.frontier.drop("frontier").to_dicts(),
    }
    return json.dumps(data, indent=1)


def _words(search: Search, plan: Plan) -> Iterator[str]:
    """Yield the lines that are printed."""
    for sentence in _sentences(search, plan):
        yield from wrapped(sentence)
    yield ""
    frontier = search.frontier.drop("frontier")
    columns = [[name, *_cells(frontier[name].to_list())] for name in frontier.columns]
    yield from stacked(list(zip(*columns, strict=True)))


def _sentences(search: Search, plan: Plan) -> Iterator[str]:
    """Yield what was searched for, and what became of it."""
    file, trials = search.file, search.trials
    yield (
        f"{plan.experiment.name}: {trials.height:,} trials, {_seeds(plan)}, "
        f"{search.frontier.height:,} on the frontier"
    )
    failed = trials[file.objective[0].name].null_count()
    if failed:
        yield f"{failed:,} trials have no value, for runs of theirs failed"
    for objective in file.objective:
        yield f"{objective.name}: {_title(plan, objective)}, {_GOALS[objective.direction]}"
    yield (
        "Frontiers are picked from noisy means and flatter themselves: run what you choose again, "
        "on other seeds"
    )


def _seeds(plan: Plan) -> str:
    first, last = plan.seeds[0], plan.seeds[-1]
    return f"seed {first}" if first == last else f"each the mean of seeds {first} to {last}"


def _cells(values: Sequence[Any]) -> list[str]:
    """Return the values of a column as text, rounding noise as 0."""
    noise = _NOISE * max((abs(value) for value in values if isinstance(value, float)), default=0.0)
    return [_cell(0.0 if isinstance(v, float) and abs(v) <= noise else v) for v in values]


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _title(plan: Plan, objective: Objective) -> str:
    metric = next(m for m in plan.experiment.metrics if m.name == objective.metric)
    arm = objective.arm or plan.labels[0][0]
    if objective.control is None:
        unit = metric.unit if metric.unit != "%" else "a fraction"
        return f"{metric.title}, {arm}" + (f" ({unit})" if unit else "")
    return f"effect on {metric.title}, {arm} against {objective.control}"


def _draw(search: Search, plan: Plan, out: Path) -> list[Path]:
    # Drawing libraries are slow to import and needed only now.
    from tidegate.report.frontier_plot import frontier_chart
    from tidegate.report.plots import write_plot

    chart = frontier_chart(
        search.trials,
        [(o.name, f"{_title(plan, o)}: {_GOALS[o.direction]}") for o in search.file.objective],
        f"{plan.experiment.name}: what cannot be had together",
        f"{search.trials.height} trials, {_seeds(plan)}; filled and numbered: the frontier",
    )
    return write_plot(chart, out, "frontier")
