"""The leveraged crowd: rates, sides, margin, lines, and money that is nowhere lost."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core import Kind, Side
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual, Tier
from tidegate_core.waterfall import Waterfall
from tidegate_crowd.leveraged import LeveragedCrowd
from tidegate_crowd.leveraged_terms import CrowdTerms, GroupTerms

PRICES = (1_000_000, 50_000)
UNIT = 10
MILLION = 1_000_000
OUT, IN, CLOSING, OPENING = range(4)
STOP, TOP_UP = 1, 2
FALLING, RISING = 0, 1
CALM, STILL = np.ones(2), np.zeros(2)
SLOW, FAST = 0, 1
TERMS = CrowdTerms(
    groups=(GroupTerms(2.0, 5.0, 2_000.0), GroupTerms(5.0, math.inf, 500.0, trend=0.475)),
    top_up=0.5,
    mean_return=600.0,
)


class Pit:
    """A venue of two contracts with a market maker and a crowd of equal longs and shorts."""

    def __init__(
        self,
        n: int = 200,
        *,
        key: int = 3,
        extra: int = 0,
        many: int = 1,
        rule: Mapping[str, Any] | None = None,
        **terms: Any,
    ) -> None:
        self.many = many  # real accounts a member stands for
        self.rule = dict(rule or {})  # of the venue: capacity, overload
        tier = Tier(10**18, maintenance_ppm=5_000, max_leverage=50)
        self.engine = MarginEngine(
            contracts=[
                Perpetual(name, tiers=[tier], tick_value=UNIT, max_price=4 * price, taker_ppm=500)
                for name, price in zip(("A", "B"), PRICES, strict=True)
            ],
            waterfall=Waterfall(fund=10**15),
        )
        rows = np.arange(n + extra)
        self.contract = rows // 2 % 2
        self.size = np.where(rows % 2 == 0, 1, -1) * (100 + rows // 2 % 100)
        self.group = rows // 4 % 2
        self.rate = np.where(self.group == SLOW, 0.4, 0.1)
        self.kind = np.zeros(n + extra, dtype=np.int64)
        self.line = np.zeros(n + extra, dtype=np.int64)
        self.first = self._move_in(n + extra)
        self.maker = self.engine.add_accounts(1)
        self.engine.deposit(self.maker, 0, 10**17)
        for at in range(2):
            self.engine.set_leverage(self.maker, at, 1)
        self.prices = list(PRICES)
        self.engine.set_marks(self.prices)
        self.quotes: list[int] = []
        self.quote()
        self.crowd = self.make_crowd(key, **terms)
        self.money = int(self.engine.balances().sum())

    def _move_in(self, n: int) -> int:
        first = int(self.engine.add_accounts(n, self.many))
        price = np.array(PRICES)[self.contract]
        entry = self.size * price * UNIT
        margin = np.ceil(self.rate * np.abs(entry)).astype(np.int64)
        for at in range(2):
            rows = np.flatnonzero(self.contract == at)
            self.engine.endow(
                at,
                first + rows,
                self.size[rows],
                entry[rows],
                margin[rows],
                leverage=np.ceil(1 / self.rate[rows]).astype(np.int64),
                deposit=2 * margin[rows],
            )
        return first

    def make_crowd(self, key: int, **terms: Any) -> LeveragedCrowd:
        return LeveragedCrowd(
            self.contract,
            self.group,
            self.size,
            self.rate,
            self.kind,
            self.line,
            marks=PRICES,
            first=self.first,
            key=key,
            now=0.0,
            terms=replace(TERMS, **terms),
            **self.rule,
        )

    def quote(self, lots: int = 100_000, levels: int = 20, sides: tuple[int, ...] = (0, 1)) -> None:
        for order in self.quotes:
            self.engine.cancel(order)
        self.quotes = []
        for at, price in enumerate(self.prices):
            for level in range(1, levels + 1):
                for side in sides:
                    away = max(1, price // 2_000) * level
                    self.quotes.append(
                        self.engine.submit(
                            at,
                            self.maker,
                            side,
                            price + (away if side == Side.SELL else -away),
                            lots,
                            Kind.LIMIT,
                        )
                    )
        assert min(self.quotes, default=1) > 0

    def mark(self, *prices: int) -> None:
        self.prices = list(prices)
        self.engine.set_marks(self.prices)
        self.quote()

    def run(
        self,
        seconds: int,
        stress: Any = CALM,
        momentum: Any = STILL,
        dt: int = 1,
        appetite: Any = None,
    ) -> None:
        start = int(self.crowd.now)
        for now in range(start + dt, start + seconds + 1, dt):
            self.quote()
            self.money += self.crowd.alert(self.engine)
            self.money += self.crowd.wake(self.engine, now, stress, momentum, appetite=appetite)

    def held(self) -> np.ndarray[Any, Any]:
        """Position of each member, a row of zeros if it has none."""
        positions = self.engine.positions()
        found = np.zeros(self.crowd.n, dtype=positions.dtype)
        mine = (positions["account"] >= self.first) & (
            positions["account"] < self.first + self.crowd.n
        )
        found[positions["account"][mine] - self.first] = positions[mine]
        return found

    def check(self) -> None:
        self.crowd._check(self.engine)
        self.engine._check()
        assert int(self.engine.balances().sum()) == self.money


def stops_at(pit: Pit, rng: np.random.Generator, kind: int = STOP, **terms: Any) -> np.ndarray:
    """Give every member a line up to 8 % away."""
    way = 1 - np.sign(pit.size) * rng.uniform(0.001, 0.08, pit.crowd.n)
    pit.kind[:] = kind
    pit.line[:] = np.round(np.array(PRICES)[pit.contract] * way)
    pit.crowd = pit.make_crowd(3, **terms)
    return pit.line


# -- renewal --------------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [0.5, 1.0, 6.0, 40.0])
def test_members_wake_at_the_rate_that_stress_asks_for(speed: float) -> None:
    pit = Pit(4_000)
    seconds = 300 / max(1.0, speed)
    pit.crowd.wake(pit.engine, seconds, np.array([speed, 0.0]), STILL)
    lived = seconds * min(speed, TERMS.max_stress)
    assert pit.crowd.clocks == pytest.approx([lived, 0.0])
    drawn = pit.crowd.columns()["draws"] - 1  # turns lived through
    for group, turn in ((SLOW, 2_000.0), (FAST, 500.0)):
        mine = (pit.group == group) & (pit.contract == 0)
        expected = mine.sum() * lived / turn
        assert abs(drawn[mine].sum() - expected) < 4 * math.sqrt(expected)
    assert not drawn[pit.contract == 1].any()


def test_the_length_of_rounds_changes_nobodys_times() -> None:
    short, long = Pit(2_000), Pit(2_000)
    rng = np.random.default_rng(1)
    for start in range(0, 240, 60):
        stress = rng.uniform(0.5, 8.0, 2)
        for now in range(start + 1, start + 61):
            short.crowd.wake(short.engine, now, stress, STILL)
        long.crowd.wake(long.engine, start + 60, stress, STILL)
    assert np.array_equal(short.crowd.columns()["draws"], long.crowd.columns()["draws"])
    assert short.crowd.totals["wakes"] > 500


def test_a_renewal_closes_and_opens_as_much_at_the_price_of_the_day() -> None:
    pit = Pit(400)
    pit.mark(1_020_000, 51_000)
    pit.run(300)
    renewed = pit.crowd.columns()["draws"] > 1
    assert 30 < renewed.sum() < 370
    held = pit.held()
    price = np.array([1_020_000, 51_000])[pit.contract]
    entry = held["entry"] / held["size"] / UNIT
    assert np.array_equal(np.abs(held["size"]), np.abs(pit.size))
    assert np.array_equal(held["size"][~renewed], pit.size[~renewed])
    assert np.abs(entry[renewed] / price[renewed] - 1).max() < 0.01
    assert np.all(pit.crowd.columns()["condition"] == IN)
    totals = pit.crowd.totals
    assert totals["orders"] == 2 * totals["wakes"] == 2 * totals["opened"]
    pit.check()


def test_margin_is_what_the_leverage_drawn_asks_for() -> None:
    pit = Pit(800)
    pit.run(400)
    renewed = pit.crowd.columns()["draws"] > 1
    held, rate = pit.held(), pit.crowd.columns()["margin_rate"]
    wanted = np.ceil(rate * np.abs(held["entry"]))
    assert np.all(held["margin"][renewed] >= wanted[renewed])
    assert np.all(held["margin"][renewed] <= wanted[renewed] * 1.001 + held["size"].size)
    assert np.all(held["leverage"][renewed] == np.ceil(1 / rate[renewed] - 1e-12))
    for group, low, high in ((SLOW, 2, 5), (FAST, 5, 50)):
        mine = rate[renewed & (pit.group == group)]
        place = np.sort((mine - 1 / high) / (1 / low - 1 / high))
        uniform = (np.arange(len(mine)) + 0.5) / len(mine)
        assert np.abs(place - uniform).max() < 1.63 / math.sqrt(len(mine))
    pit.check()


@pytest.mark.parametrize(
    ("momentum", "appetite", "chances"),
    [
        (0.0, None, (0.5, 0.5)),
        (4.0, None, (0.5, 0.8618)),
        (-1e3, None, (0.5, 0.025)),
        (0.0, math.log(3.0), (0.75, 0.75)),  # odds of 3 to 1
        (4.0, -math.log(3.0), (0.25, 0.6752)),  # and a third of 0.8618 to 0.1382
        (1e3, 20.0, (1.0, 1.0)),
    ],
)
def test_half_keep_their_side_and_moods_and_trends_turn_the_others(
    momentum: float, appetite: float | None, chances: tuple[float, float]
) -> None:
    pit = Pit(6_000)
    liking = None if appetite is None else np.full(2, appetite)
    pit.run(240, momentum=np.full(2, momentum), dt=240, appetite=liking)
    columns, held = pit.crowd.columns(), pit.held()
    for group, p in enumerate(chances):
        for side in (1, -1):
            mine = (columns["draws"] > 1) & (pit.group == group) & (np.sign(pit.size) == side)
            turned = (np.sign(held["size"][mine]) != side).mean()
            expected = 0.5 * (1 - p if side == 1 else p)
            assert abs(turned - expected) < 4 * math.sqrt(0.25 / mine.sum())


def test_a_member_more_changes_nobody_elses_draws() -> None:
    fewer, more = Pit(200), Pit(200, extra=2)
    for pit in (fewer, more):
        pit.run(200)
    assert fewer.crowd.n == 200
    assert more.crowd.n == 202
    for field in ("draws", "margin_rate", "condition", "flags"):
        mine = more.crowd.columns()[field][:200]
        assert np.array_equal(fewer.crowd.columns()[field], mine)
    assert fewer.crowd.totals["wakes"] > 50


def test_orders_go_out_in_drawn_order_not_by_number() -> None:
    pit = Pit(600)
    pit.engine.take_fills()
    pit.crowd.wake(pit.engine, 100.0, CALM, STILL)
    takers = pit.engine.take_fills()["taker"]
    order = list(dict.fromkeys(takers[takers < pit.maker].tolist()))
    assert len(order) > 50
    assert order != sorted(order)
    again = Pit(600, key=4)
    again.engine.take_fills()
    again.crowd.wake(again.engine, 100.0, CALM, STILL)
    assert again.engine.take_fills()["taker"].tolist() != takers.tolist()


# -- a thin book ----------------------------------------------------------------------------------


def test_what_finds_no_taker_waits_for_the_next_round() -> None:
    pit = Pit(200)
    pit.quote(sides=())
    pit.crowd.wake(pit.engine, 100.0, CALM, STILL)
    waiting = pit.crowd.waiting[0]
    assert waiting > 5
    assert np.array_equal(pit.held()["size"], pit.size)
    pit.quote()
    pit.money += pit.crowd.wake(pit.engine, 100.0, CALM, STILL)
    assert pit.crowd.waiting == (0, 0)
    assert pit.crowd.totals["opened"] == waiting
    pit.check()


def test_orders_do_not_walk_further_than_the_slippage_they_bear() -> None:
    pit = Pit(200, slippage=0.002)
    pit.quote(lots=70, levels=10)
    pit.engine.take_fills()
    pit.crowd.wake(pit.engine, 100.0, CALM, STILL)
    fills = pit.engine.take_fills()
    assert pit.crowd.waiting[0] > 5
    order = fills["taker_order"]
    first = np.flatnonzero(np.diff(order, prepend=-1))
    start = np.repeat(fills["price"][first], np.diff([*first, len(order)]))
    assert np.abs(fills["price"] / start - 1).max() < 0.0021
    for _ in range(60):
        pit.quote(lots=70, levels=10)
        pit.crowd.wake(pit.engine, 100.0, CALM, STILL)
    assert pit.crowd.waiting == (0, 0)
    assert np.array_equal(np.abs(pit.held()["size"]), np.abs(pit.size))


# -- lines ----------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    path=st.lists(st.floats(-0.07, 0.07), min_size=1, max_size=6),
)
def test_stops_fire_exactly_when_crossed(seed: int, path: list[float]) -> None:
    pit = Pit(40, mean_return=1e9)
    line = stops_at(pit, np.random.default_rng(seed), mean_return=1e9)
    out = np.zeros(pit.crowd.n, dtype=bool)
    for move in path:
        pit.mark(*[round(price * (1 + move)) for price in PRICES])
        mark = np.array(pit.prices)[pit.contract]
        out |= np.where(pit.size > 0, mark <= line, mark >= line)
        pit.money += pit.crowd.alert(pit.engine)
        assert np.array_equal(pit.crowd.columns()["condition"] == OUT, out)
        assert np.array_equal(pit.held()["size"] == 0, out)
    assert pit.crowd.totals["stops"] == pit.crowd.totals["exits"] == out.sum()
    pit.check()


def test_stops_fire_in_the_order_in_which_their_lines_are_met() -> None:
    pit = Pit(60)
    line = stops_at(pit, np.random.default_rng(8))
    pit.mark(940_000, PRICES[1])
    pit.engine.take_fills()
    pit.crowd.alert(pit.engine)
    fills = pit.engine.take_fills()
    sellers = list(dict.fromkeys((fills["taker"] - pit.first).tolist()))
    longs = np.flatnonzero((pit.size > 0) & (pit.contract == 0) & (line >= 940_000))
    assert len(longs) > 5
    assert sellers == longs[np.argsort(-line[longs], kind="stable")].tolist()


def test_nothing_crossed_is_nothing_done() -> None:
    pit = Pit(40)
    stops_at(pit, np.random.default_rng(2))
    assert pit.crowd.alert(pit.engine) == 0
    assert pit.crowd.totals["orders"] == 0
    assert len(pit.crowd.lines(0, FALLING)) == len(pit.crowd.lines(1, RISING)) == 10


def test_while_the_channel_is_closed_stops_and_renewals_wait() -> None:
    pit = Pit(200, mean_return=1e9)
    line = stops_at(pit, np.random.default_rng(4), mean_return=1e9)
    pit.mark(*[round(0.96 * price) for price in PRICES])
    crossed = (pit.size > 0) & (np.array(pit.prices)[pit.contract] <= line)
    pit.engine.accepting = False
    assert pit.crowd.alert(pit.engine) == 0
    assert pit.crowd.wake(pit.engine, 50.0, CALM, STILL) == 0
    assert pit.crowd.waiting[1] == crossed.sum() > 10
    assert pit.crowd.totals["orders"] == 0
    pit.engine.set_marks(PRICES)  # back above the lines: they were crossed
    assert pit.crowd.alert(pit.engine) == 0
    pit.check()
    pit.engine.accepting = True
    pit.quote()
    pit.crowd.alert(pit.engine)
    assert np.array_equal(pit.crowd.columns()["condition"] == OUT, crossed)
    assert pit.crowd.waiting[1] == 0
    assert pit.crowd.totals["stops"] == crossed.sum()
    pit.crowd._check(pit.engine)


def test_top_ups_add_margin_once_and_move_the_liquidation_price() -> None:
    pit = Pit(80)
    line = stops_at(pit, np.random.default_rng(6), kind=TOP_UP)
    before = pit.held()
    pit.mark(*[round(0.95 * price) for price in PRICES])
    crossed = (pit.size > 0) & (np.array(pit.prices)[pit.contract] <= line)
    pit.money += pit.crowd.alert(pit.engine)
    after = pit.held()
    added = after["margin"] - before["margin"]
    wanted = np.ceil(1.5 * pit.rate * np.abs(before["entry"])) - before["margin"]
    assert np.array_equal(added[crossed], wanted[crossed])
    assert not added[~crossed].any()
    assert pit.crowd.totals["top_ups"] == crossed.sum() > 5
    pit.money += pit.crowd.alert(pit.engine)
    assert pit.crowd.totals["top_ups"] == crossed.sum()
    assert np.array_equal(pit.crowd.columns()["condition"] == IN, np.ones(80, dtype=bool))
    pit.check()


def test_new_positions_get_lines_between_entry_and_liquidation() -> None:
    pit = Pit(2_000, stop_share=0.3, top_up_share=0.2)
    pit.run(400, dt=100)
    columns, held = pit.crowd.columns(), pit.held()
    renewed = columns["draws"] > 1
    kinds = np.bincount(columns["line"][renewed], minlength=3) / renewed.sum()
    assert kinds == pytest.approx([0.5, 0.3, 0.2], abs=0.05)
    ways: dict[int, list[float]] = {STOP: [], TOP_UP: []}
    for at in range(2):
        for side in (FALLING, RISING):
            for member, price in pit.crowd.lines(at, side).items():
                sign = 1 if side == FALLING else -1
                assert np.sign(held["size"][member]) == sign
                size = abs(held["size"][member]) * UNIT
                entry = abs(held["entry"][member]) / size
                margin = held["margin"][member] / size
                liquidation = (entry - sign * margin) / (1 - sign * 0.005)
                way = (price - entry) / (liquidation - entry)
                ways[int(columns["line"][member])].append(way)
    assert min(ways[STOP]) > 0.34
    assert max(ways[STOP]) < 0.97
    assert np.mean(ways[STOP]) == pytest.approx(0.65, abs=0.03)
    assert ways[TOP_UP] == pytest.approx([0.6] * len(ways[TOP_UP]), abs=0.02)
    pit.check()


# -- out and back ---------------------------------------------------------------------------------


def test_the_wiped_out_are_noticed_and_come_back_with_new_money() -> None:
    pit = Pit(400, mean_return=300.0)
    pit.mark(*[round(0.93 * price) for price in PRICES])
    pit.engine.set_marks([round(0.88 * price) for price in PRICES])
    pit.engine.liquidate(1)
    wiped = pit.held()["size"] == 0
    assert 50 < wiped.sum() < 150
    assert np.all(pit.group[wiped] == FAST)
    events = pit.engine.take_events()
    assert pit.crowd.notice(pit.engine, events) == wiped.sum()
    assert pit.crowd.notice(pit.engine, events) == 0
    assert np.array_equal(pit.crowd.columns()["condition"] == OUT, wiped)
    pit.check()
    pit.mark(*[round(0.9 * price) for price in PRICES])
    pit.run(300)
    back = wiped & (pit.crowd.columns()["condition"] == IN)
    expected = wiped.sum() * (1 - math.exp(-1))
    assert abs(back.sum() - expected) < 4 * math.sqrt(wiped.sum() * 0.25)
    assert np.array_equal(np.abs(pit.held()["size"][back]), np.abs(pit.size[back]))
    assert pit.crowd.totals["returns"] == back.sum()
    assert pit.crowd.totals["deposits"] > 0
    pit.check()


def test_nobody_touches_what_is_in_the_hands_of_the_venue() -> None:
    pit = Pit(200)
    line = stops_at(pit, np.random.default_rng(4))
    pit.mark(*[round(0.88 * price) for price in PRICES])
    due = {account - pit.first for account, _ in pit.engine.queue()}
    assert due
    pit.run(100)
    held = pit.held()["size"]
    for member in due:
        assert held[member] == pit.size[member]
    assert pit.crowd.waiting[1] == len(due)
    pit.engine.liquidate(1)
    pit.crowd.notice(pit.engine, pit.engine.take_events())
    assert np.all(pit.crowd.columns()["condition"][list(due)] == OUT)
    pit.crowd.alert(pit.engine)
    assert pit.crowd.waiting[1] == 0
    assert line.size == 200
    pit.check()


# -- state ----------------------------------------------------------------------------------------


def _busy() -> Pit:
    pit = Pit(200, stop_share=0.3, top_up_share=0.3, mean_return=60.0)
    stops_at(pit, np.random.default_rng(4), stop_share=0.3, mean_return=60.0)
    pit.run(40)
    pit.mark(*[round(0.97 * price) for price in PRICES])
    pit.engine.accepting = False
    pit.crowd.alert(pit.engine)
    pit.crowd.wake(pit.engine, 60.0, CALM, STILL)
    pit.engine.accepting = True
    assert min(pit.crowd.waiting) > 0
    return pit


def _digest(pit: Pit) -> tuple[bytes, bytes]:
    return pit.engine.snapshot(), pit.crowd.snapshot()


@pytest.mark.parametrize("way", ["deepcopy", "pickle", "restore"])
def test_copies_continue_bit_for_bit(way: str) -> None:
    pit = _busy()
    before = _digest(pit)
    if way == "deepcopy":
        other = copy.deepcopy(pit)
    elif way == "pickle":
        other = pickle.loads(pickle.dumps(pit))
    else:
        other = copy.deepcopy(pit)
        other.run(30)
        other.engine.restore(pit.engine.snapshot())
        other.crowd.restore(pit.crowd.snapshot())
        other.quotes, other.money = list(pit.quotes), pit.money
    assert _digest(other) == before
    other.run(60, stress=np.array([3.0, 5.0]))
    other.check()
    assert _digest(pit) == before
    pit.run(60, stress=np.array([3.0, 5.0]))
    assert _digest(pit) == _digest(other)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_money_and_positions_are_nowhere_lost(data: st.DataObject) -> None:
    """Whatever happens: falls, outages, thin books, liquidations."""
    pit = Pit(60, stop_share=0.4, top_up_share=0.4, slippage=0.003)
    for step in range(data.draw(st.integers(1, 12))):
        move = data.draw(st.floats(-0.06, 0.06))
        pit.prices = [max(1, round(price * (1 + move))) for price in pit.prices]
        pit.engine.set_marks(pit.prices)
        pit.engine.accepting = data.draw(st.booleans())
        pit.engine.accepting, accepting = True, pit.engine.accepting
        pit.quote(lots=data.draw(st.sampled_from([50, 500, 100_000])), levels=8)
        pit.engine.accepting = accepting
        pit.engine.liquidate(step, data.draw(st.integers(0, 40)))
        pit.crowd.notice(pit.engine, pit.engine.take_events())
        pit.money += pit.crowd.alert(pit.engine)
        stress = np.full(2, data.draw(st.floats(0.0, 20.0)))
        now = pit.crowd.now + data.draw(st.floats(0.0, 200.0))
        pit.money += pit.crowd.wake(pit.engine, now, stress, STILL)
        pit.check()


@pytest.mark.parametrize("cap", [1, 2, 8, 1_000])
def test_a_cap_binds_new_positions_and_leaves_old_ones(cap: int) -> None:
    pit, free = Pit(500), Pit(500)
    before, rate = pit.held()["leverage"], pit.crowd.columns()["margin_rate"]
    for now in range(10, 1_000, 10):
        for one, most in ((pit, cap), (free, None)):
            one.quote()
            one.money += one.crowd.wake(one.engine, now, CALM, STILL, most)
    after = pit.held()
    anew = (pit.crowd.columns()["margin_rate"] != rate) & (after["size"] != 0)
    assert anew.sum() > 50
    assert after["leverage"][anew].max() <= cap
    assert np.array_equal(after["leverage"][~anew & (after["size"] != 0)], before[~anew])
    assert (pit.crowd.snapshot() == free.crowd.snapshot()) == (cap == 1_000)
    pit.check()


def test_who_leaves_never_trades_again_and_who_holds_a_position_stays() -> None:
    pit = Pit(200, mean_return=5.0)
    stops_at(pit, np.random.default_rng(8), mean_return=5.0)
    pit.mark(940_000, 47_000)
    pit.money += pit.crowd.alert(pit.engine)
    out = pit.crowd.columns()["condition"] == OUT
    assert 20 < out.sum() < 180
    everybody = pit.first + np.arange(pit.crowd.n)
    assert pit.crowd.leave(pit.engine, everybody[:100]) == out[:100].sum()
    pit.check()
    restored = pickle.loads(pickle.dumps(pit.crowd))
    assert restored.snapshot() == pit.crowd.snapshot()
    pit.run(200)
    condition = pit.crowd.columns()["condition"]
    assert np.all(condition[:100][out[:100]] == OUT)
    assert np.all(condition[100:][out[100:]] == IN)  # back after 5 seconds on average
    assert np.all(condition[~out] == IN)
    pit.check()


def test_who_waits_to_open_may_leave_too() -> None:
    pit = Pit(200)
    pit.quote(sides=(Side.BUY,))  # longs can close, and nobody can open one
    pit.money += pit.crowd.wake(pit.engine, 100.0, CALM, STILL)
    opening = pit.crowd.columns()["condition"] == OPENING
    bare = opening & (pit.held()["size"] == 0)
    assert bare.any()
    assert pit.crowd.leave(pit.engine, pit.first + np.flatnonzero(opening)) == bare.sum()
    pit.check()
    pit.run(100)
    assert np.all(pit.crowd.columns()["condition"][bare] == OUT)
    assert not pit.held()["size"][bare].any()
    pit.check()


def test_refuses_what_cannot_be() -> None:
    pit = Pit(8)
    pit.crowd.wake(pit.engine, 5.0, CALM, STILL)
    before = _digest(pit)
    with pytest.raises(ValueError, match=r"now is 4\.0"):
        pit.crowd.wake(pit.engine, 4.0, CALM, STILL)
    with pytest.raises(ValueError, match=r"stress is -1\.0"):
        pit.crowd.wake(pit.engine, 6.0, -CALM, STILL)
    with pytest.raises(ValueError, match="momentum is"):
        pit.crowd.wake(pit.engine, 6.0, CALM, np.array([0.0, np.nan]))
    with pytest.raises(ValueError, match="cap is 0; allowed are 1 and more, or None"):
        pit.crowd.wake(pit.engine, 6.0, CALM, STILL, 0)
    with pytest.raises(ValueError, match=r"appetite is 21\.0; allowed are log odds"):
        pit.crowd.wake(pit.engine, 6.0, CALM, STILL, appetite=[0.0, 21.0])
    with pytest.raises(ValueError, match=rf"accounts\[1\] is {pit.maker}; members are"):
        pit.crowd.leave(pit.engine, [pit.first, pit.maker])
    with pytest.raises(ValueError, match="stress has 1 rows, not 2"):
        pit.crowd.wake(pit.engine, 6.0, [1.0], STILL)
    alone = Perpetual("A", tiers=[Tier(10**12, 5_000, 50)], tick_value=1, max_price=100)
    other = MarginEngine(contracts=[alone])
    with pytest.raises(ValueError, match="house has 1 contracts"):
        pit.crowd.alert(other)
    tier = Tier(10**12, 5_000, 50)
    coin = Perpetual("A", tiers=[tier], contract_value=1, inverse=True, max_price=100)
    inverse = MarginEngine(contracts=[coin, coin], accounts=20)
    with pytest.raises(ValueError, match="contract 0 is inverse"):
        pit.crowd.alert(inverse)
    with pytest.raises(TypeError):
        pit.crowd.alert(None)  # type: ignore[arg-type]
    assert _digest(pit) == before
    for terms, words in (
        ({"slippage": -0.1}, "slippage is -0.1"),
        ({"stop_high": 0.3}, "stop_high is 0.3"),
        ({"stop_share": 0.5, "top_up_share": 0.6}, "top_up_share is 0.6; allowed are 0 to 0.5"),
        ({"groups": ()}, "groups has 0 rows"),
        ({"mean_return": math.inf}, "mean_return is inf"),
    ):
        with pytest.raises(ValueError, match=words):
            replace(TERMS, **terms)
    with pytest.raises(ValueError, match="high is 2"):
        GroupTerms(5.0, 2.0, 10.0)
    pit.group[:] = 7
    with pytest.raises(ValueError, match="group must be within 0 and 1"):
        pit.make_crowd(1)
