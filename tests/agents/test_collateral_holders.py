"""Who has coins as collateral: how exposed they are, and that nobody is due when they move in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.collateral_holders import exposures
from tidegate.leveraged_model import LeveragedMarket
from tidegate.scenario.collateral_coins import CollateralSpec
from tidegate.scenario.leveraged import LeveragedCrowdSpec, LeveragedScenario
from tidegate.scenario.rule_dial import RuleDial

EDGES, SHARES = (1.0, 3.0, 7.0, 12.0), (0.36, 0.48, 0.16)


@given(n=st.integers(1, 3_000), most=st.floats(1.0, 20.0))
def test_exposures_lie_within_the_classes_and_what_is_allowed(n: int, most: float) -> None:
    found = exposures(n, EDGES, SHARES, most)
    assert len(found) == n
    assert (np.diff(found) <= 0).all()
    assert found.min() >= 1.0
    assert found.max() <= min(12.0, most)


def test_classes_have_their_share_of_positions() -> None:
    found = exposures(10_000, EDGES, SHARES, 100.0)
    for low, high, share in zip(EDGES, EDGES[1:], SHARES, strict=False):
        assert np.mean((found >= low) & (found < high)) == pytest.approx(share, abs=1e-3)
    # Within a class they are uniform in one over exposure.
    inner = found[(found >= 3.0) & (found < 7.0)]
    assert np.mean(1.0 / inner) == pytest.approx((1 / 3 + 1 / 7) / 2, rel=1e-3)


@pytest.mark.parametrize("cap", [125, 10, 2])
def test_nobody_is_due_when_they_move_in(cap: int) -> None:
    spec = LeveragedScenario(
        crowd=LeveragedCrowdSpec(accounts=1_000),
        collateral=CollateralSpec(accounts=40),
        dial=RuleDial(leverage_cap=cap),
    )
    market = LeveragedMarket(spec, rng=1)
    market.step()
    assert market.collateral is not None
    margin = market.exchanges[0].margin
    for at, found in market.collateral.holders.items():
        row = market.collateral.listed[at]
        coin = spec.collateral.coins[row.coin]  # type: ignore[union-attr]
        margin = market.exchanges[row.venue].margin
        worth = found.coins * (market.collateral.redemption[row.coin] / 1e12)
        assert worth.sum() == pytest.approx(
            next(
                r.holdings for r in coin.listings if r.exchange == market.exchanges[row.venue].name
            ),
            rel=0.02,
        )
        for account in found.account.tolist():
            assert margin.equity(account) > margin.maintenance(account) > 0
            assert margin.available(account) >= -0.02 * margin.equity(account)
            assert margin.balance(account, 0) == 0
    assert market.frames()["seizures"].height == 0


def test_as_many_are_short_in_cash_as_are_long_on_coins() -> None:
    spec = LeveragedScenario(
        crowd=LeveragedCrowdSpec(accounts=1_000), collateral=CollateralSpec(accounts=8)
    )
    market = LeveragedMarket(spec, rng=1)
    assert market.collateral is not None
    market.audit()
    for exchange in market.exchanges:
        assert set(exchange.margin.audit()["sizes"].values()) == {0}
    holders = market.frames()["holders"]
    assert holders.height == 4 * 8
    assert set(holders["exchange"]) == {"binance", "bybit"}
    assert (holders["accounts"] >= 1).all()
