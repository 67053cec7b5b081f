"""The trend clock against its equations in plain Python, its ablations, and bad input."""

import math
from typing import Any

import numpy as np
import pytest
from tidegate_crowd.chiarella import Chiarella

from tests.oracles.ecologies import CHIARELLA, ChiarellaOracle, chiarella

# ---- The equations ----------------------------------------------------------------------------


@pytest.mark.parametrize("trends", [1, 2, 3])
def test_it_follows_its_equations(trends: int) -> None:
    setting = {**CHIARELLA, **{name: CHIARELLA[name][:trends] for name in ("tau_days", "weight")}}
    ours, oracle = Chiarella(11, **setting, log_price=2.0), ChiarellaOracle(11, 2.0, **setting)
    for hour, gap in enumerate([0.0, 0.01, -0.03, 0.002]):
        ours.advance(ours.consensus + gap, hour * 3600, 3600)
        for _ in range(60):
            oracle.step(gap)
        ours._check()
        assert ours.consensus == pytest.approx(oracle.consensus, abs=1e-12)
        assert ours.sentiment == pytest.approx(oracle.gap, abs=1e-12)
        assert ours.attention == pytest.approx(oracle.attention, abs=1e-12)
        assert ours.signal == pytest.approx(oracle.pulls.mean(), abs=1e-12)
        assert ours.slow_variance == pytest.approx(oracle.slow, rel=1e-11)
        np.testing.assert_allclose(ours.averages, oracle.averages, rtol=0, atol=1e-12)


def test_trend_followers_push_and_value_traders_pull() -> None:
    quiet = {**CHIARELLA, "annual_volatility": 1e-9, "attraction": 0.0}
    scale = 1e-9 / math.sqrt(365.0)
    trend = Chiarella(
        1, **{**quiet, "tau_days": [1e6], "weight": [1.0], "reversion": 1e-9, "value_share": 0.0}
    )
    trend.advance(5.0, 0, 86_400)  # so far above that all are in
    assert trend.signal == 1.0
    noise = 4 * scale
    assert trend.sentiment == pytest.approx(0.4 * scale, abs=noise)
    state = bytearray(trend.snapshot())
    head = state.index(b"\n") + 1
    state[head + 24 : head + 32] = np.array([0.1]).tobytes()  # sentiment
    value = Chiarella(1, **{**quiet, "reversion": 0.5, "tau_days": [1e6], "weight": [1.0]})
    value.restore(bytes(state))
    value.trace(86_400, 4)
    assert value.sentiment == pytest.approx(0.1 * math.exp(-0.5 * 4), rel=1e-6)


def test_a_normal_trend_is_that_of_the_noise() -> None:
    """With noise alone the mean square of z is steepness squared, at every horizon."""
    for tau in (0.01, 0.3):
        plain = {"trend": 0.0, "value_share": 0.0, "attraction": 0.0, "steepness": 0.01}
        one = chiarella(3, tau_days=[tau], weight=[1.0], **plain)
        found = []
        for tick in range(20_000):
            one.advance(one.consensus, tick * 600, 600)
            found.append(one.signal)
        independent = 20_000 * 600 / 86_400 / tau
        assert np.mean(np.square(found)) == pytest.approx(1e-4, rel=5 * math.sqrt(2 / independent))


def test_the_printed_model_has_no_clustering() -> None:
    """The ablation: noise traders come as often whatever the trend."""
    plain = chiarella(attraction=0.0)
    plain.warm_up(100)
    returns = np.diff(plain.trace(3600, 24 * 1000))
    deviations = (returns - returns.mean()) / returns.std()
    assert abs(np.mean(deviations**4) - 3.0) < 4 * math.sqrt(24 / len(returns))
    clustering = np.corrcoef(np.abs(returns[1:]), np.abs(returns[:-1]))[0, 1]
    assert abs(clustering) < 4 / math.sqrt(len(returns))
    assert plain.relative_variance == pytest.approx(1.2)


def test_noise_traders_who_come_with_a_trend_make_clustering() -> None:
    horizons = np.geomspace(30.0, 0.004, 8)
    drawn = chiarella(attraction=20.0, steepness=0.06, tau_days=horizons, weight=None)
    drawn.warm_up(100)
    returns = np.diff(drawn.trace(3600, 24 * 500))
    deviations = (returns - returns.mean()) / returns.std()
    assert np.mean(deviations**4) - 3.0 > 1.0
    assert np.corrcoef(np.abs(returns[1:]), np.abs(returns[:-1]))[0, 1] > 0.1
    assert abs(np.corrcoef(returns[1:], returns[:-1])[0, 1]) < 0.05


def test_attention_is_bounded() -> None:
    shaken = chiarella()
    shaken.advance(50.0, 0, 60)
    assert shaken.attention == pytest.approx(1.0)
    assert shaken.relative_variance == pytest.approx(0.2 + 4.0**2)
    shaken._check()


def test_value_is_followed_by_nobody_elses_trade() -> None:
    """What outsiders hold is no misalignment: the gap alone moves no consensus in the long run."""
    calm = chiarella(annual_volatility=1e-6, attraction=0.0, log_price=1.0)
    calm.advance(1.3, 0, 86_400 * 400)
    assert calm.consensus == pytest.approx(1.0, abs=1e-4)


# ---- Wrong arguments --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": [1.0]}, r"weight has shape \(1,\); tau_days has 3 values"),
        ({"weight": [1.0, 0.0, 1.0]}, "weight holds 0.0; allowed is above 0 to 1e9"),
        ({"tau_days": []}, r"tau_days has shape \(0,\); 1 to 32 trends"),
        ({"tau_days": [1.0] * 33}, r"tau_days has shape \(33,\)"),
        ({"tau_days": [0.0] * 3}, "tau_days holds 0.0; allowed is above 0, finite"),
        ({"tau_days": [math.inf] * 3}, "tau_days holds inf"),
        ({"reversion": 0.0}, "reversion is 0.0; allowed is above 0.0"),
        ({"trend": -0.1}, "trend is -0.1"),
        ({"steepness": math.nan}, "steepness is nan"),
        ({"attraction": 101.0}, "attraction is 101.0; allowed is 0.0 to 100.0"),
        ({"value_share": -1.0}, "value_share is -1.0"),
        ({"annual_volatility": 11.0}, "annual_volatility is 11.0"),
        ({"key": -1}, "key is -1; allowed is an integer from 0"),
    ],
)
def test_wrong_parameters_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chiarella(**changes)


def test_a_state_of_other_trends_is_refused() -> None:
    one = chiarella()
    before = one.snapshot()
    more = chiarella(tau_days=[1.0] * 4, weight=None, log_price=1.0).snapshot()
    with pytest.raises(ValueError, match="data is not a state of a Chiarella"):
        one.restore(more)
    assert one.snapshot() == before
