"""A belief's specification and the clock it makes."""

from __future__ import annotations

import numpy as np
import pytest
from tidegate_core.draws import log

from tidegate.scenario import BeliefSpec

SPEC = BeliefSpec(
    fast_weight=0.4,
    slow_weight=0.5,
    fast_saturation=200.0,
    slow_saturation=10.0,
    fast_tilt=0.0,
    slow_tilt=0.0,
    saturation_tilt=0.0,
    news_share=0.2,
)


def test_a_clock_spreads_the_weights_over_its_groups() -> None:
    belief = SPEC.clock(7, price=9.5)
    fast = belief.tau_days < SPEC.fast_limit_hours / 24
    assert belief.weights[fast].sum() == pytest.approx(0.4)
    assert belief.weights[~fast].sum() == pytest.approx(0.5)
    assert set(belief.saturations[fast]) == {200.0}
    assert set(belief.saturations[~fast]) == {10.0}
    assert belief.consensus == log(9.5)
    belief._check()


def test_even_weights_are_exactly_even() -> None:
    belief = SPEC.clock(7)
    fast = belief.tau_days < SPEC.fast_limit_hours / 24
    assert set(belief.weights[fast]) == {0.4 / fast.sum()}
    assert set(belief.weights[~fast]) == {0.5 / (~fast).sum()}


def test_tilts_are_powers_of_the_horizon() -> None:
    tilts = {"fast_tilt": 1.5, "slow_tilt": -0.5, "saturation_tilt": 0.25}
    belief = SPEC.model_copy(update=tilts).clock(7)
    tau, weight, border = belief.tau_days, belief.weights, SPEC.fast_limit_hours / 24
    fast = tau < border
    assert weight[fast] / weight[0] == pytest.approx((tau[fast] / tau[0]) ** -1.5)
    assert weight[~fast] / weight[-1] == pytest.approx((tau[~fast] / tau[-1]) ** 0.5)
    assert weight[fast].sum() == pytest.approx(0.4)
    assert weight[~fast].sum() == pytest.approx(0.5)
    assert belief.saturations[~fast] == pytest.approx(10.0 * (tau[~fast] / border) ** -0.25)
    assert set(belief.saturations[fast]) == {200.0}


def test_horizons_are_spaced_evenly_in_logs() -> None:
    tau, gaps = SPEC.clock(1).tau_days, SPEC.horizons - 1
    assert tau[0] * 1440 == pytest.approx(SPEC.shortest_minutes)
    assert tau[-1] == pytest.approx(SPEC.longest_days)
    assert np.diff(np.log(tau)) == pytest.approx(np.full(gaps, np.log(tau[-1] / tau[0]) / gaps))


def test_one_horizon_holds_all_the_weight_of_its_side() -> None:
    belief = SPEC.model_copy(update={"horizons": 1}).clock(1)
    assert belief.tau_days * 1440 == pytest.approx([SPEC.shortest_minutes])
    assert belief.weights == pytest.approx([0.4])
    assert belief.consensus == 0.0


def test_a_clock_herds_and_is_excited_as_specified() -> None:
    calm = SPEC.model_copy(update={"herding": 0.25, "excited": False}).clock(1)
    assert (calm.herding, calm.excited) == (0.25, False)
    assert (SPEC.clock(1).herding, SPEC.clock(1).excited) == (1.0, True)
