"""A predator: pays where others must sell, and only where it can see them."""

from __future__ import annotations

import copy
import pickle
from typing import Any, cast

import mesa
import numpy as np
import pytest
from tidegate_core import Kind, Side
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual, Tier
from tidegate_core.waterfall import Waterfall
from tidegate_crowd.places import Places

from tidegate.agents.predator import Predator
from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.predator import PredatorSpec

MICRO = 1_000_000
TICK, LOT = 0.01, 0.01
START = 10_000  # ticks
UNIT = 100  # micro-USD a tick and lot
STEP = 5  # ticks between two quotes
PER_STEP = 500  # lots of a quote: 100 USD x 5 x 0.2 %, so 10 kUSD within 1 %
PER_CENT = PER_STEP * 20  # lots within 1 %
MAINTENANCE = 5_000
RICH = 10**15


class Pit(mesa.Model):  # type: ignore[misc]
    """One perpetual, a maker whose quotes stay where trades push them, and planted longs."""

    def __init__(
        self,
        longs: list[tuple[int, int]] | None = None,
        *,
        taker_ppm: int = 0,
        interest: int = 0,
        **spec: Any,
    ) -> None:
        super().__init__(rng=1)
        self.name = "pit"
        perpetual = Perpetual(
            "C0",
            tiers=[Tier(10**17, maintenance_ppm=MAINTENANCE, max_leverage=50)],
            max_price=4 * START,
            tick_value=UNIT,
            taker_ppm=taker_ppm,
        )
        self.margin = MarginEngine(
            contracts=[perpetual], waterfall=Waterfall(order="market", fund=10**15)
        )
        self.margin.set_marks([START])
        self.places = Places([(self.margin, 0, 0, 0, TICK, LOT)])
        self.maker, self.other, predator = (self.margin.add_accounts(1) for _ in range(3))
        for account, cash in ((self.maker, RICH), (self.other, RICH), (predator, 200_000 * MICRO)):
            assert self.margin.deposit(account, 0, cash) == 0
        self.centre, self.stock = float(START), 0
        self.plant(longs or [], interest)
        coin = CoinSpec(name="C0", price=100, tick=TICK, lot=LOT, beta=1, own_volatility=0.0)
        self.now = 0
        self.quote()
        rules = {"push_seconds": 10.0, "capital": 200_000.0, **spec}
        self.predator = Predator(
            self,
            exchange=self,
            places=self.places,
            account=predator,
            coins=[coin],
            spec=PredatorSpec(**rules),
        )

    def plant(self, longs: list[tuple[int, int]], interest: int) -> None:
        """Put longs in place: lots, and the price at which each is due; one who is never due."""
        safe = interest - sum(lots for lots, _ in longs)
        rows = [(lots, trigger) for lots, trigger in longs]
        rows += [(safe, START // 2)] if safe > 0 else []
        if not rows:
            return
        first = self.margin.add_accounts(len(rows) + 1)
        hedger = first + len(rows)  # whoever is short
        lots = np.array([row[0] for row in rows])
        entry = lots * START * UNIT
        # Due where margin - entry + value = maintenance rate x value.
        kept = [size * due * UNIT * (MICRO - MAINTENANCE) // MICRO for size, due in rows]
        margin = entry - np.array(kept)
        self.margin.endow(
            0,
            np.append(np.arange(first, first + len(rows)), hedger),
            np.append(lots, -lots.sum()),
            np.append(entry, -entry.sum()),
            np.append(margin, 0),
            deposit=np.append(margin, RICH),
        )
        self.margin.set_marks([round(self.centre)])

    def quote(self) -> None:
        """Quote evenly on both sides of where trades have pushed the middle."""
        position = self.margin.position(self.maker, 0)
        stock = 0 if position is None else position["size"]
        self.centre -= (stock - self.stock) * STEP / PER_STEP
        self.stock = stock
        self.margin.cancel_all(self.maker)
        for level in range(200):
            away = 1 + STEP * level
            for side, price in (
                (Side.BUY, round(self.centre) - away),
                (Side.SELL, round(self.centre) + away),
            ):
                self.margin.submit(0, self.maker, side, price, PER_STEP, Kind.LIMIT)

    def round(self, *, marks: bool = True) -> None:
        """Let a second pass."""
        self.now += 1
        self.quote()
        self.predator.act(self.now, 1, np.array([START]))
        self.quote()
        if marks:
            self.margin.set_marks([round(self.centre)])
            self.margin.liquidate(self.now)
            self.quote()

    def run(self, seconds: int, **how: Any) -> None:
        for _ in range(seconds):
            self.round(**how)
            self.predator._check()

    def orders(self) -> list[tuple[int, ...]]:
        """Give all fills of the predator: side, price, lots."""
        fills = self.margin.take_fills()
        account = self.predator.account
        mine = fills[(fills["maker"] == account) | (fills["taker"] == account)]
        return [(int(f["taker"] == account), int(f["price"]), int(f["quantity"])) for f in mine]

    def size(self) -> int:
        """Give the lots that the predator has, below 0: short."""
        position = self.margin.position(self.predator.account, 0)
        return 0 if position is None else int(position["size"])

    def longs(self) -> int:
        """Give the lots that all but the maker are long."""
        table = self.margin.positions()
        return int(table["size"][(table["size"] > 0) & (table["account"] != self.maker)].sum())

    def check(self) -> None:
        self.margin._check()
        audit = self.margin.audit()
        assert audit["assets"]["USD"]["inflow"] == audit["assets"]["USD"]["held"]
        assert audit["sizes"] == {"C0": 0}
        assert audit["clearing"] == audit["owed"]
        self.predator._check()


def cluster(
    gain: float, top: int = 9_900, end: int = 9_700, count: int = 40
) -> list[tuple[int, int]]:
    """Longs due evenly between two prices that sell `gain` times the depth in between."""
    lots = round(gain * PER_CENT * (top - end) / 100 / count)
    return [(lots, top - (top - end) * i // count) for i in range(count)]


@pytest.mark.parametrize("gain", [1.5, 3.0])
def test_it_profits_where_others_must_sell(gain: float) -> None:
    pit = Pit(cluster(gain), taker_ppm=300, patience_seconds=60)
    planted = pit.longs()
    pit.run(90)
    assert pit.predator.hunts == 1
    assert pit.predator.profit > 0
    assert not pit.predator.hunting
    # It has bought all back, so the price is down by what others were made to sell.
    forced = planted - pit.longs()
    assert pit.centre == pytest.approx(START - 100 * forced / PER_CENT, abs=2)
    assert forced > 0.3 * planted
    pit.check()


def test_the_gain_is_forced_sales_over_depth() -> None:
    pit = Pit(cluster(2.0))
    found = pit.predator.look()
    assert found is not None
    assert found.gain == pytest.approx(2.0, rel=0.05)
    assert found.goal == pytest.approx(9_852, abs=4)  # a quarter of the way through
    assert found.lots == pytest.approx(1.48 * PER_CENT, rel=0.04)
    assert found.notional == pytest.approx(2 * 2 * PER_CENT * LOT * 99, rel=0.01)


@pytest.mark.parametrize(
    ("longs", "spec"),
    [
        ([], {}),
        (cluster(0.9), {}),
        (cluster(3.0, top=9_600, end=9_400), {}),  # out of reach
        (cluster(3.0, top=9_990, end=9_910), {}),  # falls without a push
        (cluster(3.0), {"threshold": 3.5}),
        (cluster(3.0), {"visible": False}),
    ],
)
def test_it_does_nothing_and_makes_nothing_otherwise(longs: Any, spec: Any) -> None:
    pit = Pit(longs, taker_ppm=300, **spec)
    pit.run(130)
    assert pit.predator.hunts == 0
    assert pit.predator.profit == 0
    assert pit.orders() == []
    assert pit.centre == START
    pit.check()


def test_pushing_without_forced_sellers_costs_money() -> None:
    pit = Pit(interest=10**6, taker_ppm=300, visible=False, guess=0.1, patience_seconds=60)
    pit.run(200)
    assert pit.predator.hunts == 1
    assert not pit.predator.hunting
    assert pit.predator.profit < 0
    assert pit.centre == pytest.approx(START, abs=2)
    pit.check()


def test_hidden_its_trades_are_the_same_whatever_the_positions() -> None:
    trades = []
    worlds: list[list[tuple[int, int]]] = [
        cluster(3.0),
        cluster(1.0),
        cluster(3.0, top=9_400, end=9_200),
        [],
    ]
    for longs in worlds:
        pit = Pit(longs, interest=10**6, visible=False, guess=0.1, patience_seconds=60)
        pit.run(150, marks=False)
        trades.append(pit.orders())
    assert len(trades[0]) > 10
    assert all(other == trades[0] for other in trades)


def test_visible_its_trades_depend_on_them() -> None:
    trades = []
    for longs in (cluster(3.0), cluster(3.0, top=9_880, end=9_720)):
        pit = Pit(longs, interest=10**6, patience_seconds=60)
        pit.run(150, marks=False)
        trades.append(pit.orders())
    assert trades[0] != trades[1]


def test_it_looks_now_and_then_only() -> None:
    pit = Pit()
    pit.run(3)
    pit.plant(cluster(3.0), 0)
    pit.run(57)
    assert pit.predator.hunts == 0
    pit.run(1)
    assert pit.predator.hunts == 1


def test_it_rests_after_a_hunt() -> None:
    pit = Pit(cluster(3.0), patience_seconds=30, rest_seconds=500)
    while not pit.predator.hunting:
        pit.round()
    while pit.predator.hunting:
        pit.round()
    ended = pit.now
    pit.plant(cluster(3.0, top=round(0.99 * pit.centre), end=round(0.97 * pit.centre)), 0)
    while pit.predator.hunts == 1 and pit.now < 2_000:
        pit.round()
    assert pit.now - ended == 500


def test_capital_is_finite() -> None:
    """What lies between the mark and the cluster is worth 15 kUSD: 3 kUSD at 5x do not do."""
    pit = Pit(cluster(3.0), leverage=5)
    cash = pit.margin.balance(pit.predator.account)
    assert pit.margin.withdraw(pit.predator.account, 0, cash - 3_000 * MICRO) == 0
    pit.run(130)
    assert pit.predator.hunts == 0
    assert pit.margin.deposit(pit.predator.account, 0, 1_000 * MICRO) == 0
    pit.run(130)
    assert pit.predator.hunts == 1


def test_other_places_count_where_they_are_linked() -> None:
    pit = Pit(cluster(3.0))
    twin = pit.margin.copy()  # as deep
    pit.predator.places = Places([(pit.margin, 0, 0, 0, TICK, LOT), (twin, 0, 0, 1, TICK, LOT)])
    pit.predator._own = [True, False]
    gains = []
    for linked in (0.0, 0.5, 1.0):
        pit.predator.spec = PredatorSpec(linked=linked)
        found = pit.predator.look()
        assert found is not None
        gains.append(found.gain)
    assert gains == pytest.approx([gains[0], gains[0] / 1.5, gains[0] / 2.0])


def test_it_leaves_when_the_price_rises_against_it() -> None:
    pit = Pit(cluster(3.0), push_seconds=100.0)
    pit.run(10)
    assert pit.predator.hunting
    assert pit.size() < 0
    pit.margin.submit(0, pit.other, Side.BUY, 1, 3 * PER_CENT, Kind.MARKET)
    pit.run(150)
    assert not pit.predator.hunting
    assert pit.predator.profit < 0
    assert pit.size() == 0
    pit.check()


def test_it_is_liquidated_like_anybody() -> None:
    pit = Pit(cluster(3.0), leverage=50, stop=10.0)
    cash = pit.margin.balance(pit.predator.account)
    assert pit.margin.withdraw(pit.predator.account, 0, cash - 1_000 * MICRO) == 0
    pit.run(6)
    assert pit.predator.hunting
    for _ in range(2):
        pit.margin.submit(0, pit.other, Side.BUY, 1, 9 * PER_CENT, Kind.MARKET)
        pit.run(1)
    pit.run(20)
    assert not pit.predator.hunting
    assert pit.margin.equity(pit.predator.account) < 300 * MICRO
    assert pit.size() == 0
    pit.check()


def test_an_outage_leaves_it_waiting() -> None:
    pit = Pit(cluster(3.0), patience_seconds=60)
    pit.margin.accepting = False
    pit.predator.act(1, 1, np.array([START]))
    assert pit.predator.hunting
    assert pit.orders() == []
    pit.margin.accepting = True
    pit.now = 1
    pit.run(90)
    assert not pit.predator.hunting
    assert pit.predator.profit > 0
    pit.check()


@pytest.mark.parametrize("by", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_continue_alike(by: Any) -> None:
    pit = Pit(cluster(3.0), taker_ppm=300)
    pit.run(5)
    twin = by(pit)
    assert twin.predator.exchange is twin
    assert twin.predator.places.engines[0] is twin.margin
    pit.run(100)
    twin.run(100)
    assert twin.orders() == pit.orders()
    assert twin.predator.profit == pit.predator.profit


def test_a_window_must_be_one() -> None:
    with pytest.raises(ValueError, match=r"near 0\.03"):
        PredatorSpec(near=0.03)


def test_every_quantity_has_a_unit_and_a_source() -> None:
    for name, field in PredatorSpec.model_fields.items():
        if name not in ("exchange", "visible"):
            extra = cast("dict[str, str]", field.json_schema_extra)
            assert extra["unit"], name
            assert extra["source"], name
