"""`tidegate validate`: every acceptance test of the model in one table."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

import tidegate
from tidegate.study.executors import FORMS, LOCAL, open_executor
from tidegate.study.interrupts import ended_by_signals
from tidegate.study.launch import INTERRUPTED, RAN
from tidegate.study.store import write_atomically


@dataclass(frozen=True)
class Validate:
    """Run the acceptance tests of the model and print one table: id, value, band, pass.

    What was measured is kept below --out: the same command goes on where it was stopped, and
    repeats what a change of the code can have touched.
    """

    full: Annotated[
        bool,
        tyro.conf.arg(
            help="Run all tests, not only those that take seconds: many hours on two processors."
        ),
    ] = False
    only: Annotated[
        tuple[str, ...],
        tyro.conf.arg(
            metavar="ID ...",
            help="Run these tests or families only, e.g. S17 S4.1, however long they take and "
            "whether --full is given or not: S21 takes minutes, S31 an hour and more.",
        ),
    ] = ()
    ablations: Annotated[
        bool,
        tyro.conf.arg(help="Run each test with its mechanism off as well: it must then fail."),
    ] = False
    workers: Annotated[
        int | None,
        tyro.conf.arg(help="Jobs that run at a time; all processors when not given."),
    ] = None
    executor: Annotated[str, tyro.conf.arg(help=f"Where they run: {FORMS}.")] = LOCAL
    json: Annotated[bool, tyro.conf.arg(help="Print validation.json instead of the table.")] = False
    out: Annotated[
        Path, tyro.conf.arg(help="Folder for validation.json and .txt, and what was measured.")
    ] = Path("results/validation")

    def run(self) -> int:
        """Run the tests, print the table and write it.

        Returns
        -------
        int
            0 when it ran, whatever passed; 130 when it was interrupted.
        """
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"--workers is {self.workers}; it must be 1 or more")
        if self.out.exists() and not self.out.is_dir():
            raise ValueError(f"--out is {self.out}, a file; it must name a folder")
        # Needs the compiled core and crowd, which other commands do without.
        from tidegate.validation.cases import Cost
        from tidegate.validation.catalogue import all_cases, chosen
        from tidegate.validation.parts import Parts
        from tidegate.validation.running import run_cases
        from tidegate.validation.table import as_data, render

        cases = chosen(self.only) if self.only else list(all_cases())
        wanted = [case for case in cases if self.full or self.only or case.cost is Cost.FAST]
        pool = open_executor(self.executor, self.workers)
        try:
            with ended_by_signals():
                verdicts = run_cases(
                    cases, wanted, pool, ablations=self.ablations, parts=Parts(self.out / "parts")
                )
        except KeyboardInterrupt:
            print("\ninterrupted: the same command goes on from here", file=sys.stderr)
            return INTERRUPTED
        text = render(verdicts)
        data = {"version": tidegate.__version__, "full": self.full, "tests": as_data(verdicts)}
        document = json.dumps(data, indent=1, allow_nan=False)
        for name, content in {"validation.json": document, "validation.txt": text}.items():
            write_atomically(self.out / name, f"{content}\n".encode())
        print(document if self.json else text)
        print(f"\nWritten: {self.out / 'validation.json'}", file=sys.stderr)
        return RAN
