"""What a liquidation costs: the same for few and many, and hardly more among ten times as many.

Positions lie in random order, so that each step reads memory that no step before it read.
"""

import time

import numpy as np
import pytest
from tidegate_core.codes import EventKind, Kind, Side
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual, Tier
from tidegate_core.waterfall import Waterfall

pytestmark = pytest.mark.bench
START, LOTS, FIRST = 100_000, 10, 5
BATCH, BATCHES = 1_000, 8


class Crowd:
    """As many longs as shorts, isolated, due at random prices; and a maker with cash."""

    def __init__(self, positions: int, policy: Waterfall | None = None) -> None:
        rng = np.random.default_rng(1)
        tier = Tier(10**15, maintenance_ppm=10_000, max_leverage=50)
        listing = [Perpetual("P", tiers=[tier], tick_value=1, max_price=10**6)]
        self.engine = MarginEngine("USD", listing, accounts=positions + 1, waterfall=policy)
        self.maker = FIRST + positions
        self.engine.deposit(self.maker, 0, 10**17)
        size = rng.permutation(np.repeat([LOTS, -LOTS], positions // 2))
        trigger = rng.integers(START // 2, START - 1_000, positions)
        margin = LOTS * (START - trigger) + LOTS * trigger // 100
        self.engine.endow(
            contract=0,
            account=np.arange(FIRST, FIRST + positions),
            size=size,
            entry=size * START,
            margin=margin,
            deposit=margin,
        )
        self.engine.set_marks([START])
        self.triggers = np.sort(trigger[size > 0])[::-1]
        self.done = 0

    def crash(self, count: int, *, bids: bool = True) -> float:
        """Let the mark make the next `count` longs due; seconds a step of their liquidation."""
        self.done += count
        mark = int(self.triggers[self.done - 1])
        if bids:
            self.engine.submit(0, self.maker, Side.BUY, mark - 1, 2 * LOTS * count, Kind.LIMIT)
        self.engine.set_marks([mark])
        start = time.perf_counter()
        steps = self.engine.liquidate(0)
        seconds = time.perf_counter() - start
        assert steps > 0.9 * count
        return seconds / steps

    def best(self) -> float:
        """Measure some batches; the best after the first, which grows the buffers."""
        seconds = []
        for _ in range(BATCHES):
            seconds.append(self.crash(BATCH))
            self.engine.take_events()
            self.engine.take_fills()
        return min(seconds[1:])


def matching() -> float:
    """Measure seconds of an order into the book alone, as the desk's orders are."""
    market = Crowd(2)
    market.engine.submit(0, market.maker, Side.BUY, START, 10**7, Kind.LIMIT)
    rows = 20_000
    column = {
        name: np.full(rows, value, dtype=np.int64)
        for name, value in (
            ("account", market.maker),
            ("contract", 0),
            ("side", Side.SELL),
            ("price", START),
            ("quantity", LOTS),
            ("kind", Kind.IOC),
        )
    }
    start = time.perf_counter()
    results = market.engine.submit_many(**column)
    seconds = time.perf_counter() - start
    assert np.all(results > 0)
    return seconds / rows


def test_a_liquidation_costs_matching_and_little_more() -> None:
    allowed = 0.3e-6 + matching()
    small = Crowd(100_000).best()
    large = Crowd(1_000_000).best()
    print(f"allowed {allowed * 1e9:.0f} ns, 1e5 {small * 1e9:.0f} ns, 1e6 {large * 1e9:.0f} ns")
    assert small <= allowed
    assert large <= 1.5 * allowed


def test_the_cost_is_linear_in_how_many_are_due() -> None:
    market = Crowd(400_000, Waterfall(fund=10**15))
    seconds: dict[int, list[float]] = {5_000: [], 30_000: []}
    for _ in range(4):
        for count, found in seconds.items():
            found.append(market.crash(count))
            market.engine.take_events()
    few, many = (min(found[1:]) for found in seconds.values())  # the first grow the buffers
    print(f"5,000: {few * 1e9:.0f} ns each; 30,000: {many * 1e9:.0f} ns each")
    assert many <= 1.5 * few


def test_ten_thousand_through_book_fund_and_others() -> None:
    market = Crowd(100_000, Waterfall(fund=10**8))
    start = time.perf_counter()
    market.crash(10_000)
    seconds = time.perf_counter() - start
    kinds = np.bincount(market.engine.take_events()["kind"], minlength=len(EventKind))
    print(f"{seconds * 1e3:.1f} ms", {kind.name: int(kinds[kind]) for kind in EventKind})
    assert min(kinds[EventKind.BOOK], kinds[EventKind.TAKEOVER], kinds[EventKind.ADL]) > 0
    assert seconds <= 0.050
