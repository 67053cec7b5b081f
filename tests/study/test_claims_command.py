"""The commands about experiments and claims."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from toy_experiments import walk

import tidegate
from tidegate.cli import main
from tidegate.report.summary import RunRow
from tidegate.study.launch import run_experiment
from tidegate.study.packages import list_experiments
from tidegate.study.summarise import results_digest

TOYS = Path(__file__).parent / "toy_experiments"


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    """Provide the summary of a study in ledger grade."""
    out = tmp_path_factory.mktemp("ledger") / "out"
    args = ["--seeds", "64", "--first-seed", "10000", "--workers", "1", "--out", str(out)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tidegate.report.page.write_report", lambda *_: None)
        patch.setattr("os.fsync", lambda _: None)
        assert run_experiment(walk.EXPERIMENT, args) == 0
    return (out / "summary.json").read_bytes()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Provide a copy of the toy package under a name of its own."""
    name = f"toys_{tmp_path.name.replace('-', '_')}"
    shutil.copytree(TOYS, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / name
    for module in [m for m in sys.modules if m.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.fixture
def record(package, summary):
    (package / "ledger").mkdir()
    path = package / "ledger/walk.json"
    path.write_bytes(summary)
    return path


def test_experiments_are_listed_with_question_and_command(capsys):
    assert list_experiments("toy_experiments") == 0
    out = capsys.readouterr().out
    assert "Does a subsidy lift the price of a random walk?" in out
    assert "python -m toy_experiments.walk" in out


def test_claims_without_a_record_say_so(capsys):
    assert main(["claims", "--from", "toy_experiments"]) == 0
    out = capsys.readouterr().out
    assert out.count("no result on record") == 3
    assert "A subsidy lifts the price." in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("EXPERIMENT = (", "SyntaxError: '(' was never closed (broken.py, line 1)"),
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_module_that_cannot_be_imported_is_named(package, capsys, text, told):
    (package / "broken.py").write_text(text)
    assert main(["claims", "--from", package.name]) == 2
    assert f"error: {package.name}.broken cannot be imported: {told}\n" in capsys.readouterr().err


def test_a_package_that_cannot_be_imported_is_named(package, capsys):
    (package / "__init__.py").write_text("import no_such_library")
    assert main(["claims", "--from", package.name]) == 2
    assert f"error: {package.name} cannot be imported: Module" in capsys.readouterr().err


def words(capsys):
    return " ".join(capsys.readouterr().out.split())


def test_the_ledger_is_shown_and_verified(package, record, capsys):
    assert main(["claims", "--from", package.name]) == 0
    out = words(capsys)
    assert "supported (follows from assumption): +22.1 % (+22.1 to +22.1), 64 pairs" in out
    assert "prices frozen: supported: +22.1 %" in out
    digest = json.loads(record.read_text())["results_digest"][:12]
    assert f"ledger grade, walk {tidegate.__version__}, seeds 10000-10063, digest {digest}" in out
    market = "3 rows 1 decided by the market, of which 1 without a control with prices frozen"
    assert f"{market} of which 0 were varied, 0 depend on it" in out
    assert main(["claims", "--from", package.name, "--verify", "TOY-H1"]) == 0
    out = capsys.readouterr().out
    assert "TOY-H1, subsidy, seed 10000: the same bit for bit" in out
    assert "TOY-H1, subsidy.frozen, seed 10000: the same bit for bit" in out


def test_a_record_that_cannot_be_reproduced_exits_1(package, record, capsys):
    content = json.loads(record.read_text())
    for run in content["runs"]:
        run["digest"] = "0" * 64
    record.write_text(json.dumps(content))
    assert main(["claims", "--from", package.name, "--verify", "TOY-H1"]) == 1
    assert "DIFFERENT" in capsys.readouterr().out


def test_a_record_whose_twins_lived_by_other_rules_exits_1(package, record, capsys):
    content = json.loads(record.read_text())
    for run in content["runs"]:
        run["digest"] = "0" * 64 if run["arm"] == "subsidy.frozen" else run["digest"]
    content["results_digest"] = results_digest([RunRow(**run) for run in content["runs"]])
    record.write_text(json.dumps(content))
    assert main(["claims", "--from", package.name, "--verify", "TOY-H1"]) == 1
    out = capsys.readouterr().out
    assert "subsidy, seed 10000: the same" in out
    assert "subsidy.frozen, seed 10000: DIFFERENT" in out


def test_a_record_that_contradicts_itself_is_refused(package, record, capsys):
    content = json.loads(record.read_text())
    content["verdicts"][2]["verdict"] = "contradicted"
    record.write_text(json.dumps(content))
    assert main(["claims", "--from", package.name]) == 2
    assert "walk.json contradicts itself: TOY-H3 is said to be" in capsys.readouterr().err


def test_a_preview_is_not_a_record(package, record, capsys):
    content = json.loads(record.read_text())
    record.write_text(json.dumps({**content, "grade": "preview"}))
    assert main(["claims", "--from", package.name]) == 2
    assert "walk.json is a preview, not of ledger grade" in capsys.readouterr().err


def test_the_list_tells_how_rows_stand(package, record, capsys):
    assert main(["claims", "--from", package.name, "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"{'TOY-H1':<10}{'assumption':<14}A subsidy lifts the price." in lines
    assert "   2 follows from assumption" in lines


def test_a_result_out_of_date_is_shown_as_such(package, record, capsys):
    content = json.loads(record.read_text())
    record.write_text(json.dumps({**content, "scenario_digest": "0" * 64}))
    assert main(["claims", "--from", package.name]) == 0
    out = words(capsys)
    assert out.count("out of date, not counted (the scenario has changed since); it was") == 3
    assert "3 no result yet, of which 3 with a claim on file, 3 out of date" in out


def test_what_a_verdict_depends_on_is_said(package, record, capsys):
    content = json.loads(record.read_text())
    varied = walk.WalkParameters(drift=0.012)
    for row in content["parameters"]:
        row["value"] = getattr(varied, row["name"])
    for row in content["verdicts"]:
        row["effect"] = -row["effect"]
    content["scenario_digest"] = walk.EXPERIMENT.digest(varied)
    path = package / "ledger/walk.variants/drift.json"
    path.parent.mkdir()
    path.write_text(json.dumps(content))
    assert main(["claims", "--from", package.name]) == 0
    assert "varied: it depends on drift (a fifth up or down: 1 of 5 parameters;" in words(capsys)


def test_all_of_it_is_there_as_json(package, record, capsys):
    assert main(["claims", "--from", package.name, "--json"]) == 0
    ledger = json.loads(capsys.readouterr().out)
    assert ledger["rows"][0]["standing"] == "follows from assumption"
    assert ledger["counts"]["no result yet"] == 0
    assert ledger["rows"][0]["record"]["verdict"]["pairs"] == 64


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scenario_digest": "0" * 64}, "was made with scenario 000000000000"),
        ({"experiment": "ride"}, "a row of ride; "),
        ({"runs": []}, "holds no run of its arm 'subsidy'"),
        ({"grade": 3}, "is not the summary of a study"),
    ],
)
def test_a_record_that_does_not_fit_exits_2(package, record, capsys, change, words):
    record.write_text(json.dumps({**json.loads(record.read_text()), **change}))
    assert main(["claims", "--from", package.name, "--verify", "TOY-H1"]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--from", "no_such_package"], "--from is 'no_such_package'"),
        (["--from", "json.decoder"], "must be a package"),
        (["--from", "../x"], "--from is '../x'; it must be the dotted name of a package"),
        (["--from", ""], "--from is ''; it must be the dotted name of a package"),
        (["--from", "email"], "claims.toml; claims are kept there"),
        (["--from", "toy_experiments", "--verify", "X-H1"], "on record are no rows"),
        (["--list", "--json"], "--list and --json exclude each other"),
    ],
)
def test_bad_input_exits_2(capsys, args, words):
    assert main(["claims", *args]) == 2
    assert words in capsys.readouterr().err


def test_experiments_are_listed_as_json(capsys):
    assert list_experiments("toy_experiments", ["--json"]) == 0
    found = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert found["walk"]["command"] == "python -m toy_experiments.walk"
    assert found["walk"]["question"]
    assert list_experiments("toy_experiments", ["--help"]) == 0
    assert "python -m toy_experiments --preview" in capsys.readouterr().out
    assert list_experiments("toy_experiments", ["walk"]) == 2
    assert "'walk' runs as python -m toy_experiments.walk" in capsys.readouterr().err
    assert list_experiments("toy_experiments", ["--jsn"]) == 2
    assert "'--jsn' is unknown; there are --json and --preview" in capsys.readouterr().err
