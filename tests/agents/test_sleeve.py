"""A sleeve of coins: cash, coins and units are all somewhere, whatever savers and prices do."""

from __future__ import annotations

import copy

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agents.conftest import MICRO, Stall
from tidegate.agents.sleeve import Sleeve
from tidegate.books import USD
from tidegate.scenario import ExecutionSpec


def stall_sleeve(hours: float = 24.0, **execution: float) -> tuple[Stall, Sleeve]:
    stall = Stall(("one", "two"), step=86_400)
    sleeve = Sleeve(
        path="sleeve/0",
        holders=(3,),
        accounts={v.name: stall.fund(v) for v in stall.venues},
        books=stall.books,
        execution=ExecutionSpec(funding_hours=hours, sweep=1.0, **execution),
        daily_volume=1e9,
        rounds=1,
        **stall.base,
    )
    return stall, sleeve


def day(stall: Stall, sleeve: Sleeve, price: float = 100_000.0, lots: int = 10**7) -> None:
    stall.clock.tick += 1
    stall.books.settle(stall.clock.seconds, stall.venues)
    for venue in stall.venues:
        stall.quote(venue, price, lots)
    sleeve.look()
    sleeve.work()
    sleeve.desk.trade()
    for venue in stall.venues:
        venue.clear()
    sleeve.look()


def where_the_cash_is(stall: Stall, sleeve: Sleeve) -> int:
    """Return the sleeve's cash, found place by place."""
    home = sum(t.amount for t in stall.books._flights if t.target == sleeve.party)
    at_bank = stall.books.balance(sleeve.party, USD) + stall.books.balance(sleeve.desk.bank, USD)
    return home + at_bank + sleeve.desk.in_transit + sleeve.desk.cash


def column(*amounts: float) -> np.ndarray:
    return np.array([int(a * MICRO) for a in amounts], dtype=np.int64)


def test_money_in_becomes_coins_and_coins_become_money_out() -> None:
    stall, sleeve = stall_sleeve()
    sleeve.subscribe(column(1e6, 2e6, 0))
    for _ in range(60):
        day(stall, sleeve)
    assert abs(sleeve.desk.value / MICRO - 3e6) < 1e3
    owed = sleeve.redeem(sleeve.trust.units * np.array([1, 0, 0]))
    assert abs(int(owed[0]) / MICRO - 1e6) < 1e3
    for _ in range(60):
        day(stall, sleeve)
    assert abs(sleeve.paid_out - int(owed[0])) < 20 * MICRO  # under a lot is left
    assert abs(sleeve.desk.value / MICRO - 2e6) < 2e3
    assert sleeve.made_good == 0


def test_a_fee_comes_out_of_the_assets() -> None:
    stall, sleeve = stall_sleeve()
    sleeve.subscribe(column(1e6, 0, 0))
    before = sleeve.assets
    assert sleeve.charge(MICRO) == MICRO
    assert sleeve.assets == before - MICRO
    assert sleeve.charge(10**18) == before - MICRO
    sleeve._check()
    day(stall, sleeve)
    assert sleeve.assets == 0


def test_what_the_last_coins_did_not_fetch_is_made_good() -> None:
    stall, sleeve = stall_sleeve()
    sleeve.subscribe(column(1e6, 0, 0))
    for _ in range(20):
        day(stall, sleeve)
    owed = int(sleeve.redeem(sleeve.trust.units.copy()).sum())
    for _ in range(60):
        day(stall, sleeve, 50_000.0)
    assert sleeve.desk.value < 20 * MICRO  # less than two lots are left
    assert owed - sleeve.paid_out == sleeve.owed < 20 * MICRO
    assert 0.45 * owed < sleeve.made_good < 0.55 * owed
    sleeve._check()
    stall.audit()


def test_a_copy_goes_on_like_the_original() -> None:
    stall, sleeve = stall_sleeve()
    sleeve.subscribe(column(1e6, 5e5, 0))
    day(stall, sleeve)
    twin_stall, twin = copy.deepcopy((stall, sleeve))
    for s, f in ((stall, sleeve), (twin_stall, twin)):
        f.redeem(f.trust.units // 3)
        for _ in range(10):
            day(s, f, 120_000.0)
    assert twin.assets == sleeve.assets
    assert twin.trust.units.tolist() == sleeve.trust.units.tolist()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["in", "out", "fee", "none"]),
            st.integers(0, 2),
            st.floats(0.0, 1.0),
            st.floats(0.4, 2.0),
            st.sampled_from([0, 10, 10**7]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from([0.0, 24.0, 60.0]),
)
def test_every_dollar_coin_and_unit_is_somewhere(
    moves: list[tuple[str, int, float, float, int]], hours: float
) -> None:
    """Whatever comes, goes and happens to prices and depth; units are conserved at every step."""
    stall, sleeve = stall_sleeve(hours, participation=0.01)
    price = 100_000.0
    issued = redeemed = 0
    for kind, who, size, change, lots in moves:
        mask = np.arange(3) == who
        if kind == "in":
            issued += int(sleeve.subscribe(column(5e6 * size, 0, 0)[np.argsort(~mask)]).sum())
        elif kind == "out":
            units = np.where(mask, (sleeve.trust.units * size).astype(np.int64), 0)
            redeemed += int(units.sum())
            sleeve.redeem(units)
        elif kind == "fee":
            sleeve.charge(int(1e4 * MICRO * size))
        price = min(max(price * change, 1_000.0), 1e6)
        day(stall, sleeve, price, max(lots, 1))
        sleeve._check()
        stall.audit()
        assert where_the_cash_is(stall, sleeve) == sleeve.cash
        assert sleeve.trust.outstanding == issued - redeemed
        assert sleeve.cash == sleeve.paid_in + sleeve.made_good - sleeve.paid_out - (
            sleeve.desk.invested
        )
