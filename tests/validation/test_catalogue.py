"""No test of the list is missing, and those that take seconds pass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from tidegate.study.executors import LocalPool
from tidegate.validation.cases import Case, Cost
from tidegate.validation.catalogue import all_cases, case_named, chosen
from tidegate.validation.judging import Status, judge
from tidegate.validation.running import FIRST_SEED, run_cases
from tidegate.validation.table import render

# How many tests each section has; those of S26 have odd numbers.
SECTIONS = {
    1: 11, 2: 6, 3: 3, 4: 6, 5: 4, 6: 3, 7: 2, 8: 1, 9: 4, 10: 2, 11: 3, 12: 3, 13: 1, 14: 4,
    15: 3, 16: 3, 17: 3, 18: 3, 19: 3, 20: 5, 21: 6, 22: 3, 23: 5, 24: 4, 25: 6, 27: 8, 31: 3,
}  # fmt: skip
WITHOUT_MARKET = {  # of each section, those that need none
    4: range(1, 6), 5: [1, 3, 4], 6: [1], 7: [1], 9: range(1, 5), 10: [1, 2], 11: range(1, 4),
    12: range(1, 4), 13: [1], 14: range(1, 5), 15: range(1, 4), 16: [1, 2], 17: [1],
    18: range(1, 4), 20: range(1, 6), 21: range(1, 7), 22: range(1, 4), 23: range(1, 4),
    24: range(1, 5), 27: range(1, 9),
}  # fmt: skip
READY = [case for case in all_cases() if case.measure is not None]
FAST = [case for case in READY if case.cost is Cost.FAST]
OWN = [f"S{section}.{n}" for section, numbers in WITHOUT_MARKET.items() for n in numbers]
MISSED = {
    "S9.4",  # large moves follow gaps less closely than they should
    "S20.3",  # who follows counts from none up, so a gain can draw more than a loss deters
}
# Ten seconds of a processor or more each: `tidegate validate --full` runs them.
HEAVY = {"S10.1", "S14.1", "S14.2", "S14.4", "S15.1", "S16.1", "S21.2", "S21.3", "S21.4", "S21.5"}
HEAVY |= {f"S4.{n}" for n in range(1, 6)}
LONG = [
    case for case in READY if case.cost is Cost.FULL and case.id in OWN and case.id not in MISSED
]


def test_no_test_is_missing() -> None:
    expected = {
        f"S{section}.{n}" for section, count in SECTIONS.items() for n in range(1, count + 1)
    }
    expected |= {f"S26.{n}" for n in range(1, 16, 2)}
    expected |= {f"S1.{n}" for n in range(12, 19)}  # hours and minutes
    expected |= {f"S1.{n}" for n in range(31, 34)}  # the laws of activity
    expected |= {"S3.2a"}  # the golden limits of holders of fixed weight
    expected |= {"S25.5a"}  # the premium of one firm
    assert {case.id for case in all_cases()} == expected


def test_what_needs_no_market_is_measured() -> None:
    assert [name for name in OWN if case_named(name).measure is None] == []


def test_tests_that_wait_say_for_what() -> None:
    assert all(case.needs for case in all_cases() if case.measure is None)


@pytest.mark.parametrize("case", FAST, ids=lambda case: case.id)
def test_a_fast_test_passes(case: Case) -> None:
    assert case.measure is not None
    [verdict] = judge({case.id: case.measure(range(FIRST_SEED, FIRST_SEED + case.seeds))}, [case])
    assert all(finding.passed for finding in verdict.findings) is (case.id not in MISSED)


@pytest.mark.parametrize(
    "case", [case for case in FAST if case.ablations], ids=lambda case: case.id
)
def test_a_fast_test_fails_with_its_mechanism_off(case: Case) -> None:
    for ablation in case.ablations:
        assert verdict_of(case, ablation.measure) is Status.FAILED, ablation.about


@pytest.mark.slow
def test_long_tests_pass() -> None:
    chosen_here = [case for case in LONG if case.id not in HEAVY]
    verdicts = run_cases(chosen_here, chosen_here, LocalPool(2))
    wrong = [v for v in verdicts if v.status is not Status.PASSED]
    assert not wrong, render(wrong)


@pytest.mark.evidence
def test_long_tests_fail_with_their_mechanism_off() -> None:
    verdicts = run_cases(LONG, LONG, LocalPool(2), ablations=True)
    wrong = [v for v in verdicts if v.ablation and v.status is not Status.PASSED]
    assert not wrong, render(wrong)


def verdict_of(case: Case, measure: Any) -> Status:
    seeds = range(FIRST_SEED, FIRST_SEED + case.seeds)
    return judge({case.id: measure(seeds)}, [case])[0].status


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        (["S21.1", "S6"], ["S21.1", "S6.1", "S6.2", "S6.3"]),
        (["S3"], ["S3.1", "S3.2", "S3.2a", "S3.3"]),
        (["S3.1", "S3"], ["S3.1", "S3.2", "S3.2a", "S3.3"]),
        (["s17.1", "s3"], ["S17.1", "S3.1", "S3.2", "S3.2a", "S3.3"]),
        (["S3.2A"], ["S3.2a"]),
    ],
)
def test_tests_are_chosen_by_id_and_family(only: Sequence[str], ids: Sequence[str]) -> None:
    assert [case.id for case in chosen(only)] == list(ids)


@pytest.mark.parametrize("name", ["S33", "S1.99", "S", "17.1", ""])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"--only is {re.escape(repr(name))}; allowed are ids"):
        chosen([name])


def test_an_unknown_id_is_answered_with_those_of_its_family() -> None:
    with pytest.raises(ValueError, match=r"are ids \(S3.1, S3.2, S3.2a, S3.3\) and families: S1, "):
        chosen(["s3.9"])
    with pytest.raises(ValueError, match=r"are ids \(as S17.1\) and families: S1, "):
        chosen(["seventeen"])
