"""`--ledger`: for each arm the seeds that its claims are committed to, or a variant of that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel
from toy_experiments import walk

from tidegate.report.summary import Summary
from tidegate.study.claims import load_claims
from tidegate.study.committed import records
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.ledger_plan import CONTEXT_PAIRS, FRESH_LEDGER_SEED, pairs_by_arm
from tidegate.study.scenario_parameters import ScenarioParameters
from tidegate.study.soundness import contradictions

MORE, FEWER = 70, 64  # pairs that the claim on prices asks for, and those on anything else


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidegate.report.page.write_report", lambda *_: None)
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment[walk.WalkParameters]:
    """Return the walk, with more pairs for its first claim."""
    text = (Path(walk.__file__).with_name("claims.toml")).read_text()
    path = tmp_path / "claims.toml"
    first = 'metric = "price"\n'
    path.write_text(text.replace(first, f"{first}pairs = {MORE}\n", 1))
    return replace(walk.EXPERIMENT, claims_file=path)


def run(experiment: Experiment[walk.WalkParameters], out: Path, *words: str) -> Summary:
    assert run_experiment(experiment, ["--out", str(out), "--workers", "1", *words]) == 0
    return Summary.model_validate_json((out / "summary.json").read_bytes())


def test_arms_run_as_many_seeds_as_their_claims_ask_for(
    experiment: Experiment[walk.WalkParameters], tmp_path: Path
) -> None:
    claims = load_claims(experiment.claims_file or Path())
    arms = experiment.checked_arms(walk.WalkParameters())
    assert pairs_by_arm(claims, arms) == {
        "none": MORE,
        "subsidy": MORE,
        "none.frozen": MORE,
        "subsidy.frozen": MORE,
        "placebo": FEWER,
    }
    without = [claim for claim in claims if "placebo" not in (claim.treated, claim.control)]
    assert pairs_by_arm(without, arms)["placebo"] == CONTEXT_PAIRS
    unclaimed = pairs_by_arm([c for c in claims if c.treated == "placebo"], arms)
    assert unclaimed["subsidy"] == unclaimed["subsidy.frozen"] == CONTEXT_PAIRS
    assert unclaimed["none"] == unclaimed["none.frozen"] == FEWER  # the baseline and its twin
    summary = run(experiment, tmp_path / "out", "--ledger")
    assert summary.grade == "ledger"
    assert {arm.label: arm.runs for arm in summary.arms} == pairs_by_arm(claims, arms)
    assert summary.seeds == tuple(range(FRESH_LEDGER_SEED, FRESH_LEDGER_SEED + MORE))
    assert {v.row: v.pairs for v in summary.verdicts} == {
        "TOY-H1": MORE,
        "TOY-H2": FEWER,  # though its arms have more
        "TOY-H3": FEWER,
    }
    assert all(v.missing == 0 for v in summary.verdicts)
    assert all(e.missing == 0 for e in summary.effects)


@pytest.mark.slow
def test_a_verdict_is_that_of_its_own_pairs_alone(
    experiment: Experiment[walk.WalkParameters], tmp_path: Path
) -> None:
    ledger = run(experiment, tmp_path / "ledger", "--ledger")
    alone = run(
        walk.EXPERIMENT, tmp_path / "alone", "--seeds", "64", "--first-seed", f"{FRESH_LEDGER_SEED}"
    )
    of = [next(v for v in s.verdicts if v.row == "TOY-H2") for s in (ledger, alone)]
    assert of[0].effect == of[1].effect
    assert of[0].p == of[1].p


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--days", "30"], "--days is 30; --ledger runs the experiment as published, with 20"),
        (["--quick"], "leave out --quick"),
        (["--seeds", "80"], "leave out --seeds"),
        (["--seeds=80"], "leave out --seeds"),
        (["--first-seed", "5"], "--first-seed is 5; with --ledger it must be 10000 or more"),
    ],
)
def test_what_the_ledger_does_not_take_is_refused(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["--out", str(tmp_path / "out"), "--ledger", *words]
    assert run_experiment(walk.EXPERIMENT, argv) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


class Meadow(BaseModel):
    """What the walk is taken on."""

    grass: str = "short"


class PlacedParameters(ScenarioParameters, walk.WalkParameters):
    """The walk, somewhere."""

    def scenario(self) -> Meadow:
        """Return where."""
        return Meadow()


@pytest.mark.slow
def test_with_changes_of_the_scenario_it_runs_a_variant(tmp_path: Path) -> None:
    """Another world at the ledger's size: its pairs and seeds, but never its grade."""
    placed = replace(
        walk.EXPERIMENT, parameters=PlacedParameters, scenario=PlacedParameters.scenario
    )
    base = run(placed, tmp_path / "base", "--ledger")
    found = run(placed, tmp_path / "variant", "--ledger", "--change", "grass=long")
    assert (base.grade, found.grade) == ("ledger", "preview")
    assert {arm.label: arm.runs for arm in found.arms} == {a.label: a.runs for a in base.arms}
    assert found.seeds == base.seeds
    assert "parameters differ from the published ones" in found.verdicts[0].notes
    folder, claims = tmp_path / "ledger", load_claims(walk.EXPERIMENT.claims_file or Path())
    (folder / "walk.variants").mkdir(parents=True)
    (folder / "walk.json").write_text(base.model_dump_json())
    (folder / "walk.variants" / "long.json").write_text(found.model_dump_json())
    held = records(folder, claims, {"walk": placed})["TOY-H1"].robustness
    assert held is not None
    assert (held.worlds, held.depends_on) == (1, ())  # grass does nothing to a walk


@pytest.mark.parametrize(
    ("row", "pairs", "runs"),
    [
        ("TOY-H1", MORE, {"none", "subsidy", "none.frozen", "subsidy.frozen"}),
        ("TOY-H3", FEWER, {"none", "placebo", "none.frozen"}),
    ],
)
def test_a_row_alone_runs_what_it_compares_and_is_corrected_for_the_others(
    experiment: Experiment[walk.WalkParameters],
    tmp_path: Path,
    row: str,
    pairs: int,
    runs: set[str],
) -> None:
    found = run(experiment, tmp_path / "out", "--ledger", "--rows", row)
    assert {arm.label: arm.runs for arm in found.arms} == dict.fromkeys(runs, pairs)
    assert {effect.arm for effect in found.effects} == runs
    (verdict,) = found.verdicts
    assert (verdict.row, verdict.pairs) == (row, pairs)
    assert verdict.level == pytest.approx(1 - 0.05 / 3)
    assert verdict.grade == "preview"
    assert verdict.notes == ("other claims of the experiment were left out",)
    assert list(contradictions(found)) == []


def test_rows_in_a_directory_that_has_more_show_no_other(tmp_path: Path) -> None:
    whole = run(walk.EXPERIMENT, tmp_path / "out", "--seeds", "3")
    alone = run(walk.EXPERIMENT, tmp_path / "out", "--seeds", "3", "--rows", "TOY-H3")
    again = run(walk.EXPERIMENT, tmp_path / "out", "--seeds", "3")
    assert [arm.label for arm in alone.arms] == ["none", "placebo", "none.frozen"]
    assert {run.arm for run in alone.runs} == {arm.label for arm in alone.arms}
    assert again.results_digest == whole.results_digest


def test_a_row_that_is_none_of_the_experiment_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["--out", str(tmp_path / "out"), "--rows", "TOY-H1", "toy-h2"]
    assert run_experiment(walk.EXPERIMENT, argv) == 2
    said = "--rows is 'toy-h2'; of walk it must be one or more of TOY-H1, TOY-H2, TOY-H3"
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_experiment_without_claims_has_no_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = replace(walk.EXPERIMENT, claims=(), claims_file=None)
    assert run_experiment(silent, ["--ledger", "--out", str(tmp_path / "out")]) == 2
    assert "this experiment has none" in capsys.readouterr().err


def test_without_it_every_arm_runs_every_seed(tmp_path: Path) -> None:
    summary = run(walk.EXPERIMENT, tmp_path / "out", "--seeds", "3", "--json")
    assert {arm.runs for arm in summary.arms} == {3}
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["grade"] == "preview"
