"""The journal of a search: its finished trials on disk, as optuna keeps them.

It can be lost without harm. Trials follow from the search file and from the runs of batches, which
have seals of their own; so a journal that cannot be read is set aside, and made again from these.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

__all__ = ["NUMBER", "open_journal"]

NUMBER: Final = "number"  # of a trial, kept with it: a line that was lost shows
_ASIDE: Final = ".damaged"


def open_journal(
    optuna: Any, path: Path, name: str, directions: Sequence[str], varied: Iterable[str]
) -> Any:
    """Return the finished trials on disk; the caller holds the directory.

    A line that a kill cut short is dropped. A journal that is damaged otherwise is set aside with
    a word on stderr, and the one that is returned holds no trials.

    Parameters
    ----------
    optuna
        The package.
    path
        The journal; it need not be there.
    name, directions
        Of the study it is the journal of.
    varied
        Names that every trial has a value of.
    """
    # Left by a process that was killed: a lock of its own, a line cut short.
    path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
    if path.exists():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)
        why = _broken_line(path) or _unread(optuna, path, name, directions, frozenset(varied))
        if why is not None:
            aside = path.with_name(path.name + _ASIDE)
            path.replace(aside)
            print(
                f"{path} is damaged ({why}); it was moved to {aside.name} and is made again from "
                "the runs of batches",
                file=sys.stderr,
            )
    return _opened(optuna, path, name, directions)


def _opened(optuna: Any, path: Path, name: str, directions: Sequence[str]) -> Any:
    storages = importlib.import_module("optuna.storages.journal")
    storage = storages.JournalStorage(storages.JournalFileBackend(str(path)))
    return optuna.create_study(
        storage=storage, study_name=name, directions=list(directions), load_if_exists=True
    )


def _broken_line(path: Path) -> str | None:
    """Return which line is no record, None where all are."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                whole = "op_code" in json.loads(line)
            except (ValueError, TypeError):
                whole = False
            if not whole:
                return f"line {number} is no record"
    return None


def _unread(
    optuna: Any, path: Path, name: str, directions: Sequence[str], varied: frozenset[str]
) -> str | None:
    """Return what is wrong with records that are whole, None where nothing is."""
    try:
        study = _opened(optuna, path, name, directions)
        trials = study.trials
    except Exception as error:  # what replaying a record raises is nowhere said
        return f"its records cannot be replayed: {type(error).__name__}: {error}"
    if [direction.name.lower() for direction in study.directions] != list(directions):
        return "its objectives are others"
    for trial in trials:
        if not trial.state.is_finished() or trial.params.keys() != varied:
            return f"trial {trial.number} is not whole"
        if trial.user_attrs.get(NUMBER, trial.number) != trial.number:
            return f"trial {trial.number} is another one"
    return None
