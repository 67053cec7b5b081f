"""Market makers: the ladder of Avellaneda and Stoikov, and what becomes of inventory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate_core import Kind, Side

from tests.agents.conftest import Stall
from tidegate.agents.market_maker import MarketMaker, ladder
from tidegate.books import BTC
from tidegate.scenario import MakerSpec

CALM = 4e-4  # variance per day
SPEC = MakerSpec(risk_aversion=2.0, horizon_minutes=5.0, half_spread=5e-5, withdrawal=1.0)


def quotes(inventory: float = 0.0, times: float = 1.0, **changes: float) -> tuple[float, ...]:
    spec = SPEC.model_copy(update=changes)
    return ladder(inventory=inventory, variance=times * CALM, calm_variance=CALM, spec=spec)


# risk = 2 x 4e-4 x 5 / 1440 = 2.7778e-6 in calm.
RISK = 2.7777777777777777e-6


@pytest.mark.parametrize(
    ("inventory", "times", "golden"),
    [
        (0.0, 1.0, (0.0, 5e-5 + RISK / 2, 1.0, 1.0)),
        (0.5, 1.0, (-RISK / 2, 5e-5 + RISK / 2, 0.5, 1.0)),
        (-1.0, 1.0, (RISK, 5e-5 + RISK / 2, 1.0, 0.0)),
        (0.0, 4.0, (0.0, 1e-4 + 2 * RISK, 0.5, 0.5)),
        (0.25, 4.0, (-RISK, 1e-4 + 2 * RISK, 0.375, 0.5)),
        (0.0, 0.25, (0.0, 5e-5 + RISK / 8, 1.0, 1.0)),  # calmer than calm: no deeper, no tighter
    ],
)
def test_golden_quotes(inventory: float, times: float, golden: tuple[float, ...]) -> None:
    assert quotes(inventory, times) == pytest.approx(golden, rel=1e-12, abs=1e-18)


@pytest.mark.parametrize(
    ("exponent", "share"), [(0.0, 1.0), (0.5, 3**-0.5), (1, 1 / 3), (2, 1 / 9)]
)
def test_depth_thins_with_volatility_to_the_withdrawal_exponent(
    exponent: float, share: float
) -> None:
    assert quotes(times=9.0, withdrawal=exponent)[2:] == pytest.approx((share, share), rel=1e-12)


@given(
    inventory=st.floats(-1, 1), more=st.floats(0, 1), times=st.floats(0.01, 100), up=st.floats(1, 9)
)
def test_directions(inventory: float, more: float, times: float, up: float) -> None:
    centre, half, bid, ask = quotes(inventory, times)
    fuller = min(1.0, inventory + more)
    shaded, same, less_bid, more_ask = quotes(fuller, times)
    assert shaded <= centre  # long makers quote lower
    assert same == half
    assert less_bid <= bid
    assert more_ask >= ask
    _, wider, thin_bid, thin_ask = quotes(inventory, times * up)
    assert wider >= half
    assert thin_bid <= bid
    assert thin_ask <= ask
    assert 0 <= bid <= 1
    assert 0 <= ask <= 1


def maker(stall: Stall, *, coins: int = 10**7, **changes: float) -> MarketMaker:
    return MarketMaker(
        stall,
        path="maker/0",
        accounts={v.name: stall.fund(v, coins=coins, cash=10**16) for v in stall.venues},
        spec=SPEC.model_copy(update=changes),
        depth=2e7,
        volatility=0.02,
        round_seconds=300.0,
        **stall.base,
    )


def test_it_shows_the_depth_asked_on_both_sides_and_takes_it_back() -> None:
    stall = Stall()
    venue = stall.venues[0]
    stall.quote(venue, 100_000.0, lots=1000, half=0.02)
    firm = maker(stall)
    firm.quote()
    assert len(firm.orders["stall"]) == 2 * SPEC.levels
    for side in Side:
        lots = venue.depth_within(side, 0.0101)
        assert lots == pytest.approx(1e7 / 100_000 / 1e-4, rel=0.01)  # half of 20 M USD
    spread = (venue.best_ask or 0) - (venue.best_bid or 0)
    half = SPEC.half_spread + RISK / 2
    assert spread == pytest.approx(2 * half * 1_000_000, abs=2)
    assert len(venue.take_fills()) == 0
    firm.withdraw()
    assert firm.orders["stall"] == []
    assert venue.best_bid == 980_000
    assert venue.best_ask == 1_020_000


def test_it_never_crosses() -> None:
    stall = Stall()
    venue = stall.venues[0]
    stall.quote(venue, 100_000.0, half=5e-6)  # tighter than the maker's own quotes
    firm = maker(stall)
    venue.indicative *= 1.001  # where it thinks the middle is lies above the real one
    firm.quote()
    assert len(venue.take_fills()) == 0
    bids, asks = (
        [o for i in firm.orders["stall"] if (o := venue.engine.order(i)) and o["side"] == side]
        for side in Side
    )
    assert 0 < len(bids) < SPEC.levels  # those that would have taken were refused
    assert len(asks) == SPEC.levels


@pytest.mark.parametrize("sign", [1, -1])
def test_inventory_is_passed_on_at_the_pace_of_its_horizon(sign: int) -> None:
    stall = Stall()
    venue = stall.venues[0]
    stall.quote(venue, 100_000.0)
    firm = maker(stall)
    account = firm.accounts["stall"]
    (venue.credit if sign > 0 else venue.debit)(account, BTC, 100_000)
    left = []
    for _ in range(3):
        firm.withdraw()
        firm.post()
        left.append(sign * firm._count())
    # A round stands for one horizon: 1 - 1/e of what is left goes in each.
    assert left == pytest.approx([36_788, 13_534, 4_979], abs=2)


def test_it_does_not_sweep_a_book_that_is_thin() -> None:
    stall = Stall()
    venue = stall.venues[0]
    stall.quote(venue, 100_000.0, lots=1000)
    firm = maker(stall)
    venue.credit(firm.accounts["stall"], BTC, 100_000)
    firm.post()
    assert int(venue.take_fills()["quantity"].sum()) == 500


def test_a_long_maker_quotes_lower_and_smaller_bids() -> None:
    prices, sizes = [], []
    for extra in (0, 400_000):
        stall = Stall()
        venue = stall.venues[0]
        stall.quote(venue, 100_000.0, lots=1000, half=0.05)
        firm = maker(stall, risk_aversion=200.0)
        venue.credit(firm.accounts["stall"], BTC, extra)
        firm.quote()
        prices.append((venue.best_bid or 0, venue.best_ask or 0))
        sizes.append((venue.depth_within(Side.BUY, 0.03), venue.depth_within(Side.SELL, 0.03)))
    assert prices[1][0] < prices[0][0]
    assert prices[1][1] < prices[0][1]
    assert sizes[1][0] == pytest.approx(0.6 * sizes[0][0], rel=0.01)
    assert sizes[1][1] == sizes[0][1]


def test_its_volatility_follows_the_price() -> None:
    stall = Stall(step=86_400)
    venue = stall.venues[0]
    firm = maker(stall)
    for day in range(12):
        venue.indicative = 1_000_000.0 * (1.05 if day % 2 else 1.0)
        firm.begin()
    assert firm.variance**0.5 == pytest.approx(0.0488, rel=0.01)  # 5 % a day
    for _ in range(12):
        firm.begin()
    assert firm.variance < 1e-7


def test_it_quotes_nothing_where_nothing_is_published_or_accepted() -> None:
    stall = Stall()
    firm = maker(stall)
    firm.step()
    assert firm.orders["stall"] == []
    closed = Stall(matching=False)
    closed.venues[0].indicative = 1e6
    firm = maker(closed)
    firm.step()
    assert firm.orders["stall"] == []


def test_it_works_in_a_plain_mesa_model() -> None:
    """The documentation's example of a maker and a taker in somebody else's model."""
    stall = Stall()
    venue = stall.venues[0]
    stall.quote(venue, 100_000.0, lots=1000, half=0.02)
    firm = maker(stall)
    taker = stall.fund(venue, cash=10**14)
    for _ in range(5):
        stall.clock.tick += 1
        firm.step()  # begin, withdraw, post, quote
        venue.send(taker, Side.BUY, 2_000_000, 1_000, Kind.IOC, arrival=stall.clock.tick)
        venue.clear()
        venue.publish(1000)
    assert venue.coins(taker) == 5_000
    stall.audit()
