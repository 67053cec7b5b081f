"""The arbitrageur: it closes gaps that pay, with the capital it has, and moves stock slowly."""

from __future__ import annotations

import pytest
from tidegate_core import Side

from tests.agents.conftest import Stall
from tidegate.agents.arbitrageur import Arbitrageur
from tidegate.books import BTC, USD
from tidegate.scenario import ArbitrageSpec

PRICE = 100_000.0
UNIT = 10_000_000  # micro-USD for a lot at PRICE
HOME = 50_000  # lots at each venue


def pair(
    *, gap: float, edge: float = 1e-4, capital: int = HOME, minutes: float = 60.0, fee: int = 300
) -> tuple[Stall, Arbitrageur]:
    """Return a dear venue `gap` above a cheap one, and an arbitrageur on both."""
    stall = Stall(("cheap", "dear"), taker_ppm=fee)
    agent = Arbitrageur(
        stall,
        path="arbitrageur/0",
        accounts={v.name: stall.fund(v, coins=capital, cash=capital * UNIT) for v in stall.venues},
        spec=ArbitrageSpec(edge=edge, transfer_minutes=minutes),
        books=stall.books,
        **stall.base,
    )
    cheap, dear = stall.venues
    stall.quote(cheap, PRICE, lots=10_000, half=0.0001)
    stall.quote(dear, PRICE * (1.0 + gap), lots=10_000, half=0.0001)
    return stall, agent


def trade(stall: Stall, agent: Arbitrageur) -> dict[str, int]:
    """Let it trade once; return its signed lots by venue."""
    before = {v.name: v.coins(agent.accounts[v.name]) for v in stall.venues}
    agent.trade()
    for venue in stall.venues:
        venue.clear()
    stall.audit()
    return {v.name: v.coins(agent.accounts[v.name]) - before[v.name] for v in stall.venues}


def test_it_closes_a_planted_gap() -> None:
    stall, agent = pair(gap=0.01)
    assert trade(stall, agent) == {"cheap": 10_000, "dear": -10_000}
    cheap, dear = stall.venues
    assert cheap.best_ask is None  # all that was for sale at the low price is gone
    assert dear.best_bid is None


def test_it_gains_what_the_gap_is_worth_less_fees() -> None:
    stall, agent = pair(gap=0.01)
    before = sum(v.cash(agent.accounts[v.name]) for v in stall.venues)
    trade(stall, agent)
    gained = sum(v.cash(agent.accounts[v.name]) for v in stall.venues) - before
    per_lot = UNIT * (0.01 - 0.0001 - 0.000101 - 0.000603)
    assert gained == pytest.approx(10_000 * per_lot, rel=0.01)


@pytest.mark.parametrize("edge", [1e-4, 1e-3])
def test_it_stays_out_within_fees_and_edge(edge: float) -> None:
    cost = 2 * 300e-6 + edge + 2e-4  # the quotes' half-spreads too
    assert trade(*pair(gap=cost - 3e-5, edge=edge)) == {"cheap": 0, "dear": 0}
    assert trade(*pair(gap=-(cost - 3e-5), edge=edge)) == {"cheap": 0, "dear": 0}
    assert trade(*pair(gap=cost + 3e-5, edge=edge)) == {"cheap": 10_000, "dear": -10_000}
    assert trade(*pair(gap=-(cost + 3e-5), edge=edge)) == {"cheap": -10_000, "dear": 10_000}


def test_its_capital_is_finite() -> None:
    stall, agent = pair(gap=0.01, capital=1_000)
    moved = trade(stall, agent)
    assert moved["cheap"] == -moved["dear"]
    assert 950 < moved["cheap"] <= 1_000
    assert agent._free(stall.venues[0], USD) >= 0
    again = trade(stall, agent)
    assert abs(again["cheap"]) < 50  # stock and cash are spent; the gap stands


def test_high_fees_leave_no_leg_alone() -> None:
    stall, agent = pair(gap=0.2, capital=1_000, fee=50_000)
    moved = trade(stall, agent)
    assert moved["cheap"] == -moved["dear"] > 900


def test_one_sided_books_are_left_alone() -> None:
    stall, agent = pair(gap=0.01)
    for order in stall.orders["dear"]:
        stall.venues[1].cancel(order)
    assert trade(stall, agent) == {"cheap": 0, "dear": 0}


@pytest.mark.parametrize("asset", [USD, BTC])
@pytest.mark.parametrize("minutes", [0.0, 60.0, 90.0])
def test_transfers_arrive_after_their_time_and_conserve(asset: int, minutes: float) -> None:
    stall, agent = pair(gap=0.0, minutes=minutes)
    cheap, dear = stall.venues
    start = stall.clock.seconds
    home = agent.home[asset]["cheap"]
    # Someone takes nine tenths of what it has on the cheap venue.
    gone = home * 9 // 10
    cheap.debit(agent.accounts["cheap"], asset, gone)
    stall.books.move(asset, "cheap", ("world", "network")[asset], gone)
    poor, rich = agent._free(cheap, asset), agent._free(dear, asset)
    agent.begin()
    sent = rich - agent._free(dear, asset)
    assert sent == home // 2  # half of the rich venue's stock at the most
    assert agent._free(cheap, asset) == poor
    assert stall.books.in_flight(asset) == sent
    stall.audit()
    arrives = start + round(60 * minutes)
    if minutes:
        agent.begin()
        assert agent._free(dear, asset) == rich - sent  # one transfer at a time
        stall.books.settle(arrives - 1, stall.venues)
        assert agent._free(cheap, asset) == poor
    stall.books.settle(arrives, stall.venues)
    assert agent._free(cheap, asset) == poor + sent
    assert stall.books.in_flight(asset) == 0
    stall.audit()


def test_a_balanced_stock_moves_nothing() -> None:
    stall, agent = pair(gap=0.0)
    agent.begin()
    assert agent.flying == []
    assert stall.books.in_flight(USD) == stall.books.in_flight(BTC) == 0


def test_orders_carry_limits_that_still_pay() -> None:
    stall, agent = pair(gap=0.01)
    sent = {}
    for venue in stall.venues:
        venue.send = lambda *order, name=venue.name: sent.update({name: order})  # type: ignore[method-assign]
    agent.trade()
    (_, buys, high, *_), (_, sells, low, *_) = sent["cheap"], sent["dear"]
    assert (buys, sells) == (Side.BUY, Side.SELL)
    assert low / high >= 1.0 + 2 * 300e-6 + 1e-4 - 1e-6
