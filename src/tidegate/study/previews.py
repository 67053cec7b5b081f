"""Every experiment of a package at its preview, one after another."""

from __future__ import annotations

import contextlib
import io
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from tidegate.study.experiment import Experiment
from tidegate.study.options import BadInputError, parse
from tidegate.study.packages import EXCLUSIVE, USAGE, experiments_in

__all__ = ["run_previews"]

INTERRUPTED: Final = 130
PATIENCE: Final = 5  # seconds in which an experiment that heard Ctrl-C itself has ended
_OUTCOMES: Final = {0: "ran", 2: "refused"}


def run_previews(package: str = "experiments", options: Sequence[str] = ()) -> int:
    """Run each experiment of a package in a process of its own, as its command would.

    Parameters
    ----------
    package
        The package.
    options
        Options of every experiment, such as ``--workers 2``. Each writes to its own directory,
        and goes on from what is finished there.

    Returns
    -------
    int
        0 when all ran, 1 when one failed (the others run all the same), 2 for options that no
        experiment takes or that would have all write to one directory, 130 on Ctrl-C or SIGTERM.
    """
    if {"-h", "--help"}.intersection(options):
        print(USAGE.format(package=package))
        return 0
    if "--json" in options:
        print(f"error: {EXCLUSIVE}", file=sys.stderr)
        return 2
    if any(word.partition("=")[0] == "--out" for word in options):
        print(
            f"error: --out is {' '.join(options)!r}; it would be one directory for all: leave it "
            "out and start where results/NAME may be written",
            file=sys.stderr,
        )
        return 2
    found = list(experiments_in(package))
    if refusal := _refused_by_all(found, options):
        print(f"{refusal}\nerror: no experiment of {package} takes these options", file=sys.stderr)
        return 2
    modules = {experiment.name: experiment.module for experiment in found}
    failed = []
    began = time.monotonic()
    for number, (name, module) in enumerate(modules.items(), start=1):
        print(f"{number:>2}/{len(modules)}  {name:<24}", end=" ", flush=True)
        start = time.monotonic()
        command = [sys.executable, "-m", module, *options]
        code = _ran(command)
        if code == INTERRUPTED:
            print("interrupted; the same command goes on from there")
            return INTERRUPTED
        print(f"{_OUTCOMES.get(code, 'failed'):<8} {time.monotonic() - start:>6.0f} s", flush=True)
        if code:
            failed.append(name)
    print(f"{len(modules)} experiments in {(time.monotonic() - began) / 60:.0f} min")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def _refused_by_all(experiments: Sequence[Experiment[Any]], options: Sequence[str]) -> str:
    """Return what the first experiment says of options that none takes, "" if one takes them."""
    refusals = []
    for experiment in experiments:
        told = io.StringIO()
        try:
            with contextlib.redirect_stderr(told):
                parse(experiment, options)
        except SystemExit:
            refusals.append(told.getvalue().rstrip())
        except BadInputError as error:
            refusals.append(f"error: {error}")
        else:
            return ""
    return refusals[0] if refusals else ""


def _ran(command: Sequence[str]) -> int:
    """Run a command and return its exit code; what ends this process ends it first."""
    ended = False
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:

        def end(*_: object) -> None:
            nonlocal ended
            ended = True
            child.terminate()

        before = signal.signal(signal.SIGTERM, end)
        try:
            code = child.wait()
            # One that had not begun to listen ends with another code.
            return INTERRUPTED if ended else code
        except KeyboardInterrupt:
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.terminate()
            return INTERRUPTED
        finally:
            signal.signal(signal.SIGTERM, before)
