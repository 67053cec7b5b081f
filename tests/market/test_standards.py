"""Standards, news and failed firms in the spot market: off unless asked for, exact, forked."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from tidegate.model import Market
from tidegate.policies.plan_rules import FirmFailure, PlanOpening, SafeHarbour
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario import BeliefSpec, HolderSpec, Scenario
from tidegate.scenario.defined_benefit import examples
from tidegate.scenario.diffusion import ImitationSpec
from tidegate.scenario.infrastructure import InfrastructureSpec
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.plan_sponsors import SponsorSpec

EAGER = PlanPopulationSpec(sponsors=SponsorSpec(plans=20, imitation=ImitationSpec(innovation=50.0)))
OPEN = (PlanOpening(allocation=0.1, route="headline"), SafeHarbour())


def market(**parts: Any) -> Market:
    policies = parts.pop("policies", ())
    spec = Scenario(
        step_seconds=86_400,
        holders=HolderSpec(accounts=500),
        belief=BeliefSpec(warm_up_days=5),
        **parts,
    )
    return Market(spec, rng=4, policies=policies)


# -- standards ------------------------------------------------------------------------------------


def test_quotes_and_custody_follow_the_share_of_pensions() -> None:
    world = market(plans=EAGER, infrastructure=InfrastructureSpec(), policies=OPEN)
    world.run_days(60)
    world.audit()
    table = world.frames()["standards"]
    assert table["day"].to_list() == list(range(60))
    share = table["share"][-1]
    assert share > 0.01
    gain = 1.0 - exp(-share / 0.05)
    assert table["spread_factor"][-1] == pytest.approx(1.0 - 0.5 * gain, abs=2e-9)
    assert table["loss_rate"][-1] == pytest.approx(0.0007 * (1.0 - 0.8 * gain), abs=2e-9)
    for maker in world.makers:
        assert maker.spread_factor == pytest.approx(table["spread_factor"][-1], abs=1e-9)


def test_what_is_stolen_leaves_custody_at_the_rate_assumed() -> None:
    """Without pensions: 0.07 % a year of what others hold, in whole lots, and audited."""
    world = market(infrastructure=InfrastructureSpec())
    before = world.books.balance("others", 1)
    world.run_days(73)
    world.audit()
    stolen = world.books.balance("thieves", 1)
    assert stolen == before - world.books.balance("others", 1)
    assert stolen == pytest.approx(before * 0.0007 * 73 / 365.2425, rel=2e-4)
    assert world.frames()["standards"]["stolen"][-1] == pytest.approx(
        stolen * world.spec.asset.lot, rel=1e-12
    )


def test_at_strength_0_no_bit_of_the_tape_is_another() -> None:
    parts = {"plans": EAGER, "policies": OPEN}
    plain = market(**parts)
    without = market(infrastructure=InfrastructureSpec(strength=0.0), **parts)
    double = market(infrastructure=InfrastructureSpec(strength=2.0), **parts)
    for world in (plain, without, double):
        world.run_days(60)
    assert without.tape.digest == plain.tape.digest
    assert double.tape.digest != plain.tape.digest


def test_a_fork_sets_the_spreads_of_its_own_makers() -> None:
    world = market(plans=EAGER, infrastructure=InfrastructureSpec(), policies=OPEN)
    world.run_days(20)
    fork = world.fork()
    for either in (world, fork):
        either.run_days(30)
    assert fork.tape.digest == world.tape.digest
    assert_frame_equal(fork.frames()["standards"], world.frames()["standards"])


# -- news -----------------------------------------------------------------------------------------


def test_the_public_hears_the_size_of_news_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    news = (
        TradeShock(name="fall", announcement_day=2, effective_day=2, size=-0.5, ramp_minutes=1),
        TradeShock(name="slow", announcement_day=5, effective_day=5, size=0.2, ramp_minutes=2880),
    )
    world = market(policies=news)
    heard: dict[int, float] = {}
    monkeypatch.setattr(world.crowd, "hear", lambda jump: heard.update({world.clock.tick: jump}))
    world.run_days(9)
    assert heard == {
        2: pytest.approx(-0.5),
        5: pytest.approx(0.1),
        6: pytest.approx(0.1),
    }


def test_the_price_follows_the_news() -> None:
    fall = TradeShock(announcement_day=10, effective_day=10, size=-0.5, ramp_minutes=1440)
    plain, world = market(), market(policies=[fall])
    for either in (plain, world):
        either.run_days(10)
    assert world.tape.digest == plain.tape.digest  # until it breaks nobody knows
    for either in (plain, world):
        either.run_days(20)
    world.audit()
    assert 0.5 < world.price / plain.price < 0.72


# -- failed firms ---------------------------------------------------------------------------------


def test_a_firm_that_fails_costs_its_owner_and_chills_sponsors() -> None:
    failure = FirmFailure(firm="FTX", announcement_day=5, effective_day=5)
    parts = {"plans": EAGER, "defined_benefit": examples()[:1]}
    world = market(policies=[failure], **parts)
    spared = market(policies=[failure.model_copy(update={"firm": "another"})], **parts)
    for either in (world, spared):
        either.run_days(60)
        either.audit()
    lost = world.frames()["defined_benefit"]["lost"][-1]
    assert lost == 95_000_000.0
    assert world.frames()["plans"]["chill"].max() == pytest.approx(0.1, rel=0.05)
    assert spared.frames()["plans"]["chill"].max() == 0.0
