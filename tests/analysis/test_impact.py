"""Estimators of impact find the law they are shown, and say what they cannot read."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.analysis.impact import binned, fit_law, fixed_weight_multiplier


@pytest.mark.parametrize(("exponent", "prefactor"), [(0.5, 1.0), (1.0, 0.3)])
def test_the_fit_finds_the_law_under_noise_that_flips_signs(
    exponent: float, prefactor: float
) -> None:
    size = np.geomspace(1e-4, 1e-1, 4_000)
    law = prefactor * size**exponent
    noise = np.random.default_rng(1).normal(size=len(size))
    impact = law * (1.0 + 2.0 * noise)
    assert (impact < 0).mean() > 0.2
    fit = fit_law(size, impact)
    assert fit.exponent == pytest.approx(exponent, abs=0.05)
    assert fit.r2 > 0.95
    exact = fit_law(size, law, bins=len(size))
    assert exact.exponent == pytest.approx(exponent, rel=1e-9)
    # The root through the middle of the sizes, whatever the exponent.
    middle = np.exp(np.log(size).mean())
    assert exact.prefactor == pytest.approx(prefactor * middle ** (exponent - 0.5), rel=1e-9)


def test_a_bin_without_impact_has_no_logarithm() -> None:
    fit = fit_law([1e-3, 1e-2, 1e-1], [-0.1, 0.2, 0.3], bins=3)
    assert np.isnan([fit.exponent, fit.prefactor, fit.r2]).all()


def test_bins_hold_equally_many_in_the_order_of_size() -> None:
    middle, mean = binned([4.0, 1.0, 9.0, 1.0], [4.0, 1.0, 6.0, 3.0], bins=2)
    assert middle == pytest.approx([1.0, 6.0])
    assert mean == pytest.approx([2.0, 5.0])


def test_the_golden_limits_of_fixed_weight_solve_the_funds_own_balance() -> None:
    weight, flow = 0.8, 1e-6
    # Wealth 1, price 1 before: coins `weight`, cash the rest. Solve for the price by hand.
    coins, cash = weight - flow, (1.0 - weight) + flow  # sold at about the old price
    price = weight / (1.0 - weight) * cash / coins
    assert (price - 1.0) / (flow / weight) == pytest.approx(
        fixed_weight_multiplier(weight), rel=1e-4
    )
    price = weight / (1.0 - weight) * (1.0 - weight + flow) / weight  # a deposit buys nothing
    assert (price - 1.0) / (flow / weight) == pytest.approx(
        fixed_weight_multiplier(weight, deposit=True), rel=1e-4
    )


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: binned([1.0], [1.0, 2.0]), "shape"),
        (lambda: binned([1.0, 2.0], [1.0, 2.0], bins=3), "bins is 3"),
        (lambda: binned([0.0, 2.0], [1.0, 2.0], bins=2), "size must be positive"),
        (lambda: fixed_weight_multiplier(1.0), "weight is 1.0"),
    ],
)
def test_bad_arguments_are_named(call: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call()  # type: ignore[operator]
