"""Run an experiment from its command line to its report."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import polars as pl

import tidegate
from tidegate.report.summary import Summary
from tidegate.study import console
from tidegate.study.claims import claims_hash
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.options import RunOptions, complain, parse
from tidegate.study.runner import OpenPool, run_jobs
from tidegate.study.seed import Job
from tidegate.study.store import Manifest, Store, StoreMismatchError, write_atomically
from tidegate.study.summarise import Outcome, summarise

RAN, FAILED, INTERRUPTED = 0, 1, 130
_SOURCES: Final = (".py", ".pyx", ".pxd", ".h", ".toml")
# Parts of the package that cannot change the outcome of a run.
_AFTER_THE_RUN: Final = ("report", "commands", "dashboard.py", "cli.py")


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
        Executor for the seeds, as of `run_jobs`.

    Returns
    -------
    int
        0 when it ran, whatever the verdicts; 1 when no pair of runs could be finished; 2 on
        bad input, before anything runs; 130 on interrupt, with finished runs kept.
    """
    experiment = importable(experiment)
    try:
        options, parameters = parse(experiment, argv)
        outcome = _prepare(experiment, options, parameters, argv)
    except ValueError as error:
        return complain(error)
    try:
        return _run(outcome, options, open_pool)
    except KeyboardInterrupt:
        store = outcome.store
        kept = sum(store.finished(s, a.label) for s in outcome.seeds for a in outcome.arms)
        print(
            f"\ninterrupted: {kept} finished runs are kept in {store.root}; "
            "the same command resumes",
            file=sys.stderr,
        )
        return INTERRUPTED


def importable(experiment: Experiment[Any]) -> Experiment[Any]:
    """Return the experiment as other processes can import it."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    if experiment.build.__module__ != "__main__" or spec is None:
        return experiment
    found: Experiment[Any] = importlib.import_module(spec.name).EXPERIMENT
    return found


def _prepare(
    experiment: Experiment[Any], options: RunOptions, parameters: Parameters, argv: Sequence[str]
) -> Outcome:
    """Check everything that can be checked beforehand and open the store."""
    arms = experiment.checked_arms(parameters)
    claims = experiment.family(arms)
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
        seeds=tuple(range(options.first_seed, options.first_seed + options.seeds)),
        store=_open_store(experiment.name, options.out, manifest),
        manifest=manifest,
        failures=(),
        command=shlex.join(["python", "-m", experiment.module, *argv]),
    )


def _open_store(name: str, out: Path | None, manifest: Manifest) -> Store:
    """Open the directory of the results.

    One that the user named is never touched when it belongs to another study. The default
    one is anybody's: what it held is renamed, not refused, so that a second run with other
    parameters needs no housekeeping.
    """
    root = out if out is not None else Path("results") / name
    try:
        return Store.open(root, manifest)
    except OSError as error:
        raise ValueError(f"--out is {root}, where nothing can be written: {error}") from error
    except StoreMismatchError:
        if out is not None:
            raise
        aside = Store(root).set_aside()
        print(f"earlier results of another study moved to {aside}", file=sys.stderr)
        return Store.open(root, manifest)


def _run(outcome: Outcome, options: RunOptions, open_pool: OpenPool | None) -> int:
    """Run what is missing, write and print the results, and return the exit code."""
    jobs = [
        Job(
            outcome.experiment,
            outcome.parameters,
            seed,
            outcome.arms,
            outcome.store,
            options.audit,
        )
        for seed in outcome.seeds
    ]
    failures = run_jobs(jobs, workers=options.workers, open_pool=open_pool)
    summary, frames = _write_tables(replace(outcome, failures=tuple(failures)))
    print(summary.model_dump_json(indent=2) if options.json else console.render(summary))
    report = _write_report(summary, frames, outcome.store.root)
    if not options.json:
        print(f"\nReport: {report}")
    return RAN if any(effect.pairs for effect in summary.effects) else FAILED


def _write_tables(outcome: Outcome) -> tuple[Summary, dict[str, pl.DataFrame]]:
    """Write the summary and one parquet file a table; return both."""
    store, labels = outcome.store, [arm.label for arm in outcome.arms]
    summary = summarise(outcome)
    write_atomically(store.root / "summary.json", summary.model_dump_json(indent=2).encode())
    names = ["runs", "metrics", *(["paths"] if outcome.experiment.record else [])]
    frames = {name: store.table(name, outcome.seeds, labels) for name in names}
    for name, frame in frames.items():
        frame.write_parquet(store.root / f"{name}.parquet")
    return summary, frames


def _write_report(summary: Summary, frames: Mapping[str, pl.DataFrame], folder: Path) -> Path:
    # Drawing libraries are slow to import and needed only now.
    from tidegate.report.page import write_report

    path = folder / "report.html"
    write_report(summary, frames, path)
    return path


def code_hash(experiment: Experiment[Any]) -> str:
    """Return the hash of the sources that decide a run: the packages and the experiment."""
    total = hashlib.sha256()
    for package in ("tidegate", "tidegate_core", "tidegate_crowd"):
        folder = Path(importlib.import_module(package).__path__[0])
        for path in sorted(folder.rglob("*")):
            part = path.relative_to(folder)
            if path.suffix in _SOURCES and part.parts[0] not in _AFTER_THE_RUN:
                total.update(f"{package}/{part.as_posix()}\n".encode() + path.read_bytes())
    module = inspect.getsourcefile(experiment.build)
    if module is not None:
        total.update(Path(module).read_bytes())
    return total.hexdigest()
