"""The theory of cascades out of the core itself: gain, threshold, critical leverage.

The mark is the last price. A shock is one sale; what it makes due is liquidated, which moves the
price and makes more due, round after round, until nothing is.
"""

import numpy as np
import pytest
from tidegate_core.codes import EventKind, Kind, Side
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual, Tier
from tidegate_core.waterfall import Waterfall

from tidegate.analysis.cascade import (
    amplification,
    critical_leverage,
    steepest_gain,
    total_fall,
)

MAKER, SELLER, FIRST = 5, 6, 7
RICH = 10**15
# The fund is large and orders go as deep as it can bear: all that is due is sold into the book.
POLICY = Waterfall(order="market", adl_trigger="never", fund=10**15)
MAINTENANCE_PPM = 10_000


def ladder_and_book(
    start: int, lots_due: int, deepest_trigger: int, depth: np.ndarray
) -> MarginEngine:
    """Build a long of `lots_due` due at each tick down to the deepest, and bids below the start.

    `depth[i]` lots are bid at start - 1 - i. A long bought at `start` with margin m is due at t
    when m = lots (start - t) + 1 % of lots t.
    """
    tier = Tier(10**17, maintenance_ppm=MAINTENANCE_PPM, max_leverage=50)
    listing = [Perpetual("P", tiers=[tier], tick_value=1, max_price=2 * start)]
    triggers = np.arange(start - 1, deepest_trigger - 1, -1, dtype=np.int64)
    n = len(triggers) if lots_due else 0
    engine = MarginEngine("USD", listing, accounts=2 + n, waterfall=POLICY)
    for account in (MAKER, SELLER):
        assert engine.deposit(account, 0, RICH) == 0
    if n:
        account = np.arange(FIRST, FIRST + n, dtype=np.int64)
        size = np.full(n, lots_due, dtype=np.int64)
        maintenance = -(-lots_due * triggers * MAINTENANCE_PPM // 1_000_000)
        margin = lots_due * (start - triggers) + maintenance
        short = np.array([SELLER]), np.array([-n * lots_due]), np.array([0])
        engine.endow(
            contract=0,
            account=np.append(account, short[0]),
            size=np.append(size, short[1]),
            entry=np.append(size, short[1]) * start,
            margin=np.append(margin, short[2]),
            deposit=np.append(margin, short[2]),
        )
    for tick, lots in enumerate(depth.tolist()):
        assert engine.submit(0, MAKER, Side.BUY, start - 1 - tick, lots, Kind.LIMIT) > 0
    engine.set_marks([start])
    assert len(engine.take_events()) == 0
    return engine


def fall_after(engine: MarginEngine, start: int, lots: int) -> float:
    """Sell `lots`, let the loop run, and give the fall of the last price."""
    engine.submit(0, SELLER, Side.SELL, 0, lots, Kind.MARKET)
    steps = 1
    while steps:
        engine.set_marks([engine.last_price(0)])
        steps = engine.liquidate(0)
    engine._check()
    return (start - engine.last_price(0)) / start


@pytest.mark.parametrize(("gain", "expected"), [(0.0, 0.02), (0.5, 0.04), (0.8, 0.10)])
def test_a_shock_ends_where_the_gain_says(gain: float, expected: float) -> None:
    start, depth = 20_000, np.full(2_800, 10)
    engine = ladder_and_book(start, round(10 * gain), start - 2_600, depth)
    fall = fall_after(engine, start, lots=4_000)  # 400 ticks, 2 %
    assert fall == pytest.approx(expected, rel=0.02)
    assert fall == pytest.approx(total_fall(0.02, gain), rel=0.02)


def test_without_liquidation_the_fall_is_the_shock() -> None:
    start, depth = 20_000, np.full(2_800, 10)
    engine = ladder_and_book(start, 8, start - 2_600, depth)
    engine.liquidating = False
    frozen = fall_after(engine, start, lots=4_000)
    assert frozen == pytest.approx(0.02, rel=0.02)
    assert len(engine.take_events()) == 0
    assert amplification(0.10, frozen) == pytest.approx(5, rel=0.02)


def test_falls_rise_fastest_where_the_gain_is_one() -> None:
    # The ladder ends 20 % down: beyond a gain of 1 the whole of it is sold.
    start, depth = 4_000, np.full(2_400, 100)
    gains = np.arange(0.0, 2.01, 0.2)
    falls = [
        fall_after(ladder_and_book(start, round(100 * g), start - 800, depth), start, lots=8_000)
        for g in gains
    ]
    assert np.all(np.diff(falls) > 0)
    assert 0.8 <= steepest_gain(gains, falls) <= 1.2
    # below 1 the linear theory, above it shock and ladder together
    assert falls[2] == pytest.approx(total_fall(0.02, gains[2]), rel=0.02)
    assert falls[-1] == pytest.approx(0.02 + 0.2 * gains[-1], rel=0.02)


# ---- critical leverage ------------------------------------------------------------------------


def close_one_account(
    leverage: float, impact: float, rng: np.random.Generator
) -> tuple[bool, float]:
    """Liquidate one long at a leverage in a noisy book of square-root impact: broke, and impact.

    Selling Q lots moves the price by impact x sqrt(Q / lots), so the depth between x and x + dx
    below the start is 2 lots x dx / impact**2.
    """
    start, lots = 10_000, 1_000_000
    tier = Tier(10**17, maintenance_ppm=300_000, max_leverage=3)
    listing = [Perpetual("P", tiers=[tier], tick_value=1, max_price=2 * start)]
    engine = MarginEngine("USD", listing, accounts=3, waterfall=POLICY)
    margin = int(lots * start / leverage)
    for account in (MAKER, SELLER):
        assert engine.deposit(account, 0, RICH) == 0
    engine.endow(
        contract=0,
        account=np.array([FIRST, SELLER]),
        size=np.array([lots, -lots]),
        entry=np.array([lots, -lots]) * start,
        margin=np.array([margin, 0]),
        deposit=np.array([margin, 0]),
    )
    for block in range(1, 1_000):  # of 5 ticks
        near, far = (block - 1) * 5 / start, block * 5 / start
        depth = lots * (far**2 - near**2) / impact**2 * rng.lognormal(-0.5, 1.0)
        assert engine.submit(0, MAKER, Side.BUY, start - block * 5, max(1, int(depth)), 0) > 0
        if far > 2 * impact:
            break
    engine.set_marks([start])
    assert engine.liquidate(0) == 1
    events = engine.take_events()
    assert -events["quantity"][events["kind"] == EventKind.BOOK].sum() == lots
    broke = bool(np.any(events["kind"] == EventKind.SHORTFALL))
    return broke, (start - engine.last_price(0)) / start


@pytest.mark.parametrize("impact", [0.05, 0.10, 0.20])
def test_bankruptcy_begins_at_the_critical_leverage(impact: float) -> None:
    rng = np.random.default_rng(3)
    leverages = critical_leverage(impact) * np.arange(0.7, 1.35, 0.05)
    shares, impacts = [], []
    for leverage in leverages:
        runs = [close_one_account(leverage, impact, rng) for _ in range(20)]
        shares.append(np.mean([broke for broke, _ in runs]))
        impacts += [moved for _, moved in runs]
    half = leverages[int(np.argmax(np.array(shares) >= 0.5))]
    assert shares[0] < 0.5 <= shares[-1]
    assert half == pytest.approx(critical_leverage(float(np.mean(impacts))), rel=0.20)
