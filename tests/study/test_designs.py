"""Designs: every kind of sample, and the values that places in it stand for."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.study.designs import Levels, Span, unit_design
from tidegate.study.study_file import Design

UNIT = st.floats(0, 1)


def test_a_factorial_design_has_every_combination_once():
    factors = [Levels((1, 2, 3)), Levels(("a", "b")), Levels((True,))]
    rows = unit_design(Design(), factors).tolist()
    found = [tuple(f.at(u) for f, u in zip(factors, row, strict=True)) for row in rows]
    assert found == list(itertools.product((1, 2, 3), ("a", "b"), (True,)))


def test_a_latin_hypercube_has_every_slice_of_every_factor_once():
    design = unit_design(Design(kind="latin-hypercube", points=20), [Span(0, 1)] * 3)
    assert design.shape == (20, 3)
    np.testing.assert_array_equal(
        np.sort(np.floor(design * 20), axis=0), np.tile(np.arange(20.0)[:, None], 3)
    )


@pytest.mark.parametrize(("second_order", "each"), [(False, 5), (True, 8)])
def test_sobol_points_come_in_blocks_that_swap_one_factor(second_order, each):
    pytest.importorskip("SALib")
    design = Design(kind="sobol", points=8, second_order=second_order)
    blocks = unit_design(design, [Span(0, 1)] * 3).reshape(8, each, 3)
    for block in blocks:
        first, last = block[0], block[-1]
        for factor in range(3):
            swapped = first.copy()
            swapped[factor] = last[factor]
            np.testing.assert_array_equal(block[1 + factor], swapped)


def test_morris_trajectories_change_one_factor_a_step():
    pytest.importorskip("SALib")
    design = unit_design(Design(kind="morris", points=5), [Span(0, 1)] * 4)
    steps = np.diff(design.reshape(5, 5, 4), axis=1)
    np.testing.assert_array_equal((steps != 0).sum(axis=2), 1)
    np.testing.assert_allclose(np.abs(steps).sum(axis=2), 2 / 3)


@pytest.mark.parametrize("kind", ["latin-hypercube", "sobol", "morris"])
def test_a_sample_is_that_of_its_seed(kind):
    if kind != "latin-hypercube":
        pytest.importorskip("SALib")
    factors = [Span(0, 1)] * 2
    one, again, other = (
        unit_design(Design(kind=kind, points=4, seed=seed), factors) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_missing_package_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.sample.morris", None)
    with pytest.raises(ValueError, match=r"needs SALib .*tidegate\[calibrate\]"):
        unit_design(Design(kind="morris", points=2), [Span(0, 1)])


def test_a_design_beyond_reason_is_refused():
    with pytest.raises(ValueError, match="has 16,000,000 points"):
        unit_design(Design(), [Levels(tuple(range(4000)))] * 2)


@given(unit=UNIT, low=st.floats(1e-6, 1e6), width=st.floats(1e-3, 1e6), log=st.booleans())
def test_values_stay_within_their_ends(unit, low, width, log):
    span = Span(low, low + width, log=log)
    assert span.low <= span.at(unit) <= span.high
    assert (span.at(0), span.at(1)) == pytest.approx((span.low, span.high))


@given(unit=UNIT, low=st.integers(-1000, 1000), width=st.integers(1, 1000))
def test_whole_values_are_integers_within_their_ends(unit, low, width):
    value = Span(low, low + width, whole=True).at(unit)
    assert isinstance(value, int)
    assert low <= value <= low + width


def test_whole_values_have_equal_shares():
    span = Span(1, 4, whole=True)
    found = [span.at((n + 0.5) / 4000) for n in range(4000)]
    assert [found.count(n) for n in (1, 2, 3, 4)] == [1000] * 4


def test_a_log_scale_is_even_in_ratios():
    span = Span(1.0, 100.0, log=True)
    assert span.at(0.5) == 10.0
    assert Span(1, 1000, log=True, whole=True).at(0.5) == pytest.approx(22, abs=1)


def test_levels_have_equal_shares():
    levels = Levels(("a", "b", "c", "d"))
    assert [levels.at(u) for u in (0.0, 0.24, 0.25, 0.5, 0.99, 1.0)] == list("aabcdd")
