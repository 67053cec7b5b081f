"""Tests are run in chunks of seeds, once for all that measure alike, and faults are told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from tidegate.cli import main
from tidegate.study.sources import sources_of_modules
from tidegate.validation import catalogue
from tidegate.validation.cases import Ablation, Case, Cost, Equals, Kind, Within
from tidegate.validation.judging import Status
from tidegate.validation.market_facts import market_facts
from tidegate.validation.parts import Parts, code_of
from tidegate.validation.running import FIRST_SEED, run_cases
from tidegate.validation.table import as_data, render

asked: list[range] = []


def seeds_themselves(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    asked.append(range(seeds[0], seeds[-1] + 1))
    column = np.array(seeds, dtype=np.float64)
    return {"seed": column, "both": (column, column + 1)}


def nothing(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    return {"seed": np.zeros(len(seeds))}


def broken(_: Sequence[int]) -> dict[str, ArrayLike]:
    raise ZeroDivisionError("of course")


def one(_: Sequence[int]) -> dict[str, ArrayLike]:
    return {"one": 1.0}


SPREAD = Case(
    id="S90.2",
    kind=Kind.STATISTICAL,
    about="seeds are those that were asked for",
    expected={"seed": Within(FIRST_SEED, FIRST_SEED + 54)},
    measure=seeds_themselves,
    seeds=55,
    chunk=20,
    ablations=(Ablation("seeds off", nothing), Ablation("nothing off", seeds_themselves)),
)
TWIN = replace(SPREAD, id="S90.3", ablations=())
GOLDEN = Case(
    id="S90.10", kind=Kind.GOLDEN, about="one is one", expected={"one": Equals(1)}, measure=one
)
FAULT = replace(GOLDEN, id="S90.1", measure=broken)
WAITING = Case(id="S91.1", kind=Kind.EVENT, about="", expected={}, needs="a world")
SLOW = replace(GOLDEN, id="S89.1", cost=Cost.FULL)
CASES = [FAULT, SPREAD, TWIN, GOLDEN, WAITING, SLOW]


@contextmanager
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    asked.clear()
    by_name = {case.id: case for case in CASES}
    monkeypatch.setattr(catalogue, "case_named", by_name.__getitem__)
    monkeypatch.setattr(catalogue, "all_cases", lambda: tuple(CASES))


def run(**options: Any) -> list[Any]:
    return run_cases(CASES, [case for case in CASES if case != SLOW], threads, **options)


def test_every_test_has_a_verdict_in_the_order_of_ids() -> None:
    verdicts = run()
    assert [(v.case.id, v.status) for v in verdicts] == [
        ("S89.1", Status.LEFT_OUT),
        ("S90.1", Status.BROKEN),
        ("S90.2", Status.PASSED),
        ("S90.3", Status.PASSED),
        ("S90.10", Status.PASSED),
        ("S91.1", Status.PENDING),
    ]
    assert verdicts[1].why == "ZeroDivisionError: of course"
    assert verdicts[5].why == "a world"


def test_seeds_are_cut_into_chunks_and_shared_by_those_that_measure_alike() -> None:
    verdicts = run()
    starts = [FIRST_SEED, FIRST_SEED + 20, FIRST_SEED + 40]
    ends = [FIRST_SEED + 20, FIRST_SEED + 40, FIRST_SEED + 55]
    assert sorted(asked, key=lambda r: r.start) == [
        range(a, b) for a, b in zip(starts, ends, strict=True)
    ]
    finding = verdicts[2].findings[0]
    assert (finding.seeds, finding.inside, finding.value) == (55, 1.0, FIRST_SEED + 27)


def test_an_ablation_passes_when_its_test_fails() -> None:
    verdicts = [v for v in run(ablations=True) if v.ablation]
    assert [(v.ablation, v.status, v.why) for v in verdicts] == [
        ("nothing off", Status.FAILED, "passes, but should fail"),
        ("seeds off", Status.PASSED, "fails, as it should"),
    ]


def test_a_dead_worker_is_told_with_its_test() -> None:
    from concurrent.futures.process import BrokenProcessPool

    class Dying(Executor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool())
            return future

    @contextmanager
    def open_dying() -> Iterator[Executor]:
        yield Dying()

    verdict = run_cases([GOLDEN], [GOLDEN], open_dying)[0]
    assert (verdict.status, verdict.why) == (
        Status.BROKEN,
        "a worker died, as when memory runs out",
    )


def test_the_table_tells_all_and_so_does_the_data() -> None:
    verdicts = run(ablations=True)
    text = render(verdicts)
    assert "S90.10  PASS     G  one is one" in text
    assert "waits for a world" in text
    assert "3 of 4 tests pass (75%)" in text
    assert "error: S90.1" in text
    assert "pending: S91.1" in text
    assert "not run: S89.1" in text
    assert "1 of 2 ablations fail their test, as they should" in text
    data = {(t["id"], t["ablation"]): t for t in json.loads(json.dumps(as_data(verdicts)))}
    assert len(data) == 8
    assert data["S90.10", None]["quantities"][0]["value"] == 1.0
    assert data["S90.10", None]["quantities"][0]["inside"] is None
    assert data["S90.2", "seeds off"]["status"] == "pass"


# ---- what is kept -------------------------------------------------------------------------------


def test_what_was_measured_is_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = Parts(tmp_path / "parts")
    first = run(parts=parts)
    once = list(asked)
    again = run(parts=parts)
    assert asked == once
    kept = [v for v in as_data(again) if v["status"] != "error"]
    assert kept == [v for v in as_data(first) if v["status"] != "error"]  # seconds and all
    for number, path in enumerate(sorted(parts.folder.iterdir())):
        path.write_bytes([b"", b"PK", path.read_bytes()[:-9]][number % 3])
    assert [v.status for v in run(parts=parts)] == [v.status for v in first]
    assert sorted(asked, key=repr) == sorted(2 * once, key=repr)
    monkeypatch.setattr("tidegate.validation.running.code_of", lambda _: "other")
    asked.clear()
    run(parts=parts)
    assert len(asked) == 3


def test_a_fault_is_not_kept(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    run_cases([FAULT], [FAULT], threads, parts=parts)
    assert not list(tmp_path.iterdir())


def test_code_is_what_a_measurement_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    flow = catalogue.chosen(["S14.1"])[0].measure
    day = catalogue.chosen(["S1.2"])[0].measure
    assert flow is not None
    assert day is not None
    read = {path.name for path in sources_of_modules([flow.__module__])}
    assert "zero_intelligence.py" in read
    assert "market_maker.py" not in read
    assert "market_maker.py" in {p.name for p in sources_of_modules([market_facts.__module__])}
    assert code_of(day) == code_of(market_facts) != code_of(flow)


# ---- the command --------------------------------------------------------------------------------


def test_the_command_prints_and_writes_the_table(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    out = tmp_path / "found"
    waiting = [case for case in catalogue.all_cases() if case.needs][:1]
    named = sorted([*waiting, catalogue.case_named("S27.1")], key=lambda case: case.order)
    only = [case.id for case in named]
    args = ["validate", "--only", *only, "--workers", "1", "--out", str(out)]
    assert main(args) == 0
    printed = capsys.readouterr().out
    assert "S27.1   PASS     G" in printed
    assert all(f"{case.id:<8}PENDING  {case.kind}" in printed for case in waiting)
    assert "1 of 1 tests pass (100%)" in printed
    assert (out / "validation.txt").read_text() == printed
    tests = json.loads((out / "validation.json").read_text())["tests"]
    assert [t["id"] for t in tests] == only


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        (["--only", "S27.99"], "--only is 'S27.99'"),
        (["--workers", "0"], "--workers is 0; it must be 1 or more"),
        (["--executor", "cloud"], "--executor is 'cloud'"),
        (["--out", "taken"], "--out is taken, a file; it must name a folder"),
    ],
)
def test_the_command_names_what_it_does_not_take(
    args: list[str],
    fault: str,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").touch()
    assert main(["validate", *args]) == 2
    assert fault in capsys.readouterr().err
