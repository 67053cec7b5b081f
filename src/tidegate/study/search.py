"""Search the frontier of several objectives: resumable, the same on any number of workers.

Points are chosen in batches. What a batch proposes depends on the finished trials of all batches
before and on nothing else, so a search that was killed anywhere goes on with the points it would
have tried, and finds their runs where it left them.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl
from pydantic import JsonValue

import tidegate
from tidegate.analysis.outcomes import Outcome, point_outcomes
from tidegate.report.summary import Metric
from tidegate.study.designs import Factor, Levels, Span, unit_design
from tidegate.study.directory_kind import SEARCH, refuse_other_kind
from tidegate.study.directory_lock import directory_lock
from tidegate.study.executors import ExecutorPool
from tidegate.study.plan import Plan, unknown_name
from tidegate.study.preflight import code_hash
from tidegate.study.search_file import Objective, SearchFile
from tidegate.study.search_journal import NUMBER, open_journal
from tidegate.study.store import Record, Store
from tidegate.study.study_file import Design, Range
from tidegate.study.sweep import read_results, run_sweep

__all__ = ["Search", "run_search"]

TRIALS: Final = "trials.parquet"
FRONTIER: Final = "frontier.parquet"
_JOURNAL: Final = "journal.log"
_BATCH_SEEDS: Final = 100_003  # batches to a seed: more than a search can have

Choice = Mapping[str, Any]  # by name: a value of a range, the place of a level


class SearchManifest(Record):
    """What the trials of a search belong to."""

    experiment: str
    version: str
    code: str
    search: SearchFile

    def identity(self) -> dict[str, JsonValue]:
        """Return what must agree for a search to go on: all but how many trials it makes."""
        entries: dict[str, JsonValue] = self.model_dump(mode="json", exclude={"search"})
        search = self.search.model_dump(mode="json", exclude={"search": {"trials"}})
        return entries | {f"search.{name}": value for name, value in search.items()}


@dataclass(frozen=True)
class Search:
    """What a search has found.

    Parameters
    ----------
    file
        What was searched for.
    trials
        A row a trial: `trial`, what is varied, the objectives (null where runs failed), and
        `frontier`, whether no other trial is better in one objective and no worse in the others.
    """

    file: SearchFile
    trials: pl.DataFrame

    @property
    def frontier(self) -> pl.DataFrame:
        """The trials of the frontier, the best in the first objective on top."""
        first = self.file.objective[0]
        return self.trials.filter("frontier").sort(
            first.name, "trial", descending=[first.direction == "maximize", False]
        )


def run_search(
    file: SearchFile,
    plan: Plan,
    out: Path,
    pool: ExecutorPool,
    *,
    progress: bool | None = None,
) -> Search:
    """Make the trials that a directory lacks of a search and write its tables.

    Parameters
    ----------
    file, plan
        The search, and the plan of its study, whatever the points of that.
    out
        Directory: the journal of trials, the sweeps of batches, and the tables.
    pool
        Where runs take place.
    progress
        As of `run_sweep`.

    Raises
    ------
    StoreMismatchError
        When the directory holds another search; nothing is touched then.
    ValueError
        When an objective is unknown, or a package is missing.
    """
    outcomes = [_outcome(plan, objective) for objective in file.objective]
    optuna = _optuna()
    refuse_other_kind(out, SEARCH)
    with directory_lock(out):
        Store.open(out, _manifest(file, plan))
        ledger = open_journal(
            optuna,
            out / _JOURNAL,
            file.experiment,
            [objective.direction for objective in file.objective],
            file.vary,
        )
        while (done := len(ledger.trials)) < file.search.trials:
            number = done // file.search.batch
            batch = _propose(optuna, file, plan, number, ledger.trials)
            points = [_values(file, choice) for choice in batch]
            values = _evaluate(
                plan, points, outcomes, out / "batches" / f"{number:05}", pool, progress
            )
            for trial in list(zip(batch, values, strict=True))[done % file.search.batch :]:
                ledger.add_trial(_finished(optuna, file, plan, len(ledger.trials), *trial))
        search = Search(file, _table(file, plan, ledger))
        search.trials.write_parquet(out / TRIALS)
        search.frontier.write_parquet(out / FRONTIER)
    return search


def _optuna() -> Any:
    try:
        optuna = importlib.import_module("optuna")
    except ImportError as error:
        raise ValueError(
            f'a search needs optuna ({error}): pip install "tidegate[calibrate]"'
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _manifest(file: SearchFile, plan: Plan) -> SearchManifest:
    return SearchManifest(
        experiment=plan.experiment.name,
        version=tidegate.__version__,
        code=code_hash(plan.experiment),
        search=file,
    )


def _outcome(plan: Plan, objective: Objective) -> Outcome:
    if objective.metric not in plan.metrics:
        raise unknown_name("metric", objective.metric, plan.metrics, "the study")
    labels = plan.labels[0]
    for label in (objective.arm, objective.control):
        if label is not None and label not in labels:
            raise unknown_name("arm", label, labels, "the study")
    metric: Metric = next(m for m in plan.experiment.metrics if m.name == objective.metric)
    return Outcome(objective.metric, objective.arm or labels[0], objective.control, metric.scale)


def _propose(
    optuna: Any, file: SearchFile, plan: Plan, number: int, trials: Sequence[Any]
) -> list[Choice]:
    """Return the points of one batch, from the trials of those before."""
    size, seed = file.search.batch, file.search.seed
    if number == 0:
        factors = _factors(file, plan)
        unit = unit_design(
            Design(kind="latin-hypercube", points=size, seed=seed), [*factors.values()]
        )
        return [
            {
                name: factor.at(place)
                for (name, factor), place in zip(factors.items(), row, strict=True)
            }
            for row in unit.tolist()
        ]
    sampler = optuna.samplers.TPESampler(seed=seed * _BATCH_SEEDS + number, n_startup_trials=size)
    memory = optuna.create_study(
        directions=[objective.direction for objective in file.objective], sampler=sampler
    )
    memory.add_trials(trials[: number * size])
    ways = _distributions(optuna, file, plan)
    return [memory.ask(ways).params for _ in range(size)]


def _factors(file: SearchFile, plan: Plan) -> dict[str, Factor]:
    """Return what each name is chosen from, levels by their places in the file."""
    return {
        name: Span(
            varied.low,
            varied.high,
            log=varied.scale == "log",
            whole=plan.points.schema[name].is_integer(),
        )
        if isinstance(varied, Range)
        else Levels(tuple(range(len(varied))))
        for name, varied in file.vary.items()
    }


def _distributions(optuna: Any, file: SearchFile, plan: Plan) -> dict[str, Any]:
    """Return the factors as optuna has them."""
    kinds = optuna.distributions
    ways = {}
    for name, factor in _factors(file, plan).items():
        if isinstance(factor, Levels):
            ways[name] = kinds.CategoricalDistribution(factor.values)
        else:
            kind = kinds.IntDistribution if factor.whole else kinds.FloatDistribution
            ways[name] = kind(factor.low, factor.high, log=factor.log)
    return ways


def _values(file: SearchFile, choice: Choice) -> dict[str, Any]:
    """Return what was chosen as values of parameters."""
    values: dict[str, Any] = {}
    for name, varied in file.vary.items():
        values[name] = choice[name] if isinstance(varied, Range) else varied[choice[name]]
    return values


def _evaluate(
    plan: Plan,
    batch: Sequence[Mapping[str, Any]],
    outcomes: Sequence[Outcome],
    folder: Path,
    pool: ExecutorPool,
    progress: bool | None,
) -> list[list[float]]:
    """Return the objectives of each point, NaN where runs failed or no world can be built."""
    frame = pl.DataFrame(batch, schema=dict(plan.points.drop("point").schema)).select(
        pl.int_range(len(batch), dtype=pl.Int64).alias("point"), pl.all()
    )
    tried = replace(plan, points=frame)
    labels: dict[int, tuple[str, ...]] = {}
    for point in range(len(batch)):
        try:
            labels[point] = tuple(arm.label for arm in tried.arms(point))
        except ValueError:  # values that do not go together
            if point == len(batch) - 1 and not labels:
                raise
    whole = [[math.nan] * len(outcomes) for _ in batch]
    built = frame[list(labels)].with_columns(
        pl.int_range(len(labels), dtype=pl.Int64).alias("point")
    )
    run_sweep(
        replace(plan, points=built, labels=tuple(labels.values())), folder, pool, progress=progress
    )
    results, places = read_results(folder), list(labels)
    for column, outcome in enumerate(outcomes):
        found = point_outcomes(results, outcome, plan.seeds)
        for point, value in found.select("point", "value").iter_rows():
            whole[places[point]][column] = value
    return whole


def _finished(
    optuna: Any, file: SearchFile, plan: Plan, number: int, choice: Choice, values: Sequence[float]
) -> Any:
    """Return a trial as the journal keeps it."""
    failed = any(math.isnan(value) for value in values)
    state = optuna.trial.TrialState
    return optuna.trial.create_trial(
        state=state.FAIL if failed else state.COMPLETE,
        values=None if failed else list(values),
        params=choice,
        distributions=_distributions(optuna, file, plan),
        user_attrs={NUMBER: number},
    )


def _table(file: SearchFile, plan: Plan, ledger: Any) -> pl.DataFrame:
    """Return the trials of a search, a row each."""
    best = {trial.number for trial in ledger.best_trials}
    names = [objective.name for objective in file.objective]
    rows = []
    for trial in ledger.trials:
        values = trial.values or [None] * len(names)
        rows.append(
            {"trial": trial.number, **_values(file, trial.params)}
            | dict(zip(names, values, strict=True))
            | {"frontier": trial.number in best}
        )
    schema = {"trial": pl.Int64(), **plan.points.drop("point").schema}
    return pl.DataFrame(
        rows, schema={**schema, **dict.fromkeys(names, pl.Float64()), "frontier": pl.Boolean()}
    )
