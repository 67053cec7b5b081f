"""From the parts of a study to its summary: effects, verdicts, grades."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from tidegate.analysis.contrast import (
    Comparison,
    Floats,
    Judgement,
    follows_from_assumption,
    judge_family,
    measure_effect,
)
from tidegate.report.summary import (
    ArmRow,
    EffectRow,
    FailureRow,
    FrozenEffect,
    ParameterRow,
    RunRow,
    Summary,
    VerdictRow,
)
from tidegate.report.wording import in_hours
from tidegate.study.arms import Arm
from tidegate.study.claims import Claim
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.ledger_plan import FIRST_LEDGER_SEED
from tidegate.study.store import RUNS, Manifest, Store

Columns = Mapping[tuple[str, str], Floats]  # (arm, metric) -> one value a seed
Grade = Literal["preview", "ledger"]


@dataclass(frozen=True)
class Outcome:
    """A study that has run: what it was, and where its parts are."""

    experiment: Experiment[Any]
    parameters: Parameters
    arms: tuple[Arm, ...]
    claims: tuple[Claim, ...]
    seeds: tuple[int, ...]
    planned: Mapping[str, int]  # of the seeds, how many each arm runs
    ledger: bool  # each claim is judged on the pairs it was committed to, though arms have more
    rows: frozenset[str]  # of the claims, those that get a verdict
    store: Store
    manifest: Manifest
    failures: tuple[FailureRow, ...]
    command: str

    @property
    def running(self) -> tuple[Arm, ...]:
        """Arms that any seed runs."""
        return tuple(arm for arm in self.arms if self.planned[arm.label])


def summarise(outcome: Outcome) -> Summary:
    """Return the summary of a study from the parts in its store."""
    labels = [arm.label for arm in outcome.running]
    runs = outcome.store.table(RUNS, outcome.seeds, labels)
    metrics = outcome.store.table("metrics", outcome.seeds, labels)
    columns = columns_of(metrics, outcome.seeds)
    experiment, manifest = outcome.experiment, outcome.manifest
    verdicts = _verdicts(outcome, columns)
    finished = _finished(runs)
    return Summary(
        experiment=experiment.name,
        question=experiment.question,
        grade=_study_grade(verdicts),
        version=manifest.version,
        code=manifest.code,
        scenario_digest=manifest.scenario_digest,
        claims_hash=manifest.claims_hash,
        command=outcome.command,
        baseline=labels[0],
        horizon_days=experiment.timeline(outcome.parameters).horizon_days,
        seeds=outcome.seeds,
        arms=tuple(_arm_row(arm, runs) for arm in outcome.running),
        metrics=experiment.metrics,
        series=experiment.series,
        lead=experiment.lead,
        effects=tuple(_effects(outcome, columns)),
        verdicts=verdicts,
        parameters=tuple(parameter_rows(outcome.parameters)),
        failures=outcome.failures,
        runs=finished,
        results_digest=results_digest(finished),
    )


def columns_of(metrics: pl.DataFrame, seeds: Sequence[int]) -> Columns:
    """Return each metric of each arm as a column over `seeds`, NaN where a run is missing."""
    place = {seed: index for index, seed in enumerate(seeds)}
    columns: dict[tuple[str, str], Floats] = {}
    if "metric" not in metrics.columns:
        return columns
    for seed, arm, metric, value in metrics.select("seed", "arm", "metric", "value").iter_rows():
        column = columns.setdefault((arm, metric), np.full(len(seeds), math.nan))
        column[place[seed]] = value
    return columns


def parameter_rows(parameters: Parameters) -> list[ParameterRow]:
    """Return the parameters with their meaning, unit and source."""
    rows = []
    values = parameters.model_dump(mode="json")
    defaults = type(parameters)().model_dump(mode="json")
    for name, info in type(parameters).model_fields.items():
        extra = info.json_schema_extra
        stated = extra if isinstance(extra, dict) else {}
        rows.append(
            ParameterRow(
                name=name,
                description=info.description or "",
                value=values[name],
                default=defaults[name],
                unit=str(stated.get("unit", "")),
                source=str(stated.get("source", "")),
            )
        )
    return rows


def _arm_row(arm: Arm, runs: pl.DataFrame) -> ArmRow:
    mine = runs.filter(pl.col("arm") == arm.label)
    audited = int(mine["audited"].sum()) if mine.height else 0
    return ArmRow(
        label=arm.label,
        title=arm.title,
        frozen_twin_of=arm.frozen_twin_of,
        runs=mine.height,
        audited=audited,
    )


def _finished(runs: pl.DataFrame) -> tuple[RunRow, ...]:
    if not runs.height:
        return ()
    named = runs.select("seed", "arm", "digest").iter_rows(named=True)
    return tuple(RunRow(**row) for row in named)


def results_digest(runs: Sequence[RunRow]) -> str:
    """Return one hash over the digests of all tapes, in the order of seeds and arms."""
    lines = "".join(f"{run.seed} {run.arm} {run.digest}\n" for run in runs)
    return hashlib.sha256(lines.encode()).hexdigest()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _effects(outcome: Outcome, columns: Columns) -> list[EffectRow]:
    """Return each metric of each arm against the baseline, with uncorrected 95 % intervals.

    An arm with prices frozen is held against the frozen twin of the baseline, where there is one.
    """
    arms, planned = outcome.running, outcome.planned
    frozen = [arm.label for arm in arms if arm.frozen_twin_of == arms[0].label]
    rows = []
    for metric in outcome.experiment.metrics:
        for arm in arms:
            baseline = frozen[0] if arm.frozen_twin_of and frozen else arms[0].label
            control = columns.get((baseline, metric.name))
            values = columns.get((arm.label, metric.name))
            if values is None or control is None:
                continue
            pairs = min(planned[arm.label], planned[baseline])
            values, control = values[:pairs], control[:pairs]
            present = values[np.isfinite(values)]
            effect = measure_effect(values, control, metric.scale)
            rows.append(
                EffectRow(
                    arm=arm.label,
                    control=baseline,
                    metric=metric.name,
                    mean=float(present.mean()) if present.size else None,
                    pairs=effect.pairs,
                    missing=effect.missing,
                    effect=_finite(effect.mean),
                    low=_finite(effect.interval.low),
                    high=_finite(effect.interval.high),
                    p=effect.p,
                )
            )
    return rows


def _judge(outcome: Outcome, columns: Columns, names: Mapping[str, str]) -> dict[str, Judgement]:
    """Judge the claims between the arms that `names` puts in place of the claimed ones.

    A claim whose arms have no run stays in its family without pairs: leaving it out would
    loosen the correction of the others.
    """
    nothing = np.full(len(outcome.seeds), math.nan)
    metrics = {metric.name: metric for metric in outcome.experiment.metrics}

    def column(arm: str, claim: Claim) -> Floats:
        values = columns.get((names[arm], claim.metric), nothing)
        return values[: claim.pairs] if outcome.ledger else values

    return {
        judgement.row: judgement
        for judgement in judge_family(
            [
                Comparison(
                    claim.row,
                    column(claim.treated, claim),
                    column(claim.control, claim),
                    claim.direction,
                    metrics[claim.metric].scale,
                    claim.delta,
                    tuple((column(a, claim), column(b, claim)) for a, b in claim.beyond),
                    metrics[claim.metric].is_share,
                )
                for claim in outcome.claims
                if names.keys() >= set(claim.compared)
            ]
        )
    }


def _verdicts(outcome: Outcome, columns: Columns) -> tuple[VerdictRow, ...]:
    market = _judge(outcome, columns, {arm.label: arm.label for arm in outcome.arms})
    twins = {a.frozen_twin_of: a.label for a in outcome.arms if a.frozen_twin_of is not None}
    frozen = _judge(outcome, columns, twins)
    return tuple(
        _verdict_row(outcome, claim, market[claim.row], frozen.get(claim.row))
        for claim in outcome.claims
        if claim.row in outcome.rows
    )


def _verdict_row(
    outcome: Outcome, claim: Claim, market: Judgement, frozen: Judgement | None
) -> VerdictRow:
    grade, notes = _grade(outcome, claim, market)
    return VerdictRow(
        **claim.model_dump(exclude={"experiment", "pairs", "assumed", "recorded_as"}),
        pairs=market.effect.pairs,
        missing=market.effect.missing,
        effect=_finite(market.effect.mean),
        low=_finite(market.interval.low),
        high=_finite(market.interval.high),
        level=market.interval.level,
        p=market.effect.p,
        p_holm=market.p_holm,
        verdict=market.verdict,
        happened=market.happened,
        frozen=_frozen_effect(frozen) if frozen is not None else None,
        follows_from_assumption=frozen is not None
        and follows_from_assumption(
            market.verdict, market.interval, frozen.verdict, frozen.interval
        ),
        grade=grade,
        notes=tuple(notes),
    )


def _frozen_effect(judgement: Judgement) -> FrozenEffect:
    return FrozenEffect(
        effect=_finite(judgement.effect.mean),
        low=_finite(judgement.interval.low),
        high=_finite(judgement.interval.high),
        verdict=judgement.verdict,
    )


def _grade(outcome: Outcome, claim: Claim, judgement: Judgement) -> tuple[Grade, list[str]]:
    """Return the grade of the evidence and each reason why it is no more than a preview."""
    horizon = outcome.experiment.timeline(outcome.parameters).horizon_days
    notes = []
    if judgement.effect.pairs != claim.pairs:
        notes.append(f"{judgement.effect.pairs} of the {claim.pairs} pairs committed to")
    if not math.isclose(horizon, claim.horizon_days, rel_tol=1e-9):
        notes.append(_measured_at(horizon, claim.horizon_days))
    if judgement.effect.missing:
        notes.append(f"{judgement.effect.missing} pairs have no value")
    if min(outcome.seeds) < FIRST_LEDGER_SEED:
        notes.append(f"seeds below {FIRST_LEDGER_SEED:,} are not for the ledger")
    if len(outcome.rows) < len(outcome.claims):
        notes.append("other claims of the experiment were left out")
    if outcome.parameters != type(outcome.parameters)():
        notes.append("parameters differ from the published ones")
    return ("preview" if notes else "ledger"), notes


def _measured_at(horizon: float, claimed: float) -> str:
    """Return at which day, or hour of a short study, effects were measured and are claimed."""
    if in_hours((0.0, horizon, claimed)):
        return f"measured at {24 * horizon:.4g} hours; the claim is at {24 * claimed:.4g}"
    return f"measured at {horizon:g} days; the claim is at {claimed:g}"


def _study_grade(verdicts: Sequence[VerdictRow]) -> Grade:
    return "ledger" if verdicts and all(v.grade == "ledger" for v in verdicts) else "preview"
