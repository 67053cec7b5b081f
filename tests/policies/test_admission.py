"""What a market takes up and what it refuses, before anything runs."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from tidegate.leveraged_model import LeveragedMarket
from tidegate.model import Market
from tidegate.policies import LeverPolicy, PensionAccess
from tidegate.policies.equity_injection import EquityInjection
from tidegate.policies.leverage_cap import LeverageCap
from tidegate.policies.liquidation_freeze import LiquidationFreeze
from tidegate.policies.outage import Outage, Recovery
from tidegate.policies.quoting_obligation import QuotingObligation
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario.levers import Levers
from tidegate.scenario.rule_dial import RuleDial
from tidegate.setups.crash import LeveragedParameters


@pytest.fixture(scope="module")
def leveraged() -> LeveragedMarket:
    return LeveragedMarket(LeveragedParameters(accounts=2_000).scenario(), rng=1)


@pytest.fixture(scope="module")
def spot() -> Market:
    return Market(rng=1)


def test_every_lever_is_heeded_by_some_market() -> None:
    groups = {name.partition(".")[0] for name in Levers.names()}
    assert groups == {*Market.heeded, *LeveragedMarket.heeded}


@pytest.mark.parametrize(
    "policy",
    [
        Outage(),
        Recovery(),
        LiquidationFreeze(),
        LeverageCap(),
        QuotingObligation(),
        EquityInjection(),
    ],
)
def test_a_spot_market_refuses_policies_of_leverage(spot: Market, policy: Any) -> None:
    words = rf"policy '{policy.name}' \({type(policy).__name__}\): Market does not heed .*pension"
    with pytest.raises(ValueError, match=words):
        spot.apply([policy])
    assert spot.agenda.policies == ()


def test_a_spot_market_refuses_news_with_a_burst_which_it_would_not_heed(spot: Market) -> None:
    with pytest.raises(ValueError, match=r"policy 'trade_shock': burst is 2, .* needs leverage"):
        spot.apply([TradeShock(burst=2.0)])
    assert spot.agenda.policies == ()


def test_a_leveraged_market_refuses_policies_of_pensions(leveraged: LeveragedMarket) -> None:
    mixed = LeverPolicy(name="both", levers={"shock.started": 60, "pension.frozen": True})
    for policy in (PensionAccess(), mixed):
        with pytest.raises(ValueError, match=rf"'{policy.name}' .*LeveragedMarket does not heed"):
            leveraged.apply([TradeShock(), policy])
    assert leveraged.agenda.policies == ()


@pytest.mark.parametrize("given", [Outage(), "outage", {"outage": 1}, 3, None, [3]])
def test_what_is_no_sequence_of_policies_is_told_so(leveraged: LeveragedMarket, given: Any) -> None:
    with pytest.raises(TypeError, match="policies must be a sequence of Policy, got"):
        leveraged.apply(given)


def test_news_that_leaves_no_room_for_prices_is_refused(leveraged: LeveragedMarket) -> None:
    world = leveraged.fork()
    words = r"policy 'boom': shock sizes above 0 add up to 1.5; at most 0.866 .* beta, 1.6"
    with pytest.raises(ValueError, match=words):
        world.apply([TradeShock(name="boom", size=1.5)])
    world.apply([TradeShock(name="fall", size=-2.0, effective_day=1), TradeShock(size=0.8)])
    with pytest.raises(ValueError, match=r"policy 'more': shock sizes above 0 add up to 0.9"):
        world.apply([TradeShock(name="more", size=0.1)])
    world.run_until(30)
    world._check()


@pytest.mark.parametrize("tick", [math.nan, "9", 2.0, True, None])
def test_a_tick_is_a_whole_number(spot: Market, leveraged: LeveragedMarket, tick: Any) -> None:
    for world in (spot, leveraged):
        with pytest.raises(TypeError, match=r"tick must be an integer >= 0, got"):
            world.run_until(tick)
        with pytest.raises(ValueError, match=r"tick is -1; the run has passed it, it is at 0"):
            world.run_until(-1)


@pytest.mark.parametrize("days", [math.nan, math.inf, -1.0])
def test_days_are_finite(spot: Market, days: float) -> None:
    with pytest.raises(ValueError, match=r"it must be finite and >= 0"):
        spot.run_days(days)
    with pytest.raises(TypeError, match=r"days must be a number, got '1'"):
        spot.run_days("1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "field", "value", "rule"),
    [
        (Outage, "users", "yes", "valid boolean"),
        (Outage, "engine", 1, "valid boolean"),
        (LeverageCap, "cap", True, "valid integer"),
        (RuleDial, "leverage_cap", True, "valid integer"),
    ],
)
def test_yes_is_no_bool_and_true_no_number(kind: Any, field: str, value: Any, rule: str) -> None:
    with pytest.raises(ValidationError, match=rf"(?s)\n{field}\n.*{rule}"):
        kind(**{field: value})


@pytest.mark.parametrize(
    ("lever", "value"),
    [
        ("outage.users", "yes"),
        ("leverage.cap", True),
        ("leverage.frozen", 1),
        ("pension.frozen", 1),
    ],
)
def test_levers_are_as_strict(lever: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"lever {lever}: Input should be a valid"):
        Levers().updated({lever: value})
