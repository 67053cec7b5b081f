"""The committed results of a package: what they say of each row, and whether they still count.

In the folder `ledger` beside the claims, `NAME.json` is the summary of an experiment in ledger
grade; `NAME.variants/*.json` are summaries of the same experiment with something varied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from tidegate.analysis.contrast import LEDGER_PAIRS
from tidegate.report.summary import Metric, Summary, VerdictRow
from tidegate.scenario import flat
from tidegate.study.claims import Claim, claims_hash
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.ledger_plan import FIRST_LEDGER_SEED
from tidegate.study.robustness import (
    STEP_PAIRS,
    Finding,
    Robustness,
    Variant,
    is_step,
    robustness,
)
from tidegate.study.soundness import contradictions, judged_again

_CHANGE = "change"  # the parameter whose entries name values of the scenario

Experiments = Mapping[str, Experiment[Any]]


class Record(BaseModel):
    """What a committed result says of a row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    experiment: str
    verdict: VerdictRow
    metric: Metric
    seeds: tuple[int, ...]
    grade: str
    results_digest: str  # of the tapes of all its runs
    scenario_digest: str
    version: str
    outdated: str  # why it counts no longer; "" while it does
    robustness: Robustness | None


def summaries(folder: Path, claims: Sequence[Claim]) -> Iterator[tuple[Path, Summary]]:
    """Yield the results of a folder `ledger`, each with its file, by the ids of today's claims.

    Raises
    ------
    ValueError
        If one is not of ledger grade, with what it lacks.
    """
    for path in sorted(folder.glob("*.json")):
        summary = _read(path, claims)
        if summary.grade != "ledger":
            lacks = "; ".join(f"{row.row}: {row.grade}" for row in summary.verdicts)
            raise ValueError(f"{path} is a {summary.grade}, not of ledger grade ({lacks})")
        yield path, summary


def records(folder: Path, claims: Sequence[Claim], experiments: Experiments) -> dict[str, Record]:
    """Return what the results in a folder `ledger` say, by row.

    Raises
    ------
    ValueError
        When two results hold the same row, a result contradicts itself, or a variant is none.
    """
    found: dict[str, Record] = {}
    for path, summary in summaries(folder, claims):
        if wrong := list(contradictions(summary)):
            raise ValueError(f"{path} contradicts itself: {'; '.join(wrong)}")
        experiment = experiments.get(summary.experiment)
        outdated = _outdated(summary, claims, experiment)
        variants = [] if outdated else list(_variants(folder, summary, claims, experiment))
        for verdict in judged_again(summary).verdicts:
            if verdict.row in found:
                raise ValueError(
                    f"{folder} holds two results of row {verdict.row}: of "
                    f"{found[verdict.row].experiment} and of {summary.experiment}"
                )
            found[verdict.row] = Record(
                experiment=summary.experiment,
                verdict=verdict,
                metric=summary.metric(verdict.metric),
                seeds=summary.seeds,
                grade=verdict.grade,
                results_digest=summary.results_digest,
                scenario_digest=summary.scenario_digest,
                version=summary.version,
                outdated=outdated,
                robustness=_robustness(verdict, variants),
            )
    return found


def _read(path: Path, claims: Sequence[Claim]) -> Summary:
    """Return a summary; a claim that has another id since has it in its verdict too."""
    try:
        summary = Summary.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path} is not the summary of a study: {error}") from error
    ids = {c.recorded_as: c.row for c in claims if c.experiment == summary.experiment}
    verdicts = tuple(
        verdict.model_copy(update={"row": ids.get(verdict.row, verdict.row)})
        for verdict in summary.verdicts
    )
    return summary.model_copy(update={"verdicts": verdicts})


def _outdated(summary: Summary, claims: Sequence[Claim], experiment: Experiment[Any] | None) -> str:
    """Return why a result counts no longer, or ""."""
    if experiment is None:
        return f"there is no experiment {summary.experiment} any more"
    if (
        claims_hash([c for c in claims if c.experiment == summary.experiment])
        != summary.claims_hash
    ):
        return "the claims have changed since"
    try:
        digest = experiment.digest(_parameters(experiment, summary))
    except ValueError:
        return "its parameters are no longer those of the experiment"
    return "" if digest == summary.scenario_digest else "the scenario has changed since"


def _parameters(experiment: Experiment[Any], summary: Summary) -> Parameters:
    chosen: Parameters = experiment.parameters(**{p.name: p.value for p in summary.parameters})
    return chosen


def _variants(
    folder: Path, base: Summary, claims: Sequence[Claim], experiment: Experiment[Any] | None
) -> Iterator[tuple[str, bool, Summary]]:
    """Yield each variant that still counts: what it varies, whether by a step, what it found."""
    for path in sorted((folder / f"{base.experiment}.variants").glob("*.json")):
        variant = _read(path, claims)
        if variant.experiment != base.experiment or min(variant.seeds) < FIRST_LEDGER_SEED:
            raise ValueError(
                f"{path} holds {variant.experiment} on seeds from {min(variant.seeds)}; it must "
                f"hold {base.experiment} on seeds from {FIRST_LEDGER_SEED} or more"
            )
        if wrong := list(contradictions(variant)):
            raise ValueError(f"{path} contradicts itself: {'; '.join(wrong)}")
        if experiment is None or _outdated(variant, claims, experiment):
            continue
        moves = _moves(experiment, base, variant)
        if not moves:
            raise ValueError(f"{path} has the parameters of the result itself; it varies nothing")
        name = " and ".join(moves)
        step = len(moves) == 1 and all(is_step(*pair) for pair in moves.values())
        if lacking := list(_lacking_pairs(base, variant, claims, step)):
            raise ValueError(f"{path} cannot count: {'; '.join(lacking)}")
        yield name, step, variant


def _lacking_pairs(
    base: Summary, variant: Summary, claims: Sequence[Claim], step: bool
) -> Iterator[str]:
    """Yield the rows on which a variant has fewer pairs than it takes to hold a verdict to it.

    Of a step, where the result has a sign, the sign of the mean is all that is looked at: fewer
    pairs can break a verdict by chance, and spare none.
    """
    signed = {row.row for row in judged_again(base).verdicts if _finding(row).has_sign}
    pairs = {claim.row: claim.pairs for claim in claims}
    for row in variant.verdicts:
        enough = STEP_PAIRS if step and row.row in signed else LEDGER_PAIRS
        least = min(enough, pairs.get(row.row, LEDGER_PAIRS))
        if row.pairs < least:
            yield f"{row.row} rests on {row.pairs} pairs; it takes {least}"


def _moves(
    experiment: Experiment[Any], base: Summary, variant: Summary
) -> dict[str, tuple[object, object]]:
    """Return what a variant varies, with both values: parameters, and paths in the scenario."""
    ours = {p.name: p.value for p in base.parameters}
    theirs = {p.name: p.value for p in variant.parameters}
    moves: dict[str, tuple[object, object]] = {
        name: (value, theirs[name])
        for name, value in ours.items()
        if name != _CHANGE and theirs[name] != value
    }
    added = [text for text in _texts(theirs) if text not in _texts(ours)]
    if added and experiment.scenario is not None:
        spec = experiment.scenario(_parameters(experiment, base))
        for path, value in flat.read(added).items():
            moves[path] = (flat.value_at(spec, path) if flat.exists(spec, path) else None, value)
    return moves


def _texts(values: Mapping[str, JsonValue]) -> list[str]:
    texts = values.get(_CHANGE, [])
    return [str(text) for text in texts] if isinstance(texts, list) else []


def _robustness(
    verdict: VerdictRow, variants: Sequence[tuple[str, bool, Summary]]
) -> Robustness | None:
    varied = [
        Variant(name, step, _finding(found))
        for name, step, summary in variants
        for found in judged_again(summary).verdicts
        if found.row == verdict.row
    ]
    return robustness(_finding(verdict), varied)


def _finding(verdict: VerdictRow) -> Finding:
    return Finding(verdict.verdict, verdict.direction, verdict.effect)
