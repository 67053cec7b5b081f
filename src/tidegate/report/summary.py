"""The summary of a finished study: what `summary.json` holds and the report shows."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue

from tidegate.analysis.contrast import Direction, Verdict
from tidegate.analysis.scales import MEASURES, Scale


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Metric(_Record):
    """A number that every run yields; fractions carry the unit "%"."""

    name: str
    title: str
    unit: str
    scale: Scale
    delta: float

    @classmethod
    def of(cls, measure: str, name: str, title: str, unit: str) -> Metric:
        """Return a metric with the scale and delta of a kind in `scales.MEASURES`."""
        known = MEASURES[measure]
        return cls(name=name, title=title, unit=unit, scale=known.scale, delta=known.delta)

    @classmethod
    def level(cls, name: str, title: str, unit: str, delta: float) -> Metric:
        """Return a metric whose effect is a difference."""
        return cls(name=name, title=title, unit=unit, scale=Scale.LEVEL, delta=delta)

    @property
    def is_share(self) -> bool:
        """Whether it is compared as a fraction, so that no run can change it by more than 1.

        Moves of prices in logs, which have the unit "%" too, hardly ever reach that.
        """
        return self.scale is Scale.LEVEL and self.unit == "%"


class Lead(_Record):
    """The figures that lead a report: some metrics, a column each, with an arm a row."""

    title: str
    metrics: tuple[str, ...]


class Series(_Record):
    """A column of the `paths` table, drawn over time; fractions carry the unit "%"."""

    name: str
    title: str
    unit: str


class ArmRow(_Record):
    """An arm and how many of its runs were finished and audited."""

    label: str
    title: str
    frozen_twin_of: str | None
    runs: int
    audited: int


class RunRow(_Record):
    """A finished run and the hash of its tape."""

    seed: int
    arm: str
    digest: str


class EffectRow(_Record):
    """One metric in one arm: its mean, and its effect against a control on the metric's scale.

    Ends of an interval are None where the pairs are too few to have one.
    """

    arm: str
    control: str
    metric: str
    mean: float | None
    pairs: int
    missing: int
    effect: float | None
    low: float | None
    high: float | None
    p: float


class FrozenEffect(_Record):
    """The same contrast between the frozen twins: what was assumed, without the market."""

    effect: float | None
    low: float | None
    high: float | None
    verdict: Verdict


class VerdictRow(_Record):
    """A claim, its verdict and the figures behind it."""

    row: str
    statement: str
    rival: str
    metric: str
    treated: str
    control: str
    direction: Direction
    delta: float
    horizon_days: float
    observed: str
    pairs: int
    missing: int
    effect: float | None
    low: float | None
    high: float | None
    level: float
    p: float
    p_holm: float
    verdict: Verdict
    frozen: FrozenEffect | None
    follows_from_assumption: bool
    grade: str
    notes: tuple[str, ...]
    beyond: tuple[tuple[str, str], ...] = ()  # of an interaction: effects taken off
    happened: bool | None = None  # whether any run differed from any other; None: not on record


class ParameterRow(_Record):
    """A parameter of the study with its meaning and where its default comes from."""

    name: str
    description: str
    value: JsonValue
    default: JsonValue
    unit: str
    source: str


class FailureRow(_Record):
    """A run that could not be finished."""

    seed: int
    arm: str
    where: str
    type: str
    message: str
    traceback: str


class Summary(_Record):
    """Everything a reader or a later check needs to know of a study."""

    experiment: str
    question: str
    grade: str
    version: str
    code: str
    scenario_digest: str
    claims_hash: str
    command: str
    baseline: str
    horizon_days: float
    seeds: tuple[int, ...]
    arms: tuple[ArmRow, ...]
    metrics: tuple[Metric, ...]
    series: tuple[Series, ...]
    lead: Lead | None = None
    effects: tuple[EffectRow, ...]
    verdicts: tuple[VerdictRow, ...]
    parameters: tuple[ParameterRow, ...]
    failures: tuple[FailureRow, ...]
    runs: tuple[RunRow, ...]
    results_digest: str

    def metric(self, name: str) -> Metric:
        """Return the metric of that name."""
        return next(m for m in self.metrics if m.name == name)

    def arm(self, label: str) -> ArmRow:
        """Return the arm of that label."""
        return next(a for a in self.arms if a.label == label)
