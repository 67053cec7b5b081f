"""The `tidegate` command, and the list of experiments behind `python -m experiments`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import tyro
from pydantic import ValidationError

from tidegate.report.summary import Summary, VerdictRow
from tidegate.report.wording import effect_text, interval_text, verdict_phrase
from tidegate.study.claims import Claim, load_claims
from tidegate.study.console import WIDTH
from tidegate.study.experiment import Experiment
from tidegate.study.options import complain

_From = Annotated[
    str, tyro.conf.arg(name="from", help="Package of experiments, importable from here.")
]


def experiments_in(package: str) -> Iterator[Experiment[Any]]:
    """Yield the `EXPERIMENT` of every module of a package, by module name."""
    home = _package(package)
    for info in pkgutil.iter_modules(home.__path__):
        if info.name.startswith("_"):
            continue
        found = getattr(importlib.import_module(f"{package}.{info.name}"), "EXPERIMENT", None)
        if isinstance(found, Experiment):
            yield found


def list_experiments(package: str = "experiments") -> int:
    """Print the experiments of a package, each with its question and its command."""
    for experiment in experiments_in(package):
        print(f"{experiment.name}\n{textwrap.fill(experiment.question, WIDTH, **_INDENT)}")
        print(f"  python -m {experiment.module}\n")
    return 0


_INDENT: dict[str, Any] = {"initial_indent": "  ", "subsequent_indent": "  "}


@dataclass(frozen=True)
class Claims:
    """List the claims of the experiments with the verdicts on record."""

    package: _From = "experiments"

    def run(self) -> int:
        """Print every claim, grouped by experiment, with its committed verdict if there is one."""
        folder = Path(_package(self.package).__path__[0])
        claims = load_claims(folder / "claims.toml")
        verdicts = dict(_committed(folder / "ledger"))
        for name in dict.fromkeys(claim.experiment for claim in claims):
            print(name)
            for claim in (c for c in claims if c.experiment == name):
                print(_claim_text(claim, verdicts.get(claim.row)))
        return 0


def _committed(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the row and verdict of every ledger-grade result kept beside the claims."""
    for path in sorted(folder.glob("*.json")):
        try:
            summary = Summary.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise ValueError(f"{path} is not the summary of a study: {error}") from error
        for verdict in summary.verdicts:
            if verdict.grade == "ledger":
                yield verdict.row, _verdict_text(summary, verdict)


def _verdict_text(summary: Summary, row: VerdictRow) -> str:
    metric = summary.metric(row.metric)
    span = interval_text(metric, row.low, row.high)
    return f"{verdict_phrase(row)}: {effect_text(metric, row.effect)} ({span}), {row.pairs} pairs"


def _claim_text(claim: Claim, verdict: str | None) -> str:
    indent = " " * 12
    lines = [
        f"{claim.statement}",
        f"{claim.metric}, {claim.treated} against {claim.control}, {claim.horizon_days:g} days: "
        f"{claim.direction.value}, delta {claim.delta:g}, {claim.pairs} pairs",
        verdict or "no result on record",
    ]
    wrapped = [
        textwrap.fill(line, WIDTH, initial_indent=indent, subsequent_indent=indent)
        for line in lines
    ]
    return f"  {claim.row:<10}" + "\n".join(wrapped)[len(indent) :]


def _package(name: str) -> ModuleType:
    """Import a package of experiments, from the current directory too."""
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        raise ValueError(f"--from is {name!r}; no such package can be imported") from error
    if not hasattr(module, "__path__"):
        raise ValueError(f"--from is {name!r}; it must be a package")
    return module


def main(argv: Sequence[str] | None = None) -> int:
    """Run the `tidegate` command and return its exit code."""
    commands = tyro.extras.subcommand_type_from_defaults({"claims": Claims()})
    command: Any = tyro.cli(
        commands, args=argv, prog="tidegate", config=(tyro.conf.FlagCreatePairsOff,)
    )
    try:
        return int(command.run())
    except ValueError as error:
        return complain(error)
    except KeyboardInterrupt:
        return 130
