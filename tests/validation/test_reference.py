"""The reference models against cases known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.validation.reference import (
    avellaneda_stoikov,
    brock_hommes,
    chiarella,
    diamond_dybvig,
    fire_sales,
    franke_westerhoff,
    geanakoplos,
    hawkes,
    lux_marchesi,
    queues,
    thurner,
)
from tidegate.validation.reference.dip import dip, dip_p

# ---- is a sample unimodal? ----------------------------------------------------------------------


def test_dip_of_even_points_is_half_a_step() -> None:
    assert dip(np.arange(50.0)) == pytest.approx(1 / 100)
    assert dip(np.ones(50)) == pytest.approx(1 / 100)


def test_dip_of_two_distant_heaps_is_a_quarter() -> None:
    heaps = np.append(np.linspace(0, 1e-6, 50), np.linspace(1, 1 + 1e-6, 50))
    assert dip(heaps) == pytest.approx(0.25, abs=1e-3)


def test_dip_does_not_depend_on_place_scale_or_order() -> None:
    sample = np.random.default_rng(3).standard_normal(80)
    assert dip(-5.0 * sample[::-1] + 2.0) == pytest.approx(dip(sample), abs=1e-12)


def test_one_mode_is_kept_and_two_are_found() -> None:
    rng = np.random.default_rng(4)
    assert dip_p(rng.standard_normal(120)) > 0.3
    assert dip_p(np.append(rng.normal(-3, 1, 60), rng.normal(3, 1, 60))) < 0.01


# ---- leveraged funds ----------------------------------------------------------------------------


def test_funds_without_loans_hold_what_their_wealth_buys() -> None:
    runs = thurner.simulate([thurner.Limit(1.0)] * 2, np.array([1, 2]), 500)
    assert runs.returns.shape == (2, 499)
    assert not runs.defaults.any()
    assert np.all((runs.leverage > 0) & (runs.leverage < 1))


def test_paths_with_one_seed_share_their_noise() -> None:
    limits = [thurner.Limit(1.0), thurner.Limit(1.0), thurner.Limit(10.0)]
    first, second, other = thurner.simulate(limits, np.array([7, 7, 7]), 300).returns
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert np.corrcoef(first, other)[0, 1] > 0.8


def test_the_market_of_funds_clears() -> None:
    """Rebuild demand from the state after a step: it is the supply, to rounding."""
    world = thurner._World([thurner.Limit(10.0)] * 3)
    rng = np.random.default_rng(8)
    for _ in range(400):
        noise = thurner.SUPPLY * np.exp(0.2 * rng.standard_normal(3))
        price = world.advance(noise)
        held = world.shares.sum(axis=1)
        # A fund that defaulted in this step has sold only after it.
        whole = (world.absent < thurner.ABSENCE).all(axis=1)
        assert np.allclose((held + noise / price)[whole], thurner.SUPPLY, rtol=1e-9)


def test_a_limit_that_follows_volatility_allows_less_when_prices_move() -> None:
    world = thurner._World([thurner.Limit(10.0, target=0.01), thurner.Limit(10.0)])
    world._variance[:] = 0.02**2
    assert world._limit() == pytest.approx([5.0, 10.0])
    world._variance[:] = 1.0
    assert world._limit() == pytest.approx([1.0, 10.0])


# ---- switching ----------------------------------------------------------------------------------


def test_shares_of_beliefs_follow_profits() -> None:
    shares = brock_hommes.belief_shares(np.log(3.0), [1.0, 0.0])
    assert shares == pytest.approx([0.75, 0.25])
    assert brock_hommes.belief_shares(1e6, [1.0, 0.0]) == pytest.approx([1.0, 0.0])


def test_herding_model_is_still_without_noise() -> None:
    terms = franke_westerhoff.Terms(noise_fundamental=0.0, noise_chartist=0.0)
    returns, _ = franke_westerhoff.simulate(terms, [1, 2], 50)
    assert not returns.any()


def test_traders_stay_as_many_as_they_are() -> None:
    rng = np.random.default_rng(1)
    terms = lux_marchesi.Terms()
    groups = np.array([[300.0], [150.0], [50.0]])
    for _ in range(2_000):
        groups = lux_marchesi._switch(terms, groups, np.array([10.0]), np.array([0.1]), rng)
        assert groups.sum() == lux_marchesi.TRADERS
        assert groups.min() >= lux_marchesi.FEWEST


def test_mispricing_without_trend_has_its_stationary_spread() -> None:
    """An Ornstein-Uhlenbeck process: variance (noise^2 + value noise^2) / (2 kappa)."""
    terms = chiarella.Terms(trend=0.0)
    gaps = chiarella.mispricing(terms, 20_000, 1_000, seed=1)
    expected = (terms.noise**2 + terms.value_noise**2) / (2 * terms.reversion)
    assert gaps.var() == pytest.approx(expected, rel=0.05)


# ---- queues, quotes, events, runs ---------------------------------------------------------------


def test_queues_of_one_length_are_a_fair_race() -> None:
    found = queues.up_probabilities(1.85, 0.94, 0.71)
    assert np.diag(found) == pytest.approx(0.5)
    assert found + found.T == pytest.approx(1.0)


def test_without_arrivals_a_race_is_counted_by_hand() -> None:
    """Departures alone, at one rate: up if a departures from the ask come before b from the bid."""
    found = queues.up_probabilities(0.0, 1.0, 0.0)
    assert found[0, 0] == pytest.approx(1 / 2)
    assert found[1, 0] == pytest.approx(3 / 4)
    assert found[2, 1] == pytest.approx(11 / 16)


def test_a_maker_without_fear_quotes_alike_on_both_sides() -> None:
    terms = avellaneda_stoikov.Terms(risk_aversion=1e-9)
    assert avellaneda_stoikov.reservation_price(terms, 100.0, 50.0, 1.0) == pytest.approx(100.0)
    assert avellaneda_stoikov.total_spread(terms, 1.0) == pytest.approx(2 / terms.decay)


def test_events_without_children_are_poisson() -> None:
    times = hawkes.event_times(0.0, 20_000, seed=2)
    counts = np.bincount(times.astype(int) // 100)
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=0.25)
    with pytest.raises(ValueError, match=r"ratio is 1\.0; allowed are 0 and more, below 1"):
        hawkes.event_times(1.0, 100, seed=0)


def test_margins_rise_and_buyers_change_after_bad_news() -> None:
    found = geanakoplos.solve()
    assert found.buyer > found.buyer_after
    assert found.margin_after > found.margin
    # Without loans nobody could pay as much: the price is above any but an optimist's value.
    assert found.price > 0.9


def test_feedback_of_one_and_more_has_no_price() -> None:
    with pytest.raises(ValueError, match="feedback has spectral radius 1"):
        fire_sales.covariance(np.eye(2), np.full((2, 2), 0.5))
    assert fire_sales.covariance(np.eye(2), np.zeros((2, 2))) == pytest.approx(np.eye(2))


def test_a_bank_without_a_loss_sells_nothing() -> None:
    assert fire_sales.sale_to_target(assets=100, equity=20, shock=0.0) == 0.0


def test_at_the_threshold_waiting_pays_what_leaving_does() -> None:
    share = diamond_dybvig.run_threshold(2.0, 1.28)
    assert diamond_dybvig.late_payment(2.0, share, 1.28) == pytest.approx(1.28)
