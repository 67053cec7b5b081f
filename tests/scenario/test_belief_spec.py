"""A belief's specification and the clock it makes."""

from __future__ import annotations

import numpy as np
import pytest
from tidegate_core.draws import log

from tidegate.scenario import BeliefSpec

SPEC = BeliefSpec(
    fast_weight=0.4, slow_weight=0.5, fast_saturation=200.0, slow_saturation=10.0, news_share=0.2
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


def test_horizons_are_spaced_evenly_in_logs() -> None:
    tau = SPEC.clock(1).tau_days
    assert tau[0] * 1440 == pytest.approx(SPEC.shortest_minutes)
    assert tau[-1] == pytest.approx(SPEC.longest_days)
    assert np.diff(np.log(tau)) == pytest.approx(np.full(11, np.log(tau[-1] / tau[0]) / 11))


def test_one_horizon_holds_all_the_weight_of_its_side() -> None:
    belief = SPEC.model_copy(update={"horizons": 1}).clock(1)
    assert belief.tau_days * 1440 == pytest.approx([SPEC.shortest_minutes])
    assert belief.weights == pytest.approx([0.4])
    assert belief.consensus == 0.0


def test_a_clock_herds_and_is_excited_as_specified() -> None:
    calm = SPEC.model_copy(update={"herding": 0.25, "excited": False}).clock(1)
    assert (calm.herding, calm.excited) == (0.25, False)
    assert (SPEC.clock(1).herding, SPEC.clock(1).excited) == (1.0, True)
