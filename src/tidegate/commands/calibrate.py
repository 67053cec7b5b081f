"""`tidegate calibrate`: fit the crowd's belief process to the moments of a price."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import polars as pl
import tyro

from tidegate.commands.prices import read_table
from tidegate.study.pool import available_cpus

if TYPE_CHECKING:
    from tidegate.analysis.moments import Moment
    from tidegate.scenario import BeliefSpec

_COUNTS: Final = ("evaluations", "seeds", "fresh", "workers")


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
    seeds: Annotated[int, tyro.conf.arg(help="Seeds of the fit, from 1000 on.")] = 16
    fresh: Annotated[
        int, tyro.conf.arg(help="Seeds of the report, from 5000 on, which the fit does not see.")
    ] = 100
    workers: Annotated[int, tyro.conf.arg(help="Threads.")] = field(default_factory=available_cpus)
    out: Annotated[Path, tyro.conf.arg(help="Folder for the fit.")] = Path("results/calibration")

    def run(self) -> int:
        """Fit, print the moments reached and the bands kept, and write the parameters."""
        self._check()
        # Needs the compiled crowd, which no other command does.
        from tidegate.analysis import calibration

        targets, first, last = self._targets(), calibration.SEEDS.start, calibration.FRESH.start
        self.out.mkdir(parents=True, exist_ok=True)
        fit = calibration.calibrate_belief(
            targets,
            seeds=range(first, first + self.seeds),
            evaluations=self.evaluations,
            workers=self.workers,
        )
        path = self.out / "belief.toml"
        path.write_text(belief_toml(fit.parameters, self._command))
        fresh = range(last, last + self.fresh)
        shares = calibration.pass_shares(fit.parameters, fresh, self.workers)
        with pl.Config(tbl_rows=-1, tbl_cols=-1, float_precision=3):
            print(fit.moments, shares, sep="\n")
        print(f"{fit.evaluations} sets tried, loss {fit.loss:.1f}; wrote {path}")
        return 0

    @property
    def _command(self) -> str:
        return f"tidegate calibrate --evaluations {self.evaluations} --seeds {self.seeds}"

    def _check(self) -> None:
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"--{name} is {getattr(self, name)}; it must be 1 or more")
        if (self.daily is None) != (self.hourly is None):
            raise ValueError("--daily and --hourly go together: give both, or none")
        for name in ("daily", "hourly"):
            path = getattr(self, name)
            if path is not None and not path.is_file():
                raise ValueError(f"--{name} is {path}, which is no file")
        try:
            dt.date.fromisoformat(self.until)
        except ValueError as error:
            raise ValueError(f"--until is {self.until!r}; it must be YYYY-MM-DD") from error

    def _targets(self) -> list[Moment] | None:
        """Measure the moments of the files, if there are any, and write them."""
        from tidegate.analysis.moments import measure_moments, moments_toml

        if self.daily is None or self.hourly is None:
            return None
        closes = {"day": self._closes(self.daily), "hour": self._closes(self.hourly)}
        targets = [m for bar, series in closes.items() for m in measure_moments(series, bar)]
        text = moments_toml(targets, f"{self.symbol} before {self.until}")
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "btc_moments.toml").write_text(text)
        return targets

    def _closes(self, path: Path) -> pl.Series:
        """Return the closing prices of a file up to the last day to use."""
        frame = read_table(path)
        missing = {"time", "close"} - set(frame.columns)
        if missing:
            raise ValueError(f"{path} has no column {' and '.join(sorted(missing))}")
        if "symbol" in frame.columns:
            frame = frame.filter(pl.col("symbol") == self.symbol)
        end = dt.date.fromisoformat(self.until)
        return frame.filter(pl.col("time").dt.date() < end).sort("time")["close"]


def belief_toml(parameters: BeliefSpec, source: str) -> str:
    """Return the file of the belief's parameters; fitted ones to four digits."""
    from tidegate.analysis.calibration import SEARCHED
    from tidegate.scenario.belief import FITTED

    fitted = {*SEARCHED, "annual_volatility"}
    lines = [f"# {source}", "", "[belief]"]
    for name in FITTED:
        value = getattr(parameters, name)
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        lines.append(f"{name} = {text}  # {'fitted' if name in fitted else 'fixed'}")
    return "\n".join(lines) + "\n"
