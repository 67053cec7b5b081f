"""A state that leaves by either route, where dealers hold the price: costs and hours by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import Any

import pytest

from tests.agents.etf_worlds import EtfWorld, quiet
from tidegate.agents.base import MarketAgent
from tidegate.agents.route_exits import RouteExits
from tidegate.scenario.exits import ExitSpec

FEE = 3e-4  # of takers, at venues of coins
PACE = 1.0 - exp(-1.0)  # of a tick of six hours in a window of six
TAIL = 3.0 + 6.0 * (1.0 - PACE) / PACE  # hours, from the first tick of a sale to its mean


def flat(second: int) -> float:
    return 100_000.0


class Leaving(EtfWorld):
    """A world with one who leaves."""

    def __init__(
        self, price: Callable[[int], float] = flat, *, frozen: bool = False, **changes: Any
    ) -> None:
        super().__init__(quiet(), step=21_600, price=price)
        for venue in self.venues:
            venue.accepts = not frozen
        self.leaver = RouteExits(
            self,
            path="exits",
            spec=ExitSpec(**{"coins": 100.0, "count": 3, **changes}),
            etf=self.etf,
            accounts={venue.name: venue.open_accounts() for venue in self.venues},
            books=self.books,
            daily_volume=38.6e9,
            rounds=self.rounds,
            coins_from="network",
            venues=self.venues,
            streams=self.streams,
            clock=self.clock,
        )

    def step(self) -> None:
        self.clock.tick += 1
        self.clock.round = 0
        self.books.settle(self.clock.seconds, self.venues)
        agents: list[MarketAgent] = [*self.etf.agents, self.leaver]
        for agent in agents:
            agent.begin()
        while self.clock.round < self.rounds:
            self.quote()
            for agent in agents:
                agent.trade()
            for venue in self.venues:
                venue.clear()
            self.clock.round += 1
        for agent in agents:
            agent.end()
        self.audit()

    def rows(self) -> list[dict[str, Any]]:
        """Return all exits, after the last is over."""
        self.run(6 * 7 + 1)
        return self.leaver.frame().to_dicts()


def cost(row: dict[str, Any]) -> float:
    return float(1.0 - (row["proceeds"] + row["unsold"]) / row["worth"])


def test_exits_come_in_turn_at_their_hours() -> None:
    rows = Leaving().rows()
    assert [row["situation"] for row in rows] == ["calm", "outage", "weekend"]
    # Tuesdays of the first and third week, and Saturday of the fifth, at noon.
    assert [row["day"] for row in rows] == [1.5, 15.5, 33.5]
    assert all(row["worth"] == pytest.approx(100 * 100_000.0) for row in rows)


def test_coins_cost_the_fee_and_the_hours_of_custody() -> None:
    calm, outage, weekend = Leaving().rows()
    for row in (calm, outage, weekend):
        assert cost(row) == pytest.approx(FEE, rel=0.02)
    assert calm["hours"] == weekend["hours"] == pytest.approx(24.0 + TAIL, abs=0.2)
    # Of the coins 77 % lie where nothing is sold for two days.
    expected = 0.23 * (24.0 + TAIL) + 0.77 * (48.0 + TAIL)
    assert outage["hours"] == pytest.approx(expected, abs=0.5)


def test_coins_that_lie_at_the_venues_are_sold_at_once() -> None:
    calm = Leaving(custody_hours=0.0).rows()[0]
    assert calm["hours"] == pytest.approx(TAIL, abs=0.2)


def test_a_fund_waits_for_a_session_and_needs_no_venue() -> None:
    calm, outage, weekend = Leaving(fund=1.0).rows()
    assert 3.0 <= calm["hours"] <= 9.0  # New York is open from 14:30 to 21:00
    assert outage["hours"] == pytest.approx(calm["hours"], abs=0.2)
    assert weekend["hours"] == pytest.approx(calm["hours"] + 48.0, abs=0.2)
    for row in (calm, outage, weekend):
        assert 0.0 < cost(row) < 0.002
        assert row["worth"] == pytest.approx(100 * 100_000.0, rel=1e-3)  # the sponsor's fee


def test_half_of_each_is_between() -> None:
    coins, fund, both = (Leaving(fund=share).rows()[2]["hours"] for share in (0.0, 1.0, 0.5))
    assert both == pytest.approx((coins + fund) / 2, abs=0.2)


def test_what_prices_do_while_it_waits_is_its_cost() -> None:
    monday = 35 * 86_400  # when most coins are sold, and before the fund trades

    def falls(second: int) -> float:
        return 100_000.0 if second < monday else 90_000.0

    coins, fund = (Leaving(falls, fund=share).rows()[2] for share in (0.0, 1.0))
    assert cost(fund) == pytest.approx(0.1, abs=0.003)
    assert cost(coins) < 0.05  # it was out but for a few


def test_what_is_not_sold_counts_at_its_price_at_the_limit() -> None:
    for row in Leaving(frozen=True, fund=0.5).rows():
        assert row["proceeds"] == 0.0
        assert cost(row) == pytest.approx(0.0, abs=1e-4)  # the fund's fee
        assert row["hours"] == 9 * 24


def test_it_asks_for_no_more_shares_than_holders_have() -> None:
    with pytest.raises(ValueError, match="its holders can spare"):
        Leaving(fund=1.0, coins=1e5, count=10)
