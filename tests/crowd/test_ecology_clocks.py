"""Clocks of every ecology in time: what step, key, copy and machine they run on changes nothing."""

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tidegate_crowd.valuation import Valuation

from tests.oracles.belief import belief
from tests.oracles.ecologies import CHIARELLA, SWITCHING, chiarella, switching

Make = Callable[..., Any]
EVERY = pytest.mark.parametrize("make", [belief, switching, chiarella])
# Constant noise: what is left of them when nobody changes his mind or comes because of a trend.
PLAIN = [
    lambda key: switching(
        key,
        rates_per_day=[1e-9],
        size=[1.0],
        herds=0.0,
        reversion=0.0,
        trend=0.0,
        annual_volatility=0.5,
    ),
    lambda key: chiarella(key, attraction=0.0, trend=0.0, reversion=1e-12),
]


def test_the_clock_itself_is_abstract() -> None:
    with pytest.raises(TypeError, match="Valuation is abstract; use Belief, Switching or Chiare"):
        Valuation(7)


@EVERY
@pytest.mark.parametrize("minutes", [[1, 2, 3], [60, 7, 300, 1], [500]])
def test_steps_of_whole_minutes_agree_bit_for_bit(make: Make, minutes: list[int]) -> None:
    whole, parts = make(), make()
    whole.trace(60 * sum(minutes), 1)
    for length in minutes:
        parts.trace(60 * length, 1)
    assert parts.snapshot() == whole.snapshot()


@EVERY
@pytest.mark.parametrize("step", [2, 20, 30, 90])
def test_steps_within_minutes_agree_bit_for_bit(make: Make, step: int) -> None:
    """A step of 90 seconds takes whole minutes where it can, so it is held to those."""
    few, many = make(), make()
    few.trace(step, 3600 // step)
    if step == 90:
        for _ in range(20):
            for part in (60, 30, 30, 60):
                many.trace(part, 1)
    else:
        many.trace(1, 3600)
    assert few.snapshot() == many.snapshot()


@pytest.mark.parametrize("make", PLAIN)
def test_seconds_lead_where_their_minute_leads(make: Make) -> None:
    """Without feedback the sixty increments sum to the minute's own draw."""
    minutes, seconds = make(7), make(7)
    minutes.trace(60, 120)
    path = seconds.trace(1, 7200)
    assert seconds.consensus == pytest.approx(minutes.consensus, abs=1e-12)
    increments = np.diff(path)
    scale = math.sqrt(minutes.relative_variance / 365 / 86_400) * minutes.annual_volatility
    assert np.std(increments) == pytest.approx(scale, rel=4 / math.sqrt(2 * 7200))
    assert abs(np.corrcoef(increments[1:], increments[:-1])[0, 1]) < 4 / math.sqrt(7200)


@pytest.mark.parametrize("make", [switching, chiarella])
def test_seconds_minutes_and_hours_share_their_luck(make: Make) -> None:
    """Paths of a day on the same key are near; those of another key are not."""
    spread: dict[int, list[float]] = {1: [], 60: [], 3600: []}
    for key in range(8):
        for step, found in spread.items():
            run = make(key)
            run.warm_up(3)
            found.append(run.trace(step, 86_400 // step)[-1])
    assert spread[3600] == spread[60]
    gaps = np.array(spread[1]) - np.array(spread[60])
    assert np.std(gaps) < 0.2 * np.std(spread[60])


@EVERY
def test_a_warm_up_keeps_the_level_and_the_memory(make: Make) -> None:
    warm = make(log_price=3.0)
    warm.warm_up(20)
    warm._check()
    assert warm.time == 0
    assert warm.consensus == pytest.approx(3.0, abs=1e-12)
    assert warm.relative_variance != make().relative_variance
    with pytest.raises(ValueError, match="warm_up comes before the first step"):
        warm.warm_up(1)
    cold = make(log_price=3.0)
    cold.warm_up(0)
    assert cold.snapshot() == make(log_price=3.0).snapshot()


@EVERY
def test_a_shock_is_news_for_good(make: Make) -> None:
    plain, shaken = make(log_price=1.0), make(log_price=1.0)
    shaken.shock(-0.2)
    assert shaken.consensus == pytest.approx(plain.consensus - 0.2, abs=1e-15)
    assert shaken.sentiment == plain.sentiment
    with pytest.raises(ValueError, match="log_jump is inf"):
        shaken.shock(math.inf)


@EVERY
@pytest.mark.parametrize("seconds", [0, 60 * 40, 61, 4000])
def test_copies_continue_bit_for_bit(make: Make, seconds: int) -> None:
    one = make()
    if seconds:
        one.trace(seconds, 1)
    saved = one.snapshot()
    copies = [one.copy(), copy.deepcopy(one), pickle.loads(pickle.dumps(one))]
    expected = one.trace(77, 60)
    for other in copies:
        other._check()
        assert type(other) is type(one)
        np.testing.assert_array_equal(other.trace(77, 60), expected)
    one.restore(saved)
    np.testing.assert_array_equal(one.trace(77, 60), expected)


@EVERY
def test_a_foreign_snapshot_is_refused_and_changes_nothing(make: Make) -> None:
    one = make()
    one.trace(60, 5)
    before = one.snapshot()
    others = [other().snapshot() for other in (belief, switching, chiarella) if other is not make]
    broken = bytearray(before)
    head = before.index(b"\n") + 1
    broken[head + 16 : head + 24] = np.array([np.nan]).tobytes()  # news
    for data in (b"", before[:-1], b"x" + before[1:], bytes(broken), *others):
        with pytest.raises(ValueError, match="data is not a"):
            one.restore(data)
    assert one.snapshot() == before


@EVERY
def test_wrong_steps_are_refused_and_change_nothing(make: Make) -> None:
    one = make()
    one.trace(60, 3)
    before = one.snapshot()
    for arguments, message in [
        ((math.nan, 180, 60), "log_price is nan"),
        ((0.0, 0, 60), "t0_seconds is 0; the clock stands at 180"),
        ((0.0, 180, 0), "seconds is 0; allowed is 1 and above"),
    ]:
        with pytest.raises(ValueError, match=message):
            one.advance(*arguments)
    assert one.snapshot() == before


def test_a_crowd_more_leaves_the_draws_of_the_others_alone() -> None:
    """Three or four crowds: value and the minds of the first three are the same."""
    setting = {**SWITCHING, "misalignment": 0.0}  # nothing else joins crowds
    newcomers = {"rates_per_day": [*SWITCHING["rates_per_day"], 0.1], "size": [1.0, 2.0, 4.0, 9.0]}
    more = {**setting, **newcomers}
    a, b = switching(**setting), switching(**more)
    a.trace(60, 500)
    b.trace(60, 500)
    np.testing.assert_array_equal(a.shares, b.shares[:3])
    assert a.news == b.news


@pytest.mark.parametrize(
    ("make", "hours", "sevens"),
    [
        (switching, "0x1.41a6ed00fb655p+3", "0x1.41a2bd7e874bdp+3"),
        (chiarella, "0x1.4133ffc28a608p+3", "0x1.40fd1997d1277p+3"),
    ],
)
def test_the_path_has_the_same_bits_on_every_machine(make: Make, hours: str, sevens: str) -> None:
    fixed = make(20_240_101, log_price=10.0)
    fixed.warm_up(2)
    assert fixed.trace(3600, 100)[-1].hex() == hours
    assert fixed.trace(7, 100)[-1].hex() == sevens


@pytest.mark.parametrize(
    ("make", "setting"), [(switching, SWITCHING), (chiarella, CHIARELLA)], ids=["sw", "ch"]
)
def test_prices_stay_bounded_in_the_wildest_crowd(make: Make, setting: dict[str, Any]) -> None:
    """With the strongest trend, what is not permanent stays within 400 daily scales."""
    run = make(3, **{**setting, "trend": 0.9, "value_share": 0.0})
    worst = np.abs(run.trace(86_400, 3 * 365)).max()
    run._check()
    assert worst < 400 * run.annual_volatility / math.sqrt(365)
