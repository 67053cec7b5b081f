"""Who becomes due, against a full scan; where triggers rest."""

import copy
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core.codes import Kind, Reject, Side
from tidegate_core.contract import ContractMath
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Collateral, Perpetual, Tier

from tests.margin_venue import (
    ANN,
    BEN,
    CAT,
    DAN,
    FUND,
    TWO_TIERS,
    UNIT,
    deal,
    inverse,
    linear,
    venue,
)

CROSS = -1


# ---- the full scan ---------------------------------------------------------------------------


@dataclass
class Scan:
    """Reads balances and positions, and works everything out from their definitions."""

    engine: MarginEngine
    marks: list[int]
    prices: list[int]
    math: list[ContractMath] = field(init=False)
    waiting: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.math = [ContractMath(contract) for contract in self.engine.contracts]

    def due(self) -> set[tuple[int, int]]:
        cash = self.engine.balances()
        equity = {a: int(cash[a, 0]) + self.worth(cash[a]) for a in range(5, len(cash))}
        maintenance = dict.fromkeys(equity, 0)
        exposed, found = set(), set()
        for row in self.engine.positions().tolist():
            size, entry, margin, _, account, contract, many, _, isolated, _ = row
            mark, math = self.marks[contract], self.math[contract]
            if account < 5 or not size or not mark:
                continue
            pnl = math.value(mark, size) - entry
            needed = math.maintenance(math.notional(mark, size), many)
            if isolated and margin + pnl <= needed:
                found.add((account, contract))
            elif not isolated:
                equity[account] += pnl
                maintenance[account] += needed
                exposed.add(account)
        return found | {(a, CROSS) for a in exposed if equity[a] <= maintenance[a]}

    def worth(self, cash: np.ndarray[Any, Any]) -> int:
        return sum(
            terms.value(int(amount), price)
            for terms, amount, price in zip(
                self.engine.collateral, cash[1:], self.prices, strict=True
            )
        )

    def compare(self) -> None:
        self.waiting |= self.due()
        assert set(self.engine.queue()) == self.waiting
        assert self.engine.waiting == len(self.waiting)
        self.engine._check()


TIERS = st.sampled_from(
    [
        [Tier(10**17, 50_000, 10)],
        [Tier(1_000_000, 10_000, 50), Tier(20_000_000, 30_000, 20), Tier(10**17, 200_000, 4)],
        [Tier(3_000_000, 0, 100), Tier(4_000_000, 999, 50), Tier(10**9, 499_999, 2)],
    ]
)


@st.composite
def contracts(draw: st.DrawFn) -> Perpetual:
    tiers = draw(TIERS)
    if draw(st.booleans()):
        return Perpetual("L", tiers=tiers, tick_value=draw(st.integers(1, 999)), max_price=3_000)
    value = draw(st.integers(1, 10**8))
    return Perpetual("I", tiers=tiers, contract_value=value, inverse=True, max_price=3_000)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[MarginEngine, list[int]]:
    """Give a venue with positions of all kinds, all of them endowed near a price."""
    listed = draw(st.lists(contracts(), min_size=1, max_size=3))
    backing = [
        Collateral(f"C{k}", haircut) for k, haircut in enumerate(draw(st.lists(
            st.sampled_from([0, 1, 333_333, 999_999, 1_000_000]), max_size=2)))
    ]  # fmt: skip
    engine = MarginEngine(contracts=listed, collateral=backing)
    many = draw(st.lists(st.sampled_from([1, 1, 2, 7, 1_000]), min_size=4, max_size=6))
    engine.add_accounts(len(many), multiplicity=np.array(many, np.int64))
    marks = [draw(st.integers(50, 2_000)) for _ in listed]
    unit = 1
    for at in range(len(listed)):
        math = ContractMath(listed[at])
        half = draw(st.lists(st.integers(0, 200), min_size=len(many), max_size=len(many)))
        size = np.array(half) - np.array(half[1:] + half[:1])
        price = max(1, marks[at] + draw(st.integers(-40, 40)))
        entry = [math.value(price, int(lots)) for lots in size]
        entry[0] -= sum(entry)  # rounding, of the inverse
        if size[0] == 0 and entry[0]:
            continue
        unit = max(unit, *map(abs, entry))
        isolated = [
            math.initial(abs(cost), draw(st.integers(1, 50))) if lots and draw(st.booleans()) else 0
            for lots, cost in zip(size, entry, strict=True)
        ]
        engine.endow(
            at,
            np.arange(5, 5 + len(many)),
            size.astype(np.int64),
            np.array(entry, np.int64),
            np.array(isolated, np.int64),
            deposit=np.array(isolated, np.int64),
        )
    for account in range(5, 5 + len(many)):
        engine.deposit(account, 0, draw(st.integers(0, unit)))
        for asset in range(1, 1 + len(backing)):
            engine.deposit(account, asset, draw(st.integers(0, unit)))
    return engine, marks


MOVES = st.sampled_from(["mark", "mark", "mark", "price", "deposit", "withdraw", "fund", "off"])


@settings(max_examples=150, deadline=None)
@given(worlds(), st.data())
def test_who_is_due_after_any_move_is_who_a_full_scan_finds(
    world: tuple[MarginEngine, list[int]], data: st.DataObject
) -> None:
    engine, marks = world
    scan = Scan(engine, marks[:], [0] * len(engine.collateral))
    engine.set_marks(scan.marks)
    scan.compare()
    for _ in range(data.draw(st.integers(1, 12))):
        move = data.draw(MOVES)
        account = data.draw(st.integers(5, engine.accounts - 1))
        if move == "price" and scan.prices:
            asset = data.draw(st.integers(1, len(scan.prices)))
            scan.prices[asset - 1] = data.draw(st.sampled_from([0, 1, 500_000, 2_000_000, 10**7]))
            assert engine.set_collateral_price(asset, scan.prices[asset - 1]) == 0
            scan.compare()
            continue
        if move == "deposit":
            engine.deposit(account, 0, data.draw(st.integers(0, 10**6)))
        elif move == "withdraw":
            engine.withdraw(account, data.draw(st.integers(0, len(scan.prices))), 10**4)
        elif move == "fund":
            engine.fund(0, data.draw(st.integers(-(10**7), 10**7)))
        elif move == "off":
            engine.liquidating = False
            engine.set_marks([data.draw(st.integers(1, 3_000)) for _ in scan.marks])
            engine.liquidating = True
        scan.marks = [
            max(
                1, min(3_000, mark + data.draw(st.sampled_from([-300, -30, -5, -1, 1, 5, 30, 300])))
            )
            for mark in scan.marks
        ]
        engine.set_marks(scan.marks)
        scan.compare()


# ---- by hand -----------------------------------------------------------------------------------


def trigger(engine: MarginEngine, account: int, contract: int = 0) -> int | None:
    found = engine.position(account, contract)
    assert found is not None
    return found["trigger"]


def test_an_isolated_position_has_its_exact_price() -> None:
    engine = venue()
    engine.set_mode(ANN, 0, isolated=True)
    deal(engine, ANN, BEN, 100, 10)  # margin 100, entry 1000: 10 P - 900 <= 0.5 P
    engine.set_marks([100])
    assert trigger(engine, ANN) == 94  # 94.7
    engine.set_marks([95])
    assert engine.queue() == []
    engine.set_marks([94])
    assert engine.queue() == [(ANN, 0)]


def test_a_single_cross_position_has_its_exact_price_too() -> None:
    engine = venue(cash=(100, 10_000))
    deal(engine, BEN, ANN, 100, 10)  # short: 1100 - 10 P <= 0.5 P
    engine.set_marks([100])
    assert trigger(engine, ANN) == 105  # 104.76
    engine.set_marks([104])
    assert engine.queue() == []
    engine.set_marks([105])
    assert engine.queue() == [(ANN, CROSS)]


def test_the_triggers_of_a_cross_account_share_its_headroom() -> None:
    engine = venue(linear(), linear(), cash=(300, 10_000))
    deal(engine, ANN, BEN, 100, 10, at=0)
    deal(engine, ANN, BEN, 100, 10, at=1)
    engine.set_marks([100, 100])  # headroom 200, half of it each: 10 d (1 - 5 %) > 100
    assert (trigger(engine, ANN, 0), trigger(engine, ANN, 1)) == (89, 89)
    engine.set_marks([89, 100])  # fires: 9.5 x 11 of the 200 are used, 95.5 left
    assert engine.queue() == []
    assert trigger(engine, ANN, 0) in range(84, 86)
    engine.set_marks([89, 90])
    assert engine.queue() == []
    engine.set_marks([89, 89])
    assert engine.queue() == [(ANN, CROSS)]


def test_a_hedged_account_need_not_be_due_wherever_the_price_goes() -> None:
    engine = venue(linear(), linear(), cash=(200, 10_000))
    deal(engine, ANN, BEN, 100, 10, at=0)
    deal(engine, BEN, ANN, 100, 10, at=1)
    for price in [*range(100, 60, -1), *range(60, 140), 100]:
        engine.set_marks([price, price])
        engine._check()
    assert engine.queue() == []
    engine.set_marks([100, 200])
    assert engine.queue() == [(ANN, CROSS)]


def test_multiplicity_puts_a_position_into_the_tier_of_one_of_its_accounts() -> None:
    engine = venue(linear(tiers=TWO_TIERS), cash=(1_000,))
    first = engine.add_accounts(2, multiplicity=np.array([1, 10]))
    for account in (first, first + 1):
        engine.deposit(account, 0, 5_000 * UNIT)
        engine.set_leverage(account, 0, 10)
        deal(engine, account, FUND, 100, 50)
    engine.set_marks([100])  # 5000: in the second tier for one, in the first for ten
    assert engine.maintenance(first) == (250 - 40) * UNIT
    assert engine.maintenance(first + 1) == 50 * UNIT
    assert engine.position(first + 1, 0)["maintenance"] == 50 * UNIT  # type: ignore[index]
    assert engine.multiplicity(first + 1) == 10


def test_targets_wait_in_the_order_of_the_price_that_makes_them_due() -> None:
    engine = venue(cash=(10_000, 10_000, 10_000, 100_000))
    for account, leverage in ((ANN, 5), (BEN, 10), (CAT, 5)):
        engine.set_mode(account, 0, isolated=True)
        engine.set_leverage(account, 0, leverage)
        deal(engine, account, DAN, 100, 10)
    engine.set_marks([100])
    engine.set_marks([50])
    assert engine.queue() == [(BEN, 0), (ANN, 0), (CAT, 0)]


def test_dirty_accounts_come_first_in_order_of_becoming_so() -> None:
    engine = venue(cash=(10_000, 10_000, 10_000, 100_000))
    for account in (ANN, BEN, CAT):
        engine.set_mode(account, 0, isolated=True)
        deal(engine, account, DAN, 100, 10)
    engine.set_marks([100])
    engine.deposit(CAT, 0, 1)
    engine.deposit(BEN, 0, 1)
    engine.set_marks([50])
    assert engine.queue() == [(CAT, 0), (BEN, 0), (ANN, 0)]


def test_a_target_is_queued_once() -> None:
    engine = venue(cash=(100, 10_000))
    deal(engine, ANN, BEN, 100, 10)
    for mark in (90, 80, 95, 70):
        engine.set_marks([mark])
    engine.deposit(ANN, 0, 1)
    engine.set_marks([60])
    assert engine.queue() == [(ANN, CROSS)]
    assert engine.liquidate(0) == 1
    assert engine.queue() == []


def test_a_queued_position_that_its_owner_closed_keeps_its_mode_until_the_desk_has_looked() -> None:
    engine = venue()
    engine.set_mode(ANN, 0, isolated=True)
    deal(engine, ANN, BEN, 100, 10)
    engine.set_marks([90])
    deal(engine, BEN, ANN, 90, 10)
    assert engine.queue() == [(ANN, 0)]
    assert engine.set_mode(ANN, 0, isolated=False) == -Reject.LEVERAGE
    engine.liquidate(0)
    assert engine.queue() == []
    assert engine.set_mode(ANN, 0, isolated=False) == 0
    assert engine.position(ANN, 0) is None


@pytest.mark.parametrize("way", [lambda e: e, copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_whoever_waits_may_become_due_once_more(way: Callable[[MarginEngine], Any]) -> None:
    """As an account, and by an isolated position that it opened in place of the one that was due.

    Then there are more targets than records.
    """
    engine = venue(cash=(100, 100))
    deal(engine, ANN, BEN, 100, 10)
    engine.set_marks([94])
    engine.set_marks([106])
    assert engine.queue() == [(ANN, CROSS), (BEN, CROSS)]
    engine = way(engine)
    assert engine.submit(0, ANN, Side.SELL, 106, 10, reduce_only=True) > 0
    assert engine.submit(0, BEN, Side.BUY, 106, 10, reduce_only=True) > 0
    for account in (ANN, BEN):
        assert engine.set_mode(account, 0, isolated=True) == 0
    deal(engine, ANN, BEN, 106, 3)
    engine.set_marks([99])
    engine.set_marks([116])
    assert engine.queue() == [(ANN, CROSS), (BEN, CROSS), (ANN, 0), (BEN, 0)]
    engine._check()
    engine.liquidate(0)
    assert engine.queue() == []
    engine._check()


def test_what_was_missed_while_the_engine_was_off_is_found_at_the_next_marks() -> None:
    engine = venue(cash=(100, 10_000))
    deal(engine, ANN, BEN, 100, 10)
    engine.liquidating = False
    engine.set_marks([50])
    assert engine.queue() == []
    engine._check()
    engine.liquidating = True
    engine.set_marks([0])
    assert engine.queue() == [(ANN, CROSS)]


def test_without_a_mark_nobody_is_exposed() -> None:
    engine = venue(cash=(100, 10_000), mark=None)
    deal(engine, ANN, BEN, 100, 10)
    assert (engine.equity(ANN), engine.maintenance(ANN)) == (100 * UNIT, 0)
    engine.set_marks([0])
    assert engine.queue() == []
    engine.set_marks([90])
    assert engine.queue() == [(ANN, CROSS)]


def test_collateral_carries_a_position_until_its_price_falls() -> None:
    engine = venue(cash=(0, 10_000), collateral=[Collateral("ETH", 500_000)])
    engine.deposit(ANN, 1, 400 * UNIT)
    engine.set_collateral_price(1, UNIT)
    assert engine.available(ANN) == 200 * UNIT
    deal(engine, ANN, BEN, 100, 10)
    engine.set_marks([100])  # maintenance 50
    engine.set_collateral_price(1, 300_000)
    assert engine.queue() == []
    engine.set_collateral_price(1, 250_001)
    assert engine.queue() == []
    engine.set_collateral_price(1, 250_000)
    assert engine.queue() == [(ANN, CROSS)]


def test_cancelling_orders_leaves_the_triggers_of_collateral_where_they_are() -> None:
    engine = venue(cash=(0, 10_000), collateral=[Collateral("ETH")])
    engine.deposit(ANN, 1, 200 * UNIT)
    engine.set_collateral_price(1, UNIT)
    deal(engine, ANN, BEN, 100, 10)
    engine.submit(0, ANN, Side.BUY, 50, 1)
    engine.set_marks([100])
    assert engine.cancel_all(ANN) == 1
    engine._check()
    engine.set_collateral_price(1, 1)
    assert engine.queue() == [(ANN, CROSS)]


def test_collateral_may_become_worthless() -> None:
    engine = venue(cash=(60, 10_000), collateral=[Collateral("ETH")])
    engine.deposit(ANN, 1, UNIT)
    engine.set_collateral_price(1, 100 * UNIT)
    deal(engine, ANN, BEN, 100, 10)
    engine.set_marks([99])
    engine.set_collateral_price(1, 1)
    engine.set_collateral_price(1, 0)
    assert engine.queue() == []  # 50 of equity, 49.5 of maintenance
    engine._check()
    engine.set_marks([98])
    assert engine.queue() == [(ANN, CROSS)]


@pytest.mark.parametrize("marks", [[100_001], [100, 100], [-1], [True], [1.5]])
def test_marks_are_refused_by_name(marks: Sequence[Any]) -> None:
    engine = venue(linear(max_price=100_000))
    with pytest.raises((TypeError, ValueError), match="marks"):
        engine.set_marks(marks)
    assert engine.mark() == 100


def test_a_price_of_collateral_is_kept_within_bounds() -> None:
    engine = venue(collateral=[Collateral("ETH")])
    engine.deposit(ANN, 1, 10**12)
    assert engine.set_collateral_price(1, 2**58 // 10**6 + 1) == -11
    assert engine.set_collateral_price(0, 1) == -10
    assert engine.set_collateral_price(2, 1) == -10
    assert engine.set_collateral_price(1, -1) == -2
    assert engine.collateral_price_of(1) == 0
    assert engine.set_collateral_price(1, 2**58 // 10**6 - 1) == 0
    assert engine.deposit(BEN, 1, 10**12) == -11


def test_an_order_that_was_filled_at_other_prices_moves_the_trigger() -> None:
    engine = venue(inverse(), cash=(100, 10_000))
    deal(engine, ANN, BEN, 100, 30)
    engine.set_marks([100])
    first = trigger(engine, ANN)
    assert first is not None
    engine.submit(0, BEN, Side.BUY, 100, 20)
    engine.submit(0, ANN, Side.SELL, 100, 20, Kind.MARKET, reduce_only=True)
    assert trigger(engine, ANN) == first  # dirty until the next marks
    engine.set_marks([101])
    assert trigger(engine, ANN) is not None
    assert trigger(engine, ANN) < first  # type: ignore[operator]
    engine._check()
