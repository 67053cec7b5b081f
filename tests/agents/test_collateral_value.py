"""At what price collateral is valued: the three rules, and what a thin book shows."""

from __future__ import annotations

from statistics import median_high

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate_core import Side
from tidegate_core.engine import Engine

from tidegate.agents.collateral_value import LOTS, appraise, book_price

USD = 1_000_000 * LOTS  # the price of a lot that is worth a dollar
TICK = 100  # micro-USD of a tick on a lot


@given(
    own=st.integers(1, 5 * USD),
    elsewhere=st.lists(st.tuples(st.integers(1, 5 * USD), st.integers(1, 10**9)), max_size=3),
    redemption=st.integers(1, 5 * USD),
)
def test_each_rule_looks_at_its_own_price_alone(
    own: int, elsewhere: list[tuple[int, int]], redemption: int
) -> None:
    assert appraise("own_book", own, elsewhere, redemption) == own
    assert appraise("redemption_value", own, elsewhere, redemption) == redemption
    index = appraise("external_index", own, elsewhere, redemption)
    assert index == appraise("external_index", 1, elsewhere, redemption)
    if not elsewhere:
        assert index == redemption


@given(
    prices=st.lists(st.integers(USD // 2, USD), min_size=3, max_size=7),
)
def test_the_index_is_the_mean_of_markets_near_their_median(prices: list[int]) -> None:
    index = appraise("external_index", 1, [(price, 1_000) for price in prices], USD)
    assert min(prices) - LOTS <= index <= max(prices) + LOTS
    if len(prices) % 2:
        middle = median_high(prices)
        near = [price for price in prices if abs(price - middle) <= 0.0499 * middle]
        clear = [price for price in prices if abs(price - middle) <= 0.0501 * middle]
        if near == clear:
            # To the micro-USD of a lot, and to the thousandth that weights are rounded to.
            assert index == pytest.approx(sum(near) / len(near), rel=1e-3)


def test_an_index_forgets_the_one_market_that_broke() -> None:
    markets = [(65 * USD // 100, 89_000_000), (USD, 44_500_000), (USD, 200_000_000)]
    assert appraise("external_index", USD, markets, USD) == USD


@pytest.fixture
def engine() -> Engine:
    engine = Engine(
        assets=("USD", "X"),
        instruments=[{"name": "X-USD", "base": "X", "quote": "USD", "tick_value": TICK}],
    )
    engine.add_accounts(2)
    for account in (1, 2):
        for asset in (0, 1):
            assert engine.deposit(account, asset, 10**12) == 0
    return engine


def price(engine: Engine, kind: str = "mid") -> int:
    return book_price(engine, 0, TICK, kind, 7 * USD) // (TICK * LOTS // 2)  # type: ignore[arg-type]


def test_a_book_without_trades_or_quotes_has_the_default(engine: Engine) -> None:
    for kind in ("mid", "last"):
        assert book_price(engine, 0, TICK, kind, 7 * USD) == 7 * USD


def test_the_middle_and_the_last_trade(engine: Engine) -> None:
    engine.submit(0, 1, Side.BUY, 9_000, 10)
    engine.submit(0, 1, Side.SELL, 9_101, 10)
    assert price(engine) == 9_000 + 9_101
    assert price(engine, "last") == 9_000 + 9_101  # nothing has traded
    engine.submit(0, 2, Side.SELL, 9_000, 3)
    assert price(engine, "last") == 2 * 9_000
    assert price(engine) == 9_000 + 9_101


def test_with_one_side_empty_it_is_the_last_trade_as_far_as_the_other_allows(
    engine: Engine,
) -> None:
    engine.submit(0, 1, Side.BUY, 9_000, 10)
    engine.submit(0, 2, Side.SELL, 9_000, 10)
    assert price(engine) == 2 * 9_000
    engine.submit(0, 1, Side.BUY, 9_500, 10)
    assert price(engine) == 2 * 9_500
    engine.submit(0, 2, Side.SELL, 9_500, 10)
    engine.submit(0, 1, Side.SELL, 9_400, 10)
    assert price(engine) == 2 * 9_400
