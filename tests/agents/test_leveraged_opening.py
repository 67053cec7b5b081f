"""The leveraged public at work: a fall through stops, renewals and liquidations."""

from __future__ import annotations

import time

import numpy as np
import pytest
from tidegate_core import Kind, Side
from tidegate_core.codes import EventKind
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.waterfall import Waterfall
from tidegate_crowd.leveraged import LeveragedCrowd

from tests.agents.leveraged_terms import MILLION, interest
from tidegate.agents.leveraged_groups import GROUPS, Habits
from tidegate.agents.leveraged_opening import crowd_of, move_in, terms_of
from tidegate.agents.leveraged_population import populate

CONTRACTS = interest()
PRICES = [contract.price for contract in CONTRACTS]
CALM, STILL = np.ones(2), np.zeros(2)


class Market:
    """A venue with its public and a market maker of any depth."""

    def __init__(self, accounts: int, key: int = 7) -> None:
        self.engine = MarginEngine(
            contracts=[contract.terms for contract in CONTRACTS],
            waterfall=Waterfall(fund=10**17),
        )
        people = populate(CONTRACTS, key, accounts=accounts)
        first = move_in(self.engine, people)
        self.engine.set_marks(PRICES)
        self.crowd: LeveragedCrowd = crowd_of(people, first, key, marks=PRICES)
        self.maker = self.engine.add_accounts(1)
        self.engine.deposit(self.maker, 0, 10**18)
        for at in range(2):
            self.engine.set_leverage(self.maker, at, 1)
        self.money = int(self.engine.balances().sum())

    def quote(self, prices: list[int]) -> None:
        self.engine.cancel_all(self.maker)
        for at, price in enumerate(prices):
            lots = int(1e8 * MILLION / CONTRACTS[at].lot_value)
            for level in range(1, 10):
                away = price * level // 1_000
                for side, quote in ((Side.BUY, price - away), (Side.SELL, price + away)):
                    assert self.engine.submit(at, self.maker, side, quote, lots, Kind.LIMIT) > 0

    def round(self, now: float, prices: list[int], stress: float = 1.0) -> np.ndarray:
        """Run one round; the liquidation desk's events."""
        self.quote(prices)
        self.money += self.crowd.alert(self.engine)
        self.money += self.crowd.wake(self.engine, now, stress * CALM, STILL)
        self.engine.set_marks(prices)
        self.engine.liquidate(int(now))
        events = self.engine.take_events()
        self.crowd.notice(self.engine, events)
        self.engine.take_fills()
        return events


def _fall(accounts: int) -> tuple[Market, float, int]:
    """Let prices fall by 10 % in twenty minutes; what was liquidated, USD and real accounts."""
    market = Market(accounts)
    usd, hit = 0.0, 0
    for minute in range(1, 21):
        prices = [round(price * (1 - 0.005 * minute)) for price in PRICES]
        events = market.round(60.0 * minute, prices, stress=3.0)
        traded = np.isin(events["kind"], (EventKind.BOOK, EventKind.TAKEOVER))
        usd += events["value"][traded].sum() / MILLION
        _, rows = np.unique(events["account"][traded], return_index=True)
        hit += int(events["multiplicity"][traded][rows].sum())
    return market, usd, hit


def test_a_fall_hits_as_much_and_as_many_at_any_resolution() -> None:
    coarse, usd, hit = _fall(8_000)
    fine, more_usd, more_hit = _fall(40_000)
    assert usd == pytest.approx(more_usd, rel=0.1)
    assert hit == pytest.approx(more_hit, rel=0.1)
    assert 0.01 < usd / sum(contract.open_interest for contract in CONTRACTS) < 0.2
    for market in (coarse, fine):
        market.crowd._check(market.engine)
        market.engine._check()
        assert int(market.engine.balances().sum()) == market.money
        totals = market.crowd.totals
        assert min(totals["stops"], totals["top_ups"], totals["returns"], totals["opened"]) > 0


def test_terms_are_the_groups_in_seconds() -> None:
    terms = terms_of(GROUPS, Habits(mean_return=2.0, stop_share=0.2))
    assert [group.turn for group in terms.groups] == pytest.approx([1_123_200, 224_640, 26_784])
    assert [group.high for group in terms.groups] == [3.0, 7.0, float("inf")]
    assert terms.mean_return == 7_200.0
    assert (terms.stop_share, terms.stop_low, terms.stop_high) == (0.2, 0.35, 0.95)


@pytest.mark.bench
@pytest.mark.parametrize(("stress", "most"), [(0.0, 5e-6), (12.0, 100e-6)])
def test_a_round_costs_what_happens_in_it(stress: float, most: float) -> None:
    """At 400,000 accounts: a round in which nobody wakes, and per 60 who do, matching included."""
    market = Market(400_000)
    taken, woken = [], []
    for now in range(1, 200):
        market.quote(PRICES)
        before = market.crowd.totals["wakes"]
        start = time.perf_counter()
        market.crowd.alert(market.engine)
        market.crowd.wake(market.engine, float(now), stress * CALM, STILL)
        taken.append(time.perf_counter() - start)
        woken.append(market.crowd.totals["wakes"] - before)
        market.engine.take_fills()
    assert (np.mean(woken) > 20) == (stress > 0.0)
    assert np.median(taken) / max(1.0, np.mean(woken) / 60) < most
