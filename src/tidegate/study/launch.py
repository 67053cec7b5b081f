"""Run an experiment from its command line to its report."""

from __future__ import annotations

import importlib
import io
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

import tidegate
from tidegate.analysis.views import VIEWS
from tidegate.report.summary import Summary
from tidegate.study import console
from tidegate.study.arms import Arm
from tidegate.study.claims import Claim, claims_hash
from tidegate.study.directory_kind import RUNS_OF_EXPERIMENT, refuse_other_kind
from tidegate.study.directory_lock import directory_lock
from tidegate.study.executors import LOCAL, ClusterError, ExecutorPool, open_executor
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.interim import Interim
from tidegate.study.interrupts import ended_by_signals
from tidegate.study.ledger_plan import arms_of, pairs_by_arm
from tidegate.study.options import RunOptions, complain, parse
from tidegate.study.pipes import forgiving_stdout
from tidegate.study.pool import available_cpus
from tidegate.study.preflight import check_workers, code_hash
from tidegate.study.runner import OpenPool, run_jobs
from tidegate.study.seed import Job
from tidegate.study.store import Manifest, Store, StoreMismatchError, write_atomically
from tidegate.study.summarise import Outcome, summarise
from tidegate.study.translation import language_of

RAN, FAILED, INTERRUPTED = 0, 1, 130


def run_experiment(
    experiment: Experiment[Any], argv: Sequence[str], *, open_pool: OpenPool | None = None
) -> int:
    """Run an experiment as its command line says and return the exit code.

    Parameters
    ----------
    experiment
        The experiment; one defined in a module run with ``python -m`` is taken from the
        importable copy of that module, so that workers anywhere can load it.
    argv
        The command line after the program.
    open_pool
        Executor for the seeds, as of `run_jobs`, in place of the one on the command line.

    Returns
    -------
    int
        0 when it ran, whatever the verdicts; 1 when no pair of runs could be finished, the
        disk was full or the cluster has gone; 2 on bad input, before anything runs; 130 on
        Ctrl-C or SIGTERM. What was finished is kept in any case.
    """
    with ExitStack() as held:
        return _run_alone(importable(experiment), argv, open_pool, held)


def _run_alone(
    experiment: Experiment[Any], argv: Sequence[str], open_pool: OpenPool | None, held: ExitStack
) -> int:
    """Run an experiment while its directory is held against others."""
    try:
        options, parameters = parse(experiment, argv)
        cluster = _cluster(options)
        outcome = _prepare(experiment, options, parameters, argv, held)
        if cluster is not None:
            check_workers(cluster, experiment, outcome.store.root / "manifest.json")
    except ValueError as error:
        return complain(error)
    try:
        workers = cluster.workers if cluster else _workers_here(options)
        with ended_by_signals(), forgiving_stdout():
            return _run(outcome, options, workers, open_pool or cluster)
    except (ClusterError, OSError) as error:
        print(f"error: {error}\n{_what_is_kept(outcome)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print(f"\ninterrupted: {_what_is_kept(outcome)}", file=sys.stderr)
        return INTERRUPTED


def _cluster(options: RunOptions) -> ExecutorPool | None:
    """Return the cluster that the options name, once it has answered."""
    if options.executor == LOCAL:
        return None
    return open_executor(options.executor, options.workers)


def _workers_here(options: RunOptions) -> int:
    return options.workers or min(available_cpus(), options.seeds)


def _what_is_kept(outcome: Outcome) -> str:
    store = outcome.store
    kept = sum(store.finished(s, a.label) for s in outcome.seeds for a in outcome.arms)
    return f"{kept} finished runs are kept in {store.root}; the same command resumes"


def importable(experiment: Experiment[Any]) -> Experiment[Any]:
    """Return the experiment as other processes can import it."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    if experiment.module != "__main__" or spec is None:
        return experiment
    found: Experiment[Any] = importlib.import_module(spec.name).EXPERIMENT
    return found


def _prepare(
    experiment: Experiment[Any],
    options: RunOptions,
    parameters: Parameters,
    argv: Sequence[str],
    held: ExitStack,
) -> Outcome:
    """Check everything that can be checked beforehand and open the store."""
    arms = experiment.checked_arms(parameters)
    claims = experiment.family(arms)
    rows = _rows(experiment, options, claims)
    planned = _planned(options, parameters, [c for c in claims if c.row in rows], arms)
    if options.rows:
        needed = arms_of([c for c in claims if c.row in rows], arms)
        planned = {label: pairs if label in needed else 0 for label, pairs in planned.items()}
    manifest = Manifest(
        experiment=experiment.name,
        version=tidegate.__version__,
        code=code_hash(experiment),
        scenario_digest=experiment.digest(parameters),
        claims_hash=claims_hash(claims),
        parameters=parameters.model_dump(mode="json"),
    )
    return Outcome(
        experiment=experiment,
        parameters=parameters,
        arms=arms,
        claims=claims,
        seeds=tuple(range(options.first_seed, options.first_seed + max(planned.values()))),
        planned=planned,
        ledger=options.ledger,
        rows=rows,
        store=_open_store(experiment.name, options.out, manifest, held),
        manifest=manifest,
        failures=(),
        command=shlex.join(["python", "-m", experiment.module, *_repeatable(argv)]),
    )


def _repeatable(argv: Sequence[str]) -> list[str]:
    """Return the words that make the same results: where these lay is of no use to others."""
    words = [word for word in argv if not word.startswith("--out=")]
    while "--out" in words:
        at = words.index("--out")
        del words[at : at + 2]
    return words


def _rows(
    experiment: Experiment[Any], options: RunOptions, claims: Sequence[Claim]
) -> frozenset[str]:
    """Return the claims to judge, having checked that those the options choose are there."""
    known = [claim.row for claim in claims]
    for row in options.rows:
        if row not in known:
            allowed = f"one or more of {', '.join(known)}" if known else "left out: it has none"
            raise ValueError(f"--rows is {row!r}; of {experiment.name} it must be {allowed}")
    return frozenset(options.rows or known)


def _planned(
    options: RunOptions, parameters: Parameters, claims: Sequence[Claim], arms: Sequence[Arm]
) -> dict[str, int]:
    """Return how many seeds each arm runs.

    Changes of the scenario are let through: they make another world, whose results are a variant
    of the ledger's and never of its grade, because their parameters are not the published ones.
    """
    if not options.ledger:
        return {arm.label: options.seeds for arm in arms}
    published = type(parameters)()
    for name, value in parameters:
        if name not in parameters.added_up and value != getattr(published, name):
            raise ValueError(
                f"--{name.replace('_', '-')} is {value!r}; --ledger runs the experiment as "
                f"published, with {getattr(published, name)!r}"
            )
    return pairs_by_arm(claims, arms)


def _open_store(name: str, out: Path | None, manifest: Manifest, held: ExitStack) -> Store:
    """Open the directory of the results, and hold it.

    One that the user named is never touched when it belongs to another study. The default
    one is anybody's: what it held is renamed, not refused, so that a second run with other
    parameters needs no housekeeping.
    """
    root = out if out is not None else Path("results") / name
    try:
        refuse_other_kind(root, RUNS_OF_EXPERIMENT)
        held.enter_context(directory_lock(root))
        return Store.open(root, manifest)
    except OSError as error:
        raise ValueError(f"--out is {root}, where nothing can be written: {error}") from error
    except StoreMismatchError:
        if out is not None:
            raise
        aside = Store(root).set_aside()
        print(f"earlier results of another study moved to {aside}", file=sys.stderr)
        held.enter_context(directory_lock(root))  # the first one's moved with the directory
        return Store.open(root, manifest)


def _run(outcome: Outcome, options: RunOptions, workers: int, open_pool: OpenPool | None) -> int:
    """Run what is missing, write and print the results, and return the exit code."""
    # Workers elsewhere have working directories of their own.
    store = copy(outcome.store)
    store.root = store.root.absolute()
    jobs = [
        Job(
            outcome.experiment,
            outcome.parameters,
            seed,
            tuple(arm for arm in outcome.arms if place < outcome.planned[arm.label]),
            store,
            options.audit,
        )
        for place, seed in enumerate(outcome.seeds)
    ]
    failures = run_jobs(
        jobs, workers=workers, open_pool=open_pool, interim=Interim(replace(outcome, store=store))
    )
    summary, frames = _write_tables(replace(outcome, failures=tuple(failures)))
    print(summary.model_dump_json(indent=2) if options.json else console.render(summary))
    report = _write_report(outcome, options, summary, frames)
    if not options.json:
        print(f"\nReport: {report}")
    return RAN if _has_pairs(summary) else FAILED


def _has_pairs(summary: Summary) -> bool:
    """Whether some arm can be held against its control; where all are baselines, whether it ran."""
    compared = [effect for effect in summary.effects if effect.arm != effect.control]
    return any(effect.pairs for effect in compared or summary.effects)


def _write_tables(outcome: Outcome) -> tuple[Summary, dict[str, pl.DataFrame]]:
    """Write one parquet file a table, and the summary last; return both.

    While the tables change there is no summary: one that is there speaks of these tables.
    """
    store, labels = outcome.store, [arm.label for arm in outcome.running]
    summary = summarise(outcome)
    names = ["runs", "metrics", *(["paths"] if outcome.experiment.record else [])]
    frames = {name: store.table(name, outcome.seeds, labels) for name in names}
    drawn = {name: store.table(name, outcome.seeds, labels) for name in VIEWS}
    frames |= {name: frame for name, frame in drawn.items() if frame.height}
    (store.root / "summary.json").unlink(missing_ok=True)
    for name, frame in frames.items():
        content = io.BytesIO()
        frame.write_parquet(content)
        write_atomically(store.root / f"{name}.parquet", content.getvalue())
    write_atomically(store.root / "summary.json", summary.model_dump_json(indent=2).encode())
    return summary, frames


def _write_report(
    outcome: Outcome, options: RunOptions, summary: Summary, frames: Mapping[str, pl.DataFrame]
) -> Path:
    """Write the page, and the figures if asked; return the page."""
    # Drawing libraries are slow to import and needed only now.
    from tidegate.report import page

    folder, language = outcome.store.root, language_of(outcome.experiment, options.lang)
    path = folder / page.report_name(options.lang)
    page.write_report(summary, frames, path, language)
    if options.figures:
        from tidegate.report.figures import figures_of
        from tidegate.report.plots import export_figures

        drawn = figures_of(summary, frames, language)
        export_figures(drawn, folder / "figures", options.figures, options.lang)
    return path
