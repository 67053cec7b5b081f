"""`tidegate ecologies`: which bands of stylised facts each ecology of traders keeps."""

from __future__ import annotations

import json
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import tyro

from tidegate.study.executors import FORMS, LOCAL, open_executor
from tidegate.study.interrupts import ended_by_signals
from tidegate.study.launch import INTERRUPTED, RAN

if TYPE_CHECKING:
    from tidegate.scenario import Scenario
    from tidegate.validation.ecologies import Facts

FRESH: Final = 10_000  # seeds from here on are no calibration's


@dataclass(frozen=True, kw_only=True)
class Ecologies:
    """Print, as a table, the bands that each ecology keeps at daily, hourly and minute bars."""

    only: Annotated[
        tuple[str, ...], tyro.conf.arg(metavar="ECOLOGY ...", help="These only; by default all.")
    ] = ()
    market: Annotated[
        bool, tyro.conf.arg(help="Run whole markets; by default the crowds run alone.")
    ] = False
    change: Annotated[
        tuple[str, ...],
        tyro.conf.arg(
            metavar="PATH=VALUE ...",
            help="Changes to the scenario, as chiarella.trends=1; of a crowd alone, its own.",
        ),
    ] = ()
    seeds: Annotated[int, tyro.conf.arg(help="Seeds, the same for all.")] = 50
    first_seed: Annotated[int, tyro.conf.arg(help="The first of them.")] = FRESH
    workers: Annotated[
        int | None,
        tyro.conf.arg(help="Seeds that run at a time; all processors when not given."),
    ] = None
    executor: Annotated[str, tyro.conf.arg(help=f"Where they run: {FORMS}.")] = LOCAL
    json: Annotated[bool, tyro.conf.arg(help="Print the figures of every seed as JSON.")] = False

    def run(self) -> int:
        """Run every ecology and print the table.

        Returns
        -------
        int
            0 when it ran, whatever is kept; 130 when it was interrupted.
        """
        self._check()
        specs = self._specs()
        pool = open_executor(self.executor, self.workers)
        try:
            with ended_by_signals(), pool() as executor:
                found = {spec.ecology: self._facts(executor, spec) for spec in specs}
        except KeyboardInterrupt:
            return INTERRUPTED
        if self.json:
            print(json.dumps(found, indent=1))
            return RAN
        from tidegate.validation.ecologies import table

        last = self.first_seed + self.seeds - 1
        what = "whole market" if self.market else "crowd alone"
        what = ", ".join((what, *self.change))
        print(f"{what}, seeds {self.first_seed} to {last}: mean (seeds inside), * kept\n")
        head, *rows = table(found)
        for row in (head, ("---",) * len(head), *rows):
            print(f"| {' | '.join(row)} |")
        return RAN

    def _check(self) -> None:
        from tidegate.scenario import ECOLOGIES

        for name, least in (("seeds", 1), ("workers", 1), ("first_seed", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(
                    f"--{name.replace('_', '-')} is {value}; it must be {least} or more"
                )
        for ecology in self.only:
            if ecology not in ECOLOGIES:
                raise ValueError(f"--only is {ecology!r}; it must be {' or '.join(ECOLOGIES)}")

    def _specs(self) -> list[Scenario]:
        """Return the scenario of each ecology that is to run."""
        from tidegate.analysis.ecologies import ecology_named
        from tidegate.scenario import ECOLOGIES, Scenario
        from tidegate.scenario.flat import override, read

        chosen = [ecology for ecology in ECOLOGIES if not self.only or ecology in self.only]
        changes = read(self.change)
        crowds = [ecology_named(ecology).table for ecology in chosen]
        for path in changes:
            if path in ("ecology", "step_seconds"):
                raise ValueError(f"--change {path}: the table has a column or rows for each")
            if not self.market and path.partition(".")[0] not in crowds:
                raise ValueError(
                    f"--change {path} is no value of a crowd alone ({' or '.join(crowds)}); "
                    "with --market, any of the scenario can be changed"
                )
        return [override(Scenario(ecology=ecology), changes) for ecology in chosen]

    def _facts(self, executor: Executor, spec: Scenario) -> list[Facts]:
        # Needs the compiled core and crowd, which other commands do without.
        from tidegate.validation.ecologies import STRETCHES, crowd_facts, market_facts

        measure = market_facts if self.market else crowd_facts
        seeds = range(self.first_seed, self.first_seed + self.seeds)
        jobs = [executor.submit(measure, spec, seed, STRETCHES) for seed in seeds]
        return [job.result() for job in jobs]
