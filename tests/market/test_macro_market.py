"""The economy in a market: off unless asked for, exact, forked, and in everybody's valuation."""

from __future__ import annotations

from typing import Any

import pytest
from polars.testing import assert_frame_equal

from tidegate.model import Market
from tidegate.policies.ai_cost_shock import AiCostShock
from tidegate.policies.leader_message import LeaderMessage
from tidegate.policies.recession_call import RecessionCall
from tidegate.scenario import BeliefSpec, HolderSpec, Scenario
from tidegate.scenario.macro import FACTORS, MacroSpec
from tidegate.scenario.with_macro import with_macro

SILENT = MacroSpec(
    factors=tuple(factor.model_copy(update={"volatility": 0.0}) for factor in FACTORS)
)


def market(seed: int = 3, **parts: Any) -> Market:
    spec = Scenario(
        holders=HolderSpec(accounts=500),
        belief=BeliefSpec(warm_up_days=5),
        step_seconds=43_200,
        **parts,
    )
    return Market(spec, rng=seed)


def test_a_scenario_without_it_does_not_speak_of_it() -> None:
    assert "macro" not in Scenario().model_dump()
    assert "macro" not in market().frames()


def test_factors_that_stand_still_change_no_bit() -> None:
    plain, silent = market(), market(macro=SILENT)
    for world in (plain, silent):
        world.run_days(10)
    assert plain.tape.digest == silent.tape.digest


def test_the_public_hears_what_factors_do_to_value() -> None:
    """Hour by hour the same sum at ticks of any length, and news on top of it."""
    world, told = market(macro=MacroSpec()), []
    twin = world.fork()
    twin.apply([AiCostShock(announcement_day=3, effective_day=3)])
    for each in (world, twin):
        each.run_days(3.5)
        told.append(each.frames()["macro"])
    assert_frame_equal(told[0].head(6), told[1].head(6))
    gap = told[1]["value"][-1] - told[0]["value"][-1]
    assert gap == pytest.approx(-0.035 * 1.3, abs=1e-8)
    assert twin.crowd.consensus - world.crowd.consensus == pytest.approx(gap, abs=1e-8)
    assert twin.price < world.price
    for each in (world, twin):
        each.audit()


def test_a_fork_goes_on_as_the_original_would() -> None:
    world = market(macro=MacroSpec())
    world.apply([RecessionCall(announcement_day=2, effective_day=2, months=0.1)])
    world.run_days(5)
    twin = world.fork()
    for either in (world, twin):
        either.run_days(5)
    assert twin.tape.digest == world.tape.digest
    assert_frame_equal(twin.frames()["macro"], world.frames()["macro"])


def test_two_pieces_of_news_in_one_tick_both_move_the_price() -> None:
    words = LeaderMessage(
        announcement_day=2, effective_day=2, btc=-0.1, credibility=1.0, fade_days=None
    )
    shock = AiCostShock(announcement_day=2, effective_day=2, ramp_hours=1.0)
    values = []
    for policies in ((), (words,), (shock,), (words, shock)):
        world = market(macro=SILENT)
        world.apply(policies)
        world.run_days(4)
        values.append(world.frames()["macro"]["value"][-1])
    assert values[3] == pytest.approx(values[1] + values[2], abs=1e-9)
    assert values[1] == pytest.approx(-0.1, abs=1e-9)


def test_a_recession_is_seen_by_output_or_by_a_call() -> None:
    deep, called = market(macro=SILENT), market(macro=SILENT)
    deep.apply([RecessionCall(announcement_day=1, effective_day=1, growth=-3.0, months=0.1)])
    called.apply([RecessionCall(announcement_day=1, effective_day=1, growth=-0.5, months=0.1)])
    for world in (deep, called):
        world.run_days(5)
        seen = world.frames()["macro"]["recession"].to_list()
        assert seen[:3] == [False] * 3
        assert seen[-1]
    assert deep.frames()["macro"]["growth"][-1] < -2.0 < called.frames()["macro"]["growth"][-1]


def test_a_market_within_an_economy_brings_less_noise_of_its_own() -> None:
    spec = with_macro(Scenario())
    assert spec.macro == MacroSpec()
    own = Scenario().belief.annual_volatility
    assert spec.belief.annual_volatility == pytest.approx(0.6 * own, rel=1e-15)
    with pytest.raises(ValueError, match="macro is given already"):
        with_macro(spec)
    with pytest.raises(ValueError, match="ecology is 'switching'"):
        with_macro(Scenario(ecology="switching"))
