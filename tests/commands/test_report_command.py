"""`tidegate report`: from what a study left to pages and figures, in any language."""

from __future__ import annotations

import polars as pl
import pytest

from tidegate.cli import main
from tidegate.report.summary import ArmRow, EffectRow, Metric, Series, Summary

PRICE = Metric.of("price", "price", "Price at the end", "USD")
PNG = b"\x89PNG\r\n"


ARMS = {"none": "No access", "a1-default": "1 %, default"}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return a directory with the results of a study of two arms and two seeds."""
    folder = tmp_path_factory.mktemp("results")
    (folder / "summary.json").write_text(_summary().model_dump_json(), "utf-8")
    rows = [(s, a, float(d), 100.0 + d + s) for s in range(2) for a in ARMS for d in range(5)]
    paths = pl.DataFrame(rows, schema=["seed", "arm", "day", "price"], orient="row")
    paths.write_parquet(folder / "paths.parquet")
    return folder


def _summary():
    effect = {"mean": 100.0, "pairs": 2, "missing": 0, "effect": 0.01, "low": None, "high": None}
    return Summary(
        experiment="pension_entry",
        question="If retirement savings may hold crypto: what happens to price, calm and depth?",
        grade="preview",
        version="1",
        code="c",
        scenario_digest="s",
        claims_hash="h",
        command="python -m experiments.pension_entry",
        baseline="none",
        horizon_days=2.0,
        seeds=(0, 1),
        arms=tuple(
            ArmRow(label=a, title=t, frozen_twin_of=None, runs=2, audited=0)
            for a, t in ARMS.items()
        ),
        metrics=(PRICE,),
        series=(Series(name="price", title="Price", unit="USD"),),
        effects=tuple(
            EffectRow(arm=arm, control="none", metric="price", p=1.0, **effect) for arm in ARMS
        ),
        verdicts=(),
        parameters=(),
        failures=(),
        runs=(),
        results_digest="r",
    )


def test_a_page_is_drawn_again(results, capsys):
    assert main(["report", str(results)]) == 0
    page = (results / "report.html").read_text("utf-8")
    assert "If retirement savings may hold crypto" in page
    assert "<svg " in page
    assert str(results / "report.html") in capsys.readouterr().out


def test_the_page_speaks_japanese_with_the_package_s_translations(results, tmp_path):
    out = tmp_path / "page.html"
    figures = tmp_path / "figures"
    asked = ["--lang", "ja", "--out", str(out), "--figures", str(figures)]
    assert main(["report", str(results), *asked]) == 0
    assert "退職貯蓄が暗号資産を持てるなら" in out.read_text("utf-8")
    files = sorted(path.name for path in figures.iterdir())
    assert files == [f"{name}.{kind}" for name in ("effects-1", "fan-1", "fan-2")
                     for kind in ("png", "svg")]  # fmt: skip
    assert (figures / "fan-1.png").read_bytes().startswith(PNG)
    assert "開放なし" in (figures / "fan-1.svg").read_text("utf-8")


def test_figures_come_in_the_kinds_that_are_asked_for(results, tmp_path):
    asked = ["--out", str(tmp_path / "p.html"), "--figures", str(tmp_path), "--kinds", "svg"]
    assert main(["report", str(results), *asked]) == 0
    assert {path.suffix for path in tmp_path.iterdir()} == {".html", ".svg"}


def test_what_cannot_be_drawn_is_refused_in_words(tmp_path, results, capsys):
    assert main(["report", str(tmp_path)]) == 2
    assert "which has no summary.json" in capsys.readouterr().err
    (tmp_path / "summary.json").write_text("{}")
    assert main(["report", str(tmp_path)]) == 2
    assert "is no summary of this version" in capsys.readouterr().err
    assert main(["report", str(results), "--out", str(tmp_path / "no" / "page.html")]) == 2
    assert "there is no directory" in capsys.readouterr().err
    assert main(["report", str(results), "--out", str(tmp_path)]) == 2
    assert "a directory; it must be a file" in capsys.readouterr().err


def test_figures_go_where_a_folder_can_be_made(results, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    page = tmp_path / "page.html"
    asked = ["--out", str(page), "--figures", str(tmp_path / "taken")]
    assert main(["report", str(results), *asked]) == 2
    assert "no such directory can be made" in capsys.readouterr().err
    assert not page.exists()


def test_results_that_are_broken_or_of_two_studies_are_named(results, tmp_path, capsys):
    summary = (results / "summary.json").read_bytes()
    (tmp_path / "summary.json").write_bytes(summary[:-40])
    assert main(["report", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "summary.json is no summary of this version" in told
    assert "pydantic" not in told
    (tmp_path / "summary.json").write_bytes(summary)
    (tmp_path / "paths.parquet").write_bytes((results / "paths.parquet").read_bytes()[:-40])
    assert main(["report", str(tmp_path)]) == 2
    assert "paths.parquet cannot be read as parquet" in capsys.readouterr().err
    other = pl.read_parquet(results / "paths.parquet").rename({"price": "wealth"})
    other.write_parquet(tmp_path / "paths.parquet")
    assert main(["report", str(tmp_path)]) == 2
    assert "they are of different studies" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sign", "words"),
    [("scenario_digest", "the command that made it finishes it"), ("study", "holds a sweep")],
)
def test_what_a_directory_holds_instead_is_told(tmp_path, capsys, sign, words):
    (tmp_path / "manifest.json").write_text(f'{{"{sign}": 1}}')
    assert main(["report", str(tmp_path)]) == 2
    assert words in capsys.readouterr().err
