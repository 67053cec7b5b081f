"""Translations of what the experiments say: complete where there are any, and never stale."""

from __future__ import annotations

import re
import tomllib
import warnings
from pathlib import Path

import pytest

import experiments
from tidegate.report.language import Language, read_texts
from tidegate.study.claims import load_claims
from tidegate.study.packages import experiments_in
from tidegate.study.rows import load_registry
from tidegate.study.translation import missing, package_language, skeleton, texts_of

HOME = Path(experiments.__file__).parent
FILE = HOME / "lang" / "ja.toml"


@pytest.fixture(scope="module")
def every():
    return {e.name: e for e in experiments_in("experiments")}


@pytest.fixture(scope="module")
def rows():
    return load_registry(HOME / "rows.toml").row


def test_what_an_experiment_says_is_translated(every, rows):
    """All of it, once the file has a table of the experiment; others are listed as a warning."""
    language = package_language(experiments, "ja")
    begun = set(tomllib.loads(FILE.read_text("utf-8"))["experiment"])
    lacking = {name: missing(language, experiment, rows) for name, experiment in every.items()}
    untold = sorted(name for name, texts in lacking.items() if texts and name not in begun)
    if untold:
        warnings.warn(f"not in Japanese yet: {', '.join(untold)}", stacklevel=1)
    gaps = {k: v for name in begun & set(lacking) for k, v in lacking[name].items()}
    assert not gaps, f"to be added to {FILE}:\n{skeleton(gaps)}"


def test_every_row_and_family_is_translated(rows):
    language = package_language(experiments, "ja")
    families = load_registry(HOME / "rows.toml").families.values()
    texts = [row.statement for row in rows] + list(families)
    gaps = {"row": [text for text in texts if language.translated(text) is None]}
    assert not gaps["row"], f"to be added to {FILE}:\n{skeleton(gaps)}"


def test_nothing_is_translated_that_nobody_says(every, rows):
    """A text that was changed leaves its translation behind: it must go, or follow."""
    claims = load_claims(HOME / "claims.toml")
    said = {text for experiment in every.values() for text in texts_of(experiment)}
    said |= {text for claim in claims for text in (claim.statement, claim.rival, claim.observed)}
    said |= {row.statement for row in rows} | set(
        load_registry(HOME / "rows.toml").families.values()
    )
    kept = {text for text in read_texts(FILE) if "{" not in text}
    assert not kept - said, f"to be taken out of {FILE}: {sorted(kept - said)}"


def test_translations_keep_the_numbers_of_claims():
    """Percentages stand in both, so that no translation states another claim."""
    for english, japanese in read_texts(FILE).items():
        numbers = re.findall(r"[\d.,]*\d %", english)
        for number in numbers:
            assert number.replace(" ", "") in japanese.replace(" ", ""), (english, number)


def test_what_is_missing_is_told_as_it_is_to_be_written(tmp_path, every):
    experiment = every["pension_entry"]
    found = missing(Language.load("ja"), experiment)
    assert experiment.question in found["experiment.pension_entry"]
    assert len(found["claim.PEN-H1"]) == 3
    path = tmp_path / "ja.toml"
    path.write_text(skeleton(found), "utf-8")
    assert set(read_texts(path)) == {text for texts in found.values() for text in texts}
