"""A sweep that has been checked: its experiment, its points, and what runs at each."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import polars as pl
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from tidegate.scenario import flat
from tidegate.study.arms import Arm, check_arms
from tidegate.study.designs import Factor, Levels, Span, unit_design
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.names import unknown_name
from tidegate.study.overriding import overriding
from tidegate.study.ranges import what_is_wrong
from tidegate.study.scenario_parameters import ScenarioParameters
from tidegate.study.study_file import Level, Range, StudyFile

__all__ = ["Plan", "unknown_name"]

# Columns of the tables besides what is varied.
_COLUMNS: Final = ("point", "seed", "arm", "metric", "value", "digest", "audited", "tables")


@dataclass(frozen=True)
class Plan:
    """A sweep that can run: every value, name and point of it has been checked.

    Parameters
    ----------
    study
        The file.
    experiment
        What it names.
    points
        A row a point: a column `point`, then one a varied name.
    labels
        Labels of the arms to run, by point.
    metrics
        Names of the metrics to keep.
    """

    study: StudyFile
    experiment: Experiment[Any]
    points: pl.DataFrame
    labels: tuple[tuple[str, ...], ...]
    metrics: tuple[str, ...]

    @classmethod
    def made(cls, study: StudyFile, experiment: Experiment[Any]) -> Plan:
        """Return the plan of a study file.

        Raises
        ------
        ValueError
            When the experiment has no such parameter, path, arm or metric, with the nearest that
            it has; when a value is out of its range; when a point cannot be built.
        """
        metrics = _metrics(study, experiment)
        _check_names(study, experiment)
        _parameters(experiment, study.parameters)
        factors = {
            name: _factor(experiment, study.parameters, name, varied)
            for name, varied in study.vary.items()
        }
        _check_overridden(study, experiment)
        points = _points(study, factors)
        plan = cls(study, experiment, points, (), metrics)
        interned: dict[tuple[str, ...], tuple[str, ...]] = {}
        labels = [tuple(arm.label for arm in plan.arms(point)) for point in range(len(plan))]
        return cls(
            study, experiment, points, tuple(interned.setdefault(x, x) for x in labels), metrics
        )

    def __len__(self) -> int:
        """Return how many points there are."""
        return self.points.height

    @property
    def seeds(self) -> range:
        """The seeds of every point."""
        return range(self.study.first_seed, self.study.first_seed + self.study.seeds)

    @property
    def runs(self) -> int:
        """How many runs there are: points by seeds by arms."""
        return sum(map(len, self.labels)) * len(self.seeds)

    @property
    def digest(self) -> str:
        """Hash of the points."""
        total = hashlib.sha256(json.dumps(self.points.columns).encode())
        for row in self.points.iter_rows():
            total.update(json.dumps(row).encode())
        return total.hexdigest()

    def values(self, point: int) -> dict[str, Level]:
        """Return what is varied, as it is at one point."""
        row = self.points.row(point, named=True)
        return {name: value for name, value in row.items() if name != "point"}

    def parameters(self, point: int) -> Parameters:
        """Return the parameters of one point."""
        return _parameters(self.experiment, {**self.study.parameters, **self.values(point)})

    def arms(self, point: int) -> tuple[Arm, ...]:
        """Return the arms to run at one point; those that do not run are not checked."""
        wanted, experiment = self.study.arms, self.experiment
        where = f"point {point} ({_listed(self.values(point))})"
        with _building(where, experiment):
            parameters = self.parameters(point)
            experiment.timeline(parameters)
            if wanted is None:
                return experiment.checked_arms(parameters)
            arms = tuple(experiment.arms(parameters))
            check_arms(arms)
        chosen = _selected(wanted, arms, f" at {where}")
        with _building(where, experiment):
            _only(experiment, wanted).checked_arms(parameters)
        return chosen

    def digest_at(self, point: int) -> str:
        """Return the hash of what decides the runs of a point, whichever of its arms they are."""
        values = {f.name: getattr(self.experiment, f.name) for f in fields(self.experiment)}
        return _Planned(**values).digest(self.parameters(point))


class _Planned(Experiment[Any]):
    """An experiment whose arms have been checked, as far as they run."""

    def checked_arms(self, parameters: Any) -> tuple[Arm, ...]:
        return tuple(self.arms(parameters))


def _metrics(study: StudyFile, experiment: Experiment[Any]) -> tuple[str, ...]:
    known = [metric.name for metric in experiment.metrics]
    for name in study.metrics or ():
        if name not in known:
            raise unknown_name("metric", name, known, experiment.name)
    return study.metrics or tuple(known)


def _check_names(study: StudyFile, experiment: Experiment[Any]) -> None:
    """Refuse names that are neither parameters nor paths of the scenario."""
    model = experiment.parameters
    changing = issubclass(model, ScenarioParameters)
    paths = flat.paths(model().scenario()) if changing else {}
    known = [*(name for name in model.model_fields if name != "change"), *paths]
    for section, names in (("parameters", study.parameters), ("vary", study.vary)):
        for name in names:
            if section == "vary" and name in _COLUMNS:
                raise ValueError(f"vary.{name}: a column of the results has that name")
            if changing and name.partition(".")[0] == "change":
                raise ValueError(
                    f"{section}.{name}: paths of the scenario go straight into [parameters] or "
                    "[vary], as in holders.elasticity = 0.1"
                )
            is_path = changing and flat.exists(model().scenario(), name)
            if name not in known and not is_path:
                what = f"{section}: the name"
                raise unknown_name(what, name, known, experiment.name, _listing(experiment))


def _listing(experiment: Experiment[Any]) -> str:
    """Return how to list what an experiment has, in words."""
    return (
        f"python -m {experiment.module} --help lists its parameters, and "
        "tidegate.scenario.flat.paths(EXPERIMENT.parameters().scenario()) the paths of its scenario"
    )


def _check_overridden(study: StudyFile, experiment: Experiment[Any]) -> None:
    """Refuse a parameter that is set or varied in vain, as paths set all that it sets."""
    model = experiment.parameters
    varied = {name: _ends(levels) for name, levels in study.vary.items()}
    first = {name: ends[0] for name, ends in varied.items()}
    try:
        parameters = _parameters(experiment, {**study.parameters, **first})
    except ValueError:  # a design may have no such point; `Plan.arms` tells of those that it has
        return
    if not isinstance(parameters, ScenarioParameters):
        return
    published = model()
    for name in model.model_fields.keys() & {*study.parameters, *varied}:
        others = varied.get(name, ())[1:] or (getattr(published, name),)
        found = [overriding(parameters, name, other) for other in others]
        if all(found):
            paths = [f"{_section(study, path)}.{path}" for path in found[0]]
            raise ValueError(
                f"{_section(study, name)}.{name} has no effect, as {', '.join(paths)} sets the "
                "same value; leave out one of them"
            )


def _section(study: StudyFile, name: str) -> str:
    return "vary" if name in study.vary else "parameters"


def _ends(varied: Range | tuple[Level, ...]) -> tuple[Level, ...]:
    return (varied.low, varied.high) if isinstance(varied, Range) else varied


def _parameters(experiment: Experiment[Any], values: Mapping[str, Level]) -> Parameters:
    """Return parameters with some values set, those that are paths by changes of the scenario."""
    model = experiment.parameters
    own = {name: value for name, value in values.items() if name in model.model_fields}
    changes = {name: value for name, value in values.items() if name not in own}
    given = {**own, "change": flat.written(changes)} if changes else own
    try:
        parameters: Parameters = model.model_validate(given)
    except ValidationError as error:
        words = "\n".join(dict.fromkeys(_problems(model, error)))
        raise ValueError(_as_in_files(model, words)) from error
    for name, value in own.items():
        read = getattr(parameters, name)
        is_number = isinstance(read, int | float) and not isinstance(read, bool)
        if is_number and isinstance(value, bool | str):  # read as numbers, but hardly meant so
            raise ValueError(f"{name} is {value!r}; it must be a number")
    if isinstance(parameters, ScenarioParameters):
        parameters.scenario()  # raises what is wrong with a change
    return parameters


def _problems(model: type[Parameters], error: ValidationError) -> Iterable[str]:
    for problem in error.errors():
        message = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:  # values that do not fit together
            yield message
            continue
        yield f"{problem['loc'][0]} is {what_is_wrong(model, problem)}"


def _as_in_files(model: type[Parameters], words: str) -> str:
    """Return a message in which parameters have the names of files, not of options."""

    def named(option: re.Match[str]) -> str:
        name = option[1].replace("-", "_")
        return name if name in model.model_fields else option[0]

    return re.sub(r"--([a-z][a-z0-9-]*)", named, words.replace("--change ", ""))


def _factor(
    experiment: Experiment[Any],
    fixed: Mapping[str, Level],
    name: str,
    varied: Range | tuple[Level, ...],
) -> Factor:
    """Return what is varied with values of the parameter's own kind, both ends checked."""

    def checked(value: Level) -> Any:
        try:
            parameters = _parameters(experiment, {**fixed, name: value})
        except ValueError as error:
            raise ValueError(f"vary.{name}: {error}") from error
        return _read(parameters, name)

    if not isinstance(varied, Range):
        return Levels(_of_one_kind(name, [checked(value) for value in varied]))
    low, high = checked(varied.low), checked(varied.high)
    if isinstance(low, bool) or not isinstance(low, int | float):
        raise ValueError(f"vary.{name} is a range, but {name} is no number; list its levels")
    return Span(low, high, log=varied.scale == "log", whole=isinstance(low, int))


def _read(parameters: Parameters, name: str) -> Any:
    """Return the value of a parameter or of a path in the scenario, as JSON would have it."""
    if name in type(parameters).model_fields:
        return to_jsonable_python(getattr(parameters, name))
    assert isinstance(parameters, ScenarioParameters)  # others have no paths
    return to_jsonable_python(flat.value_at(parameters.scenario(), name))


def _of_one_kind(name: str, levels: Sequence[Any]) -> tuple[Level, ...]:
    kinds = {type(level).__name__ for level in levels}
    if len(kinds) > 1:
        raise ValueError(
            f"vary.{name} mixes {' and '.join(sorted(kinds))}; a column of the results has one kind"
        )
    if kinds & {"dict", "NoneType"}:
        raise ValueError(f"vary.{name} is a part of the scenario; vary the values below it")
    return tuple(levels)


def _points(study: StudyFile, factors: Mapping[str, Factor]) -> pl.DataFrame:
    unit = unit_design(study.design, list(factors.values()))
    columns = {
        name: [factor.at(place) for place in unit[:, column].tolist()]
        for column, (name, factor) in enumerate(factors.items())
    }
    return pl.DataFrame(columns).select(
        pl.int_range(len(unit), dtype=pl.Int64).alias("point"), pl.all()
    )


@contextmanager
def _building(where: str, experiment: Experiment[Any]) -> Iterator[None]:
    """Name the point that cannot be built."""
    try:
        yield
    except ValueError as error:
        words = _as_in_files(experiment.parameters, str(error))
        raise ValueError(f"{where} cannot be built: {words}") from error


def _only(experiment: Experiment[Any], labels: Sequence[str]) -> Experiment[Any]:
    """Return an experiment with some of its arms alone."""

    def arms(parameters: Any) -> list[Arm]:
        # A twin may run without its other half.
        every = experiment.arms(parameters)
        return [replace(arm, frozen_twin_of=None) for arm in every if arm.label in labels]

    return replace(experiment, arms=arms)


def _selected(wanted: Sequence[str] | None, arms: Sequence[Arm], where: str) -> tuple[Arm, ...]:
    """Return the wanted arms in the order they were named."""
    if wanted is None:
        return tuple(arms)
    by_label = {arm.label: arm for arm in arms}
    for label in wanted:
        if label not in by_label:
            raise unknown_name("arm", label, by_label, f"the experiment{where}")
    return tuple(by_label[label] for label in wanted)


def _listed(values: Mapping[str, Level]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())
