"""`tidegate claims`: the rows that are to be decided, and the verdicts on record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from tidegate.study import ledger_page, ledger_text
from tidegate.study.claims import load_claims
from tidegate.study.committed import summaries
from tidegate.study.ledger import read_ledger
from tidegate.study.names import unknown_name
from tidegate.study.packages import PackageName, experiments_in, import_package
from tidegate.study.verify import verify


@dataclass(frozen=True)
class Claims:
    """Show every row that the experiments are asked to decide, with the verdicts on record."""

    package: PackageName = "experiments"
    list: Annotated[bool, tyro.conf.arg(help="A line or two for each row.")] = False
    json: Annotated[bool, tyro.conf.arg(help="All of it as JSON.")] = False
    markdown: Annotated[bool, tyro.conf.arg(help="The page docs/ledger.md.")] = False
    verify: Annotated[
        str, tyro.conf.arg(metavar="ROW", help="Run two runs of this row's record again.")
    ] = ""

    def run(self) -> int:
        """Print the ledger, or check the record of one row."""
        asked = [n for n in ("list", "json", "markdown", "verify") if getattr(self, n)]
        if len(asked) > 1:
            raise ValueError(f"{' and '.join(f'--{n}' for n in asked)} exclude each other")
        folder = Path(import_package(self.package).__path__[0])
        if self.verify:
            return self._verify(folder / "ledger")
        ledger = read_ledger(folder, {e.name: e for e in experiments_in(self.package)})
        if self.json:
            print(ledger.model_dump_json(indent=2))
        elif self.markdown:
            print(ledger_page.page(ledger, self._command()), end="")
        else:
            print(ledger_text.render_list(ledger) if self.list else ledger_text.render(ledger))
        return 0

    def _command(self) -> str:
        """Return the command that writes the page of this package."""
        package = "" if self.package == "experiments" else f"--from {self.package} "
        return f"tidegate claims {package}--markdown"

    def _verify(self, folder: Path) -> int:
        """Run two runs of the record again and tell whether they agree bit for bit."""
        held = summaries(folder, load_claims(folder.parent / "claims.toml"))
        records = {verdict.row: s for _, s in held for verdict in s.verdicts}
        if self.verify not in records:
            if not records:
                raise ValueError(f"--verify is {self.verify!r}; on record are no rows")
            listing = f"{self._command().removesuffix(' --markdown')} --list"
            raise unknown_name("--verify: row", self.verify, records, "the record", listing)
        summary = records[self.verify]
        experiments = {e.name: e for e in experiments_in(self.package)}
        if summary.experiment not in experiments:
            raise ValueError(
                f"--verify is {self.verify!r}, a row of {summary.experiment}; "
                f"{self.package} has {', '.join(experiments)}"
            )
        agree = True
        for check in verify(experiments[summary.experiment], summary, self.verify):
            agree &= check.agrees
            print(
                f"{check.row}, {check.arm}, seed {check.seed}: "
                f"{'the same' if check.agrees else 'DIFFERENT'} bit for bit\n"
                f"  committed {check.committed}\n  found     {check.found}"
            )
        print("Some runs of the record; the study itself gives its verdicts again")
        return 0 if agree else 1
