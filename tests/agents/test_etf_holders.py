"""Flows that chase returns, and holders who trade at a premium."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.agents.etf_worlds import EtfWorld, quiet
from tidegate.agents.carry_trade import CarryTrade, wanted_share
from tidegate.agents.etf_holders import FlowRule
from tidegate.scenario.carry_trade import CarryTradeSpec
from tidegate.scenario.etf import EtfSpec, FlowSpec, ShareHolderSpec


def spec(**flow: Any) -> EtfSpec:
    still = {"drift": 0.0, "persistence": 0.0, "chase": 0.0, "noise": 0.0}
    return EtfSpec(holders=ShareHolderSpec(flow=FlowSpec(**{**still, **flow})))


def wanted(place: EtfWorld) -> list[float]:
    return place.etf.holders.table.frame()["wanted"].to_list()


def test_a_rule_by_hand() -> None:
    rule = FlowRule(FlowSpec(drift=1.0, persistence=0.5, chase=10.0, noise=2.0))
    assert rule.flow == 2.0  # its mean
    assert rule.next(0.1, 0.0) == 1.0 + 1.0 + 1.0
    assert rule.next(0.0, 1.0) == 1.0 + 1.5 + 2.0
    assert rule.next(0.0, 0.0) == 1.0 + 2.25


def test_the_rule_reproduces_the_flows_it_was_fitted_to() -> None:
    # Moments of the 431 published daily flows, 1e-4 of capitalisation: mean 0.85, standard
    # deviation 2.07, autocorrelation 0.55, 0.24, 0.14; returns have a deviation of 0.031.
    rng = np.random.default_rng(5)
    rule = FlowRule(FlowSpec())
    flows = [rule.next(0.031 * a, b) * 1e4 for a, b in rng.standard_normal((20_000, 2))]
    series = np.array(flows) - np.mean(flows)
    acf = [np.mean(series[k:] * series[:-k]) / np.mean(series**2) for k in (1, 2, 3)]
    assert np.mean(flows) == pytest.approx(0.85, abs=0.12)
    assert np.std(flows) == pytest.approx(2.07, abs=0.15)
    assert acf == pytest.approx([0.55, 0.24, 0.14], abs=0.11)


def test_a_return_draws_a_flow_at_the_next_opening() -> None:
    jump = 86_400 + 22 * 3600  # Tuesday, after the close: up by a tenth
    place = EtfWorld(spec(chase=20e-4), price=lambda s: 100_000.0 if s < jump else 110_000.0)
    place.run(5)
    cap = 19.94e6 * 110_000.0
    expected = 20e-4 * math.log(1.1) * cap
    assert wanted(place) == pytest.approx([0, 0, expected, 0, 0], abs=1)
    flow = place.etf.issuer.table.frame()["flow"].to_list()
    assert flow[2] == pytest.approx(expected, rel=0.15)  # the rest comes from patient holders


@pytest.mark.parametrize("step", [3_600, 14_400, 43_200, 86_400])
def test_flows_are_the_same_at_any_step(step: int) -> None:
    place = EtfWorld(EtfSpec(), step=step)
    place.run(10)
    holders = place.etf.holders.table.frame()
    reference = EtfWorld(EtfSpec(), step=1_800)
    reference.run(10)
    expected = reference.etf.holders.table.frame()
    assert holders["date"].to_list() == expected["date"].to_list()
    assert holders["wanted"].to_list() == expected["wanted"].to_list()
    done, fully = holders["done"].to_numpy(), expected["done"].to_numpy()
    assert done == pytest.approx(fully, rel=2e-3, abs=1e5)
    net = place.etf.issuer.table.frame()["flow"].sum()
    assert net == pytest.approx(reference.etf.issuer.table.frame()["flow"].sum(), rel=0.05)


def test_money_comes_from_the_world_and_goes_back() -> None:
    place = EtfWorld(spec(drift=1e-4))
    place.run(1)
    listed, holders = place.etf.listed, place.etf.holders
    assert listed.cash_held(holders.desk.account) == 0
    frame = holders.table.frame()
    assert frame["done"][0] == pytest.approx(frame["wanted"][0], rel=2e-3)


def test_holders_cannot_sell_what_they_do_not_have() -> None:
    place = EtfWorld(spec(drift=-0.5))
    place.run(2)
    assert place.etf.listed.shares(place.etf.holders.desk.account) >= 0
    frame = place.etf.holders.table.frame()
    assert frame["done"][0] > frame["wanted"][0]  # 997 bn were not to be had


def test_a_hack_elsewhere_drives_holders_out_for_a_while() -> None:
    flow = {"hack_outflow": 0.027, "hack_sessions": 7.0}
    place = EtfWorld(spec(**flow))
    place.run(2)
    place.board.set(hacked=int(1.9 * 86_400))
    place.run(18)
    outflows = wanted(place)
    worth = place.etf.issuer.value * 2_614_000_000
    assert sum(outflows) == pytest.approx(-0.027 * worth, rel=0.2)
    assert outflows[:2] == [0, 0]
    assert outflows[-1] == 0


def test_patient_holders_are_content_at_the_start() -> None:
    place = EtfWorld(quiet())
    holders = place.etf.holders
    assert holders.fair_premium == 0.0
    listed = place.etf.listed
    sold = int(0.02 * 0.2 * holders.outstanding)  # 2 % of premium
    listed.transfer(listed.asset, holders.patient_account, holders.desk.account, sold)
    assert holders.fair_premium == pytest.approx(0.02, rel=1e-6)


# ---- fear of robberies elsewhere, and basis trades -----------------------------------------------


def test_basis_trades_follow_the_basis_as_a_line_between_two_ends() -> None:
    terms = CarryTradeSpec(share=0.1, usual=0.06, hurdle=0.04, most=2.0)
    at = {basis: wanted_share(terms, basis) for basis in (0.03, 0.04, 0.05, 0.06, 0.08, 0.2)}
    assert list(at.values()) == pytest.approx([0.0, 0.0, 0.05, 0.1, 0.2, 0.2])
    with pytest.raises(ValidationError, match=r"hurdle 0\.07 must be below usual 0\.0664"):
        CarryTradeSpec(hurdle=0.07)


def test_basis_trades_are_unwound_as_the_coin_falls() -> None:
    """A fall of a tenth takes 3.2 points off a basis of 6.64 %, which is below what cash pays."""
    carry = CarryTrade(CarryTradeSpec(speed=1.0), outstanding=1_000_000)
    assert carry.decide(0, 100.0, 0.0) == 0
    assert carry.decide(1, 90.0, 0.0) == -80_000
    assert carry.basis == pytest.approx(0.0664 + 0.302 * np.log(0.9))
    assert carry.shares == 0
    assert carry.decide(40, 90.0, 0.0) == 80_000  # thirty days on the fall is forgotten
    assert carry.decide(41, 90.0, -0.01155) == -40_000  # halfway to the hurdle


def test_what_fear_and_basis_trades_want_is_told_apart() -> None:
    place = EtfWorld(spec(hack_outflow=0.0))
    holders = place.etf.holders
    holders.scared = lambda: 0.01
    holders.carry = CarryTrade(CarryTradeSpec(), holders.outstanding)
    place.board.set(basis_shift=-0.05)
    place.run(3)
    table = holders.table.frame()
    whole = place.etf.issuer.value * holders.outstanding
    assert table["feared"][0] == pytest.approx(-0.01 * whole, rel=0.02)
    # The basis is below the hurdle: a fifth of what they hold goes in the first session.
    assert table["carried"][0] == pytest.approx(-0.2 * 0.08 * whole, rel=0.02)
    assert table["wanted"][0] == pytest.approx(table["feared"][0] + table["carried"][0], rel=0.05)
