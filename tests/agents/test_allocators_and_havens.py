"""Who answers to the economy: wishes by hand, exact money, and draws that are their own."""

from __future__ import annotations

import math
from typing import Any

import pytest
from polars.testing import assert_frame_equal
from pydantic import ValidationError

from tidegate.agents.global_allocators import GlobalAllocators
from tidegate.agents.haven_holders import HavenHolders
from tidegate.agents.reserve_defence import ReserveDefence
from tidegate.agents.theme_wishes import looks_back, wishes
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.dollar_turn import DollarTurn
from tidegate.policies.recession_call import RecessionCall
from tidegate.policies.theme_opening import ThemeOpening
from tidegate.scenario import BeliefSpec, HolderSpec, Scenario
from tidegate.scenario.allocators import AllocatorSpec, HavenSpec
from tidegate.scenario.macro import FACTORS, MacroSpec
from tidegate.scenario.macro_levers import RiskyTheme
from tidegate.scenario.reserve_defence import BANKS, ForeignBankSpec, ReserveDefenceSpec
from tidegate.streams import Streams

SILENT = MacroSpec(
    factors=tuple(factor.model_copy(update={"volatility": 0.0}) for factor in FACTORS)
)
ALL = {
    "allocators": AllocatorSpec(),
    "haven": HavenSpec(),
    "reserve_defence": ReserveDefenceSpec(),
}
USUAL: dict[RiskyTheme, float] = {"crypto": 0.05, "us_tech": 0.45, "china_tech": 0.10}
EVEN = dict.fromkeys(USUAL, 1.0)
FLAT = dict.fromkeys(USUAL, 0.0)


def market(*policies: Policy, macro: MacroSpec = SILENT, **parts: Any) -> Market:
    spec = Scenario(
        holders=HolderSpec(accounts=500),
        belief=BeliefSpec(warm_up_days=5),
        step_seconds=86_400,
        macro=macro,
        **parts,
    )
    return Market(spec, rng=3, policies=policies)


def agent(world: Market, kind: type[Any]) -> Any:
    return next(each for each in world.institutions.agents if isinstance(each, kind))


# -- wishes, by hand -------------------------------------------------------------------------------


def test_where_nothing_happened_the_usual_shares_are_wished_for() -> None:
    assert wishes(AllocatorSpec(), FLAT, EVEN, fearful=False) == pytest.approx(USUAL, rel=1e-15)


def test_an_opened_theme_draws_from_all_others_in_proportion() -> None:
    """Odds times three: a tenth becomes 0.3 / 1.2, all else is divided by 1.2."""
    found = wishes(AllocatorSpec(), FLAT, {**EVEN, "china_tech": 3.0}, fearful=False)
    assert found["china_tech"] == pytest.approx(0.3 / 1.2, rel=1e-14)
    assert found["crypto"] == pytest.approx(0.05 / 1.2, rel=1e-14)


def test_what_did_well_draws_money_and_fear_takes_it_away() -> None:
    won = wishes(AllocatorSpec(), {**FLAT, "crypto": 0.5}, EVEN, fearful=False)
    pull = 0.05 * math.exp(0.5)
    assert won["crypto"] == pytest.approx(pull / (0.95 + pull), rel=1e-13)
    still = wishes(AllocatorSpec(chase=0.0), {**FLAT, "crypto": 0.5}, EVEN, fearful=False)
    assert still == pytest.approx(USUAL)
    afraid = wishes(AllocatorSpec(), FLAT, EVEN, fearful=True)
    assert sum(afraid.values()) == pytest.approx(0.6 * 0.7 / (0.4 + 0.6 * 0.7), rel=1e-14)


def test_members_look_back_over_times_of_their_own() -> None:
    spec = AllocatorSpec(members=400)
    days = looks_back(spec, Streams(1), "allocators")
    assert (min(days) >= 20, max(days) <= 250) == (True, True)
    assert math.exp(sum(map(math.log, days)) / 400) == pytest.approx(math.sqrt(20 * 250), rel=0.1)
    fewer = looks_back(AllocatorSpec(members=100), Streams(1), "allocators")
    assert days[:100] == fewer


# -- in a market -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened() -> tuple[Market, Market]:
    """Two worlds after four months, one in which China opened on the tenth day."""
    opening = ThemeOpening(announcement_day=10, effective_day=10)
    worlds = market(**ALL), market(opening, **ALL)
    for world in worlds:
        for _ in range(120):
            world.step()
            world.audit()
    return worlds


def test_they_begin_with_coins_that_others_held() -> None:
    world = market(allocators=AllocatorSpec())
    held = agent(world, GlobalAllocators)
    worth = held.lots * 1e-4 * world.spec.asset.price
    assert worth == pytest.approx(0.05 * 1e12, rel=1e-6)
    world.audit()


def test_money_leaves_coins_where_another_theme_opens(opened: tuple[Market, Market]) -> None:
    plain, other = opened
    assert other.frames()["allocators"]["flow"][-1] < plain.frames()["allocators"]["flow"][-1] - 2e9
    assert_frame_equal(plain.frames()["allocators"].head(10), other.frames()["allocators"].head(10))
    assert agent(other, GlobalAllocators).lots < agent(plain, GlobalAllocators).lots
    for world in opened:
        world._check()
        agent(world, GlobalAllocators)._check()


def test_what_they_own_changes_by_prices_alone(opened: tuple[Market, Market]) -> None:
    """Without noise of factors only coins gain or lose; the rest is what went in and out."""
    last = opened[1].frames()["allocators"].row(-1, named=True)
    rest = last["us_tech"] + last["china_tech"] + last["safe"]
    assert rest == pytest.approx(0.95e12 - last["flow"], rel=1e-9)


def test_who_believes_comes_in_a_recession_and_nobody_outside() -> None:
    call = RecessionCall(announcement_day=5, effective_day=5, months=0.2, growth=0.0, fade_days=30)
    worlds = {
        belief: market(call, haven=HavenSpec(credibility=belief, ramp_months=2))
        for belief in (0.0, 0.5)
    }
    for world in worlds.values():
        for _ in range(150):
            world.step()
            world.audit()
        world._check()
        agent(world, HavenHolders)._check()
    assert worlds[0.0].frames()["haven"]["flow"].to_list() == [0.0] * 150
    flow = worlds[0.5].frames()["haven"]["flow"]
    assert flow[20] == 0.0  # January has not ended
    assert flow[30] == pytest.approx(17.5e9)  # half of 7 T, a hundredth, half of it believed
    assert flow.max() == pytest.approx(17.5e9)  # the call is forgotten before February ends
    left = worlds[0.5].frames()["haven"]["value"]
    assert left[-1] == 0.0 < left.max()
    calm = market(haven=HavenSpec())
    calm.run_days(40)
    assert calm.frames()["haven"]["flow"].to_list() == [0.0] * 40


def test_silent_ones_change_nobodys_trades() -> None:
    """Nobody who believes, no defence: bars are those of a market without them, to the bit."""
    plain = market()
    silent = market(
        haven=HavenSpec(credibility=0.0), reserve_defence=ReserveDefenceSpec(defence=0.0)
    )
    for world in (plain, silent):
        world.run_days(40)
    assert (plain.tape.rows == silent.tape.rows).all()


def test_a_fork_goes_on_as_the_original_would() -> None:
    world = market(RecessionCall(announcement_day=5, effective_day=5), macro=MacroSpec(), **ALL)
    world.run_days(40)
    twin = world.fork()
    for either in (world, twin):
        either.run_days(20)
    assert twin.tape.digest == world.tape.digest
    for name, table in world.frames().items():
        assert_frame_equal(twin.frames()[name], table)


# -- reserves --------------------------------------------------------------------------------------


def test_who_defends_a_currency_sells_and_loses_by_hand() -> None:
    """A tenth's rise: 8 % count, half of that is sold; a yield up by 18 bp costs its duration."""
    spec = ReserveDefenceSpec(maturity_years=2.0)
    rise = DollarTurn(announcement_day=5, effective_day=5, change=0.1, days=1)
    world = market(rise, reserve_defence=spec)
    banks = agent(world, ReserveDefence)
    banks.factors._pushed[SILENT.names.index("bill_spread")] = (
        18.0  # before the start: book yield is 0
    )
    world.run_days(40)
    banks._check()
    last = world.frames()["reserve_defence"].tail(len(BANKS))
    dollar = 0.1 + 18.0 * 0.0004
    share = 0.5 * (dollar - 0.02)
    india = last.row(0, named=True)
    assert india["sold"] == pytest.approx(share * 640e9, rel=1e-6)
    above_book = 18.0 * math.exp(-1 / 24)
    assert india["lost"] == pytest.approx(india["sold"] * 2.0 * above_book * 1e-4, rel=1e-6)
    assert india["reserves"] + india["sold"] == pytest.approx(640e9, rel=1e-12)


def test_a_weaker_dollar_sells_nothing() -> None:
    fall = DollarTurn(announcement_day=5, effective_day=5, days=10)
    world = market(fall, reserve_defence=ReserveDefenceSpec())
    world.run_days(40)
    assert world.frames()["reserve_defence"]["sold"].sum() == 0.0


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: AllocatorSpec(us_tech=0.9), "sum to less than 1"),
        (lambda: AllocatorSpec(shortest_days=300.0), "longest_days"),
        (lambda: HavenSpec(credibility=1.5), "credibility"),
        (lambda: ReserveDefenceSpec(banks=(BANKS[0], BANKS[0])), "different names"),
        (lambda: ForeignBankSpec(name="x", reserves_usd=0.0), "reserves_usd"),
        (lambda: Scenario(allocators=AllocatorSpec()), "allocators needs macro"),
    ],
)
def test_what_cannot_be_is_refused(make: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        make()
