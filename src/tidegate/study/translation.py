"""Translations of what the experiments of a package say: where they are, and what they lack."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tidegate.report.language import Language, read_texts
from tidegate.study.claims import Claim, load_claims
from tidegate.study.experiment import Experiment
from tidegate.study.rows import Row

__all__ = ["language_of", "missing", "package_language", "skeleton", "texts_of"]


def language_of(experiment: Experiment[Any], code: str) -> Language:
    """Return a language with the translations that the package of an experiment brings."""
    package = importlib.import_module(experiment.module.partition(".")[0])
    return package_language(package, code)


def package_language(package: ModuleType, code: str) -> Language:
    """Return a language with the translations of a package, if it has a ``lang/CODE.toml``."""
    home = Path(str(package.__file__)).parent
    return Language.load(code, read_texts(home / "lang" / f"{code}.toml"))


def texts_of(experiment: Experiment[Any]) -> Iterator[str]:
    """Yield what a report shows of an experiment as it is published, besides its claims."""
    yield experiment.question
    if experiment.lead is not None:
        yield experiment.lead.title
    for arm in experiment.checked_arms(experiment.parameters()):
        if arm.frozen_twin_of is None:
            yield arm.title
    yield from (metric.title for metric in experiment.metrics)
    yield from (series.title for series in experiment.series)


def _texts_of_claim(claim: Claim) -> Iterator[str]:
    yield from (text for text in (claim.statement, claim.rival, claim.observed) if text)


def missing(
    language: Language, experiment: Experiment[Any], rows: tuple[Row, ...] = ()
) -> dict[str, list[str]]:
    """Return the texts of an experiment that have no translation, by table of the file.

    Parameters
    ----------
    language
        With the translations that there are.
    experiment
        One with all its claims.
    rows
        Rows of the registry: those that it decides are looked at too.
    """
    claims = load_claims(experiment.claims_file) if experiment.claims_file else ()
    tables = {f"experiment.{experiment.name}": list(texts_of(experiment))}
    for claim in claims:
        if claim.experiment == experiment.name:
            tables[f"claim.{claim.row}"] = list(_texts_of_claim(claim))
    for row in rows:
        if row.experiment == experiment.name:
            tables[f"row.{row.id}"] = [row.statement]
    found = {
        name: [t for t in dict.fromkeys(texts) if language.translated(t) is None]
        for name, texts in tables.items()
    }
    return {name: texts for name, texts in found.items() if texts}


def skeleton(lacking: dict[str, list[str]]) -> str:
    """Return what is to be added to the file, the translations left empty."""
    lines = []
    for name, texts in lacking.items():
        keys = (json.dumps(text, ensure_ascii=False) for text in texts)
        lines += [f"[{name}]", *(f'{key} = ""' for key in keys), ""]
    return "\n".join(lines)
