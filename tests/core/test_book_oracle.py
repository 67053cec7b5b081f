"""The compiled book against the plain one, message by message."""

import random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.oracles.pair import BookPair
from tests.strategies import (
    bad_quantities,
    kinds,
    near_prices,
    owners,
    quantities,
    self_trade_modes,
    sides,
    small_quantities,
    wide_prices,
)


class BookMachine(RuleBasedStateMachine):
    """Any instruction at any moment; refusals must leave no trace."""

    def __init__(self):
        super().__init__()
        self.pair = BookPair()

    def number(self, back):
        return max(self.pair.plain.issued - back, 0)

    def told(self, instruct):
        before = self.pair.book.snapshot()
        if instruct() < 0:
            assert self.pair.book.snapshot() == before

    @rule(
        side=sides,
        price=near_prices,
        quantity=small_quantities,
        owner=owners,
        kind=kinds,
        stp=self_trade_modes,
    )
    def submit(self, **order):
        self.told(lambda: self.pair.submit(**order))

    @rule(side=sides, price=wide_prices, quantity=quantities, kind=kinds)
    def submit_far_or_huge(self, **order):
        self.told(lambda: self.pair.submit(**order))

    @rule(side=sides, price=near_prices, quantity=bad_quantities, kind=kinds)
    def submit_a_bad_quantity(self, **order):
        self.told(lambda: self.pair.submit(**order))

    @rule(side=st.integers(-2, 3), kind=st.integers(-1, 6), stp=st.integers(-1, 5))
    def submit_any_codes(self, **codes):
        self.told(lambda: self.pair.submit(price=100, quantity=1, **codes))

    @rule(back=st.integers(0, 40))
    def cancel(self, back):
        self.told(lambda: self.pair.cancel(self.number(back)))

    @rule(back=st.integers(0, 40), price=near_prices, quantity=small_quantities)
    def replace(self, back, price, quantity):
        self.told(lambda: self.pair.replace(self.number(back), price, quantity))

    @rule(
        back=st.integers(0, 40), price=wide_prices, quantity=st.one_of(quantities, bad_quantities)
    )
    def replace_far_or_huge(self, back, price, quantity):
        self.told(lambda: self.pair.replace(self.number(back), price, quantity))

    @rule(back=st.integers(0, 40), quantity=small_quantities)
    def resize(self, back, quantity):
        order = self.pair.plain.orders.get(self.number(back))
        if order is not None:
            price = order.key if order.side == 0 else -order.key
            self.told(lambda: self.pair.replace(order.order_id, price, quantity))

    @rule(side=sides, quantity=st.one_of(small_quantities, quantities))
    def preview(self, side, quantity):
        filled, notional, worst = self.pair.book.impact(side, quantity)
        twin = self.pair.book.copy()
        twin.clear_trades()
        twin.submit(side, 0, quantity, 99, 1)
        trades = twin.trades()
        assert filled == twin.last_filled == sum(trades["quantity"].tolist())
        products = zip(trades["price"].tolist(), trades["quantity"].tolist(), strict=True)
        assert notional == sum(price * lots for price, lots in products)
        assert worst == (trades["price"].tolist()[-1] if len(trades) else None)

    @rule()
    def save_and_restore(self):
        data = self.pair.book.snapshot()
        fresh = type(self.pair.book)()
        fresh.restore(data)
        assert fresh.snapshot() == data
        self.pair.book = fresh

    @rule()
    def go_on_with_a_copy(self):
        data = self.pair.book.snapshot()
        self.pair.book = self.pair.book.copy()
        assert self.pair.book.snapshot() == data

    @invariant()
    def same(self):
        self.pair.compare_trades()
        self.pair.compare_state()


BookMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestBookMachine = BookMachine.TestCase


def tell(pair, rng, mid, spread, fancy):
    """One random message around a mid price."""
    draw = rng.random()
    recent = max(pair.plain.issued - int(rng.expovariate(0.01)), 0)
    price = mid + rng.randint(-spread, spread)
    if draw < 0.42:
        pair.cancel(recent)
    elif fancy and draw < 0.5:
        order = pair.plain.orders.get(recent)
        if order is not None and rng.random() < 0.4:
            price = order.key if order.side == 0 else -order.key
        pair.replace(recent, price, rng.randint(0, 60))
    else:
        kind = rng.choice((0, 0, 0, 0, 1, 2, 3, 4)) if fancy else int(draw > 0.93)
        stp = rng.choice((0, 0, 1, 2, 3)) if fancy else 0
        size = int(rng.paretovariate(1.2) * 10)
        pair.submit(rng.randint(0, 1), price, size, rng.randint(0, 9), kind, stp)


def run(messages, seed, spread, fancy, every):
    """Differential run: all trades in order, the whole book every so often."""
    rng, pair, mid = random.Random(seed), BookPair(), 0
    for step in range(messages):
        mid += rng.choice((-1, 0, 0, 0, 1)) * max(spread // 20, 1)
        tell(pair, rng, mid, spread, fancy)
        pair.compare_trades()
        if step % every == 0:
            pair.compare_state()
    pair.compare_state()
    return pair


@pytest.mark.parametrize("spread", [3, 30, 3_000, 10**7, 2**60])
@pytest.mark.parametrize("fancy", [False, True])
def test_agrees_with_the_plain_book(spread, fancy):
    pair = run(3_000, seed=spread % 1_000 + fancy, spread=spread, fancy=fancy, every=300)
    assert pair.book.submit(0, 0, 1, kind=1) > 0


@pytest.mark.slow
@pytest.mark.parametrize("spread", [20, 400, 20_000, 10**9])
@pytest.mark.parametrize("fancy", [False, True])
def test_agrees_with_the_plain_book_over_two_million_messages(spread, fancy):
    run(250_000, seed=spread, spread=spread, fancy=fancy, every=2_500)
