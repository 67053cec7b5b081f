"""`tidegate calibrate`: fit the crowd's belief process to the moments of a price."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from tidegate.study.options import available_cpus


@dataclass(frozen=True)
class Calibrate:
    """Fit the belief process to daily and hourly moments; without files, to the committed ones."""

    daily: Annotated[
        Path | None,
        tyro.conf.arg(help="Daily prices, csv or parquet, with columns time and close."),
    ] = None
    hourly: Annotated[Path | None, tyro.conf.arg(help="Hourly prices, likewise.")] = None
    symbol: Annotated[
        str, tyro.conf.arg(help="Rows to use, where the files have a column symbol.")
    ] = "BTCUSDT"
    until: Annotated[str, tyro.conf.arg(help="First day not to use.")] = "2024-01-01"
    evaluations: Annotated[int, tyro.conf.arg(help="Parameter sets to try, 1 or more.")] = 60
    workers: Annotated[int, tyro.conf.arg(help="Threads.")] = field(default_factory=available_cpus)
    out: Annotated[Path, tyro.conf.arg(help="Folder for the fit.")] = Path("results/calibration")

    def run(self) -> int:
        """Fit, print the moments reached and the bands kept, and write the parameters."""
        # Needs the compiled crowd, which no other command does.
        from tidegate.analysis import calibration

        for name in ("workers", "evaluations"):
            if getattr(self, name) < 1:
                raise ValueError(f"--{name} is {getattr(self, name)}; it must be 1 or more")
        for name in ("daily", "hourly"):
            path = getattr(self, name)
            if path is not None and not path.is_file():
                raise ValueError(f"--{name} is {path}, which is no file")
        calibration.run(
            self.daily,
            self.hourly,
            self.symbol,
            self.until,
            evaluations=self.evaluations,
            workers=self.workers,
            out=self.out,
        )
        return 0
