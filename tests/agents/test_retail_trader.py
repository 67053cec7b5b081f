"""The single retail trader: what it expects, what it quotes, and life in foreign models."""

from __future__ import annotations

import datetime as dt
import math

import mesa
import pytest
from tidegate_core import Side

from tests.agents.conftest import Stall
from tidegate.agents.retail_trader import RetailTrader, Views, expected_price
from tidegate.books import BTC, USD
from tidegate.clock import Clock
from tidegate.streams import Streams
from tidegate.venue import Venue


def views(fundamental: float = 0.0, trend: float = 0.0, noise: float = 0.0) -> Views:
    return Views(fundamental, trend, noise, horizon=100, reversion=100.0, sigma=0.001)


def test_a_fundamentalist_expects_the_value_when_horizon_and_reversion_agree() -> None:
    expected = expected_price(300.0, 280.0, 330.0, 0.7, views(fundamental=1.0))
    assert expected == pytest.approx(330.0, rel=1e-9)


@pytest.mark.parametrize("past", [150.0, 300.0, 400.0])
def test_a_trend_follower_expects_the_last_move_again(past: float) -> None:
    expected = expected_price(300.0, past, 999.0, 0.7, views(trend=1.0))
    assert expected == pytest.approx(300.0 * 300.0 / past, rel=1e-9)


def test_noise_is_per_tick_and_weights_are_relative() -> None:
    expected = expected_price(300.0, 200.0, 900.0, 2.0, views(noise=1.0))
    assert expected == pytest.approx(300.0 * math.exp(0.001 * 2.0 * 100), rel=1e-9)
    mixed = expected_price(300.0, 280.0, 330.0, 0.5, views(1.0, 2.0, 3.0))
    rate = math.log(1.1) / 100 + 2 * math.log(300 / 280) / 100 + 3 * 0.001 * 0.5
    assert mixed == pytest.approx(300.0 * math.exp(rate / 6 * 100), rel=1e-9)
    scaled = expected_price(300.0, 280.0, 330.0, 0.5, views(10.0, 20.0, 30.0))
    assert scaled == pytest.approx(mixed, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"fundamental": -1.0}, "weights"),
        ({"fundamental": 0.0, "trend": 0.0, "noise": 0.0}, "weights"),
        ({"horizon": 0}, "horizon"),
        ({"reversion": 0.0}, "reversion"),
        ({"margin": 1.0}, "margin"),
        ({"sigma": -1.0}, "sigma"),
    ],
)
def test_bad_views_are_named(change: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Views(**change)  # type: ignore[arg-type]


def trader(stall: Stall, *, value: float | None, lots: int = 10, **weights: float) -> RetailTrader:
    account = stall.fund(stall.venues[0], coins=1000, cash=10**15)
    return RetailTrader(
        stall,
        path="retail/0",
        account=account,
        value=value,
        lots=lots,
        views=views(**weights),
        **stall.base,
    )


@pytest.mark.parametrize(("value", "side"), [(330.0, Side.BUY), (270.0, Side.SELL)])
def test_it_quotes_its_expectation_less_its_margin(value: float, side: Side) -> None:
    stall = Stall()
    venue = stall.venues[0]
    venue.indicative = 3_000.0
    agent = trader(stall, value=value, fundamental=1.0)
    agent.step()
    order = venue.engine.order(agent.order)
    assert order is not None
    assert order["side"] == side
    factor = 0.99 if side is Side.BUY else 1.01
    assert order["price"] == venue.ticks(value * factor)
    first = agent.order
    agent.step()
    assert venue.engine.order(first) is None  # one order at a time
    assert venue.engine.resting() == 1


def test_its_horizon_is_in_ticks_however_many_rounds_they_have() -> None:
    stall = Stall()
    venue = stall.venues[0]
    agent = trader(stall, value=None, trend=1.0)
    for tick in range(150):
        stall.clock.tick = tick
        venue.indicative = 3_000.0 + tick
        agent.begin()
        for _ in range(3):
            agent.trade()
    order = venue.engine.order(agent.order)
    assert order is not None
    assert order["price"] == venue.ticks(314.9 * (314.9 / 304.9) * 0.99)  # price 100 ticks ago


def test_it_wants_one_venue_and_whole_lots() -> None:
    with pytest.raises(ValueError, match="venues must be one venue, got 2"):
        trader(Stall(("a", "b")), value=1.0, fundamental=1.0)
    with pytest.raises(ValueError, match="lots must be >= 1, got 0"):
        trader(Stall(), value=1.0, fundamental=1.0, lots=0)


class Bazaar(mesa.Model):  # type: ignore[misc]
    """The documentation's example: fifty traders in a model of one's own."""

    def __init__(self, seed: int) -> None:
        super().__init__(rng=seed)
        self.clock = Clock(dt.date(2026, 1, 5), step_seconds=3600)
        self.venue = Venue("bazaar", tick=0.1, lot=1e-4)
        self.venue.indicative = self.venue.ticks(300.0)
        base = {"venues": [self.venue], "streams": Streams(seed), "clock": self.clock}
        for number in range(50):
            account = self.venue.open_accounts()
            self.venue.credit(account, USD, 10**12)
            self.venue.credit(account, BTC, 10**6)
            RetailTrader(self, path=f"retail/{number}", account=account, value=310.0, **base)

    def step(self) -> None:
        self.clock.tick += 1
        self.agents.do("step")
        self.venue.publish(10)


def test_it_works_in_a_plain_mesa_model() -> None:
    model = Bazaar(seed=3)
    before = model.venue.totals()
    for _ in range(60):
        model.step()
    fills = model.venue.take_fills()
    assert len(fills) > 50
    assert 250.0 < model.venue.price(model.venue.indicative) < 370.0
    assert model.venue.totals() == before
    again = Bazaar(seed=3)
    for _ in range(60):
        again.step()
    assert again.venue.take_fills().tobytes() == fills.tobytes()
