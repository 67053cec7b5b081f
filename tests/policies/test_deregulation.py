"""The dial of rules writes the levers that it says, and who pushes it changes chance and day."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tidegate.model import Market
from tidegate.policies.base import Agenda
from tidegate.policies.deregulation import Deregulation, LobbySpec
from tidegate.scenario import HolderSpec, Scenario
from tidegate.scenario.levers import Levers
from tidegate.streams import Streams

DAY = 86_400


def board(policy: Deregulation) -> Levers:
    """Return the levers once it is in force."""
    return Agenda((policy,), frozenset({policy.name})).levers_at(policy.effective)


@pytest.mark.parametrize(("dial", "friction"), [(0.0, 0.9), (0.5, 0.45), (1.0, 0.0)])
def test_rules_prevent_part_of_all_foundings(dial: float, friction: float) -> None:
    policy = Deregulation(dial=dial)
    assert dict(policy.settings()) == {"companies.friction": pytest.approx(friction)}
    assert board(policy).companies.friction == pytest.approx(friction)


def test_the_friendly_end_is_a_market_without_rules() -> None:
    assert board(Deregulation(strict_floor=1.5)).companies == Levers().companies


def test_each_lever_is_reached_only_where_it_is_set() -> None:
    every = {"strict_floor": 2.0, "funds_from": 0.5, "strict_cap": 2, "friendly_cap": 10}
    assert dict(Deregulation(dial=0.25, **every).settings()) == {
        "companies.friction": pytest.approx(0.675),
        "companies.issue_floor": 1.5,
        "etf.creations": False,
        "leverage.cap": 4,
    }
    at_half = Deregulation(dial=0.5, **every).settings()
    assert at_half["etf.creations"] is True
    cap = Deregulation(strict_friction=None, strict_cap=2).settings()
    assert dict(cap) == {"leverage.cap": 10}


def test_later_rules_replace_earlier_ones() -> None:
    first = Deregulation(name="first", dial=0.0)
    then = Deregulation(name="then", effective_day=9)
    agenda = Agenda((first, then), frozenset({"first", "then"}))
    assert agenda.levers_at(9 * DAY - 1).companies.friction == 0.9
    assert agenda.levers_at(9 * DAY).companies.friction == 0.0


def test_lobbying_multiplies_the_odds_and_saves_a_part_of_the_wait() -> None:
    lobby = LobbySpec(effort=1.0, effort_odds=3.0, haste=0.5)
    pushed = Deregulation(
        announcement_day=10, effective_day=30, success_probability=0.5, lobby=lobby
    )
    assert pushed.chance == pytest.approx(0.75)  # odds of 1 become 3
    assert pushed.effective == 20 * DAY
    both = LobbySpec(effort=1.0, conflict=0.5)
    assert both.chance(0.5) == pytest.approx(6 / 7)  # 3 times 2
    assert (both.chance(0.0), both.chance(1.0)) == (0.0, 1.0)
    inside = LobbySpec(conflict=1.0)
    assert inside.wait(7.0) == 7.0
    alone = pushed.model_copy(update={"lobby": LobbySpec()})
    assert (alone.chance, alone.effective) == (0.5, 30 * DAY)


def test_the_public_knows_the_chance_and_the_day_with_those_who_push() -> None:
    lobby = LobbySpec(effort=1.0)
    rules = Deregulation(effective_day=8, success_probability=0.5, lobby=lobby)
    agenda = Agenda((rules,), frozenset({rules.name}))
    (pending,) = agenda.levers_at(0).pending
    assert (pending.probability, pending.effective) == (0.75, 4 * DAY)
    assert agenda.levers_at(4 * DAY).pending == ()


def test_who_is_pushed_takes_effect_wherever_one_left_alone_does() -> None:
    def passes(seed: int, effort: float) -> bool:
        lobby = LobbySpec(effort=effort)
        rules = Deregulation(success_probability=0.5, lobby=lobby)
        return bool(Agenda.decide((rules,), Streams(seed)).taking_effect)

    seeds = range(2_000)
    alone = [passes(seed, 0.0) for seed in seeds]
    pushed = [passes(seed, 1.0) for seed in seeds]
    assert all(p >= a for a, p in zip(alone, pushed, strict=True))
    for took, chance in ((alone, 0.5), (pushed, 0.75)):
        # Four standard errors.
        error = 4 * (chance * (1 - chance) / len(seeds)) ** 0.5
        assert abs(sum(took) / len(seeds) - chance) < error


def test_a_market_without_leverage_refuses_a_cap() -> None:
    market = Market(Scenario(holders=HolderSpec(accounts=500)), rng=1)
    with pytest.raises(ValueError, match=r"does not heed leverage\.cap"):
        market.apply([Deregulation(strict_cap=2)])
    market.apply([Deregulation()])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"dial": 1.5}, "dial"),
        ({"strict_friction": None}, "at least one must be set"),
        ({"strict_cap": 20}, "friendly_cap is 10; it must be at least strict_cap"),
        ({"lobby": {"effort": 2.0}}, "lobby.effort"),
        ({"lobby": {"haste": -0.1}}, "lobby.haste"),
    ],
)
def test_what_cannot_be_is_refused_by_name(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Deregulation.model_validate(wrong)
