"""The belief clock in time: what step, key, copy and machine it runs on changes nothing."""

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.belief import DAY, SETTING, TAU, belief

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
    assert fixed.trace(3600, 100)[-1].hex() == "0x1.40c8c7af5f921p+3"
    assert fixed.trace(7, 100)[-1].hex() == "0x1.40d2d7170340ap+3"
