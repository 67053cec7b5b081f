"""What `tidegate calibrate` prints and writes."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any, Final

from tidegate.analysis.calibration import Assessment, Figures, band_table, moment_table
from tidegate.analysis.ecologies import Ecology
from tidegate.analysis.inference import Interval, coverage, over_identification
from tidegate.study.calibration import Fit
from tidegate.study.text_table import named_rows

__all__ = ["moment_rows", "parameters_toml", "report"]

Facts = Mapping[str, float]
MOMENT_HEADS: Final = ("data", "95 %", "model", "10-90 % of seeds", "errors", "covered")
BAND_HEADS: Final = ("from", "to", "data", "mean", "10-90 % of seeds", "inside")


def parameters_toml(
    ecology: Ecology,
    fit: Fit,
    known: Sequence[Interval],
    calm: Mapping[str, float],
    provenance: Mapping[str, str | float],
) -> str:
    """Return the file of an ecology's parameters: fitted, measured, fixed, and where from.

    Fixed ones are those of the committed file that no fit changed.
    """
    ranges = {interval.name: interval for interval in known}
    fixed = {
        name: value
        for name, value in committed_values(ecology.table).items()
        if name not in ranges and name not in calm
    }
    lines = [
        "# Written by `tidegate calibrate`. Ranges are 95 % intervals; docs/calibration.md.",
        "",
        f"[{ecology.table}]",
        *(
            f"{name} = {fit.best.values[name]:.4g}  # fitted, {_range(interval)}"
            for name, interval in ranges.items()
        ),
        *(f"{name} = {value:.3g}  # measured on the fitted" for name, value in calm.items()),
        *(f"{name} = {value}  # fixed" for name, value in fixed.items()),
        "",
        "[provenance]",
        *(f"{name} = {json.dumps(value)}" for name, value in provenance.items()),
    ]
    return "\n".join(lines) + "\n"


def committed_values(table: str) -> dict[str, Any]:
    """Return the committed values of an ecology, none where it has no file yet."""
    file = resources.files("tidegate.data").joinpath(f"{table}.toml")
    values: dict[str, Any] = tomllib.loads(file.read_text())[table] if file.is_file() else {}
    return values


def _range(interval: Interval) -> str:
    if not math.isfinite(interval.high):
        return "no interval: the moments are blind to it"
    return f"{interval.low:.3g} to {interval.high:.3g}"


# ---- Tables -----------------------------------------------------------------------------------


def report(
    ecology: Ecology,
    fit: Fit,
    known: Sequence[Interval],
    fresh: Sequence[Figures],
    later: Assessment | None,
    minutes: Facts | None,
) -> Iterator[str]:
    """Yield the paragraphs that are printed.

    Parameters
    ----------
    ecology, fit
        What was fitted.
    known
        Intervals of the parameters.
    fresh
        Figures of seeds that the fit has not seen.
    later
        The same beside the prices that came after the fit.
    minutes
        Facts of the prices minute by minute.
    """
    yield _table("parameter", ("fitted", "95 % interval"), _parameter_rows(known))
    yield _table("moment", MOMENT_HEADS, moment_rows(fit.best))
    covered = coverage(fit.best)
    statistic, degrees, p_value = over_identification(fit.best, fit.slopes)
    yield (
        f"{ecology.name}: {fit.tried} sets assessed, loss {fit.best.loss:.2f} (bands that are not "
        f"kept: {fit.best.loss - fit.best.distance:.2f})\n"
        f"J = {statistic:.1f} on {degrees} degrees of freedom, p = {p_value:.2g}\n"
        f"moment coverage: all at once {covered.all_at_once:.0%} of seeds, "
        f"joint distance {covered.joint:.0%}"
    )
    if later is not None:
        yield f"Check: {later.targets.source}\n" + _table(
            "moment", MOMENT_HEADS, moment_rows(later)
        )
    yield _table(f"bands, {len(fresh)} seeds", BAND_HEADS, _band_rows(fresh, minutes or {}))


def _table(first: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(named_rows([(first, *heads), *rows], "<" + ">" * len(heads)))


def _parameter_rows(known: Sequence[Interval]) -> list[tuple[str, ...]]:
    return [(one.name, f"{one.value:.4g}", _range(one)) for one in known]


def moment_rows(assessment: Assessment) -> list[tuple[str, ...]]:
    """Return a row a moment, under `MOMENT_HEADS`."""
    single = coverage(assessment).single
    return [
        (
            f"{row['bar']} {row['fact']}",
            f"{row['value']:.3g}",
            f"{row['low']:.3g} to {row['high']:.3g}",
            f"{row['simulated']:.3g}",
            f"{row['p10']:.3g} to {row['p90']:.3g}",
            f"{row['distance']:+.1f}",
            f"{single[row['bar'], row['fact']]:.0%}",
        )
        for row in moment_table(assessment).iter_rows(named=True)
    ]


def _band_rows(runs: Sequence[Figures], minutes: Facts) -> list[tuple[str, ...]]:
    return [
        (
            f"{row['bar']} {row['fact']}",
            _number(row["low"]),
            _number(row["high"]),
            f"{minutes[row['fact']]:.3g}" if row["bar"] == "minute" and minutes else "",
            f"{row['mean']:.3g}",
            f"{row['p10']:.3g} to {row['p90']:.3g}",
            f"{row['share']:.0%}",
        )
        for row in band_table(runs).iter_rows(named=True)
    ]


def _number(value: float) -> str:
    return f"{value:g}" if math.isfinite(value) else ""
