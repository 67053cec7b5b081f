"""What the tests on crash arms measure, on worlds and tables small enough to know the answer."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tidegate_core.codes import Side

from tests.market.crash_worlds import MINUTE, NEWS, crash_spec, shock
from tidegate.leveraged_assembly import PER_PERCENT, STOCK
from tidegate.leveraged_model import LeveragedMarket
from tidegate.validation import crash_grid, crash_runs, fcn_traders, leverage_cycle
from tidegate.validation.portfolios import HOLDERS, CrossMarket, IsolatedMarket
from tidegate.validation.reference import aymanns_farmer
from tidegate.validation.watched_markets import Deleveraging, Flow, makers_wealth


@pytest.fixture(scope="module")
def worlds() -> list[LeveragedMarket]:
    """Return one crash, plain and watched."""
    found = [kind(crash_spec(), rng=1, policies=[shock()]) for kind in MARKETS]
    for world in found:
        world.run_until(NEWS // MINUTE + 8)
    return found


MARKETS = (LeveragedMarket, Deleveraging, Flow)


def test_watching_changes_nothing(worlds: list[LeveragedMarket]) -> None:
    assert len({world.digest() for world in worlds}) == 1


def test_all_who_were_deleveraged_are_known(worlds: list[LeveragedMarket]) -> None:
    watched = worlds[1]
    assert isinstance(watched, Deleveraging)
    taken = watched.frames()["liquidations"].filter(kind="adl")
    rows = np.concatenate(watched.closed)
    assert len(rows) == taken.height > 0
    assert (rows["left"] >= 0).all()
    positions = watched.closed_positions()
    assert len(positions) == taken.select("exchange", "counterparty", "coin").n_unique()
    assert positions["profit"].sum() == pytest.approx(rows["profit"].sum())


def test_flow_is_kept_by_round_and_falls_go_with_what_makers_buy(
    worlds: list[LeveragedMarket],
) -> None:
    watched = worlds[2]
    assert isinstance(watched, Flow)
    second, price, value, net = np.array(watched.rounds)[1:].T  # before, nothing was quoted
    assert (np.diff(second) > 0).all()
    assert np.corrcoef(np.diff(price - value), net[1:])[0, 1] > 0.2
    assert net.sum() < 0


def test_makers_own_at_the_start_what_they_came_with() -> None:
    spec = crash_spec()
    quotes, depth = spec.quotes, sum(spec.quotes.depth)
    spot = depth * quotes.spot_houses * sum(e.spot_share for e in spec.exchanges)
    perpetual = depth * sum(e.houses for e in spec.exchanges)
    room = STOCK * quotes.reach * PER_PERCENT
    expected = room * (2 * spot + perpetual)  # on spot as many coins as cash
    assert makers_wealth(LeveragedMarket(spec, rng=1)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", [CrossMarket, IsolatedMarket])
def test_portfolios_are_paid_for_and_live_through_calm(kind: type[CrossMarket]) -> None:
    world = kind(crash_spec(), rng=1)
    world.run_until(2)
    world._check()
    for exchange in world.exchanges:
        rows = exchange.margin.positions()
        last = rows[rows["account"] >= exchange.margin.accounts - HOLDERS - 1]
        held = last[last["size"] > 0]
        assert len(held) == 2 * HOLDERS
        assert (held["isolated"] == (0 if kind.cross else 1)).all()


def test_an_account_is_hit_once_and_only_within_the_stretch() -> None:
    events = pl.DataFrame(
        {
            "second": [5, 10, 12, 11, 30, 13],
            "exchange": ["a", "a", "a", "b", "b", "a"],
            "kind": ["book", "book", "adl", "takeover", "book", "surplus"],
            "notional": [1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
            "target": [1, 2, 2, 2, 3, 4],
        }
    )
    assert sorted(crash_runs.first_hits(events, 6, 30).tolist()) == [10, 11]


def test_volatility_of_all_news_is_multiplied() -> None:
    usual, twice = crash_runs.volatility(1.0), crash_runs.volatility(2.0)
    assert usual.keys() == twice.keys() >= {"news.volatility", "coins.ETH.own_volatility"}
    assert all(twice[name] == 2.0 * usual[name] for name in usual)


def test_variance_splits_into_shock_rules_and_how_they_meet() -> None:
    shocks, rules = np.array([[0.02], [0.06], [0.10]]), np.array([0.0, 0.01, 0.04, 0.0])
    shares = crash_grid._shares([shocks + rules, shocks + 0.0 * rules])
    shock = np.asarray(shares["variance of the fall by the shock alone"])[0]
    alone = np.asarray(shares["of it by reactions and structure alone"])
    assert (shock + alone) == pytest.approx([1.0, 1.0])  # nothing depends on both
    assert shock[1] == pytest.approx(1.0)


def test_a_cycle_has_a_peak_and_noise_has_none() -> None:
    rng, time = np.random.default_rng(1), np.arange(10 * leverage_cycle.SEGMENT)
    noise = 0.1 * rng.standard_normal((1, len(time)))
    cycle = np.sin(2 * np.pi * time * aymanns_farmer.STEP / 12.0)
    drift = np.cumsum(rng.standard_normal((1, len(time))), axis=1) / 100
    quiet, cyclic, red = (
        leverage_cycle._peaks(np.exp(path))[0] for path in (noise, noise + cycle, drift)
    )
    assert cyclic > 100
    assert max(quiet, red) < 2


def test_a_bank_of_fixed_leverage_keeps_it_and_moves_no_price_far() -> None:
    rule = aymanns_farmer.Rule(cyclicality=0.0, level=5.0)
    runs = aymanns_farmer.simulate(rule, np.array([1, 2, 2]), 100)
    assert runs.leverage == pytest.approx(np.full((3, 1000), 5.0), rel=0.05)
    assert np.abs(np.log(runs.prices / aymanns_farmer.VALUE)).max() < 0.1
    assert np.array_equal(runs.prices[1], runs.prices[2])
    assert not np.array_equal(runs.prices[0], runs.prices[1])


def test_a_world_that_has_ended_stays_so() -> None:
    rule = aymanns_farmer.Rule(cyclicality=0.5, level=12.0)
    prices = aymanns_farmer.simulate(rule, np.arange(8), 300).prices
    ended = np.isnan(prices)
    assert ended[:, -1].any()
    assert (np.diff(ended.astype(int), axis=1) >= 0).all()


def test_a_move_is_what_was_taken_not_what_rests_afterwards() -> None:
    # Of a buy that took all at 101 and rests at 102: the best ask is 104, the best bid now 102.
    move = fcn_traders._taken((99, 101), (102, 104), Side.SELL)
    assert move == pytest.approx(np.log(203 / 200))
    assert np.isnan(fcn_traders._taken((99, 101), (102, None), Side.SELL))
