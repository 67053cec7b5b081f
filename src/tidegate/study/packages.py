"""Packages of experiments: found by name, never imported unasked."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Annotated, Any, Final

import tyro

from tidegate.study.console import WIDTH
from tidegate.study.experiment import Experiment
from tidegate.study.pipes import forgiving_stdout
from tidegate.study.plan import unknown_name

EXCLUSIVE: Final = "--json and --preview exclude each other"
USAGE: Final = """\
python -m {package}                       list the experiments
python -m {package} --json                the same as data
python -m {package} --preview [OPTIONS]   run them all, each with these options
python -m {package}.NAME --help           what one of them asks, and its options"""
PackageName = Annotated[
    str, tyro.conf.arg(name="from", help="Package of experiments, importable from here.")
]


def import_package(name: str) -> ModuleType:
    """Import a package of experiments, from the current directory too."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(
            f"--from is {name!r}; it must be the dotted name of a package, such as experiments"
        )
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        module = _imported(name)
    except ValueError as error:
        cause = error.__cause__
        if not isinstance(cause, ModuleNotFoundError) or cause.name != name.partition(".")[0]:
            raise
        raise ValueError(f"--from is {name!r}; no such package can be imported") from cause
    if not hasattr(module, "__path__"):
        raise ValueError(f"--from is {name!r}; it must be a package")
    return module


def _imported(name: str) -> ModuleType:
    """Import a module that somebody is writing, and say in words why it cannot be.

    Raises
    ------
    ValueError
        When importing it raises anything.
    """
    try:
        return importlib.import_module(name)
    except Exception as error:
        told = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise ValueError(f"{name} cannot be imported: {told}") from error


def experiments_in(package: str) -> Iterator[Experiment[Any]]:
    """Yield the `EXPERIMENT` of every module of a package, by module name."""
    home = import_package(package)
    for info in pkgutil.iter_modules(home.__path__):
        if info.name.startswith("_"):
            continue
        found = getattr(_imported(f"{package}.{info.name}"), "EXPERIMENT", None)
        if isinstance(found, Experiment):
            yield found


def experiment_named(package: str, name: str) -> Experiment[Any]:
    """Return the experiment of one module of a package, importing no other.

    Raises
    ------
    ValueError
        When there is none of that name, with the nearest that there is.
    """
    home = import_package(package)
    known = [m.name for m in pkgutil.iter_modules(home.__path__) if not m.name.startswith("_")]
    if name not in known:
        raise unknown_name("experiment", name, known, f"the package {package}")
    found = getattr(_imported(f"{package}.{name}"), "EXPERIMENT", None)
    if not isinstance(found, Experiment):
        raise ValueError(f"{package}.{name} defines no EXPERIMENT")
    return found


def list_experiments(package: str = "experiments", argv: Sequence[str] = ()) -> int:
    """Print the experiments of a package, each with its question and its command.

    Parameters
    ----------
    package
        The package.
    argv
        The command line after the program: ``--json`` prints them as data.
    """
    if {"-h", "--help"}.intersection(argv):
        print(USAGE.format(package=package))
        return 0
    if {"--json", "--preview"} <= {*argv}:
        print(f"error: {EXCLUSIVE}", file=sys.stderr)
        return 2
    unknown = [word for word in argv if word != "--json"]
    if unknown:
        print(f"error: {_refusal(package, unknown[0])}", file=sys.stderr)
        return 2
    with forgiving_stdout():
        if argv:
            print(json.dumps([_listed(e) for e in experiments_in(package)], indent=1))
        else:
            _print_experiments(package)
    return 0


def _refusal(package: str, word: str) -> str:
    home = import_package(package)
    if word in (info.name for info in pkgutil.iter_modules(home.__path__)):
        return f"{word!r} runs as python -m {package}.{word}"
    return f"{word!r} is unknown; there are --json and --preview"


def _listed(experiment: Experiment[Any]) -> dict[str, Any]:
    return {
        "name": experiment.name,
        "question": experiment.question,
        "command": f"python -m {experiment.module}",
        "claims": list(experiment.claims),
    }


def _print_experiments(package: str) -> None:
    for experiment in experiments_in(package):
        question = textwrap.fill(
            experiment.question, WIDTH, initial_indent="  ", subsequent_indent="  "
        )
        print(f"{experiment.name}\n{question}\n  python -m {experiment.module}\n")
