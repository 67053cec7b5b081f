"""The registry: every row is there, once, and is decided one way."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import experiments
from tidegate.study.claims import load_claims
from tidegate.study.rows import load_registry, own_claims

FOLDER = Path(experiments.__path__[0])
PER_FAMILY = {"KZ": 24, "PEN": 27, "LEV": 31, "HACK": 10, "MAC": 17, "MIN": 16, "X": 10}

REGISTRY = """
[families]
TOY = "Toys"

[[row]]
id = "TOY-H1"
kind = "stated"
direction = "increase"
statement = "A subsidy lifts the price."
experiment = "walk"

[[row]]
id = "TOY-H2"
kind = "rival"
direction = "none"
statement = "It does nothing."
planned = "run"
metric = "price"
"""
CLAIM = """
[[claim]]
row = "TOY-H1"
experiment = "walk"
statement = "A subsidy lifts the price."
rival = "It does not."
metric = "price"
horizon_days = 20
treated = "subsidy"
control = "none"
direction = "increase"
delta = 0.01
"""


def numbered(prefix, last, extra=()):
    """Return ids in order, each followed by those of `extra` that begin with it."""
    ids = []
    for number in range(1, last + 1):
        ids.append(f"{prefix}{number}")
        ids += [e for e in extra if e.rstrip("abcr") == f"{prefix}{number}"]
    return ids


def expected_ids():
    split = ["MIN-H3a", "MIN-H3b", "MIN-H3c"]
    mineral = numbered("MIN-H", 14, split)
    mineral.remove("MIN-H3")
    return [
        *numbered("KZ-H", 23, ["KZ-H19r"]),
        *numbered("PEN-H", 27),
        *numbered("LEV-H", 30, ["LEV-H4r"]),
        *numbered("HACK-H", 9, ["HACK-H1r"]),
        *numbered("MAC-H", 17),
        *mineral,
        *numbered("X", 10),
    ]


@pytest.fixture
def load(tmp_path):
    def loaded(text, old="", new=""):
        assert old in text
        path = tmp_path / "rows.toml"
        path.write_text(text.replace(old, new, 1))
        return load_registry(path)

    return loaded


@pytest.fixture
def claims(tmp_path):
    path = tmp_path / "claims.toml"
    path.write_text(CLAIM)
    return load_claims(path)


def test_all_135_rows_are_there_in_order():
    rows = load_registry(FOLDER / "rows.toml").row
    assert [row.id for row in rows] == expected_ids()
    assert {f: sum(row.family == f for row in rows) for f in PER_FAMILY} == PER_FAMILY
    assert len(rows) == sum(PER_FAMILY.values()) == 135


def test_rows_agree_with_the_claims_on_file():
    rows = load_registry(FOLDER / "rows.toml").row
    claims = load_claims(FOLDER / "claims.toml")
    own = own_claims(rows, claims)
    assert len(own) + sum(bool(row.experiment) for row in rows) == len(claims)


def test_what_cannot_be_decided_is_rare_and_says_why():
    reasons = [r.undecidable for r in load_registry(FOLDER / "rows.toml").row if r.undecidable]
    assert 0 < len(reasons) <= 5
    assert all(len(reason) > 80 for reason in reasons)


def test_an_experiment_that_decides_a_row_exists():
    rows = load_registry(FOLDER / "rows.toml").row
    named = {row.experiment for row in rows if row.experiment}
    assert [n for n in named if importlib.util.find_spec(f"experiments.{n}") is None] == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "TOY-H2"', 'id = "TOY-H1"', "rows repeat: TOY-H1"),
        ('id = "TOY-H2"', 'id = "toy"', "rows.toml: row toy: id is 'toy': String should match"),
        ('experiment = "walk"', "", "TOY-H1 has none of experiment, planned and undecidable"),
        (
            'experiment = "walk"',
            'experiment = "walk"\nundecidable = "no"',
            "TOY-H1 has experiment and undecidable",
        ),
        ('metric = "price"', "", "planned and metric go together"),
        ('experiment = "walk"', 'experiment = "walk"\nmetric = "m"', "go together"),
        (
            'kind = "rival"',
            'kind = "guess"',
            "row TOY-H[0-9]: kind is 'guess': Input should be 'stated'",
        ),
        ('TOY = "Toys"', 'TOY = "Toys"\nBOX = "Boxes"', "families are TOY, BOX"),
        ("[families]", "[families", "rows.toml"),
    ],
)
def test_a_malformed_registry_is_refused(load, old, new, words):
    with pytest.raises(ValueError, match=words):
        load(REGISTRY, old, new)


def test_claims_on_no_row_are_told_apart(load, claims):
    only_second = 'id = "TOY-H1"', 'id = "TOY-H3"'
    rows = load(REGISTRY.replace('experiment = "walk"', 'undecidable = "x"'), *only_second).row
    assert own_claims(rows, claims) == claims
    assert own_claims(load(REGISTRY).row, claims) == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('experiment = "walk"', 'experiment = "ride"', "experiment of row TOY-H1 is 'ride'"),
        ('experiment = "walk"', 'undecidable = "no"', "is 'none'; by claims.toml it is 'walk'"),
        ('planned = "run"\nmetric = "price"', 'experiment = "run"', "TOY-H2 is 'run'.* 'none'"),
        ('direction = "increase"', 'direction = "none"', "direction of row TOY-H1 is 'none'"),
    ],
)
def test_a_registry_that_contradicts_the_claims_is_refused(load, claims, old, new, words):
    with pytest.raises(ValueError, match=words):
        own_claims(load(REGISTRY, old, new).row, claims)
