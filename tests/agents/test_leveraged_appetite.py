"""Moods of the leveraged public: how far and how long they go, and what they follow."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from tidegate.agents.leveraged_appetite import MOST, Appetite
from tidegate.scenario.appetite import AppetiteSpec
from tidegate.scenario.leveraged import DEFAULT_EXCHANGES
from tidegate.streams import Streams

HOUR, DAY = 3_600, 86_400
START = np.log([100_000.0, 4_000.0])
CALM = np.array([0.02, 0.03])
STILL = {"chase": 0.0}


def moods(seed: int = 1, **changes: float) -> Appetite:
    return Appetite(AppetiteSpec(**changes), DEFAULT_EXCHANGES, CALM, START, Streams(seed))


def path(appetite: Appetite, hours: int) -> NDArray[np.float64]:
    """Return the log odds by hour, exchange and coin, over those of the start."""
    found = []
    for hour in range(1, hours + 1):
        appetite.advance(hour * HOUR, START)
        found.append([appetite.at(at) for at in range(len(DEFAULT_EXCHANGES))])
    centre = [moods(spread=0.0, own=0.0, chase=0.0).at(at) for at in range(4)]
    return np.array(found) - np.array(centre)


def test_moods_are_as_wide_and_as_long_as_they_should_be() -> None:
    hours = 20_000
    odds = path(moods(spread=0.3, own=0.4, days=0.5, **STILL), hours)
    assert np.ptp(odds, axis=2).max() == 0.0  # of all coins alike
    found = odds[:, :, 0]
    spread = found.std(axis=0)
    effective = math.sqrt(hours / 24)  # independent ones, about
    assert np.abs(spread / 0.5 - 1.0).max() < 4 / effective
    lagged = [np.corrcoef(row[:-12], row[12:])[0, 1] for row in found.T]
    assert np.abs(np.array(lagged) - math.exp(-1.0)).max() < 4 / effective
    together = np.corrcoef(found.T)[np.triu_indices(4, 1)]
    assert np.abs(together - 0.3**2 / 0.5**2).max() < 4 / effective
    assert np.abs(found.mean(axis=0)).max() < 4 * 0.5 / effective


def test_the_first_mood_is_one_like_any_other() -> None:
    first = [moods(seed, spread=0.5, own=0.0, **STILL).common for seed in range(2_000)]
    assert np.mean(first) == pytest.approx(0.0, abs=4 / math.sqrt(2_000))
    assert np.std(first) == pytest.approx(1.0, abs=4 / math.sqrt(4_000))


def test_without_moods_the_public_keeps_the_share_of_longs_it_opened_with() -> None:
    still = moods(spread=0.0, own=0.0, chase=0.0)
    still.advance(DAY, START + 0.1)
    for at, exchange in enumerate(DEFAULT_EXCHANGES):
        longs, shorts = 1 - exchange.out_of_reach, 1 - exchange.hedged
        chance = 1 / (1 + np.exp(-still.at(at)))
        assert chance.tolist() == pytest.approx([longs / (longs + shorts)] * 2, rel=1e-12)


def test_the_public_chases_returns_of_days_in_units_of_what_is_usual() -> None:
    chasing = moods(spread=0.0, own=0.0, chase=0.3, chase_days=2.0)
    still = moods(spread=0.0, own=0.0, chase=0.0).at(0)
    chasing.advance(HOUR, START + CALM)
    kept = math.exp(-1 / 48)  # a jump of a day's sd is over its mean by all but an hour's share
    added = 0.3 * math.tanh(kept)
    assert (chasing.at(0) - still).tolist() == pytest.approx([added] * 2, rel=1e-12)
    for hour in range(2, 49):
        chasing.advance(hour * HOUR, START + CALM)
    assert chasing.chased.tolist() == pytest.approx([math.tanh(math.exp(-1.0))] * 2, rel=1e-10)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_chasing_has_an_end_however_far_a_price_has_run(sign: float) -> None:
    chasing = moods(spread=0.0, own=0.0, chase=0.3)
    still = moods(spread=0.0, own=0.0, chase=0.0).at(0)
    chasing.advance(HOUR, START + sign * 1_000.0 * CALM)
    assert (chasing.at(0) - still).tolist() == pytest.approx([sign * 0.3] * 2, rel=1e-12)


def test_rounds_of_any_length_live_through_the_same_moods() -> None:
    often, seldom = moods(chase=0.0), moods(chase=0.0)
    for now in range(0, 5 * HOUR + 1, 60):
        often.advance(now, START)
    seldom.advance(5 * HOUR + 59, START)
    assert often.hour == seldom.hour == 5
    assert often.at(2).tolist() == seldom.at(2).tolist()


def test_nobody_is_surer_than_the_crowd_can_be_and_copies_go_on_alike() -> None:
    wild = moods(spread=3.0, own=3.0)
    twin = copy.deepcopy(wild)
    for world in (wild, twin):
        world.advance(200 * HOUR, START)
    assert wild.at(1).tolist() == twin.at(1).tolist()
    wild.common = 100.0
    assert wild.at(0).tolist() == [MOST, MOST]
    wild._check()
    wild.common = math.nan
    with pytest.raises(AssertionError, match="moods or returns are"):
        wild._check()


@pytest.mark.parametrize(("reach", "hedged", "odds"), [(1.0, 0.5, -MOST), (0.5, 1.0, MOST)])
def test_a_public_on_one_side_stays_there(reach: float, hedged: float, odds: float) -> None:
    one = DEFAULT_EXCHANGES[0].model_copy(update={"out_of_reach": reach, "hedged": hedged})
    spec = AppetiteSpec(spread=0.0, own=0.0, chase=0.0)
    assert Appetite(spec, [one], CALM, START, Streams(1)).at(0).tolist() == [odds, odds]
