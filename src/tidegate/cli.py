"""The `tidegate` command, and the list of experiments behind `python -m experiments`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
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
from tidegate.study.verify import verify

_Entry = tuple[Summary, VerdictRow]
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
    verify: Annotated[
        str, tyro.conf.arg(metavar="ROW", help="Run one run of this row's record again.")
    ] = ""

    def run(self) -> int:
        """Print every claim with its committed verdict, or check the record of one."""
        folder = Path(_package(self.package).__path__[0])
        claims = load_claims(folder / "claims.toml")
        ledger = {v.row: (s, v) for s in _committed(folder / "ledger") for v in s.verdicts}
        if self.verify:
            return self._verify(ledger)
        for name in dict.fromkeys(claim.experiment for claim in claims):
            print(name)
            for claim in (c for c in claims if c.experiment == name):
                print(_claim_text(claim, ledger.get(claim.row)))
        return 0

    def _verify(self, ledger: Mapping[str, _Entry]) -> int:
        """Run a run of the record again and tell whether it agrees bit for bit."""
        if self.verify not in ledger:
            raise ValueError(
                f"--verify is {self.verify!r}; on record are {', '.join(ledger) or 'no rows'}"
            )
        summary, _ = ledger[self.verify]
        experiments = {e.name: e for e in experiments_in(self.package)}
        check = verify(experiments[summary.experiment], summary, self.verify)
        print(
            f"{check.row}, {check.arm}, seed {check.seed}: "
            f"{'the same' if check.agrees else 'DIFFERENT'} bit for bit\n"
            f"  committed {check.committed}\n  found     {check.found}"
        )
        return 0 if check.agrees else 1


def _committed(folder: Path) -> Iterator[Summary]:
    """Yield the ledger-grade results kept beside the claims."""
    for path in sorted(folder.glob("*.json")):
        try:
            summary = Summary.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise ValueError(f"{path} is not the summary of a study: {error}") from error
        if summary.grade == "ledger":
            yield summary


def _verdict_text(entry: _Entry) -> str:
    summary, row = entry
    metric = summary.metric(row.metric)
    span = interval_text(metric, row.low, row.high)
    return f"{verdict_phrase(row)}: {effect_text(metric, row.effect)} ({span}), {row.pairs} pairs"


def _claim_text(claim: Claim, entry: _Entry | None) -> str:
    indent = " " * 12
    lines = [
        f"{claim.statement}",
        f"{claim.metric}, {claim.treated} against {claim.control}, {claim.horizon_days:g} days: "
        f"{claim.direction.value}, delta {claim.delta:g}, {claim.pairs} pairs",
        _verdict_text(entry) if entry else "no result on record",
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
