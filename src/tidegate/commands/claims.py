"""`tidegate claims`: the claims, and the verdicts on record."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from pydantic import ValidationError

from tidegate.commands.packages import PackageName, experiments_in, import_package
from tidegate.report.summary import Summary, VerdictRow
from tidegate.report.wording import effect_text, interval_text, verdict_phrase
from tidegate.study.claims import Claim, load_claims
from tidegate.study.console import WIDTH
from tidegate.study.verify import verify

_Entry = tuple[Summary, VerdictRow]


@dataclass(frozen=True)
class Claims:
    """List the claims of the experiments with the verdicts on record."""

    package: PackageName = "experiments"
    verify: Annotated[
        str, tyro.conf.arg(metavar="ROW", help="Run one run of this row's record again.")
    ] = ""

    def run(self) -> int:
        """Print every claim with its committed verdict, or check the record of one."""
        folder = Path(import_package(self.package).__path__[0])
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
