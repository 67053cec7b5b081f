"""Algebra of reserves against hand arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.analysis.reserves import (
    ReserveRisk,
    best_shares,
    custody_loss,
    expected_tail_losses,
    freeze_loss,
    optimal_share,
    rate_beta,
    rate_exposure,
    reserve_volatility,
    revaluation_gain,
)

shares = st.floats(0.0, 1.0)


def test_the_gain_of_revalued_us_gold_is_about_752_bn() -> None:
    """8,133 t of 32,150.7466 oz each, from 42.22 to 2,920 USD."""
    assert revaluation_gain(8_133.0, 2_920.0, 42.22) == pytest.approx(752.49e9, rel=1e-4)
    assert revaluation_gain(1.0, 3.0, 3.0) == 0.0


def test_coins_are_out_of_reach_and_etfs_are_not() -> None:
    assert freeze_loss(0.0, 0.5) == 0.5
    assert freeze_loss(0.2, 0.5) == pytest.approx(0.4)
    assert freeze_loss(0.0, 0.5, etf=0.2) == 0.5


@given(coins=shares, more=shares, frozen=shares)
def test_more_coins_never_lose_more_in_a_freeze(coins: float, more: float, frozen: float) -> None:
    assert freeze_loss(min(1.0, coins + more), frozen) <= freeze_loss(coins, frozen)


def test_mixing_two_coins_gains_little_by_hand() -> None:
    """60 % and 80 % at correlation 0.81, half each: sqrt(.09 + .16 + 2 x .81 x .12) = 66.7 %."""
    mixed = reserve_volatility((0.5, 0.5), (0.6, 0.8), ((1.0, 0.81), (0.81, 1.0)))
    assert mixed == pytest.approx(0.66663, abs=1e-5)
    # The best mix of BTC at 60 % and ETH at 80 %: w_ETH = (.36 - .3888) / (.36 + .64 - .7776) < 0,
    # so that no positive share of ETH at all lowers the variance.
    assert mixed > 0.6
    alike = reserve_volatility((0.5, 0.5), (0.6, 0.6), ((1.0, 0.81), (0.81, 1.0)))
    assert alike == pytest.approx(0.6 * 0.905**0.5)


def test_everyday_variance_by_hand() -> None:
    risk = ReserveRisk(crypto=0.5, rest=0.05, correlation=0.2)
    # .01 x .25 + 2 x .1 x .9 x .005 + .81 x .0025
    assert risk.variance(0.1) == pytest.approx(0.0025 + 0.0009 + 0.002025)


def test_the_best_share_by_hand_and_by_search() -> None:
    risk = ReserveRisk(crypto=0.6, rest=0.06, correlation=0.1, freeze_rate=0.02, frozen=0.5)
    # (.0036 - .0036 + .01 / 3) / (.36 + .0036 - .0072) = 0.93528 %
    best = optimal_share(risk)
    assert best == pytest.approx(0.0093528, abs=1e-7)
    grid = [n / 10_000 for n in range(2_001)]
    assert max(grid, key=risk.utility) == pytest.approx(best, abs=1e-4)


@given(
    crypto=st.floats(0.2, 1.5),
    rest=st.floats(0.01, 0.15),
    correlation=st.floats(-0.5, 0.5),
    freeze=st.floats(0.0, 1.0),
    more=st.floats(0.0, 1.0),
)
def test_a_likelier_freeze_never_asks_for_fewer_coins(
    crypto: float, rest: float, correlation: float, freeze: float, more: float
) -> None:
    low = ReserveRisk(crypto, rest, correlation, freeze_rate=freeze)
    high = ReserveRisk(crypto, rest, correlation, freeze_rate=freeze + more)
    assert 0.0 <= optimal_share(low) <= optimal_share(high) <= 1.0
    best = optimal_share(low)
    assert low.utility(best) >= max(low.utility(0.0), low.utility(1.0)) - 1e-12


def test_crypto_raises_the_exposure_to_dollar_rates() -> None:
    """The rival of KZ-H12: -0.25 % a basis point against -0.02 % of two-year bonds."""
    assert rate_beta(0.0) == pytest.approx(-0.0002)
    assert rate_beta(0.1) == pytest.approx(-0.00043)
    assert rate_beta(0.1, crypto=0.0) == pytest.approx(-0.00018)


def test_custody_losses() -> None:
    assert custody_loss(0.01, 0.5) == pytest.approx(0.005)
    assert custody_loss(0.01, 0.5, years=2) == pytest.approx(1 - 0.995**2)
    direct, wrapped = expected_tail_losses(0.4, 0.6, keys=0.005, issuer=0.001, freeze=0.01)
    assert direct == pytest.approx(0.002)
    assert wrapped == pytest.approx(0.0066)


@pytest.mark.parametrize(
    "call",
    [
        lambda: freeze_loss(1.2, 0.5),
        lambda: freeze_loss(0.5, 0.5, etf=0.6),
        lambda: reserve_volatility((1.0,), (0.1, 0.2), ((1.0,),)),
        lambda: optimal_share(ReserveRisk(0.1, 0.1, 1.0)),
        lambda: custody_loss(1.5, 0.1),
        lambda: rate_beta(-0.1),
    ],
)
def test_what_makes_no_sense_is_refused(call: object) -> None:
    with pytest.raises(ValueError, match="must"):
        call()  # type: ignore[operator]


def test_the_best_share_by_how_likely_a_freeze_is() -> None:
    """Against cash: 0.1 x 0.5 / 3 over a variance of 0.25; a chance is 1 at most."""
    risk = ReserveRisk(crypto=0.5, rest=0.0, freeze_rate=0.1, frozen=0.5, aversion=3.0)
    found = best_shares(risk)
    assert found == pytest.approx(
        {"best_share": 1 / 15, "best_half": 1 / 30, "best_double": 2 / 15}
    )
    sure = ReserveRisk(crypto=1.0, rest=0.0, freeze_rate=0.8, frozen=0.3, aversion=3.0)
    assert best_shares(sure)["best_double"] == pytest.approx(0.1)


def test_exposure_is_what_coins_lose_beyond_the_rest_per_point() -> None:
    """A tenth in coins that lose 5 % where the rest loses 1 %, at a quarter of a point."""
    assert rate_exposure(0.1, coins=-0.05, rest=-0.01, bp=25.0) == pytest.approx(0.016)
