"""The command line of an experiment, made from its parameters."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, make_dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import tyro
from pydantic import ValidationError

from tidegate.study.executors import FORMS, LOCAL
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.ledger_plan import FIRST_LEDGER_SEED, FRESH_LEDGER_SEED
from tidegate.study.overriding import overriding
from tidegate.study.ranges import allowed_range, what_is_wrong
from tidegate.study.scenario_parameters import ScenarioParameters

Language = Literal["en", "ja"]
Kind = Literal["svg", "png"]
LAST_SEED = 2**63 - 1
MOST_SEEDS = 1_000_000  # every seed is a job in memory


@dataclass(frozen=True)
class RunOptions:
    """How to run an experiment, whatever it asks."""

    seeds: int
    workers: int | None = None  # None: as many as there are
    executor: str = LOCAL
    first_seed: int = 0
    ledger: bool = False
    rows: tuple[str, ...] = ()  # empty: all claims
    quick: bool = False
    out: Path | None = None
    audit: bool = False
    json: bool = False
    lang: Language = "en"
    figures: tuple[Kind, ...] = ()

    def __post_init__(self) -> None:
        for name, least in (("seeds", 1), ("workers", 1), ("first_seed", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(
                    f"--{name.replace('_', '-')} is {value}; it must be {least} or more"
                )
        if self.ledger and self.quick:
            raise ValueError("--ledger runs the experiment as published; leave out --quick")
        if self.ledger and self.first_seed < FIRST_LEDGER_SEED:
            raise ValueError(
                f"--first-seed is {self.first_seed}; with --ledger it must be "
                f"{FIRST_LEDGER_SEED} or more"
            )
        if self.seeds > MOST_SEEDS:
            raise ValueError(f"--seeds is {self.seeds}; it must be {MOST_SEEDS} or less")
        if self.first_seed + self.seeds > LAST_SEED:
            raise ValueError(
                f"--first-seed is {self.first_seed}; with {self.seeds} seeds it must be "
                f"{LAST_SEED - self.seeds} or less"
            )


_HELP = {
    "seeds": "Pairs of runs. Without it a preview, whose world may be smaller, as parameters below "
    "say; any --seeds, {seeds} too, takes the published world.",
    "workers": "Seeds that run at a time, by default as many as there are processors here or "
    "workers in the cluster; 1 runs them in this process.",
    "executor": f"Where seeds run: {FORMS}. It changes no result.",
    "first_seed": "First seed: 0 for development, 1000 for calibration; the ledger takes "
    f"{FIRST_LEDGER_SEED} and more; --ledger begins at {FRESH_LEDGER_SEED}, as those below have "
    "been looked at.",
    "ledger": "Run what the ledger takes: published parameters, and for each arm as many fresh "
    "seeds as its claims are committed to.",
    "rows": "Claims to judge: no arms run but those that they compare, and their frozen twins. "
    "Others get no verdict, yet count in the correction for many claims.",
    "quick": "Smallest run that shows something: fewer seeds, smaller world.",
    "out": "Directory of the results, results/NAME when not given; an interrupted run found "
    "there is resumed.",
    "audit": "Prove at the end of every run that nothing was created or lost.",
    "json": "Print summary.json instead of tables.",
    "lang": "Language of the report.",
    "figures": "Write every figure of the report to OUT/figures too, as files of these kinds.",
}
# What the parser reads an option as.
_KINDS: Final[dict[str, Any]] = {
    "seeds": int,
    "workers": int | None,
    "executor": str,
    "first_seed": int,
    "ledger": bool,
    "rows": tuple[str, ...],
    "quick": bool,
    # A path would make "" the current directory before anybody could tell.
    "out": str | None,
    "audit": bool,
    "json": bool,
    "lang": Language,
    "figures": tuple[Kind, ...],
}


class BadInputError(ValueError):
    """Input that no run should start with; the message names field, value and range."""


def parse(experiment: Experiment[Any], argv: Sequence[str]) -> tuple[RunOptions, Parameters]:
    """Return the options and parameters that a command line gives.

    Raises
    ------
    BadInputError
        When a value is outside its range.
    SystemExit
        With 2 when the line cannot be parsed, with 0 after ``--help``.
    """
    quick, ledger = "--quick" in argv, "--ledger" in argv
    size = experiment.quick_seeds if quick else experiment.seeds
    sized = any(word.partition("=")[0] == "--seeds" for word in argv)
    preview = {} if ledger or sized else experiment.preview
    defaults = experiment.parameters(**(experiment.quick if quick else preview))
    run = RunOptions(seeds=size, first_seed=FRESH_LEDGER_SEED if ledger else 0)
    form = _form(experiment, run, defaults, preview={} if quick else experiment.preview)
    heed_no_color()
    given = tyro.cli(
        form,
        prog=f"python -m {experiment.module}",
        description=experiment.question,
        args=list(argv),
        config=(tyro.conf.FlagCreatePairsOff,),
    )
    if ledger and sized:
        raise BadInputError("--ledger runs as many seeds as claims ask for; leave out --seeds")
    try:
        options = _options({f.name: getattr(given, f.name) for f in fields(RunOptions)})
    except ValueError as error:
        raise BadInputError(str(error)) from error
    parameters = _validated(
        experiment.parameters,
        {name: getattr(given, name) for name in experiment.parameters.model_fields},
    )
    _check_overridden(parameters, defaults)
    return options, parameters


def _check_overridden(parameters: Parameters, defaults: Parameters) -> None:
    """Refuse a parameter that was set in vain, as changes set all that it sets."""
    if not isinstance(parameters, ScenarioParameters):
        return
    for name, default in defaults:
        if name == "change" or getattr(parameters, name) == default:
            continue
        if paths := overriding(parameters, name, default):
            raise BadInputError(
                f"{_flag(name)} has no effect, as --change {', '.join(paths)} sets the same value; "
                "leave out one of them"
            )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _options(values: dict[str, Any]) -> RunOptions:
    out: str | None = values.pop("out")
    if out is not None and not out.strip():
        raise ValueError(f"--out is {out!r}; it must name a directory")
    return RunOptions(**values, out=None if out is None else Path(out))


def _form(
    experiment: Experiment[Any],
    run: RunOptions,
    defaults: Parameters,
    preview: Mapping[str, Any],
) -> Any:
    """Return a flat dataclass of options and parameters for the parser.

    Parameters
    ----------
    experiment
        The experiment.
    run, defaults
        What holds where nothing is given.
    preview
        What a preview makes smaller: the help shows both values.
    """
    model = experiment.parameters
    entries: list[tuple[str, Any, Any]] = []
    for option in fields(RunOptions):
        default = getattr(run, option.name)
        text = _HELP[option.name].replace("{seeds}", str(experiment.seeds))
        of_preview = f"{default}, of a preview" if option.name == "seeds" and preview else ""
        entries.append(_entry(option.name, _KINDS[option.name], default, text, of_preview))
    for name, info in model.model_fields.items():
        if name in _HELP:
            raise TypeError(f"{model.__name__}.{name} has the name of an option of every run")
        shown = _default_shown(model, name, preview)
        text = _help_of(model, name)
        entries.append(_entry(name, info.annotation, getattr(defaults, name), text, shown))
    return make_dataclass("Options", entries, frozen=True)


def _entry(name: str, kind: Any, default: Any, text: str, shown: str = "") -> tuple[str, Any, Any]:
    """Return a field of the form; its help ends with the default, or with what is shown for it."""
    hint = f"(default: {shown})" if shown else None
    argument = tyro.conf.arg(help=text, help_behavior_hint=hint)
    return name, Annotated[kind, argument], field(default=default)


def _default_shown(model: type[Parameters], name: str, preview: Mapping[str, Any]) -> str:
    """Return how to show a default, "" for as it is.

    A preview's value is the default of no other run: who types it gets another world.
    """
    published = model.model_fields[name].default
    if name in preview and preview[name] != published:
        return f"{preview[name]} in a preview, {published} with --seeds, --ledger"
    # The option is --no-NAME where the default is true: a default of True would read as given.
    return "not given" if isinstance(published, bool) else ""


def _help_of(model: type[Parameters], name: str) -> str:
    info = model.model_fields[name]
    extra = info.json_schema_extra
    stated = extra if isinstance(extra, dict) else {}
    unit = f" Unit: {stated['unit']}." if stated.get("unit") else ""
    bounds = allowed_range(model, name)
    limits = f" Allowed: {bounds}." if bounds else ""
    about = (info.description or "").rstrip(".")
    if isinstance(info.default, bool):
        about = _of_switch(about, default=info.default)
    return f"{about}.{unit}{limits} Source: {stated.get('source')}."


def _of_switch(about: str, *, default: bool) -> str:
    """Return what giving a switch does, of a description that says it of its value."""
    told = about.removeprefix(str(not default)).lstrip(": ")
    if told != about:
        return told[:1].upper() + told[1:]
    return f"Switches off: {about}" if default else about


def _validated(model: type[Parameters], values: dict[str, Any]) -> Parameters:
    try:
        return model(**values)
    except ValidationError as error:
        lines: dict[str, str] = {}  # one a parameter: a bad value of a list makes a short list too
        for problem in error.errors():
            if not problem["loc"]:  # parameters that do not fit together
                lines.setdefault("", problem["msg"].removeprefix("Value error, "))
                continue
            name = str(problem["loc"][0])
            lines.setdefault(name, f"{_flag(name)} is {what_is_wrong(model, problem)}")
        raise BadInputError("\n".join(lines.values())) from error


def heed_no_color() -> None:
    """Let help and refusals be plain where NO_COLOR asks for it (no-color.org)."""
    if os.environ.get("NO_COLOR"):
        # The parser has no other way to be told but its own variable, read when it is imported.
        vars(tyro).get("_experimental_options", {})["ansi_codes"] = False


def complain(error: Exception) -> int:
    """Print why nothing was run and return the exit code for bad input."""
    words = in_words(error) if isinstance(error, ValidationError) else str(error)
    print(f"error: {words}", file=sys.stderr)
    return 2


def in_words(error: ValidationError) -> str:
    """Return the problems a model found in data made from the parameters, one a line."""
    return "\n".join(
        f"{'.'.join(map(str, problem['loc']))} is {problem['input']!r}: {problem['msg']}"
        if problem["loc"]
        else problem["msg"].removeprefix("Value error, ")  # of several together: says which
        for problem in error.errors()
    )
