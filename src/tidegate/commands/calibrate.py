"""`tidegate calibrate`: fit the crowd that forms valuations to the moments of a price."""

from __future__ import annotations

import datetime as dt
import json
import shlex
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import tyro

import tidegate
from tidegate.commands.calibration_data import CalibrationData, PriceFiles
from tidegate.commands.sweep_options import SweepOptions
from tidegate.study.executors import ExecutorPool
from tidegate.study.launch import RAN

if TYPE_CHECKING:
    from tidegate.analysis.calibration import Lengths
    from tidegate.analysis.ecologies import Ecology
    from tidegate.analysis.moments import Targets
    from tidegate.study.calibration import Fit

_COUNTS: Final = ("evaluations", "seeds", "fresh", "days")
_PLACE: Final = Path("calibration")
DRAWN: Final = 8  # seeds of the figure


@dataclass(frozen=True, kw_only=True)
class Calibrate(SweepOptions):
    """Fit an ecology to daily and hourly moments; without files, to the committed ones.

    What was evaluated is kept below --out: the same command goes on where it was stopped.
    """

    ecology: Annotated[str, tyro.conf.arg(help="Whose parameters to fit: who sets value.")] = "fcn"
    daily: Annotated[
        Path | None, tyro.conf.arg(help="Daily prices, csv or parquet; a directory of results.")
    ] = None
    hourly: Annotated[Path | None, tyro.conf.arg(help="Hourly prices, likewise.")] = None
    minutes: Annotated[
        Path | None, tyro.conf.arg(help="Prices minute by minute, for the check alone.")
    ] = None
    symbol: Annotated[str, tyro.conf.arg(help="Series to use, where files have many.")] = "BTCUSDT"
    until: Annotated[
        str, tyro.conf.arg(help="First day not to fit to; from here on the fit is checked.")
    ] = "2024-01-01"
    evaluations: Annotated[
        int, tyro.conf.arg(help="Sets of parameters that optuna's TPE sampler tries.")
    ] = 60
    polish: Annotated[
        int, tyro.conf.arg(help="Gauss-Newton steps from the best of them, at most.")
    ] = 4
    seeds: Annotated[int, tyro.conf.arg(help="Seeds of the fit, from 1000 on.")] = 16
    fresh: Annotated[int, tyro.conf.arg(help="Seeds of the report, from 5000 on, not fitted.")] = 50
    days: Annotated[int, tyro.conf.arg(help="Days that a seed runs.")] = 2000
    sampler_seed: Annotated[int, tyro.conf.arg(help="Seed of the sampler.")] = 0
    json: Annotated[
        bool, tyro.conf.arg(help="Print the fitted parameters, as the file has them, as JSON.")
    ] = False

    def run(self) -> int:
        """Fit, print what was found and how well it is known, and write the parameters.

        Returns
        -------
        int
            0 when the fit was made; 1 when the disk was full or a worker died; 130 when it was
            interrupted. What was evaluated is kept in any case.
        """
        self._check()
        from tidegate.analysis.ecologies import ecology_named

        # A fit takes hours: what cannot be read or used is told before it, not after.
        ecology, data = ecology_named(self.ecology), CalibrationData.read(self._files)
        fitted = self._lengths(data.targets)
        checked = self._lengths(data.later) if data.later else fitted
        if data.unchecked:
            print(f"no check on later prices: {data.unchecked}", file=sys.stderr)
        return self.attempt(
            lambda pool: self._work(ecology, data, fitted, checked, pool), self.folder(_PLACE)
        )

    def _work(
        self,
        ecology: Ecology,
        data: CalibrationData,
        fitted: Lengths,
        checked: Lengths,
        pool: ExecutorPool,
    ) -> int:
        # Needs the compiled crowds, which few commands do.
        from tidegate.analysis.calibration import FRESH, SEEDS, assess
        from tidegate.analysis.inference import intervals
        from tidegate.analysis.moments import targets_toml
        from tidegate.commands.calibration_text import parameters_toml, report
        from tidegate.study.calibration import Plan, calibrate, fresh_figures

        out, targets, later = self.folder(_PLACE), data.targets, data.later
        seeds = range(SEEDS.start, SEEDS.start + self.seeds)
        plan = Plan(
            ecology, targets, seeds, fitted, self.evaluations, self.polish, self.sampler_seed
        )
        fit = calibrate(plan, out, pool, lambda line: print(line, file=sys.stderr))
        fresh = range(FRESH.start, FRESH.start + self.fresh)
        runs = fresh_figures(ecology, fit.best.values, fresh, checked, pool)
        held = assess(ecology, later, fit.best.values, runs, rescale=False) if later else None
        known = intervals(ecology, fit.best, fit.slopes)
        calm = ecology.calm(fit.best.values, seeds, self.days)
        table = out / f"{ecology.table}.toml"
        table.write_text(parameters_toml(ecology, fit, known, calm, self._provenance(fit, targets)))
        (out / "btc_moments.toml").write_text(targets_toml(targets))
        self._draw(ecology, fit, data, fresh, pool)
        if self.json:
            print(json.dumps(tomllib.loads(table.read_text("utf-8")), indent=1, default=str))
            return RAN
        print("\n\n".join(report(ecology, fit, known, runs, held, data.minute_facts)))
        print(f"\nWritten: {table}")
        return RAN

    # ---- What it is told ------------------------------------------------------------------

    def _check(self) -> None:
        self.check_options()
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"--{name} is {getattr(self, name)}; it must be 1 or more")
        if self.polish < 0:
            raise ValueError(f"--polish is {self.polish}; it must be 0 or more")
        if (self.daily is None) != (self.hourly is None):
            raise ValueError("--daily and --hourly go together: give both, or none")
        try:
            dt.date.fromisoformat(self.until)
        except ValueError as error:
            raise ValueError(f"--until is {self.until!r}; it must be YYYY-MM-DD") from error

    @property
    def _files(self) -> PriceFiles:
        until = dt.date.fromisoformat(self.until)
        return PriceFiles(self.daily, self.hourly, self.minutes, self.symbol, until)

    def _lengths(self, targets: Targets) -> Lengths:
        from tidegate.analysis.calibration import Lengths

        return Lengths(self.days, targets.returns)

    # ---- What it tells --------------------------------------------------------------------

    def _draw(
        self,
        ecology: Ecology,
        fit: Fit,
        data: CalibrationData,
        fresh: Sequence[int],
        pool: ExecutorPool,
    ) -> None:
        """Write the curves of the data, and the figure of data and model side by side."""
        # Drawing libraries are slow to import and needed only now.
        from tidegate.analysis.shape import committed_shape, model_shape, shape_toml
        from tidegate.report.plots import write_plot
        from tidegate.report.shape_plot import shape_chart
        from tidegate.study.calibration import fresh_shapes

        out = self.folder(_PLACE)
        curves, windows, source = data.shape or committed_shape()
        (out / "btc_shape.toml").write_text(shape_toml(curves, windows, source))
        seeds = fresh[:DRAWN]
        model = model_shape(fresh_shapes(ecology, fit.best.values, seeds, windows, pool))
        chart = shape_chart(
            curves,
            model,
            f"Returns of the data (dots) and of the {ecology.name} ecology alone",
            f"line and band: median and middle 80 % of {len(seeds)} seeds, on windows as long as "
            "the data's",
        )
        write_plot(chart, out, f"{ecology.table}_shape")

    def _provenance(self, fit: Fit, targets: Targets) -> dict[str, str | float]:
        from tidegate.analysis.inference import over_identification

        statistic, degrees, p_value = over_identification(fit.best, fit.slopes)
        return {
            "command": self._command,
            "version": tidegate.__version__,
            "prices": targets.source,
            "moments": targets.digest(),
            "seeds": f"1000 to {999 + self.seeds}, {self.days} days each",
            "sampler": f"optuna {version('optuna')} TPE, seed {self.sampler_seed}; "
            f"{fit.tried} sets assessed",
            "loss": round(fit.best.loss, 3),
            "J": round(statistic, 3),
            "J_degrees": degrees,
            "J_p_value": float(f"{p_value:.3g}"),
        }

    @property
    def _command(self) -> str:
        """The command that makes the same fit and the same report of it."""
        asked = {
            "ecology": self.ecology,
            "evaluations": self.evaluations,
            "polish": self.polish,
            "seeds": self.seeds,
            "fresh": self.fresh,
            "days": self.days,
            "sampler-seed": self.sampler_seed,
            **self._files.options,
        }
        words = [word for name, value in asked.items() for word in (f"--{name}", str(value))]
        return shlex.join(["tidegate", "calibrate", *words])
