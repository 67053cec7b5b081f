"""`tidegate pairing` on the results of a toy study."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "study"))
from toy_experiments import walk

from tidegate.cli import main
from tidegate.study.launch import run_experiment


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("walk")
    argv = ["--seeds", "12", "--workers", "1", "--out", str(out), "--json"]
    with pytest.MonkeyPatch.context() as patch:  # no drawing
        patch.setattr("tidegate.report.page.write_report", lambda *_: None)
        assert run_experiment(walk.EXPERIMENT, argv) == 0
    return out


def test_rows_of_metrics_paths_and_claims(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pairing", str(results), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    by_name = {(row["metric"], row["days"]): row for row in told["gains"]}
    # A walk and its treated twin differ by a drift that is the same in all pairs.
    price = by_name["price", 20]
    assert price["the same"] == price["arms"] == 2
    assert price["least"] is None
    assert by_name["drawdown", 20]["least"] > 0.9
    assert {days for name, days in by_name if name == "price (path)"} == {5, 10, 15, 20}
    needed = {row["row"]: row for row in told["claims"]}
    assert needed["TOY-H1"]["needed"] == 2
    assert needed["TOY-H1"]["ledger"] == 64


def test_the_table_fits_a_terminal(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pairing", str(results)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("TOY-H2") for line in lines)
    assert max(map(len, lines)) <= 100


def test_a_directory_without_results_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pairing", str(tmp_path)]) == 2
    assert "holds no summary.json" in capsys.readouterr().err
    (tmp_path / "summary.json").write_text("{}")
    assert main(["pairing", str(tmp_path)]) == 2
    assert "is not the summary of a study" in capsys.readouterr().err
