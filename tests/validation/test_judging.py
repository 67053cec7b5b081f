"""The pass rules, on cases decided by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import ArrayLike

from tidegate.analysis.scales import Scale
from tidegate.validation.cases import (
    Case,
    Equals,
    Expectation,
    Falls,
    Kind,
    Rises,
    Within,
)
from tidegate.validation.judging import Status, judge


def case(name: str = "S99.1", kind: Kind = Kind.EVENT, **expected: Expectation) -> Case:
    return Case(id=name, kind=kind, about="", expected=expected, measure=lambda _: {}, seeds=64)


def status(expectation: Expectation, values: ArrayLike) -> Status:
    found = case(x=expectation)
    return judge({found.id: {"x": values}}, [found])[0].status


# ---- exact numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "target", "passed"),
    [
        (1.0 + 0.9e-9, 1.0, True),
        (1.0 + 1.1e-9, 1.0, False),
        (2e6 + 1e-3, 2e6, True),
        (0.0, 0.0, True),
        (1e-12, 0.0, False),
        (math.nan, 1.0, False),
    ],
)
def test_a_number_is_equal_to_nine_digits(value: float, target: float, passed: bool) -> None:
    assert (status(Equals(target), value) is Status.PASSED) is passed


def test_a_printed_number_is_equal_in_its_digits() -> None:
    assert status(Equals(7_735.37, digits=2), 7_735.3725) is Status.PASSED
    assert status(Equals(7_735.37, digits=2), 7_735.376) is Status.FAILED


# ---- bands --------------------------------------------------------------------------------------


def test_a_band_holds_four_fifths_of_the_seeds() -> None:
    inside, outside = [0.5], [1.4]
    assert status(Within(0.0, 1.0), inside * 40 + outside * 10) is Status.PASSED
    assert status(Within(0.0, 1.0), inside * 39 + outside * 11) is Status.FAILED


def test_a_band_holds_the_mean_too() -> None:
    values = [0.5] * 45 + [100.0] * 5
    assert status(Within(0.0, 1.0), values) is Status.FAILED
    assert status(Within(0.0, 11.0), values) is Status.PASSED


def test_a_seed_without_a_value_is_outside() -> None:
    assert status(Within(0.0, 1.0), [0.5] * 40 + [math.nan] * 10) is Status.PASSED
    assert status(Within(0.0, 1.0), [0.5] * 39 + [math.nan] * 11) is Status.FAILED
    assert status(Within(0.0, 1.0), [math.nan] * 50) is Status.FAILED


def test_a_band_of_the_mean_does_not_count_seeds() -> None:
    values = [-10.0] * 25 + [11.0] * 25
    assert status(Within(0.0, 1.0, of_mean=True), values) is Status.PASSED
    assert status(Within(0.0, 1.0), values) is Status.FAILED


# ---- directions ---------------------------------------------------------------------------------


def pairs(effect: float, count: int = 64) -> tuple[ArrayLike, ArrayLike]:
    rng = np.random.default_rng(5)
    control = rng.standard_normal(count)
    return control + effect + 0.5 * rng.standard_normal(count), control


def test_a_direction_needs_its_sign() -> None:
    assert status(Rises(), pairs(1.0)) is Status.PASSED
    assert status(Falls(), pairs(1.0)) is Status.FAILED
    assert status(Falls(), pairs(-1.0)) is Status.PASSED
    assert status(Rises(), pairs(0.0)) is Status.FAILED


def test_a_direction_may_have_a_bound() -> None:
    assert status(Rises(bound=0.5), pairs(1.0)) is Status.PASSED
    assert status(Rises(bound=1.5), pairs(1.0)) is Status.FAILED


def test_a_direction_needs_64_pairs_with_a_value() -> None:
    treated, control = (np.array(column) for column in pairs(1.0))
    treated[3] = math.nan
    assert status(Rises(), (treated, control)) is Status.FAILED


def test_positive_figures_may_be_compared_in_logs() -> None:
    treated, control = (np.exp(column) for column in pairs(1.0))
    assert status(Rises(Scale.LOG), (treated, control)) is Status.PASSED


def test_a_figure_without_a_logarithm_is_no_value() -> None:
    treated, control = (np.exp(column) for column in pairs(1.0))
    treated[3] = 0.0
    assert status(Rises(Scale.LOG), (treated, control)) is Status.FAILED
    assert status(Rises(Scale.LOG), (0.0 * treated, control)) is Status.FAILED


def test_a_family_shares_the_error_it_may_make() -> None:
    """One weak effect passes alone, and not beside nine others of its family."""
    weak = pairs(0.22)
    strong: Mapping[str, Mapping[str, ArrayLike]] = {
        f"S99.{n}": {"x": pairs(0.0)} for n in range(2, 11)
    }
    alone = case(x=Rises())
    others = [case(f"S99.{n}", x=Rises()) for n in range(2, 11)]
    elsewhere = [case(f"S98.{n}", x=Rises()) for n in range(2, 11)]
    measured = {"S99.1": {"x": weak}, **strong}
    measured |= {f"S98.{n}": {"x": pairs(0.0)} for n in range(2, 11)}
    assert judge(measured, [alone])[0].status is Status.PASSED
    assert judge(measured, [alone, *elsewhere])[0].status is Status.PASSED
    assert judge(measured, [alone, *others])[0].status is Status.FAILED


# ---- tests as a whole ---------------------------------------------------------------------------


def test_one_quantity_outside_fails_the_test() -> None:
    found = case(a=Equals(1.0), b=Within(0.0, 1.0))
    verdict = judge({found.id: {"a": 1.0, "b": 2.0, "not asked for": 3.0}}, [found])[0]
    assert verdict.status is Status.FAILED
    assert [finding.passed for finding in verdict.findings] == [True, False]
    assert [finding.value for finding in verdict.findings] == [1.0, 2.0]


def test_a_rival_is_reported_either_way() -> None:
    found = case(kind=Kind.RIVAL, x=Rises())
    assert judge({found.id: {"x": pairs(-1.0)}}, [found])[0].status is Status.REPORTED


def test_what_is_not_measured_is_our_bug() -> None:
    found = case(x=Equals(1.0))
    with pytest.raises(AssertionError, match=r"S99\.1 measures \['y'\], not \['x'\]"):
        judge({found.id: {"y": 1.0}}, [found])


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ({"id": "17.1"}, "id is '17.1'; allowed are ids such as S17.1"),
        ({"seeds": 49, "kind": Kind.STATISTICAL}, "has 49 seeds; allowed are 50 and more"),
        ({"seeds": 63, "kind": Kind.DIRECTIONAL}, "has 63 seeds; allowed are 64 and more"),
        ({"needs": "something"}, "either measures or says what it needs"),
        ({"measure": None}, "either measures or says what it needs"),
        ({"expected": {}}, "expects nothing of what it measures"),
    ],
)
def test_a_test_that_could_not_be_judged_is_refused(terms: dict[str, object], fault: str) -> None:
    whole: dict[str, object] = {
        "id": "S17.1",
        "kind": Kind.GOLDEN,
        "about": "",
        "expected": {"x": Equals(1.0)},
        "measure": lambda _: {"x": 1.0},
        "seeds": 64,
    }
    with pytest.raises(ValueError, match=fault):
        Case(**{**whole, **terms})  # type: ignore[arg-type]


def test_an_empty_band_is_refused() -> None:
    with pytest.raises(ValueError, match="a band of 2 to 1 holds nothing"):
        Within(2, 1)
