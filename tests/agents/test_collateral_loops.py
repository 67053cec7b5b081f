"""Loops: due by the price that the exchange values the coin at, and by nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core import Side
from tidegate_core.engine import Engine

from tidegate.agents.collateral_loops import LoopDesk, open_loops
from tidegate.agents.collateral_sale import Haste
from tidegate.books import Books

TICK = 100  # micro-USD of a tick on a lot: 1e-4 USD on one coin
MICRO = 1_000_000
DESK, CROWD = 1, 2
LOTS = 1_000
NOW = Haste(seconds=1e-3, slip=0.02)


class Stand:
    """An exchange with one coin, a crowd with cash, a loan desk, and books."""

    def __init__(self, haste: Haste = NOW, ltv: tuple[float, float] = (0.5, 0.9)) -> None:
        self.name = "here"
        self.outage = SimpleNamespace(engine=False)
        self.spot = Engine(
            assets=("USD", "X"),
            instruments=[{"name": "X-USD", "base": "X", "quote": "USD", "tick_value": TICK}],
        )
        self.spot.add_accounts(2)
        self.books = Books(("USD", "X"))
        for name in ("network", "world"):
            self.books.open(name, issuer=True)
        self.books.open(self.name)
        self.books.move(1, "network", self.name, LOTS)
        self.credit(DESK, 1, LOTS)
        self.books.move(0, "world", self.name, 10**12)
        self.credit(CROWD, 0, 10**12)
        self.loans = open_loops(LOTS, 1.0, TICK, 10, ltv, 0.95)
        self.desk = LoopDesk(
            self, self.books, self.loans, haste, name="X", account=DESK, instrument=0
        )

    def credit(self, account: int, asset: int, amount: int) -> None:
        assert self.spot.deposit(account, asset, amount) == 0

    def debit(self, account: int, asset: int, amount: int) -> None:
        assert self.spot.withdraw(account, asset, amount) == 0

    def totals(self) -> tuple[int, ...]:
        audit = self.spot.audit()
        return tuple(audit[name]["free"] + audit[name]["reserved"] for name in ("USD", "X"))

    def bid(self, price: float, coins: int) -> None:
        assert self.spot.submit(0, CROWD, Side.BUY, round(price * 10_000), coins) > 0

    def act(self, value: float, seconds: int = 1) -> None:
        self.desk.act(seconds, round(value * 10_000))
        self.desk._check()
        audit = self.books.audit(0, [self])
        assert audit.passed, audit.differences


def test_debts_are_spread_evenly_over_equal_collateral() -> None:
    loans = open_loops(1_005, 2.0, TICK, 10, (0.5, 0.9), 0.95)
    assert loans.coins.sum() == 1_005
    assert np.ptp(loans.coins) <= 1
    ltv = loans.debt / (loans.coins * 2.0 * MICRO)
    assert ltv == pytest.approx(np.linspace(0.52, 0.88, 10), abs=1e-6)


def test_nobody_is_due_before_debt_over_value_reaches_the_threshold() -> None:
    it = Stand()
    it.bid(0.5, LOTS)
    for value in (1.0, 0.95, 0.927):  # 0.88 / 0.95 = 0.9263
        it.act(value)
        assert it.desk.sold == 0
    it.act(0.926)
    assert it.desk.sold > 0


def test_the_book_does_not_matter_where_value_is_another() -> None:
    it = Stand()
    it.bid(0.10, LOTS)
    it.act(1.0)
    assert it.desk.sold == 0


def test_a_loop_sells_what_repays_it_and_keeps_the_rest() -> None:
    it = Stand()
    it.bid(0.90, LOTS)
    it.act(0.926)  # the one at 0.88: 100 coins that owe 88
    assert it.desk.sold == 98  # ceil(88 / 0.90)
    assert it.desk.brought == 98 * 900_000
    assert it.desk.repaid == 88 * MICRO
    assert it.desk.lost == 0
    assert it.books.balance(it.desk.party, 0) == it.desk.brought  # what is over is its owner's
    it.act(0.926)
    assert it.desk.sold == 98


def test_what_coins_do_not_repay_is_lost() -> None:
    it = Stand()
    it.bid(0.50, LOTS)
    it.act(0.50)
    assert it.desk.sold == LOTS  # all owe more than half
    assert it.desk.lost == int(10 * 70 * MICRO) - LOTS * 500_000
    assert it.loans.debt.sum() == 0


def test_it_sells_at_its_pace_and_no_lower_than_its_slip() -> None:
    it = Stand(Haste(seconds=60.0, slip=0.02))
    it.bid(0.90, 5)
    it.bid(0.885, 5)
    it.bid(0.80, LOTS)
    it.act(0.5)
    assert it.desk.sold == 10  # 16 were offered
    it.act(0.5)
    assert 20 <= it.desk.sold <= 30


def test_nothing_is_sold_without_bids_or_engine() -> None:
    it = Stand()
    it.act(0.5)
    it.bid(0.9, LOTS)
    it.outage.engine = True
    it.act(0.5)
    assert it.desk.sold == 0
    it.outage.engine = False
    it.act(0.5)
    assert it.desk.sold > 0


@settings(max_examples=60, deadline=None)
@given(
    path=st.lists(
        st.tuples(st.floats(0.01, 1.2), st.floats(0.01, 1.2), st.integers(1, 400)), max_size=12
    ),
    pace=st.floats(0.1, 300.0),
)
def test_any_path_conserves_coins_debt_and_cash(
    path: list[tuple[float, float, int]], pace: float
) -> None:
    it = Stand(Haste(pace, 0.02))
    for value, price, coins in path:
        it.bid(price, coins)
        it.act(value)
    assert it.loans.coins.sum() + it.desk.sold == LOTS
