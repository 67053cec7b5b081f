"""The ledger: what a committed result says of a row, and when it no longer counts."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from pydantic import BaseModel
from toy_experiments import walk

from tidegate.report.summary import Summary
from tidegate.study.experiment import parameter
from tidegate.study.launch import run_experiment
from tidegate.study.ledger import Standing, read_ledger
from tidegate.study.ledger_page import page
from tidegate.study.ledger_text import counts, render

BLANK = {"description": "", "default": None, "unit": "", "source": ""}
TOYS = Path(walk.__file__).parent
REGISTRY = """
[families]
TOY = "Toys"

[[row]]
id = "TOY-H1"
kind = "stated"
direction = "increase"
statement = "A subsidy lifts the price."
observed = "So it did in 1999."
experiment = "walk"

[[row]]
id = "TOY-H2"
kind = "stated"
direction = "decrease"
statement = "And calms the market."
experiment = "walk"

[[row]]
id = "TOY-H4"
kind = "rival"
direction = "none"
statement = "Nobody knows why."
undecidable = "It is a matter of taste."

[[row]]
id = "TOY-H5"
kind = "implied"
direction = "increase"
statement = "Runners do better."
planned = "run"
metric = "speed"
"""


class Wind(BaseModel):
    force: float


class Place(BaseModel):
    wind: Wind
    sea: Wind | None = None
    people: str = "few"


class PlacedParameters(walk.WalkParameters):
    change: tuple[str, ...] = parameter((), "Changes.", unit="", source="test")


def place(parameters):
    return Place(wind=Wind(force=2.0))


PLACED = dataclasses.replace(walk.EXPERIMENT, parameters=PlacedParameters, scenario=place)


@pytest.fixture(autouse=True)
def two_pairs_will_do(monkeypatch):
    """Let the short study below pass for one of the ledger's size."""
    monkeypatch.setattr("tidegate.study.committed.LEDGER_PAIRS", 2)
    monkeypatch.setattr("tidegate.study.committed.STEP_PAIRS", 2)


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Provide a summary to edit: that of a short study, called a ledger's."""
    out = tmp_path_factory.mktemp("study") / "out"
    args = ["--seeds", "2", "--first-seed", "10000", "--workers", "1", "--out", str(out)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tidegate.report.page.write_report", lambda *_: None)
        patch.setattr("os.fsync", lambda _: None)
        assert run_experiment(walk.EXPERIMENT, args) == 0
    return json.loads((out / "summary.json").read_text())


@pytest.fixture
def folder(tmp_path):
    """Provide a package's folder with claims and a registry."""
    shutil.copy(TOYS / "claims.toml", tmp_path)
    (tmp_path / "rows.toml").write_text(REGISTRY)
    return tmp_path


def ends(row):
    """Return an interval that gives the verdict of a row."""
    side = {"increase": 1, "decrease": -1, "none": 0}[row["direction"]]
    side = -side or (row["direction"] == "none") if row["verdict"] == "contradicted" else side
    if row["verdict"] == "undecided":
        span = (-3, 3)
    elif row["verdict"] == "no effect that matters" or not side:
        span = (-0.5, 0.5)
    else:
        span = (2 * side - 0.5, 2 * side + 0.5)
    return span[0] * row["delta"], span[1] * row["delta"]


TWINS = {"effect": 1.0, "low": 0.5, "high": 1.5, "verdict": "supported"}


@pytest.fixture
def commit(folder, content):
    """Return a function that commits a result, with its parameters and verdicts edited."""

    def committed(name="walk", verdicts=(), study=walk.EXPERIMENT, values=(), **parts):
        edited = json.loads(json.dumps({**content, "grade": "ledger", **parts}))
        for row in edited["verdicts"]:
            row["follows_from_assumption"], row["frozen"] = False, None
            row["verdict"] = "supported"
            row.update(dict(verdicts).get(row["row"], {}))
            row["low"], row["high"] = ends(row)
        chosen = study.parameters(**dict(values))
        edited["parameters"] = [
            {**BLANK, "name": key, "value": value}
            for key, value in chosen.model_dump(mode="json").items()
        ]
        edited["scenario_digest"] = study.digest(chosen)
        edited.update(parts)
        path = folder / "ledger" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Summary.model_validate(edited).model_dump_json())

    return committed


def ledger_of(folder, experiment=walk.EXPERIMENT):
    return read_ledger(folder, {"walk": experiment})


def entry(folder, row, experiment=walk.EXPERIMENT):
    ledger = ledger_of(folder, experiment)
    return next(e for e in (*ledger.rows, *ledger.own) if e.row == row)


def test_every_row_stands_somewhere(folder, commit):
    commit(verdicts={"TOY-H2": {"verdict": "no effect that matters"}})
    ledger = ledger_of(folder)
    assert [e.standing for e in ledger.rows] == [
        Standing.MARKET,
        Standing.MARKET,
        Standing.UNDECIDABLE,
        Standing.NONE,
    ]
    assert [e.row for e in ledger.own] == ["TOY-H3"]
    assert sum(ledger.counts.values()) == len(ledger.rows) == 4
    assert ledger.counts[Standing.MARKET] == 2
    assert entry(folder, "TOY-H1").observed == "So it did in 1999."


@pytest.mark.parametrize(
    ("edits", "standing"),
    [
        ({"verdict": "undecided"}, Standing.UNDECIDED),
        ({"verdict": "contradicted"}, Standing.MARKET),
        ({"follows_from_assumption": True, "frozen": TWINS}, Standing.ASSUMPTION),
    ],
)
def test_a_verdict_says_how_a_row_stands(folder, commit, edits, standing):
    commit(verdicts={"TOY-H1": edits})
    assert entry(folder, "TOY-H1").standing is standing


def test_a_claim_may_tell_why_its_verdict_follows_from_assumption(folder, commit):
    """Also after the run: it is told how a verdict is read, not how it is reached."""
    commit()
    path = folder / "claims.toml"
    reason = 'row = "TOY-H1"\nassumed = "It is arithmetic."'
    path.write_text(path.read_text().replace('row = "TOY-H1"', reason))
    found = entry(folder, "TOY-H1")
    assert found.standing is Standing.ASSUMPTION
    assert found.record.outdated == ""
    ledger = ledger_of(folder)
    assert "follows from assumption: It is arithmetic" in " ".join(render(ledger).split())
    assert "; follows from assumption: It is arithmetic; no control" in page(ledger, "it")
    commit(verdicts={"TOY-H1": {"verdict": "undecided"}})
    assert entry(folder, "TOY-H1").standing is Standing.UNDECIDED


def test_what_no_twin_controls_is_counted(folder, commit):
    commit(verdicts={"TOY-H2": {"frozen": {**TWINS, "verdict": "undecided"}}})
    ledger = ledger_of(folder)
    assert [e.uncontrolled for e in ledger.rows] == [True, False, False, False]
    assert "2 decided by the market, of which 1 without a control" in " ".join(counts(ledger))
    assert "; no control with prices frozen; " in page(ledger, "it")


def test_what_was_varied_is_counted_apart_from_what_depends_on_it(folder, commit):
    commit(verdicts={"TOY-H2": {"verdict": "undecided"}})
    assert "of which 0 were varied, 0 depend on it" in " ".join(counts(ledger_of(folder)))
    commit("walk.variants/up", values={"drift": 0.012})
    assert "of which 1 were varied, 0 depend on it" in " ".join(counts(ledger_of(folder)))


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"claims_hash": "0" * 64}, "the claims have changed since"),
        ({"scenario_digest": "0" * 64}, "the scenario has changed since"),
        (
            {"parameters": [{**BLANK, "name": "gone", "value": 1}]},
            "no longer those of the experiment",
        ),
        ({"experiment": "ride"}, "there is no experiment ride any more"),
    ],
)
def test_a_result_out_of_date_is_shown_and_not_counted(folder, commit, parts, reason):
    commit(**parts)
    found = entry(folder, "TOY-H1")
    assert reason in found.record.outdated
    assert found.standing is Standing.NONE
    assert ledger_of(folder).counts[Standing.MARKET] == 0


def test_a_claim_edited_after_the_run_takes_its_result_off_the_books(folder, commit):
    commit()
    path = folder / "claims.toml"
    path.write_text(path.read_text().replace("delta = 0.05", "delta = 0.01"))
    assert {e.record.outdated for e in ledger_of(folder).own} == {"the claims have changed since"}


def test_a_result_goes_with_its_claim_to_another_id(folder, commit):
    """The row that it leaves has a new claim, in an experiment without a result."""
    commit()
    path = folder / "claims.toml"
    text = path.read_text()
    begin = text.index("[[claim]]", text.index('row = "TOY-H1"'))
    own = text[begin : text.index("[[claim]]", begin + 1)].replace('"walk"', '"run"')
    moved = text.replace('row = "TOY-H2"', 'row = "TOY-H2z"\nrecorded_as = "TOY-H2"')
    path.write_text(moved + "\n" + own)
    rows = folder / "rows.toml"
    calms = 'statement = "And calms the market."\nexperiment = '
    rows.write_text(rows.read_text().replace(f'{calms}"walk"', f'{calms}"run"'))
    old, new = entry(folder, "TOY-H2z"), entry(folder, "TOY-H2")
    assert (old.standing, new.standing) == (Standing.MARKET, Standing.NONE)
    assert (old.record.verdict.row, old.record.experiment) == ("TOY-H2z", "walk")
    assert (new.claim.experiment, new.record) == ("run", None)


def test_two_results_on_a_row_are_refused(folder, commit):
    commit()
    commit("walk-again")
    with pytest.raises(ValueError, match="two results of row TOY-H1"):
        ledger_of(folder)


def test_without_a_registry_claims_are_rows(folder):
    (folder / "rows.toml").unlink()
    ledger = ledger_of(folder)
    assert [e.row for e in ledger.rows] == ["TOY-H1", "TOY-H2", "TOY-H3"]
    assert ledger.own == ()
    assert ledger.families == {"TOY": ""}


def test_steps_of_parameters_are_held_against_the_sign(folder, commit):
    commit()
    commit("walk.variants/up", values={"drift": 0.012})
    down = {"TOY-H1": {"effect": -0.01, "verdict": "undecided"}}
    commit("walk.variants/down", verdicts=down, values={"drift": 0.008})
    found = entry(folder, "TOY-H1")
    assert found.depends_on == ("drift",)
    assert found.standing is Standing.MARKET
    assert found.record.robustness.moved == ("drift",)
    assert entry(folder, "TOY-H2").record.robustness.depends_on == ()


def test_other_worlds_are_held_against_the_verdict(folder, commit):
    commit()
    calm = {"TOY-H1": {"verdict": "contradicted"}}
    commit("walk.variants/calm", verdicts=calm, values={"pause": 0.5})
    commit("walk.variants/both", values={"pause": 0.1, "drift": 0.011})
    found = entry(folder, "TOY-H1").record.robustness
    assert (found.depends_on, found.moved, found.worlds) == (("pause",), (), 2)


def test_changes_of_the_scenario_are_steps_too(folder, commit):
    def variant(name, change, **edits):
        commit(f"walk.variants/{name}", {"TOY-H1": edits}, PLACED, {"change": (change,)})

    commit(study=PLACED)
    variant("windy", "wind.force=2.4", effect=-1.0)
    variant("storm", "wind.force=9", verdict="supported")
    variant("crowd", "people=many", verdict="contradicted")
    variant("coast", "sea.force=1")
    found = entry(folder, "TOY-H1", PLACED).record.robustness
    assert (found.moved, found.worlds) == (("wind.force",), 3)
    assert found.depends_on == ("wind.force", "people")


def test_variants_out_of_date_say_nothing(folder, commit):
    commit()
    commit("walk.variants/up", values={"drift": 0.012}, scenario_digest="0" * 64)
    assert entry(folder, "TOY-H1").record.robustness is None


@pytest.mark.parametrize(
    ("verdict", "drift", "least"),
    [("supported", 0.012, 16), ("supported", 0.02, 64), ("no effect that matters", 0.012, 64)],
    ids=["sign at a step", "another world", "no sign"],
)
def test_a_variant_of_few_pairs_is_refused(folder, commit, monkeypatch, verdict, drift, least):
    commit(verdicts={"TOY-H1": {"verdict": verdict}})
    commit("walk.variants/up", values={"drift": drift})
    monkeypatch.setattr("tidegate.study.committed.LEDGER_PAIRS", 64)
    monkeypatch.setattr("tidegate.study.committed.STEP_PAIRS", 16)
    with pytest.raises(ValueError, match=f"TOY-H1 rests on 2 pairs; it takes {least}"):
        ledger_of(folder)


def test_a_variant_that_contradicts_itself_is_refused(folder, commit):
    commit()
    commit("walk.variants/up", values={"drift": 0.012}, results_digest="0" * 64)
    with pytest.raises(
        ValueError, match="contradicts itself: results_digest is not that of its runs"
    ):
        ledger_of(folder)


def test_a_preview_in_the_ledger_is_refused(folder, commit):
    commit(grade="preview")
    with pytest.raises(ValueError, match=r"walk\.json is a preview, not of ledger grade"):
        ledger_of(folder)


@pytest.mark.parametrize(
    ("values", "parts", "words"),
    [
        ({}, {}, "it varies nothing"),
        ({"drift": 0.012}, {"experiment": "ride"}, "must hold walk"),
        ({"drift": 0.012}, {"seeds": [7, 8]}, "on seeds from 7; it must"),
    ],
)
def test_a_variant_that_is_none_is_refused(folder, commit, values, parts, words):
    commit()
    commit("walk.variants/up", values=values, **parts)
    with pytest.raises(ValueError, match=words):
        ledger_of(folder)
