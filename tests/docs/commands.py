"""Whether a command of the docs is one: the words are given to the parser that would read them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

import tyro

from tests.docs.pages import ROOT
from tidegate.cli import _COMMANDS
from tidegate.study.options import parse
from tidegate.study.packages import experiment_named

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = SETTINGS["project"]["optional-dependencies"]
MARKERS = [m.partition(":")[0] for m in SETTINGS["tool"]["pytest"]["ini_options"]["markers"]]

# Commands of other programs, by their first word, and why nothing here answers for them.
OTHERS = {
    "cp": "keeps a file where the page says",
    "mkdir": "makes a directory",
    "cd": "goes to a directory",
    "export": "sets a variable of the shell",
    "sleep": "waits for a scheduler",
    "sbatch": "hands a script to SLURM, which a test machine lacks",
    "dask": "starts a cluster; tests/study/test_executors_cluster.py starts one",
    "deactivate": "leaves an environment",
    "python3": "makes an environment",
    ".": "enters an environment",
    "git": "copies the sources",
}
# Packages that pages write.
OWN = ("dips",)
# What starts a program on many ranks; the program behind it is looked at.
LAUNCHERS = re.compile(r"^(mpiexec|srun) (-n \S+|--ntasks\S*) (python -m mpi4py\.futures )?(-m )?")


def check(words: Sequence[str]) -> Any:
    """Return what a command is read as.

    Raises
    ------
    ValueError, SystemExit, AssertionError
        When it is no command of tidegate's, or of one of `OTHERS`.
    """
    line = " ".join(words).replace("$(which tidegate)", "tidegate")
    line, launched = LAUNCHERS.subn("", re.sub(r"^PYTHONPATH=\S+ ", "", line))
    if launched and line.startswith("experiments."):
        line = f"python -m {line}"
    rest = line.split()
    if rest[0] in OTHERS:
        return None
    kinds = {"tidegate": _tidegate, "python": _python, "pytest": _pytest, "pip": _pip}
    kinds |= {"bash": _file, "make": _make}
    if rest[0] not in kinds:
        raise ValueError(f"{line!r}: no test knows the command {rest[0]!r}")
    kept = words[len(words) - len(rest) :] if not launched else rest
    return kinds[rest[0]](list(kept)[1:])


def _tidegate(words: list[str]) -> Any:
    for word in words:
        if word.startswith("experiments/"):
            assert (ROOT / word).exists(), f"{word} does not exist"
    return tyro.extras.subcommand_cli_from_dict(
        _COMMANDS, args=words, prog="tidegate", config=(tyro.conf.FlagCreatePairsOff,)
    )


def _python(words: list[str]) -> Any:
    assert words[0] == "-m", f"python {words[0]}: only modules are run"
    package, _, name = words[1].partition(".")
    if package == "tidegate":
        assert (ROOT / "src" / words[1].replace(".", "/")).with_suffix(".py").exists(), words[1]
        return None
    if package in ("venv", "build"):
        return None
    if words[1:] in (["experiments"], ["experiments", "--json"], ["experiments", "--preview"]):
        return None
    assert package in ("experiments", *OWN), f"python -m {words[1]}: no such module is tidegate's"
    experiment = experiment_named(package, name)
    if "--help" in words:
        return experiment
    _, parameters = parse(experiment, words[2:])
    experiment.checked_arms(parameters)
    return experiment


def _pytest(words: list[str]) -> None:
    named = [word for word in words if word.startswith("tests")]
    for word in named:
        path, _, test = word.partition("::")
        assert (ROOT / path).exists(), f"{path} does not exist"
        found = re.search(rf"^def {test}\b", (ROOT / path).read_text(), re.M) if test else True
        assert found, f"{path} has no test {test}"
    if "-m" in words:
        assert words[words.index("-m") + 1] in MARKERS, f"{words}: no such marker"


def _pip(words: list[str]) -> None:
    for extras in re.findall(r"\[([\w,]+)\]", " ".join(words)):
        for extra in extras.split(","):
            assert extra in EXTRAS, f"pip {' '.join(words)}: there is no extra {extra!r}"


def _file(words: list[str]) -> None:
    assert (ROOT / words[0]).exists(), f"{words[0]} does not exist"


def _make(words: list[str]) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    assert words[0] in targets, f"make {words[0]}: there are {', '.join(targets)}"
