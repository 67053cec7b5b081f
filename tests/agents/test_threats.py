"""Chances of threats against their closed forms; what they are worth, and what fear remains."""

from __future__ import annotations

import math

import pytest

from tidegate.agents.haven_weights import base_weights, betas, weights
from tidegate.agents.threats import DAY, ThreatPath, survival
from tidegate.scenario.commodities import HedgersSpec
from tidegate.scenario.commodity_levers import TradeLevers
from tidegate.scenario.levers import Announcement
from tidegate.scenario.trade_news import TradeNewsSpec

SPEC = TradeNewsSpec()
CALM = TradeLevers()


def threat(announced: float = 10.0, due: float = 32.0, size: float = 1.0) -> Announcement:
    return Announcement(
        name="tariff",
        announced=round(announced * DAY),
        effective=round(due * DAY),
        probability=0.0,
        levers=(("trade.enacted", round(due * DAY)), ("trade.size", size)),
    )


@pytest.fixture
def path() -> ThreatPath:
    return ThreatPath(SPEC).seeing([threat()], CALM)


def test_a_chance_is_the_hazard_of_retreat_survived() -> None:
    assert survival(SPEC, 21.0 * DAY) == pytest.approx(0.9 * math.exp(-0.63))
    assert survival(SPEC, 0.0) == survival(SPEC, -5.0) == 0.9


def test_what_is_expected_is_a_martingale(path: ThreatPath) -> None:
    """A day later it has either been taken back, and is 0, or is likelier than before."""
    for day in (10.0, 20.0, 31.0):
        now, then = path.expected(round(day * DAY)), path.expected(round((day + 1) * DAY))
        assert then > now
        assert now == pytest.approx(math.exp(-SPEC.retreat) * then, rel=1e-12)
    assert path.expected(32 * DAY) == pytest.approx(0.9)


def test_the_moves_of_10_october_come_back_at_that_days_close(path: ThreatPath) -> None:
    close = 11 * DAY  # 21 days before it is due
    assert path.value(close) == pytest.approx(SPEC.coins, rel=1e-12)
    assert path.moved(SPEC.shares, close) == pytest.approx(SPEC.shares, rel=1e-12)


def test_threat_and_enactment_add_up_to_one_response(path: ThreatPath) -> None:
    due = 32 * DAY
    done = path.seeing([], TradeLevers(enacted=due, size=1.0))
    alone = ThreatPath(SPEC).seeing([], TradeLevers(enacted=due, size=1.0))
    assert done.value(due) == alone.value(due) == pytest.approx(SPEC.coins / path.anchor)
    assert abs(path.value(due)) < abs(done.value(due))
    dropped = path.seeing([], CALM)
    assert dropped.value(due) == 0.0


def test_a_softer_tone_takes_its_share_of_what_is_there_and_of_nothing_later(
    path: ThreatPath,
) -> None:
    soft = path.seeing([threat()], TradeLevers(softened=12 * DAY, strength=0.55))
    at = 13 * DAY
    assert soft.expected(at) == pytest.approx(0.45 * path.expected(at))
    later = soft.seeing(
        [threat(announced=20.0, due=40.0)], TradeLevers(softened=12 * DAY, strength=0.55)
    )
    assert later.expected(30 * DAY) == pytest.approx(survival(SPEC, 10.0 * DAY))
    in_force = ThreatPath(SPEC).seeing(
        [], TradeLevers(enacted=DAY, size=2.0, softened=12 * DAY, strength=0.25)
    )
    assert in_force.expected(at) == pytest.approx(1.5)


def test_doubt_costs_only_where_it_is_priced(path: ThreatPath) -> None:
    dear = ThreatPath(TradeNewsSpec(premium=0.05)).seeing([threat()], CALM)
    at = 11 * DAY
    chance = survival(SPEC, 21.0 * DAY)
    assert dear.value(at) == pytest.approx(path.value(at) - 0.05 * 4 * chance * (1 - chance))
    done = dear.seeing([], TradeLevers(enacted=32 * DAY, size=1.0))
    assert done.doubt(33 * DAY) == 0.0


def test_fear_outlives_a_threat_and_fades(path: ThreatPath) -> None:
    over = path.seeing([], CALM)
    days = [over.fear(round(day * DAY)) for day in (10.0, 375.0, 3_660.0)]
    assert over.expected(40 * DAY) == 0.0
    assert days[0] == pytest.approx(SPEC.outlook * path.anchor)
    assert days[1] == pytest.approx(days[0] / 2)  # the posterior mean of a Poisson rate
    assert days[2] < days[1] / 5
    assert over.seeing([], CALM).scares == over.scares  # counted once
    forgetful = ThreatPath(TradeNewsSpec(outlook=0.0)).seeing([threat()], CALM).seeing([], CALM)
    assert forgetful.fear(11 * DAY) == 0.0


def test_stockpiling_scares_only_if_it_is_assumed_to() -> None:
    assert ThreatPath(SPEC).seeing([], CALM, (5 * DAY, 2.0)).fear(6 * DAY) == 0.0
    wary = ThreatPath(TradeNewsSpec(stockpile_scare=0.5))
    told = wary.seeing([], CALM, (5 * DAY, 2.0))
    assert told.seeing([], CALM, (5 * DAY, 2.0)).scares == ((5 * DAY, 1.0),)
    assert told.fear(5 * DAY) == pytest.approx(SPEC.outlook * told.anchor)


def test_weights_follow_beliefs_about_bad_times() -> None:
    spec = HedgersSpec()
    calm, scared = weights(spec, 0.0), weights(spec, 0.6)
    assert calm == pytest.approx(base_weights(spec))
    assert sum(scared) == pytest.approx(1.0)
    assert scared.shares < calm.shares
    assert scared.gold / calm.gold == pytest.approx(scared.dollars / calm.dollars)
    # A common factor cancels: relative to dollars each falls by its own beta.
    for asset, beta in betas(spec)._asdict().items():
        relative = getattr(scared, asset) / getattr(calm, asset)
        against = scared.dollars / calm.dollars
        assert math.log(relative / against) == pytest.approx(-0.2 * beta * 0.6)


@pytest.mark.parametrize(("gold_camp", "beta"), [(0.0, 1.24), (0.5, 0.62), (1.0, 0.0)])
def test_two_camps_believe_of_coins_what_their_mean_is(gold_camp: float, beta: float) -> None:
    assert betas(HedgersSpec(digital_gold=gold_camp)).coins == pytest.approx(beta)
