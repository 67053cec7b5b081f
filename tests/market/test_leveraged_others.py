"""Lenders and a predator in a leveraged market: they are there if asked for, and add up."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tidegate.agents.lender import Lender
from tidegate.agents.predator import Predator
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.outage import Outage, Recovery
from tidegate.policies.rate_decision import RateDecision
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.leveraged import LeveragedCrowdSpec, LeveragedScenario
from tidegate.scenario.loan_rates import LoanRatesSpec
from tidegate.scenario.predator import PredatorSpec
from tidegate.scenario.spot_buyers import SpotBuyerSpec

CROWD = LeveragedCrowdSpec(accounts=1_000)


def test_there_are_none_unless_they_are_asked_for() -> None:
    market = LeveragedMarket(LeveragedScenario(crowd=CROWD))
    assert market.others == []
    market.step()
    assert market.frames()["credit"].is_empty()
    assert market.frames()["hunts"].is_empty()
    assert market.frames()["buyers"].is_empty()


def test_a_crash_with_both_adds_up_and_forks() -> None:
    spec = LeveragedScenario(crowd=CROWD, lending=LendingSpec(), predator=PredatorSpec())
    start = 120 / 86_400
    shock = TradeShock(size=-0.2, ramp_minutes=2, announcement_day=start, effective_day=start)
    market = LeveragedMarket(spec, rng=3, policies=[shock])
    market.run_until(8)
    twin = market.fork()
    for world in (market, twin):
        world.run_until(12)
        world._check()
    assert market.digest() == twin.digest()
    lender, predator = market.others
    assert isinstance(lender, Lender)
    assert isinstance(predator, Predator)
    assert sum(lender.liquidated) > 0
    frames = market.frames()
    credit = frames["credit"].filter(seconds=market.now)
    assert credit["lender"].to_list() == [kind.name for kind in lender.kinds]
    for column in ("stock", "liquidated", "sold", "bad_debt"):
        told = [round(value * 1e6) for value in credit[column]]
        assert told == pytest.approx(getattr(lender, column), abs=8)
    assert credit["sold"].sum() > credit["liquidated"].sum()  # the liquidators' bonus
    assert frames["hunts"]["profit"][-1] == pytest.approx(predator.profit / 1e6, abs=1e-6)
    assert frames["hunts"].height == market.tick


def test_lenders_sell_elsewhere_while_an_exchange_pays_nothing_out() -> None:
    start, back = 120 / 86_400, 360 / 86_400
    policies = [
        TradeShock(size=-0.25, ramp_minutes=1, announcement_day=start, effective_day=start),
        Outage(announcement_day=start, effective_day=start),
        Recovery(announcement_day=back, effective_day=back),
    ]
    spec = LeveragedScenario(crowd=CROWD, lending=LendingSpec())
    market = LeveragedMarket(spec, rng=3, policies=policies)
    market.run_until(5)
    lender = market.others[0]
    assert isinstance(lender, Lender)
    assert sum(lender.liquidated) > 0
    market.run_until(8)
    market._check()


def test_a_predator_needs_an_exchange_that_exists() -> None:
    with pytest.raises(ValidationError, match=r"predator.exchange is 'nowhere'; it must be one of"):
        LeveragedScenario(predator=PredatorSpec(exchange="nowhere"))


def test_buyers_keep_their_coins_and_add_up_in_a_fork() -> None:
    start = 120 / 86_400
    steady = SpotBuyerSpec(name="steady", coin="ETH", size=20e6, hours=0.2)
    last = SpotBuyerSpec(name="last", size=500e6, hours=0.1, fall=0.03, begin_hours=0.03)
    spec = LeveragedScenario(crowd=CROWD, buyers=(steady, last))
    shock = TradeShock(size=-0.1, ramp_minutes=2, announcement_day=start, effective_day=start)
    market = LeveragedMarket(spec, rng=3, policies=[shock])
    market.run_until(4)
    twin = market.fork()
    for world in (market, twin):
        world.run_until(12)
        world._check()
    assert market.digest() == twin.digest()
    rows = market.frames()["buyers"].filter(seconds=market.now)
    assert rows["buyer"].to_list() == ["steady", "last"]
    assert rows["coin"].to_list() == ["ETH", "BTC"]
    assert rows["spent"][0] == pytest.approx(20e6, rel=0.001)
    assert 120 < rows["began"][1] < market.now
    assert 0 < rows["spent"][1] <= 500e6
    paid = (rows["spent"] / rows["bought"]).to_list()
    assert 4_371 * 0.7 < paid[0] < 4_371 * 1.01
    assert 121_714 * 0.8 < paid[1] < 121_714 * 0.98  # never above the price that made it begin


def test_buyers_that_cannot_be_are_refused() -> None:
    one = SpotBuyerSpec(name="one", size=1e6, hours=1.0)
    with pytest.raises(ValidationError, match="buyers must be named differently"):
        LeveragedScenario(buyers=(one, one))
    with pytest.raises(ValidationError, match="coin of buyer 'one' is 'DOGE'; it must be one of"):
        LeveragedScenario(buyers=(one.model_copy(update={"coin": "DOGE"}),))


def test_a_cut_reaches_borrowers_who_answer_and_is_refused_without_them() -> None:
    cut = RateDecision(cut_bp=100, effective_day=120 / 86_400)
    for lending in (None, LendingSpec()):
        market = LeveragedMarket(LeveragedScenario(crowd=CROWD, lending=lending), rng=3)
        with pytest.raises(ValueError, match=r"lending\.rates must be given"):
            market.apply([cut])
    spec = LeveragedScenario(crowd=CROWD, lending=LendingSpec(rates=LoanRatesSpec()))
    market = LeveragedMarket(spec, rng=3, policies=[cut])
    lender = market.lender
    assert lender is not None
    before = lender.loans.wanted.copy()
    market.run_until(2)
    assert (lender.loans.wanted == before).all()
    market.run_until(3)
    assert (lender.loans.wanted >= before).all()
    assert (lender.loans.wanted > before).mean() > 0.9
