"""The belief clock against the same equations in plain Python, and what it is told wrongly."""

import math
from typing import Any

import numpy as np
import pytest
from tidegate_crowd.belief import Belief

from tests.oracles.belief import DAY, SETTING, TAU, BeliefOracle, belief

# ---- The equations ----------------------------------------------------------------------------


@pytest.mark.parametrize("haste", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("groups", [1, 2, 11, 12])
def test_it_follows_its_equations(groups: int, haste: float) -> None:
    setting = dict(SETTING, haste=haste)
    for name in ("tau_days", "weight", "saturation"):
        setting[name] = setting[name][:groups]
    ours, oracle = Belief(11, **setting, log_price=2.0), BeliefOracle(11, 2.0, **setting)
    gaps = [0.0, 0.01, -0.03, 0.002]
    for hour, gap in enumerate(gaps):
        price = ours.consensus + gap
        ours.advance(price, hour * 3600, 3600)
        for _ in range(60):
            oracle.step(gap)
        ours._check()
        assert ours.consensus == pytest.approx(oracle.consensus, abs=1e-12)
        assert ours.sentiment == pytest.approx(oracle.sentiment, abs=1e-12)
        assert ours.slow_variance == pytest.approx(oracle.slow, rel=1e-11)
        np.testing.assert_allclose(ours.averages, oracle.average, rtol=0, atol=1e-12)


def test_activity_averages_the_variance_of_a_random_walk_at_every_horizon() -> None:
    """With a weight of one and no saturation, excitement is the scaled trend itself."""
    for tau in (2.0 / 1440, 1.0 / 24, 1.0):
        setting = dict(SETTING, annual_volatility=0.5, asymmetry=0.0, news_share=0.0)
        probe = Belief(
            1, **{**setting, "tau_days": [tau], "weight": [1.0], "saturation": [1e12]}, herding=0.0
        )
        rng = np.random.default_rng(5)
        minutes = 400_000
        price, found = 0.0, np.empty(minutes)
        for i, step in enumerate(rng.normal(0.0, 0.02 / math.sqrt(1440), minutes)):
            price += step
            probe.advance(price, i * 60, 60)
            found[i] = probe.excitement
        effective = minutes / (tau * 1440)
        assert np.mean(found) == pytest.approx(0.02**2, rel=4 * math.sqrt(2 / effective))


def test_the_ablation_is_gaussian() -> None:
    calm = belief(excited=False)
    calm.warm_up(10)
    returns = np.diff(calm.trace(3600, 24 * 1500))
    assert calm.excitement == 0.0
    assert calm.relative_variance == 1.0
    deviations = (returns - returns.mean()) / returns.std()
    assert abs(np.mean(deviations**4) - 3.0) < 4 * math.sqrt(24 / len(returns))
    clustering = np.corrcoef(np.abs(returns[1:]), np.abs(returns[:-1]))[0, 1]
    assert abs(clustering) < 4 / math.sqrt(len(returns))
    assert returns.std() * math.sqrt(365 * 24) == pytest.approx(0.5, rel=0.02)


def test_excitement_makes_tails_and_clustering() -> None:
    excited = belief()
    excited.warm_up(150)
    returns = np.diff(excited.trace(3600, 24 * 500))
    deviations = (returns - returns.mean()) / returns.std()
    assert np.mean(deviations**4) - 3.0 > 4.0
    assert np.corrcoef(np.abs(returns[1:]), np.abs(returns[:-1]))[0, 1] > 0.15
    assert abs(np.corrcoef(returns[1:], returns[:-1])[0, 1]) < 0.07


def test_without_herding_only_news_moves_the_consensus() -> None:
    alone = belief(herding=0.0, log_price=1.0)
    alone.warm_up(1)
    assert alone.sentiment == 0.0
    assert alone.excitement > 0.0
    shared, half = belief(), belief(herding=0.5)
    shared.advance(0.3, 0, 60)
    half.advance(0.3, 0, 60)
    assert half.sentiment == pytest.approx(math.sqrt(0.5) * shared.sentiment, rel=1e-12)
    assert half.news == shared.news


def test_falls_excite_more() -> None:
    up, down, even = belief(asymmetry=0.2), belief(asymmetry=0.2), belief(asymmetry=0.0)
    up.advance(0.05, 0, 60)
    down.advance(-0.05, 0, 60)
    even.advance(0.05, 0, 60)
    assert up.excitement == pytest.approx(0.8 * even.excitement, rel=1e-12)
    assert down.excitement == pytest.approx(1.2 * even.excitement, rel=1e-12)


def test_excitement_saturates() -> None:
    shaken = belief(log_price=0.0)
    shaken.advance(5.0, 0, 60)
    variance = 0.5**2 / 365
    limit = variance * 0.94 * (0.47 * 260 + 0.50 * 23)
    assert 0.99 * limit < shaken.excitement < limit
    assert shaken.slow_variance < 25.0
    for hour in range(12):  # the averages learn of a level, so shake again and again
        shaken.advance(shaken.consensus + 5.0 * (-1) ** hour, 60 + hour * 3600, 3600)
    assert shaken.slow_variance == 25.0


def test_news_is_permanent_and_sentiment_is_forgotten() -> None:
    fast = {name: SETTING[name][:4] for name in ("tau_days", "weight", "saturation")}
    quiet = belief(news_share=0.0, sentiment_days=0.5, log_price=1.0, **fast)
    quiet.shock(-0.2)
    assert quiet.consensus == pytest.approx(0.8, abs=1e-15)
    quiet.advance(quiet.consensus + 0.05, 0, 3600)
    mood = abs(quiet.sentiment)
    assert mood > 1e-3
    quiet.advance(quiet.consensus, 3600, 10 * DAY)
    assert abs(quiet.sentiment) < 1e-3 * mood
    assert quiet.news == pytest.approx(0.8, abs=1e-15)


def test_sentiment_fades_in_the_time_of_the_crowd() -> None:
    """Twice the variance, twice as fast; by the calendar it does not matter."""
    lonely: dict[str, Any] = {"tau_days": [1.0], "weight": [0.0], "saturation": [1.0]}
    left = {}
    for haste in (0.0, 1.0):
        for share in (0.25, 0.5):
            clock = belief(**lonely, news_share=share, haste=haste, sentiment_days=1.0)
            state = bytearray(clock.snapshot())
            head = state.index(b"\n") + 1
            state[head + 24 : head + 32] = np.array([0.1]).tobytes()  # sentiment
            clock.restore(bytes(state))
            clock.advance(clock.consensus, 0, DAY)
            left[haste, share] = clock.sentiment / 0.1
    assert left[0.0, 0.25] == left[0.0, 0.5] == pytest.approx(math.exp(-1.0), rel=1e-3)
    assert left[1.0, 0.25] == pytest.approx(math.exp(-0.25), rel=1e-3)
    assert left[1.0, 0.5] == pytest.approx(math.exp(-0.5), rel=1e-3)


# ---- Wrong arguments --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tau_days": []}, r"tau_days has shape \(0,\); 1 to 64 groups"),
        ({"tau_days": [1.0] * 65}, r"tau_days has shape \(65,\)"),
        ({"tau_days": [0.0] * 12}, "tau_days holds 0.0; allowed is above 0"),
        ({"weight": [0.1] * 3}, "weight has 3 values; tau_days has 12"),
        ({"weight": [-0.1] * 12}, "weight holds -0.1; allowed is 0 and above"),
        ({"weight": [math.nan] * 12}, "weight holds nan"),
        ({"saturation": [math.inf] * 12}, "saturation holds inf"),
        ({"saturation": [0.0] * 12}, "saturation holds 0.0; allowed is above 0"),
        ({"news_share": 1.1}, "news_share is 1.1; allowed is 0.0 to 1.0"),
        ({"asymmetry": math.nan}, "asymmetry is nan; allowed is -1.0 to 1.0"),
        ({"sentiment_days": 0.0}, "sentiment_days is 0.0; allowed is above 0.0"),
        ({"annual_volatility": -1.0}, "annual_volatility is -1.0"),
        ({"herding": 2}, "herding is 2.0; allowed is 0.0 to 1.0"),
        ({"log_price": math.inf}, "log_price is inf"),
        ({"key": -1}, "key is -1; allowed is an integer from 0"),
        ({"key": 2**64}, "key is 18446744073709551616"),
    ],
)
def test_wrong_parameters_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        belief(**changes)


def test_wrong_steps_are_refused_and_change_nothing() -> None:
    one = belief()
    one.trace(60, 3)
    before = one.snapshot()
    for arguments, message in [
        ((math.nan, 180, 60), "log_price is nan"),
        ((0.0, 0, 60), "t0_seconds is 0; the clock stands at 180"),
        ((0.0, 180, 0), "seconds is 0; allowed is 1 and above"),
    ]:
        with pytest.raises(ValueError, match=message):
            one.advance(*arguments)
    with pytest.raises(ValueError, match="steps is -1"):
        one.trace(60, -1)
    with pytest.raises(ValueError, match="step_seconds is 0"):
        one.trace(0, 1)
    with pytest.raises(ValueError, match="log_jump is inf"):
        one.shock(math.inf)
    with pytest.raises(TypeError, match="log_jump is 'x'; a number is needed"):
        one.shock("x")  # type: ignore[arg-type]
    assert one.snapshot() == before


def test_a_foreign_snapshot_is_refused_and_changes_nothing() -> None:
    one = belief()
    before = one.snapshot()
    wider = belief(tau_days=[*TAU, 90.0], weight=[0.05] * 13, saturation=[9.0] * 13, log_price=1.0)
    broken = bytearray(before)
    broken[-64 * 8 : -64 * 8 + 8] = np.array([np.nan]).tobytes()
    stronger = belief(saturation=[1e6] * 12)
    stronger.advance(5.0, 0, 60)
    assert stronger.excitement > 10.0
    foreign = (wider.snapshot(), stronger.snapshot(), bytes(broken))
    for data in (b"", before[:-1], b"x" + before[1:], *foreign):
        with pytest.raises(ValueError, match="data is not a"):
            one.restore(data)
    assert one.snapshot() == before
