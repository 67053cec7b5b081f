"""News of rates in the market: an impulse of value, and S25.1 in traded prices."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest

from tidegate.agents.easing import CentralBank
from tidegate.model import Market
from tidegate.scenario import ECOLOGIES, Ecology
from tidegate.scenario.easing import EasingSpec, Meeting

SMALL: dict[str, Any] = {
    "step_seconds": 14_400,
    "holders.accounts": 500,
    **{f"{part}.warm_up_days": 5 for part in ("belief", "switching", "chiarella")},
}


@pytest.mark.parametrize("ecology", ECOLOGIES)
@pytest.mark.parametrize("jump", [0.0625, -0.2, 1e-6])
def test_an_impulse_moves_the_consensus_by_as_much(ecology: Ecology, jump: float) -> None:
    world = Market(rng=3, **{"ecology": ecology, **SMALL})
    world.run_days(1)
    before, sentiment = world.crowd.consensus, world.crowd.belief.sentiment
    world.crowd.hear(jump)
    assert world.crowd.consensus == pytest.approx(before + jump, abs=1e-14)
    assert world.crowd.belief.consensus == world.crowd.consensus
    assert world.crowd.belief.sentiment == sentiment
    world.run_days(1)
    world.audit()


def test_nothing_heard_changes_no_bit() -> None:
    quiet, plain = Market(rng=5, **SMALL), Market(rng=5, **SMALL)
    quiet.takers.append(bank(quiet, EasingSpec()))
    quiet.run_days(30)
    plain.run_days(30)
    assert quiet.digest() == plain.digest()


def test_a_fork_hears_its_own_bank() -> None:
    world = Market(rng=5, **SMALL)
    meetings = (Meeting(day=dt.date(2026, 1, 7), change_bp=-25.0),)
    world.takers.append(bank(world, EasingSpec(meetings=meetings)))
    world.run_days(2)
    fork = world.fork()
    world.run_days(3)
    assert fork.takers[-1].public is fork.crowd
    fork.run_days(3)
    assert fork.digest() == world.digest()
    assert fork.takers[-1].frame().equals(world.takers[-1].frame())
    world.audit()


def bank(world: Market, spec: EasingSpec) -> CentralBank:
    return CentralBank(
        world,
        spec=spec,
        public=world.crowd,
        path="central_bank",
        venues=(),
        streams=world.streams,
        clock=world.clock,
    )


def response(ecology: Ecology, change: float, expected: float, seeds: range) -> list[float]:
    """Return each seed's log response of the day's closing price to a bp of change."""
    meeting = Meeting(day=dt.date(2026, 1, 7), change_bp=change, expected_bp=expected)
    responses = []
    for seed in seeds:
        logs = []
        for meetings in ((meeting,), ()):
            world = Market(rng=seed, **{"ecology": ecology, **SMALL})
            world.takers.append(bank(world, EasingSpec(meetings=meetings)))
            world.run_days(3)
            logs.append(math.log(world.price))
        responses.append((logs[0] - logs[1]) / change)
    return responses


@pytest.mark.parametrize("ecology", ECOLOGIES)
def test_prices_respond_to_a_surprise(ecology: Ecology) -> None:
    """S25.1: -0.15 to -0.35 % a bp at the day's close, the mean of eight decisions."""
    for change in (-25.0, 25.0):
        mean = math.fsum(response(ecology, change, 0.0, range(8))) / 8
        assert -0.0035 < mean < -0.0015


@pytest.mark.parametrize("ecology", ECOLOGIES)
def test_prices_do_not_respond_to_what_was_expected(ecology: Ecology) -> None:
    """S25.1: less than 0.05 % a bp; here, nothing at all."""
    assert response(ecology, -25.0, -25.0, range(2)) == [0.0, 0.0]
