"""What overturns a verdict: signs at small steps, decisions in other worlds."""

from __future__ import annotations

import pytest

from tidegate.analysis.contrast import Direction, Verdict
from tidegate.study.robustness import Finding, Variant, is_step, robustness

UP, DOWN, FLAT = Direction.INCREASE, Direction.DECREASE, Direction.NONE
SUPPORTED, CONTRADICTED = Verdict.SUPPORTED, Verdict.CONTRADICTED
NO_EFFECT, UNDECIDED = Verdict.NO_EFFECT, Verdict.UNDECIDED

RISES = Finding(SUPPORTED, UP, 0.1)


def step(name, effect, verdict=UNDECIDED):
    return Variant(name, True, Finding(verdict, UP, effect))


def world(name, verdict, effect=0.1):
    return Variant(name, False, Finding(verdict, UP, effect))


def holding(*names):
    return [step(name, size) for name in names for size in (0.08, 0.12)]


@pytest.mark.parametrize("base", [RISES, Finding(CONTRADICTED, DOWN, 0.1)])
def test_a_sign_may_be_lost_at_one_parameter_in_five(base):
    four = holding("b", "c", "d", "e")
    found = robustness(base, [step("a", 0.1), step("a", -0.01), *four])
    assert found.depends_on == ()
    assert found.moved == ("a", "b", "c", "d", "e")
    lost_two = [step("a", -0.01), step("b", -0.01), *four]
    assert robustness(base, lost_two).depends_on == ("a", "b")


def test_of_fewer_than_five_parameters_none_may_fail():
    found = robustness(RISES, [step("a", -0.01), *holding("b", "c", "d")])
    assert found.depends_on == ("a",)


@pytest.mark.parametrize("effect", [0.0, None])
def test_an_effect_that_is_none_has_lost_its_sign(effect):
    assert robustness(RISES, [step("a", effect)]).depends_on == ("a",)


@pytest.mark.parametrize("base", [Finding(SUPPORTED, FLAT, 0.001), Finding(NO_EFFECT, UP, 0.001)])
def test_where_nothing_was_found_a_step_must_decide_otherwise(base):
    assert robustness(base, [step("a", -0.001, base.verdict), step("b", -0.1)]).depends_on == ()
    assert robustness(base, [step("a", -0.1, CONTRADICTED)]).depends_on == ("a",)


@pytest.mark.parametrize(
    ("verdict", "depends_on"),
    [
        (SUPPORTED, ()),
        (UNDECIDED, ()),
        (CONTRADICTED, ("ecology",)),
        (NO_EFFECT, ("ecology",)),
    ],
)
def test_another_world_opposes_by_deciding_otherwise(verdict, depends_on):
    steps = holding("a", "b", "c", "d", "e")
    found = robustness(RISES, [*steps, world("ecology", SUPPORTED), world("ecology", verdict)])
    assert found.depends_on == depends_on
    assert found.worlds == 2


def test_a_contradiction_too_depends_on_a_world_that_supports():
    base = Finding(CONTRADICTED, UP, -0.1)
    assert robustness(base, [world("ecology", SUPPORTED)]).depends_on == ("ecology",)


def test_what_fails_both_ways_is_named_once():
    found = robustness(RISES, [step("a", -0.1), world("a", CONTRADICTED)])
    assert found.depends_on == ("a",)


@pytest.mark.parametrize(
    ("base", "variants"), [(RISES, []), (Finding(UNDECIDED, UP, 0.1), [step("a", -0.1)])]
)
def test_nothing_to_hold_is_told_from_a_verdict_that_holds(base, variants):
    assert robustness(base, variants) is None


@pytest.mark.parametrize(
    ("base", "value", "small"),
    [
        (0.05, 0.06, True),
        (0.05, 0.04, True),
        (-5, -6, True),
        (10, 12.1, False),
        (10, 7.9, False),
        (1.0, -1.0, False),
        (0, 0.1, False),
        ("fcn", "chiarella", False),
        (True, True, False),
        (None, 1.0, False),
    ],
)
def test_a_step_is_a_fifth_or_less(base, value, small):
    assert is_step(base, value) is small
