"""Closed forms of a small weight of coins, and the Gini of grouped wealth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.savers import group_means
from tidegate.analysis.inequality import decile_gains, decile_shares, gini, wealth_quantile
from tidegate.analysis.portfolio import (
    CoinMix,
    max_drawdown,
    money_weighted_return,
    timing_gap,
)


def test_half_a_per_cent_of_coins_lowers_volatility_by_half_a_per_cent() -> None:
    """sqrt(0.995^2 0.01 + 0.005^2 0.25) = 0.0995314: PEN-H14's analytic check."""
    mix = CoinMix(0.005)
    assert mix.volatility == pytest.approx(0.09953140, abs=1e-8)
    assert mix.risk_share == pytest.approx(0.00000625 / 0.0099065, rel=1e-6)
    assert CoinMix(0.05).volatility == pytest.approx(math.sqrt(0.95**2 * 0.01 + 0.05**2 * 0.25))


def test_sharpe_by_hand() -> None:
    """Excess 0.4 + ... : (0.995 x 4 % + 0.005 x 10 %) / 9.95314 % = 0.40490."""
    assert CoinMix(0.0).sharpe == pytest.approx(0.4)
    assert CoinMix(0.005).sharpe == pytest.approx(0.0403 / 0.0995314, rel=1e-6)


def test_coins_need_not_promise_more_than_their_correlation_asks_for() -> None:
    """At correlation 0.8: 0.8 x 50 % x 4 % / 10 % = 16 % a year for the ratio to rise."""
    stress = CoinMix(0.0, correlation=0.8)
    assert stress.required_return == pytest.approx(0.16)
    for promised, sign in ((0.15, -1), (0.17, 1)):
        mix = CoinMix(0.001, correlation=0.8, coin_return=promised)
        assert sign * (mix.sharpe - stress.sharpe) > 0.0


def test_least_risk_weight_by_hand() -> None:
    """0.01 / (0.01 + 0.25) without correlation; none where coins bring risk only."""
    assert CoinMix(0.0).least_risk_weight == pytest.approx(1 / 26)
    assert CoinMix(0.0, correlation=0.8).least_risk_weight == 0.0


def test_drawdowns() -> None:
    assert CoinMix(0.005).stress_loss(0.8) == pytest.approx(0.004)
    assert CoinMix(0.1).stress_loss(0.8, 0.3) == pytest.approx(0.35)
    assert CoinMix(0.0).expected_drawdown(1.0) == pytest.approx(0.12533141)
    assert max_drawdown([1.0, 2.0, 1.5, 3.0, 0.6]) == pytest.approx(0.8)
    assert max_drawdown([]) == 0.0


def test_terminal_wealth_is_lognormal() -> None:
    mix = CoinMix(0.0)
    assert mix.wealth(0.5, 10.0) == pytest.approx(math.exp(0.35))
    assert mix.wealth(0.05, 10.0) == pytest.approx(math.exp(0.35 - 1.6448536 * 0.1 * 10**0.5))


@given(st.floats(0.0, 1.0), st.floats(-1.0, 1.0))
def test_a_mix_is_never_riskier_than_its_parts(weight: float, correlation: float) -> None:
    mix = CoinMix(weight, correlation=correlation) if abs(correlation) < 1 else CoinMix(weight)
    assert mix.volatility <= (1 - weight) * 0.1 + weight * 0.5 + 1e-12
    assert CoinMix(mix.least_risk_weight, correlation=mix.correlation).volatility <= (
        mix.volatility + 1e-12
    )


@pytest.mark.parametrize(
    ("field", "value"), [("weight", 1.5), ("coin_volatility", 0.0), ("correlation", 2.0)]
)
def test_impossible_portfolios_are_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        CoinMix(**{"weight": 0.1, field: value})


def test_money_weighted_return_by_hand() -> None:
    """One flow: its own growth; buying half at twice the price halves what is earned."""
    assert money_weighted_return([2.0], [100.0], 144.0) == pytest.approx(math.log(1.44) / 2)
    assert timing_gap([1.0], [100.0], [10.0], 12.0) == pytest.approx(0.0, abs=1e-9)
    assert timing_gap([1.0, 0.5], [100.0, 100.0], [10.0, 20.0], 20.0) > 0.0
    assert timing_gap([1.0, 0.5], [100.0, 100.0], [10.0, 5.0], 10.0) < 0.0
    with pytest.raises(ValueError, match="no rate"):
        money_weighted_return([1.0], [-5.0], 1.0)


def test_gini_by_hand() -> None:
    assert gini([5.0, 5.0], [1.0, 9.0]) == pytest.approx(0.0)
    assert gini([0.0, 1.0], [3.0, 1.0]) == pytest.approx(0.75)
    assert gini([1.0, 3.0], [1.0, 1.0]) == pytest.approx(0.25)
    assert gini([0.0], [1.0]) == 0.0


def test_gini_of_a_lognormal() -> None:
    """erf(sigma / 2), from below, as groups get finer; 1.6468 gives 0.756."""
    exact = math.erf(1.6468 / 2.0)
    found = [gini(group_means(n, 1.6468), np.ones(n)) for n in (5, 20, 100)]
    assert found == sorted(found)
    assert found[-1] < exact
    assert found[-1] == pytest.approx(exact, abs=0.01)


def test_deciles_by_hand() -> None:
    wealth = np.arange(10.0)
    assert decile_shares(wealth, np.ones(10)).tolist() == pytest.approx((wealth / 45).tolist())
    assert decile_shares([1.0, 3.0], [1.0, 1.0])[[0, 9]].tolist() == pytest.approx([0.05, 0.15])
    gains = decile_gains([3.0, 1.0], [1.0, 1.0], [-10.0, 5.0])
    assert gains.tolist() == pytest.approx([1.0] * 5 + [-2.0] * 5)
    assert wealth_quantile(wealth, np.ones(10), 0.05) == 0.0
    assert wealth_quantile(wealth, np.ones(10), 0.5) == 4.0
    assert wealth_quantile(wealth, np.ones(10), 1.0) == 9.0


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0.1, 100)), min_size=1, max_size=30))
def test_gini_is_a_share_that_no_scale_changes(rows: list[tuple[float, float]]) -> None:
    wealth, heads = (np.array(column) for column in zip(*rows, strict=True))
    found = gini(wealth, heads)
    assert -1e-9 <= found < 1.0
    assert gini(3.0 * wealth, 7.0 * heads) == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize(
    ("wealth", "heads"), [([1.0], [1.0, 2.0]), ([-1.0], [1.0]), ([1.0], [0.0]), ([], [])]
)
def test_wealth_of_nobody_is_refused(wealth: list[float], heads: list[float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        gini(wealth, heads)
