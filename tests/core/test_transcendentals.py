"""The fixed exp, log and normal quantile against their oracles, the C library and SciPy."""

import math
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special
from tidegate_core import draws

from tests.oracles import draws as oracle

NORMAL = st.floats(-745.0, 709.7)
POSITIVE = st.floats(5e-324, sys.float_info.max)


@given(NORMAL)
@example(709.782712893384)
@example(-745.1332191019411)
@example(-708.4)
@example(-0.0)
def test_exp_has_the_bits_of_its_oracle(x: float) -> None:
    assert oracle.same(draws.exp(x), oracle.exp(x))


@given(NORMAL)
def test_exp_is_within_two_ulp_of_the_c_library(x: float) -> None:
    expected = math.exp(x)
    assert abs(draws.exp(x) - expected) <= 2 * math.ulp(expected)


@given(POSITIVE)
@example(5e-324)
@example(sys.float_info.min)
@example(sys.float_info.max)
@example(1.4142135623730951)
@example(math.nextafter(1.4142135623730951, 2))
def test_log_has_the_bits_of_its_oracle(x: float) -> None:
    assert oracle.same(draws.log(x), oracle.log(x))


@given(POSITIVE | st.floats(0.5, 2.0))
def test_log_is_within_two_ulp_of_the_c_library(x: float) -> None:
    expected = math.log(x)
    assert abs(draws.log(x) - expected) <= 2 * math.ulp(expected)


def test_exp_at_its_edges() -> None:
    assert draws.exp(0.0) == 1.0
    assert draws.exp(math.inf) == math.inf
    assert draws.exp(-math.inf) == 0.0
    assert draws.exp(710.0) == math.inf
    assert draws.exp(-746.0) == 0.0
    assert draws.exp(-745.0) == 5e-324
    assert draws.exp(709.78) < math.inf
    assert math.isnan(draws.exp(math.nan))


def test_log_at_its_edges() -> None:
    assert oracle.same(draws.log(1.0), 0.0)
    assert draws.log(0.0) == -math.inf
    assert draws.log(-0.0) == -math.inf
    assert draws.log(math.inf) == math.inf
    assert math.isnan(draws.log(-1.0))
    assert math.isnan(draws.log(-math.inf))
    assert math.isnan(draws.log(math.nan))
    assert draws.log(2.0) == math.log(2.0)


def test_the_quantile_is_that_of_scipy() -> None:
    centre = (np.arange(100_000) + 0.5) / 100_000
    tail = 10.0 ** -np.linspace(1, 307, 20_000)
    for p in (centre, tail, 1 - tail[tail > 1e-16]):
        np.testing.assert_allclose(draws.normal_quantile(p), special.ndtri(p), rtol=2e-15)


def test_the_quantile_at_its_edges() -> None:
    assert draws.normal_quantile(0.5) == 0.0
    assert draws.normal_quantile(0.0) == -math.inf
    assert draws.normal_quantile(1.0) == math.inf
    for p in (-0.1, 1.1, math.nan, math.inf):
        assert math.isnan(draws.normal_quantile(p))
    assert draws.normal_quantile(2.0**-53) == -draws.normal_quantile(1 - 2.0**-53)


MAPS: list[Callable[..., NDArray[np.float64]]] = [draws.exp, draws.log, draws.normal_quantile]


@pytest.mark.parametrize("function", MAPS)
def test_functions_map_arrays_of_any_shape(function: Callable[..., NDArray[np.float64]]) -> None:
    x = np.linspace(0.01, 0.99, 60).reshape(3, 4, 5)
    expected = [function(float(v)) for v in x.ravel()]
    assert function(x).ravel().tolist() == expected
    assert function(x[:, ::2, :]).tolist() == function(x)[:, ::2, :].tolist()
    target = np.empty_like(x)
    assert function(x, target) is target
    assert target.ravel().tolist() == expected
    assert function(x, x) is x
    assert x.ravel().tolist() == expected
    assert function([0.5]).shape == (1,)
    assert isinstance(function(np.float64(0.5)), float)
