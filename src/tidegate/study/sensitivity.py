"""From the results of a sweep to what they say of one outcome or one claim."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import polars as pl

from tidegate.analysis.contrast import Verdict
from tidegate.analysis.outcomes import (
    Outcome,
    by_parameter,
    noise_share,
    overall,
    point_outcomes,
)
from tidegate.analysis.sensitivity import DUMMY, Design, Indices, Method, check_size, measure
from tidegate.study.claims import Claim, load_claims
from tidegate.study.plan import Plan, unknown_name
from tidegate.study.study_file import Level, Range

__all__ = [
    "Decision",
    "Finding",
    "assess",
    "design_asked",
    "outcome_named",
    "outcome_of_claim",
    "usual_outcome",
]

MOSTLY: Final = 0.5  # share of chance above which a ranking says little
_THIRDS: Final = 3
_USUAL: Final[Mapping[str, Method]] = {"sobol": "sobol", "morris": "morris"}  # others: PAWN


@dataclass(frozen=True)
class _Elsewhere(Outcome):
    """The effect that a claim is about, at another horizon than the claim's.

    Its title tells so, for it heads all that is printed and drawn.

    Parameters
    ----------
    note
        At which horizon, and which is the claim's.
    """

    note: str = ""

    @property
    def title(self) -> str:
        """The outcome in a few words."""
        return f"{super().title} ({self.note})"


@dataclass(frozen=True)
class Decision:
    """What decides a claim.

    Parameters
    ----------
    claim
        The claim.
    whole
        The effect over all points, one row.
    parameter, bins
        The parameter that matters most, and the effect by ranges of it.
    thirds
        By parameter, that which matters most first: the effect by thirds of its range.
    """

    claim: Claim
    whole: pl.DataFrame
    parameter: str
    bins: pl.DataFrame
    thirds: Mapping[str, pl.DataFrame]

    @property
    def turned_by(self) -> list[str]:
        """The parameters of which one range settles the claim one way, and another otherwise."""
        return [name for name, bins in self.thirds.items() if len(_settled(bins)) > 1]

    @property
    def spans_known(self) -> bool:
        """Whether any range of the parameter that matters most has an interval."""
        return _known(self.bins)

    @property
    def thirds_known(self) -> bool:
        """Whether any third of any range has an interval."""
        return any(map(_known, self.thirds.values()))

    @property
    def settled(self) -> set[Verdict]:
        """Every verdict other than an open one that some range of some parameter gives."""
        return set().union(*(_settled(bins) for bins in self.thirds.values()))


def _settled(bins: pl.DataFrame) -> set[Verdict]:
    return {Verdict(verdict) for verdict in bins["verdict"]} - {Verdict.UNDECIDED}


def _known(bins: pl.DataFrame) -> bool:
    return bool((bins["low"].is_finite() | bins["high"].is_finite()).any())


@dataclass(frozen=True)
class Finding:
    """What a sweep says of an outcome.

    Parameters
    ----------
    plan, outcome
        The sweep, and what was asked of every point.
    indices
        Which parameter matters.
    chance
        Share of the variance among points that comes from the few seeds, at most 1; NaN of one.
    decision
        What decides the claim, where one was asked about.
    """

    plan: Plan
    outcome: Outcome
    indices: Indices
    chance: float
    decision: Decision | None = None

    @property
    def rivals(self) -> list[str]:
        """The parameters whose intervals overlap with that of the one that matters most."""
        rows = self.indices.main().filter(pl.col("parameter") != DUMMY)
        first, *others = rows.iter_rows(named=True)
        # The end of an open interval is NaN, which is beyond nothing.
        return [row["parameter"] for row in others if not row["high"] <= first["low"]]

    @property
    def leads(self) -> bool:
        """Whether the interval of the greatest index is above what a parameter with none gets."""
        rows = {row["parameter"]: row for row in self.indices.main().iter_rows(named=True)}
        idle = rows[DUMMY]["value"] if DUMMY in rows else 0.0
        low: float = rows[self.indices.ranking()[0]]["low"]
        return low > idle


def assess(
    plan: Plan,
    results: pl.DataFrame,
    outcome: Outcome,
    *,
    claim: Claim | None = None,
    method: Method | None = None,
) -> Finding:
    """Return what the results of a sweep say of an outcome.

    Parameters
    ----------
    plan, results
        The sweep.
    outcome
        What is asked of every point; that of the claim, where there is one.
    claim
        The claim to be decided.
    method
        Whose indices; by default those the design was made for, or else PAWN's.
    """
    design = design_asked(plan, method)
    values = point_outcomes(results, outcome, plan.seeds)
    indices = measure(
        _placed(plan) if design.method == "morris" else _ordered(plan), values, design
    )
    block = design.block
    decision = None
    if claim is not None:
        names, direction = indices.ranking(), claim.direction
        ranges = partial(by_parameter, plan.points, values, direction=direction, block=block)
        decision = Decision(
            claim,
            overall(values, direction, block=block),
            names[0],
            ranges(names[0]),
            {name: ranges(name, bins=_THIRDS) for name in names},
        )
    return Finding(plan, outcome, indices, noise_share(values, len(plan.seeds)), decision)


def design_asked(plan: Plan, method: Method | None = None) -> Design:
    """Return how the points of a sweep hang together, for the indices that are asked for.

    Raises
    ------
    ValueError
        When the design does not serve them, or has too few points whatever their outcomes.
    """
    study = plan.study
    kind = study.design.kind
    own = _USUAL.get(kind, "pawn")
    asked = method or own
    if asked not in (own, "pawn"):
        raise ValueError(
            f"--method is {asked!r}; the design is of kind {kind!r}, which serves "
            f"{' and '.join(dict.fromkeys([own, 'pawn']))}"
        )
    design = Design(tuple(study.vary), asked, study.design.second_order, _block(plan))
    check_size(len(plan), design)
    return design


def outcome_named(plan: Plan, text: str) -> Outcome:
    """Return the outcome that a text asks for: METRIC, METRIC:ARM or METRIC:ARM-CONTROL.

    Raises
    ------
    ValueError
        When the sweep has no such metric or arm.
    """
    metric, _, arms = text.partition(":")
    if metric not in plan.metrics:
        raise unknown_name("metric", metric, plan.metrics, "the sweep")
    labels = plan.labels[0]
    if not arms:
        return Outcome(metric, labels[0])
    if arms in labels:
        return Outcome(metric, arms)
    for place in (place for place, letter in enumerate(arms) if letter == "-"):
        arm, control = arms[:place], arms[place + 1 :]
        if arm in labels and control in labels:
            return Outcome(metric, arm, control, _scale(plan, metric))
    raise ValueError(
        f"--outcome is {text!r}; it must be METRIC, METRIC:ARM or METRIC:ARM-CONTROL with arms "
        f"among {', '.join(labels)}"
    )


def usual_outcome(plan: Plan) -> Outcome:
    """Return the first metric of the baseline, or the effect of the first arm besides it."""
    metric, labels = plan.metrics[0], plan.labels[0]
    if len(labels) == 1:
        return Outcome(metric, labels[0])
    return Outcome(metric, labels[1], labels[0], _scale(plan, metric))


def outcome_of_claim(plan: Plan, row: str) -> tuple[Outcome, Claim]:
    """Return the effect over the smallest that matters of a claim, and the claim.

    The title of the effect tells where the sweep's horizon is not that of the claim.

    Raises
    ------
    ValueError
        When the experiment does not decide that row, or the sweep lacks its arms or its metric.
    """
    experiment = plan.experiment
    claims = load_claims(experiment.claims_file) if experiment.claims_file is not None else ()
    by_row = {claim.row: claim for claim in claims if claim.experiment == experiment.name}
    if row not in by_row:
        raise unknown_name("row", row, by_row, experiment.name)
    claim = by_row[row]
    if claim.beyond:
        raise ValueError(f"--row is {row!r}, an interaction of four arms; give its metric and arms")
    if claim.metric not in plan.metrics:
        raise ValueError(f"metrics of the study lack {claim.metric!r}, which {row} is about")
    for label in (claim.treated, claim.control):
        if label not in plan.labels[0]:
            raise ValueError(f"arms of the study lack {label!r}, which {row} compares")
    scale = _scale(plan, claim.metric)
    asked = (claim.metric, claim.treated, claim.control, scale, claim.delta)
    note = _horizon_note(plan, claim)
    return (_Elsewhere(*asked, note=note) if note else Outcome(*asked)), claim


def _horizon_note(plan: Plan, claim: Claim) -> str:
    """Return at which horizons points are measured, where any is not the claim's; else ""."""
    timeline = plan.experiment.timeline
    days = [timeline(plan.parameters(point)).horizon_days for point in range(len(plan))]
    if all(math.isclose(horizon, claim.horizon_days, rel_tol=1e-9) for horizon in days):
        return ""
    span = " to ".join(dict.fromkeys(f"{end:g}" for end in (min(days), max(days))))
    return f"measured at {span} days; the claim is at {claim.horizon_days:g}"


def _scale(plan: Plan, metric: str) -> Any:
    return next(m.scale for m in plan.experiment.metrics if m.name == metric)


def _block(plan: Plan) -> int:
    """Return how many points the design draws together."""
    width = len(plan.study.vary)
    if plan.study.design.kind == "sobol":
        return (2 if plan.study.design.second_order else 1) * width + 2
    return width + 1 if plan.study.design.kind == "morris" else 1


def _ordered(plan: Plan) -> pl.DataFrame:
    """Return the points with the places of levels, in the order of the file, for words."""
    places = []
    for name, varied in plan.study.vary.items():
        column = plan.points[name]
        if isinstance(varied, Range) or column.dtype.is_numeric() or column.dtype == pl.Boolean:
            continue
        places.append(pl.Series(name, _places(column, varied), dtype=pl.Int64))
    return plan.points.with_columns(places)


def _placed(plan: Plan) -> pl.DataFrame:
    """Return the points with places in ranges, from 0 at their low end to 1 at the high one."""
    columns = []
    for name, varied in plan.study.vary.items():
        column = plan.points[name]
        if not isinstance(varied, Range):
            places = pl.Series(name, _places(column, varied), dtype=pl.Float64)
            columns.append(places / max(len(varied) - 1, 1))
            continue
        low, high, values = float(varied.low), float(varied.high), column.cast(pl.Float64)
        if varied.scale == "log":
            low, high, values = math.log(low), math.log(high), values.log()
        columns.append((values - low) / (high - low))
    return plan.points.with_columns(columns)


def _places(column: pl.Series, levels: Sequence[Level]) -> list[int]:
    """Return the places of values among the levels of the file."""
    known: list[Any] = [list(level) if isinstance(level, tuple) else level for level in levels]
    if column.dtype.is_numeric():  # the file may have numbers of another kind
        known = [float(level) for level in known]
    return [known.index(value) for value in column.to_list()]


def finite(value: float) -> float | None:
    """Return a number as JSON has it: one that is not finite is missing."""
    return value if math.isfinite(value) else None
