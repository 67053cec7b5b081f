"""`tidegate calibrate`: fit the crowd's belief process to the moments of a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import tyro

from tidegate.commands.prices import read_prices
from tidegate.study.options import available_cpus

if TYPE_CHECKING:
    from tidegate.analysis.calibration import Moment


@dataclass(frozen=True)
class Calibrate:
    """Fit the belief process to daily and hourly moments; without files, to the committed ones."""

    daily: Annotated[
        Path | None, tyro.conf.arg(help="Daily prices, csv or parquet, with a column close.")
    ] = None
    hourly: Annotated[Path | None, tyro.conf.arg(help="Hourly prices, likewise.")] = None
    evaluations: Annotated[int, tyro.conf.arg(help="Parameter sets to try, 1 or more.")] = 100
    workers: Annotated[int, tyro.conf.arg(help="Threads.")] = field(default_factory=available_cpus)
    out: Annotated[
        Path | None, tyro.conf.arg(help="TOML file for the fit; printed when not given.")
    ] = None

    def run(self) -> int:
        """Fit, print the moments reached, and write the parameters."""
        # Simulates while it fits, so it needs the compiled crowd, which no other command does.
        from tidegate.analysis.calibration import calibrate_belief, to_toml

        if self.workers < 1:
            raise ValueError(f"--workers is {self.workers}; it must be 1 or more")
        found = calibrate_belief(
            self._targets(), evaluations=self.evaluations, workers=self.workers
        )
        print(f"loss {found.loss:.4g} after {found.evaluations} sets\n")
        _print_moments(found.moments)
        source = f"{self.daily} and {self.hourly}" if self.daily else "the committed moments"
        text = to_toml(found.parameters, f"Fitted to {source}")
        if self.out is None:
            print(f"\n{text}", end="")
        else:
            self.out.write_text(text, encoding="utf-8")
            print(f"\nParameters: {self.out}")
        return 0

    def _targets(self) -> list[Moment] | None:
        """Return the moments of the user's files, None for the committed ones."""
        if self.daily is None and self.hourly is None:
            return None
        if self.daily is None or self.hourly is None:
            missing = "--daily" if self.daily is None else "--hourly"
            raise ValueError(f"{missing} is not given; a fit needs both or neither")
        from tidegate.analysis.calibration import measure_moments

        files: Mapping[str, Path] = {"day": self.daily, "hour": self.hourly}
        return [
            moment
            for bar, path in files.items()
            for moment in measure_moments(read_prices(path).prices, bar)
        ]


def _print_moments(moments: pl.DataFrame) -> None:
    print(f"  {'bar':<5} {'moment':<22} {'target':>9} {'error':>8} {'model':>9} {'distance':>9}")
    for row in moments.iter_rows(named=True):
        print(
            f"  {row['bar']:<5} {row['fact']:<22.22} {row['value']:>9.3g} {row['error']:>8.2g} "
            f"{row['simulated']:>9.3g} {row['distance']:>9.2g}"
        )
