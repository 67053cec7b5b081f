"""Records that contradict themselves are refused, with the row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from toy_experiments import walk

from tidegate.analysis.contrast import Direction, Verdict
from tidegate.report.summary import Summary
from tidegate.report.wording import verdict_phrase
from tidegate.study.launch import run_experiment
from tidegate.study.soundness import contradictions, judged_again


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    out = tmp_path_factory.mktemp("sound")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tidegate.report.page.write_report", lambda *_: None)
        argv = ["--seeds", "10", "--workers", "1", "--out", str(out)]
        assert run_experiment(walk.EXPERIMENT, argv) == 0
    return Summary.model_validate_json((out / "summary.json").read_bytes())


def edited(summary: Summary, row: int, **changes: Any) -> Summary:
    verdicts = list(summary.verdicts)
    verdicts[row] = verdicts[row].model_copy(update=changes)
    return summary.model_copy(update={"verdicts": tuple(verdicts)})


def test_what_a_study_writes_is_sound(summary: Summary) -> None:
    assert list(contradictions(summary)) == []


def test_an_edited_verdict_is_found(summary: Summary) -> None:
    told, _ = contradictions(edited(summary, 0, verdict=Verdict.CONTRADICTED))
    assert told == "TOY-H1 is said to be contradicted; its interval says supported"


def test_an_edited_end_of_an_interval_is_found(summary: Summary) -> None:
    [told] = contradictions(edited(summary, 0, low=None))
    assert told == "TOY-H1 is said to be supported; its interval says undecided"


def test_an_edited_part_of_assumption_is_found(summary: Summary) -> None:
    said = summary.verdicts[0].follows_from_assumption
    [told] = contradictions(edited(summary, 0, follows_from_assumption=not said))
    assert told == "TOY-H1 is said to follow from assumption, or not to; its twins say otherwise"


def test_pairs_without_runs_are_found(summary: Summary) -> None:
    told = list(contradictions(edited(summary, 2, pairs=64)))
    assert told == [
        "TOY-H3 is said to rest on 64 pairs; there are runs for 10",
        "TOY-H3 has 64 pairs, and the study 10 seeds",
    ]


def test_runs_left_out_are_found(summary: Summary) -> None:
    cut = summary.model_copy(update={"runs": summary.runs[5:]})
    assert "results_digest is not that of its runs" in list(contradictions(cut))


def still(summary: Summary, row: int, mean: float, **changes: Any) -> Summary:
    """Return a summary of 64 pairs that all agree, in which the arms of a row have one mean."""
    verdict = summary.verdicts[row]
    arms = {verdict.treated, verdict.control}
    effects = tuple(
        e.model_copy(update={"mean": mean}) if e.arm in arms and e.metric == verdict.metric else e
        for e in summary.effects
    )
    alike = {"low": 0.0, "high": 0.0, "effect": 0.0, "pairs": 64, "level": 0.9875, **changes}
    return edited(summary.model_copy(update={"effects": effects}), row, **alike)


def test_an_older_result_in_which_nothing_happened_is_judged_again(summary: Summary) -> None:
    """It said that a direction has no effect where all its runs gave 0."""
    older = still(summary, 0, 0.0, verdict=Verdict.NO_EFFECT, happened=None)
    assert "its interval says" not in " ".join(contradictions(older))
    row = judged_again(older).verdicts[0]
    assert (row.verdict, row.happened) == (Verdict.UNDECIDED, False)
    assert verdict_phrase(row) == "undecided (what it speaks of did not happen in any run)"
    row = judged_again(still(summary, 0, 1.0, happened=None)).verdicts[0]
    assert (row.verdict, row.happened) == (Verdict.NO_EFFECT, True)


def test_an_older_share_of_which_too_much_may_have_been_missed_is_judged_again(
    summary: Summary,
) -> None:
    share = {"metric": "drawdown", "direction": Direction.NONE, "delta": 0.05, "happened": None}
    few, many = (
        judged_again(still(summary, 2, 0.5, **{**share, "pairs": pairs})).verdicts[2]
        for pairs in (64, 128)
    )
    assert (few.verdict, many.verdict) == (Verdict.UNDECIDED, Verdict.SUPPORTED)
    assert few.happened


def test_what_is_judged_otherwise_no_longer_follows_from_assumption(summary: Summary) -> None:
    said = {"verdict": Verdict.NO_EFFECT, "happened": None, "follows_from_assumption": True}
    assert not judged_again(still(summary, 0, 0.0, **said)).verdicts[0].follows_from_assumption
    kept = judged_again(still(summary, 0, 1.0, **said)).verdicts[0]
    assert kept.follows_from_assumption


def test_what_a_study_writes_is_judged_the_same_again(summary: Summary) -> None:
    assert judged_again(summary) == summary


def test_a_result_that_tells_what_happened_is_held_to_it(summary: Summary) -> None:
    said = still(summary, 0, 0.0, verdict=Verdict.NO_EFFECT, happened=False)
    assert next(iter(contradictions(said))) == (
        "TOY-H1 is said to be no effect that matters; its interval says undecided"
    )


def test_the_directory_of_a_sweep_is_no_place_for_an_experiment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifest.json").write_text('{"study": {}}')
    assert run_experiment(walk.EXPERIMENT, ["--quick", "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "holds a sweep, not the runs of an experiment; give another --out" in told
