"""`tidegate calibrate`: fit the crowd that forms valuations to the moments of a price."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import tyro

import tidegate
from tidegate.commands.prices import PriceSeries, Selection, read_prices
from tidegate.commands.sweep_options import SweepOptions
from tidegate.study.executors import ExecutorPool
from tidegate.study.launch import RAN

if TYPE_CHECKING:
    from tidegate.analysis.ecologies import Ecology
    from tidegate.analysis.moments import Targets
    from tidegate.analysis.shape import Shape
    from tidegate.study.calibration import Fit

_COUNTS: Final = ("evaluations", "seeds", "fresh", "days")
_SECONDS: Final = {"daily": 86_400, "hourly": 3_600, "minutes": 60}
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

        ecology, targets = ecology_named(self.ecology), self._targets()
        return self.attempt(lambda pool: self._work(ecology, targets, pool), self.folder(_PLACE))

    def _work(self, ecology: Ecology, targets: Targets, pool: ExecutorPool) -> int:
        # Needs the compiled crowds, which few commands do.
        from tidegate.analysis.calibration import FRESH, SEEDS, Lengths, assess
        from tidegate.analysis.inference import intervals
        from tidegate.analysis.moments import targets_toml
        from tidegate.commands.calibration_text import parameters_toml, report
        from tidegate.study.calibration import Plan, calibrate, fresh_figures

        out = self.folder(_PLACE)

        lengths = Lengths(self.days, targets.returns)
        seeds = range(SEEDS.start, SEEDS.start + self.seeds)
        plan = Plan(
            ecology, targets, seeds, lengths, self.evaluations, self.polish, self.sampler_seed
        )
        fit = calibrate(plan, out, pool, lambda line: print(line, file=sys.stderr))
        later = self._later()
        windows = Lengths(self.days, later.returns) if later else lengths
        fresh = range(FRESH.start, FRESH.start + self.fresh)
        runs = fresh_figures(ecology, fit.best.values, fresh, windows, pool)
        checked = assess(ecology, later, fit.best.values, runs, rescale=False) if later else None
        known = intervals(ecology, fit.best, fit.slopes)
        calm = ecology.calm(fit.best.values, seeds, self.days)
        table = out / f"{ecology.table}.toml"
        table.write_text(parameters_toml(ecology, fit, known, calm, self._provenance(fit, targets)))
        (out / "btc_moments.toml").write_text(targets_toml(targets))
        self._draw(ecology, fit, fresh, pool)
        if self.json:
            print(json.dumps(tomllib.loads(table.read_text("utf-8")), indent=1, default=str))
            return RAN
        print("\n\n".join(report(ecology, fit, known, runs, checked, self._minute_facts())))
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

    def _targets(self) -> Targets:
        """Measure the moments of the files, or take the committed ones."""
        from tidegate.analysis.moments import committed_targets, measure_targets

        if self.daily is None or self.hourly is None:
            return committed_targets()
        end = dt.date.fromisoformat(self.until)
        days = self._series("daily", self.daily, until=end)
        hours = self._series("hourly", self.hourly, until=end)
        return measure_targets(
            {"day": days.prices, "hour": hours.prices},
            f"{self.symbol}: days {_span(days)}, hours {_span(hours)}; "
            f"sha256 of the prices {_digest(days, hours)}",
        )

    def _series(
        self,
        option: str,
        path: Path,
        *,
        since: dt.date | None = None,
        until: dt.date | None = None,
    ) -> PriceSeries:
        """Return the one series of a file, which must be of the bars that the option wants."""
        wanted = Selection(symbols=(self.symbol,), since=since, until=until, keep_gaps=True)
        series, *others = read_prices(path, wanted)
        if others:
            raise ValueError(f"--{option} {path} has {1 + len(others)} series {self.symbol}")
        if series.bar_seconds != _SECONDS[option]:
            raise ValueError(
                f"--{option} is {path}, whose bars last {series.bar_seconds:g} s; they must last "
                f"{_SECONDS[option]} s"
            )
        return series

    def _later(self) -> Targets | None:
        """Measure the moments of what came after the fit, if there is any."""
        from tidegate.analysis.moments import measure_targets

        if self.daily is None or self.hourly is None:
            return None
        start = dt.date.fromisoformat(self.until)
        days = self._series("daily", self.daily, since=start)
        hours = self._series("hourly", self.hourly, since=start)
        return measure_targets(
            {"day": days.prices, "hour": hours.prices},
            f"{self.symbol}: days {_span(days)}, hours {_span(hours)}",
        )

    def _draw(self, ecology: Ecology, fit: Fit, fresh: Sequence[int], pool: ExecutorPool) -> None:
        """Write the curves of the data, and the figure of data and model side by side."""
        # Drawing libraries are slow to import and needed only now.
        from tidegate.analysis.shape import committed_shape, model_shape, shape_toml
        from tidegate.report.plots import write_plot
        from tidegate.report.shape_plot import shape_chart
        from tidegate.study.calibration import fresh_shapes

        out = self.folder(_PLACE)
        data, windows, source = self._shape() or committed_shape()
        (out / "btc_shape.toml").write_text(shape_toml(data, windows, source))
        seeds = fresh[:DRAWN]
        model = model_shape(fresh_shapes(ecology, fit.best.values, seeds, windows, pool))
        chart = shape_chart(
            data,
            model,
            f"Returns of the data (dots) and of the {ecology.name} ecology alone",
            f"line and band: median and middle 80 % of {len(seeds)} seeds, on windows as long as "
            "the data's",
        )
        write_plot(chart, out, f"{ecology.table}_shape")

    def _shape(self) -> tuple[Shape, dict[str, int], str] | None:
        """Measure the curves of the files, if there are all three."""
        from tidegate.analysis.shape import shape

        if self.daily is None or self.hourly is None or self.minutes is None:
            return None
        end = dt.date.fromisoformat(self.until)
        series = {
            "day": self._series("daily", self.daily, until=end),
            "hour": self._series("hourly", self.hourly, until=end),
            "minute": self._series("minutes", self.minutes),
        }
        spans = ", ".join(f"{bar}s {_span(one)}" for bar, one in series.items())
        return (
            {bar: shape(one.prices, bar) for bar, one in series.items()},
            {bar: len(one.prices) - 1 for bar, one in series.items()},
            f"{self.symbol}: {spans}",
        )

    def _minute_facts(self) -> dict[str, float] | None:
        """Measure the facts of the file of minutes, if there is one."""
        from tidegate.analysis.facts import stylised_facts

        if self.minutes is None:
            return None
        series = self._series("minutes", self.minutes)
        return stylised_facts(series.prices, bars_per_year=series.bars_per_year)

    # ---- What it tells --------------------------------------------------------------------

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
        """The command that makes the same fit from the committed moments."""
        asked = {
            "ecology": self.ecology,
            "evaluations": self.evaluations,
            "polish": self.polish,
            "seeds": self.seeds,
            "days": self.days,
            "sampler-seed": self.sampler_seed,
        }
        return "tidegate calibrate " + " ".join(f"--{name} {v}" for name, v in asked.items())


def _span(series: PriceSeries) -> str:
    return f"{series.first} to {series.last} ({len(series.prices):,})"


def _digest(*series: PriceSeries) -> str:
    """Return a hash of prices."""
    return hashlib.sha256(b"".join(one.prices.tobytes() for one in series)).hexdigest()[:16]
