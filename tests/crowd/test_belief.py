"""The belief clock against the same equations in plain Python, and what must not change it."""

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core import draws
from tidegate_crowd.belief import Belief

DAY = 86_400
GROUPS = 12
TAU = np.geomspace(3.7 / 1440, 45.0, GROUPS)
FAST = TAU < 2.5 / 24
SETTING: dict[str, Any] = {
    "tau_days": TAU,
    "weight": np.where(FAST, 0.47 / FAST.sum(), 0.50 / (~FAST).sum()),
    "saturation": np.where(FAST, 260.0, 23.0),
    "news_share": 0.19,
    "asymmetry": 0.06,
    "sentiment_days": 200.0,
    "annual_volatility": 0.50,
}


def belief(key: int = 7, **changes: Any) -> Belief:
    return Belief(key, **{**SETTING, **changes})


class Oracle:
    """The equations of ``belief.pxd`` in whole minutes, with their draws named one by one."""

    def __init__(self, key: int, log_price: float, **setting: Any) -> None:
        self.key, self.setting, self.minute = key, setting, 0
        self.news, self.sentiment = log_price, 0.0
        self.average = np.full(len(setting["tau_days"]), log_price)
        self.slow = setting["news_share"]

    @property
    def consensus(self) -> float:
        return self.news + self.sentiment

    def normal(self, slot: int) -> float:
        """Half a block: the minute is the index, pairs of slots are the counter."""
        pair = slot // 2
        words = draws.block(self.key, pair >> 16, pair & 0xFFFF, self.minute)
        low, high = words[2 * (slot % 2) : 2 * (slot % 2) + 2]
        return draws.normal_quantile(((high << 32 | low) >> 11 | 1) * 2.0**-53)

    def step(self, gap: float) -> None:
        s = self.setting
        h, variance = 1.0 / 1440.0, s["annual_volatility"] ** 2 / 365.0
        price, noise, excitement = self.consensus + gap, 0.0, 0.0
        for j, tau in enumerate(s["tau_days"]):
            self.average[j] += (price - self.average[j]) * (1.0 - math.exp(-h / tau))
            m = price - self.average[j]
            q = m * m * math.expm1(2.0 * h / tau) / h
            weight = s["weight"][j] * (1.0 + s["asymmetry"] * np.sign(-m))
            group = weight * q / (1.0 + q / (s["saturation"][j] * variance))
            excitement += group
            noise += math.sqrt(group) * self.normal(1 + j)
        memory = s["sentiment_days"]
        self.sentiment *= math.exp(-h / memory)
        self.sentiment += noise * math.sqrt(memory / 2.0 * -math.expm1(-2.0 * h / memory))
        self.news += math.sqrt(variance * s["news_share"] * h) * self.normal(0)
        relative = s["news_share"] + excitement / variance
        self.slow += (relative - self.slow) * (1.0 - math.exp(-h))
        self.minute += 1


# ---- The equations ----------------------------------------------------------------------------


@pytest.mark.parametrize("groups", [1, 2, 11, 12])
def test_it_follows_its_equations(groups: int) -> None:
    setting = dict(SETTING)
    for name in ("tau_days", "weight", "saturation"):
        setting[name] = setting[name][:groups]
    ours, oracle = Belief(11, **setting, log_price=2.0), Oracle(11, 2.0, **setting)
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


# ---- Steps ------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 300), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_steps_of_whole_minutes_agree_bit_for_bit(minutes: list[int]) -> None:
    whole, parts = belief(), belief()
    whole.trace(60 * sum(minutes), 1)
    for length in minutes:
        parts.trace(60 * length, 1)
    assert parts.snapshot() == whole.snapshot()


@pytest.mark.parametrize("step", [2, 3, 20, 30])
def test_steps_within_minutes_agree_bit_for_bit(step: int) -> None:
    seconds, steps = belief(), belief()
    seconds.trace(1, 3600)
    steps.trace(step, 3600 // step)
    assert steps.snapshot() == seconds.snapshot()


def test_seconds_lead_where_their_minute_leads() -> None:
    """Without feedback the sixty increments sum to the minute's own draw."""
    minutes, seconds = belief(excited=False), belief(excited=False)
    minutes.trace(60, 120)
    path = seconds.trace(1, 7200)
    assert seconds.consensus == pytest.approx(minutes.consensus, abs=1e-13)
    increments = np.diff(path) / (0.5 / math.sqrt(365 * DAY))
    assert np.var(increments) == pytest.approx(1.0, abs=4 * math.sqrt(2 / 7200))
    assert abs(np.corrcoef(increments[1:], increments[:-1])[0, 1]) < 4 / math.sqrt(7200)


def test_seconds_and_minutes_agree_in_distribution() -> None:
    """The same luck: variances of the excited process agree far better than by chance."""
    spread = {}
    for step in (1, 60):
        hours = []
        for key in range(12):
            run = belief(key)
            run.warm_up(20)
            hours.append(np.diff(run.trace(step, 6 * 3600 // step)[:: 60 // step]))
        spread[step] = np.std(np.concatenate(hours))
    assert spread[1] == pytest.approx(spread[60], rel=0.08)


def test_time_may_start_within_a_minute() -> None:
    odd = belief()
    odd.trace(90, 1)
    even = belief()
    even.trace(60, 1)
    even.trace(30, 1)
    assert odd.snapshot() == even.snapshot()
    odd._check()


# ---- The clock --------------------------------------------------------------------------------


def test_a_warm_up_keeps_the_level_and_the_memory() -> None:
    warm = belief(log_price=3.0)
    warm.warm_up(150)
    warm._check()
    assert warm.time == 0
    assert warm.consensus == pytest.approx(3.0, abs=1e-12)
    assert np.ptp(warm.averages) > 0.0
    with pytest.raises(ValueError, match="warm_up comes before the first step"):
        warm.warm_up(1)
    cold = belief(log_price=3.0)
    cold.warm_up(0)
    assert cold.snapshot() == belief(log_price=3.0).snapshot()


def test_beliefs_of_other_keys_are_unrelated() -> None:
    a, b = (np.diff(belief(key).trace(3600, 24 * 200)) for key in (1, 2))
    assert abs(np.corrcoef(a, b)[0, 1]) < 5 / math.sqrt(len(a))


def test_a_group_more_leaves_the_draws_of_the_others_alone() -> None:
    more = belief(
        tau_days=[*TAU, 90.0], weight=[*SETTING["weight"], 0.0], saturation=[*([23.0] * 12), 23.0]
    )
    same = belief(saturation=[23.0] * 12)
    np.testing.assert_array_equal(more.trace(600, 500), same.trace(600, 500))


@pytest.mark.parametrize("seconds", [0, 60 * 40, 61, 4000])
def test_copies_continue_bit_for_bit(seconds: int) -> None:
    one = belief(herding=0.8, asymmetry=-0.1)
    if seconds:
        one.trace(seconds, 1)
    saved = one.snapshot()
    copies = [one.copy(), copy.deepcopy(one), pickle.loads(pickle.dumps(one))]
    expected = one.trace(77, 60)
    for other in copies:
        other._check()
        np.testing.assert_array_equal(other.trace(77, 60), expected)
    one.restore(saved)
    np.testing.assert_array_equal(one.trace(77, 60), expected)


def test_the_path_has_the_same_bits_on_every_machine() -> None:
    fixed = belief(20_240_101, log_price=10.0)
    fixed.warm_up(2)
    assert fixed.trace(3600, 100)[-1].hex() == "0x1.40c8c7af84a49p+3"
    assert fixed.trace(7, 100)[-1].hex() == "0x1.40d2d717286d6p+3"


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
