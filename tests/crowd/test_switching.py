"""The switching clock against its equations in plain Python, the paper's figures, bad input."""

import math
from typing import Any

import numpy as np
import pytest
from tidegate_crowd.switching import Switching

from tests.oracles.ecologies import SWITCHING, SwitchingOracle, switching

# Franke and Westerhoff 2012, DCA-HPM: mu 0.01, and daily noise of 2.087 mu among chartists.
SCALE = 0.02087
PAPER: dict[str, Any] = {
    "rates_per_day": [1.0],
    "reversion": 0.01 * 0.12,
    "trend": 0.01 * 1.50,
    "trend_days": 1.0,
    "calm_noise": 0.758 / 2.087,
    "predisposition": -0.327,
    "herding": 1.79,
    "misalignment": 18.43 * SCALE**2,
    "annual_volatility": SCALE * math.sqrt(365.0),
}

# ---- The equations ----------------------------------------------------------------------------


@pytest.mark.parametrize("crowds", [1, 2, 3])
@pytest.mark.parametrize("herds", [0.0, 30.0])
def test_it_follows_its_equations(crowds: int, herds: float) -> None:
    some = {name: SWITCHING[name][:crowds] for name in ("rates_per_day", "size")}
    setting = {**SWITCHING, **some, "herds": herds}
    ours, oracle = Switching(11, **setting, log_price=2.0), SwitchingOracle(11, 2.0, **setting)
    for hour, gap in enumerate([0.0, 0.01, -0.03, 0.002]):
        ours.advance(ours.consensus + gap, hour * 3600, 3600)
        for _ in range(60):
            oracle.step(gap)
        ours._check()
        assert ours.consensus == pytest.approx(oracle.consensus, abs=1e-12)
        assert ours.sentiment == pytest.approx(oracle.gap, abs=1e-12)
        assert ours.average == pytest.approx(oracle.average, abs=1e-12)
        assert ours.slow_variance == pytest.approx(oracle.slow, rel=1e-11)
        np.testing.assert_allclose(ours.shares, oracle.shares, rtol=0, atol=1e-12)


def test_one_step_is_the_papers() -> None:
    """The price 0.1 above value and as many of either view (the paper's fitted values)."""
    at_once = Switching(1, **{**PAPER, "rates_per_day": [1e9]})
    assert at_once.liking(0.5, 0.1) == pytest.approx(0.464385, abs=5e-7)
    at_once.advance(0.0, 0, 60)
    assert at_once.fundamental == pytest.approx(at_once.liking(0.5, 0.0), abs=1e-15)


def test_drifts_are_those_of_the_paper_a_day() -> None:
    """Without noise worth the name: fundamentalists close 0.12 % of a gap, chartists add 1.5 %."""
    quiet = {**PAPER, "annual_volatility": 1e-12, "misalignment": 0.0, "rates_per_day": [1e9]}
    values = Switching(1, **{**quiet, "predisposition": 100.0, "trend": 0.0})
    values.trace(60, 1)  # all are fundamentalists now
    pushed = values.copy()
    chart = Switching(1, **{**quiet, "predisposition": -100.0, "reversion": 0.0})
    chart.advance(0.1, 0, 86_400 * 30)  # the price has risen by 0.1 and stays above
    assert chart.sentiment == pytest.approx(0.0015, rel=0.02)
    pushed.advance(pushed.consensus + 0.1, 60, 86_400)
    assert pushed.sentiment == pytest.approx(values.sentiment, abs=1e-9)


def test_fundamentalists_argue_a_misalignment_away() -> None:
    pull = Switching(1, **{**PAPER, "rates_per_day": [1e-9], "reversion": 0.5, "trend": 1e-9})
    pull.trace(60, 1)
    started = pull.sentiment
    strong = {**PAPER, "annual_volatility": 1e-9, "misalignment": 0.0, "reversion": 0.5}
    calm = Switching(1, **{**strong, "predisposition": 100.0, "rates_per_day": [1e9]})
    state = bytearray(calm.snapshot())
    head = state.index(b"\n") + 1
    state[head + 24 : head + 32] = np.array([0.1]).tobytes()  # sentiment
    calm.restore(bytes(state))
    calm.trace(86_400, 4)
    assert calm.sentiment == pytest.approx(0.1 * math.exp(-0.5 * 4), rel=1e-3)
    assert started != 0.0


def test_independent_herds_scatter_as_a_binomial_does() -> None:
    """Nobody herds: shares are those of 40 coins thrown anew at a rate."""
    free = {**PAPER, "predisposition": 0.0, "herding": 0.0, "misalignment": 0.0}
    coins = Switching(5, **{**free, "rates_per_day": [20.0], "herds": 40.0})
    shares = []
    for tick in range(4000):
        coins.advance(coins.consensus, tick * 14_400, 14_400)
        shares.append(coins.fundamental)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.01)
    assert np.var(shares) == pytest.approx(0.25 / 40, rel=0.1)


def test_volatility_is_that_of_the_view_that_prevails() -> None:
    for liking, wanted in ((100.0, PAPER["calm_noise"]), (-100.0, 1.0)):
        one = Switching(2, **{**PAPER, "predisposition": liking, "rates_per_day": [1e9]})
        one.trace(60, 1)
        found = np.std(np.diff(one.trace(3600, 24 * 300))) * math.sqrt(24)
        assert found == pytest.approx(wanted * SCALE, rel=0.03)
        assert one.relative_variance == pytest.approx(wanted**2, abs=1e-12)


def test_without_chartists_there_is_nothing_but_noise() -> None:
    """The ablation: all are of one mind for good."""
    calm = switching(predisposition=100.0)
    calm.warm_up(10)
    returns = np.diff(calm.trace(3600, 24 * 1000))
    deviations = (returns - returns.mean()) / returns.std()
    assert abs(np.mean(deviations**4) - 3.0) < 4 * math.sqrt(24 / len(returns))
    clustering = np.corrcoef(np.abs(returns[1:]), np.abs(returns[:-1]))[0, 1]
    assert abs(clustering) < 4 / math.sqrt(len(returns))


@pytest.mark.slow
def test_the_papers_model_has_the_papers_moments() -> None:
    """On a clock of minutes: daily moments near those of the daily model (docs/ecologies.md)."""
    found = []
    for key in range(5):
        run = Switching(key, **PAPER)
        run.warm_up(500)
        returns = np.diff(run.trace(86_400, 6_866))
        size = np.abs(returns) - np.abs(returns).mean()
        memory = [float(np.mean(size[lag:] * size[:-lag]) / size.var()) for lag in (1, 10, 100)]
        found.append([100 * returns.std(), *memory])
    means = np.mean(found, axis=0)
    assert means == pytest.approx([0.98, 0.155, 0.142, 0.052], rel=0.15, abs=0.03)


# ---- Wrong arguments --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": [1.0]}, r"size has shape \(1,\); rates_per_day has 3 values"),
        ({"size": [1.0, -1.0, 1.0]}, "size holds -1.0; allowed is above 0 to 1e9"),
        ({"rates_per_day": []}, r"rates_per_day has shape \(0,\); 1 to 32 crowds"),
        ({"rates_per_day": [1.0] * 33}, r"rates_per_day has shape \(33,\)"),
        ({"rates_per_day": [0.0]}, "rates_per_day holds 0.0; allowed is above 0 to 1e9"),
        ({"rates_per_day": [math.nan]}, "rates_per_day holds nan"),
        ({"reversion": -0.1}, "reversion is -0.1; allowed is 0.0 to"),
        ({"trend": 1.0}, "trend is 1.0; a crowd that adds all of a trend to it never settles"),
        ({"trend_days": 0.0}, "trend_days is 0.0; allowed is above 0.0"),
        ({"calm_noise": 1.5}, "calm_noise is 1.5; allowed is 0.0 to 1.0"),
        ({"predisposition": math.inf}, "predisposition is inf"),
        ({"herding": -1.0}, "herding is -1.0; allowed is 0.0 to 100.0"),
        ({"misalignment": -1.0}, "misalignment is -1.0"),
        ({"herds": 0.5}, "herds is 0.5; allowed is 0 .without end., or 1 and above"),
        ({"value_share": math.nan}, "value_share is nan"),
        ({"annual_volatility": 0.0}, "annual_volatility is 0.0; allowed is above 0.0"),
        ({"log_price": 1e4}, "log_price is 10000.0"),
        ({"key": 2**64}, "key is 18446744073709551616"),
    ],
)
def test_wrong_parameters_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        switching(**changes)


def test_a_share_that_is_none_is_refused() -> None:
    one = switching()
    before = one.snapshot()
    broken = bytearray(before)
    broken[-8 * 32 : -8 * 31] = np.array([1.5]).tobytes()
    with pytest.raises(ValueError, match="data is not a state of a Switching"):
        one.restore(bytes(broken))
    more = switching(rates_per_day=[1.0] * 4, size=None).snapshot()
    with pytest.raises(ValueError, match="data is not a state of a Switching"):
        one.restore(more)
    assert one.snapshot() == before
