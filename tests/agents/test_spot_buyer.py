"""A buyer on spot that keeps its coins: when it begins, what it pays, and that all adds up."""

from __future__ import annotations

import copy
from typing import Any

import mesa
import numpy as np
import pytest
from tidegate_core import Kind, Side
from tidegate_core.engine import Engine
from tidegate_core.instrument import Instrument
from tidegate_crowd.places import Places

from tidegate.agents.collateral import USD
from tidegate.agents.spot_buyer import SpotBuyer
from tidegate.books import Books
from tidegate.scenario.frozen import Frozen
from tidegate.scenario.loan_rates import LoanRatesSpec
from tidegate.scenario.spot_buyers import SpotBuyerSpec

MICRO = 1_000_000
TICK, LOT, UNIT = 0.01, 0.01, 100  # UNIT: micro-USD a tick and lot
LOT_USD = 1.01  # at least what a lot costs at 100 USD and the slip
HOUR = 3_600


class Stand:
    """An exchange with one spot book, where one maker sells at a price."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.withdrawals_frozen = False
        self.spot = Engine([Instrument("C-USD", "C", "USD", UNIT)], 0, ("USD", "C"))
        self.maker = self.spot.add_accounts(1)

    def credit(self, account: int, asset: int, amount: int) -> None:
        assert self.spot.deposit(account, asset, amount) == 0

    def debit(self, account: int, asset: int, amount: int) -> None:
        assert self.spot.withdraw(account, asset, amount) == 0

    def totals(self) -> tuple[int, ...]:
        return tuple(a["free"] + a["reserved"] for a in self.spot.audit().values())


class Shop(mesa.Model):  # type: ignore[misc]
    """Two exchanges and one buyer."""

    def __init__(self, *, lots: int = 10**6, **spec: Any) -> None:
        super().__init__(rng=1)
        self.lots = lots
        self.books = Books(("USD", "C"))
        for issuer in ("world", "network"):
            self.books.open(issuer, issuer=True)
        self.stands = [Stand("one"), Stand("two")]
        for stand in self.stands:
            self.books.open(stand.name)
            for asset, source in ((0, "world"), (1, "network")):
                self.books.move(asset, source, stand.name, 10**15)
                stand.credit(stand.maker, asset, 10**15)
        self.places = Places((s.spot, 0, 0, v, TICK, LOT) for v, s in enumerate(self.stands))
        terms = {"name": "fund", "coin": "C", "size": 1_000.0, "hours": 10.0, **spec}
        self.buyer = SpotBuyer(
            self,
            exchanges=self.stands,
            places=self.places,
            accounts=[stand.spot.add_accounts(1) for stand in self.stands],
            books=self.books,
            coin=0,
            spec=SpotBuyerSpec.model_validate(terms),
        )
        self.now = 0

    def act(self, price: float, seconds: int = HOUR) -> float:
        """Let the makers ask for a price and the buyer act; USD spent so far."""
        ticks = round(price / TICK)
        for stand in self.stands:
            stand.spot.cancel_all(stand.maker, 0)
            stand.spot.submit(0, stand.maker, Side.BUY, ticks - 1, self.lots, Kind.LIMIT)
            stand.spot.submit(0, stand.maker, Side.SELL, ticks, self.lots, Kind.LIMIT)
        self.now += seconds
        self.buyer.act(self.now, seconds, np.array([ticks], dtype=np.int64))
        self.buyer._check()
        self.books._check()
        assert self.books.audit(0, self.stands).differences == ()
        left = self.buyer.size - self.buyer.spent
        assert self.books.balance("buyer/fund", USD) == left
        return self.buyer.spent / MICRO


@pytest.mark.parametrize("part", [SpotBuyerSpec, LoanRatesSpec])
def test_every_number_has_a_unit_and_a_source(part: type[Frozen]) -> None:
    for name, field in part.model_fields.items():
        stated = field.json_schema_extra
        if field.annotation is float:
            assert isinstance(stated, dict), name
            assert stated["unit"], name
            assert stated["source"], name


def test_an_inflow_comes_evenly_and_is_kept() -> None:
    shop = Shop()
    spent = [shop.act(100.0) for _ in range(10)]
    assert spent == pytest.approx([100.0 * h for h in range(1, 11)], abs=2 * LOT_USD)
    assert all(s <= 100.0 * h for h, s in enumerate(spent, 1))
    assert shop.buyer.bought == round(shop.buyer.spent / (100 * 100 * UNIT))  # lots of 1 USD
    assert shop.act(100.0) > 1_000.0 - 2 * LOT_USD
    assert shop.buyer.began == HOUR


def test_rounds_of_any_length_buy_the_same() -> None:
    totals = []
    for seconds in (7, 60, 600, HOUR):
        shop = Shop()
        for _ in range(5 * HOUR // seconds):
            shop.act(100.0, seconds)
        totals.append(shop.buyer.spent / MICRO)
    assert totals == pytest.approx([500.0] * 4, abs=3 * LOT_USD)


def test_a_last_resort_waits_for_the_fall_from_the_highest_price() -> None:
    shop = Shop(fall=0.05, hours=0.5, begin_hours=1.0)
    # The price before it watches is none of its business; 104.51 is 5 % below 110.01.
    for price in (150.0, 100.0, 110.0, 104.51):
        assert shop.act(price, 1_200) == 0.0
    assert shop.act(104.49, 1_200) == 0.0  # it begins; nothing is due yet
    assert shop.buyer.began == 6_000
    spent = shop.act(104.0, 900)
    assert spent == pytest.approx(500.0, abs=3 * LOT_USD)  # half of the time, half of the sum


def test_a_last_resort_pays_no_more_than_the_price_that_made_it_begin() -> None:
    shop = Shop(fall=0.05, hours=0.5)
    shop.act(100.0, 60)
    shop.act(95.0, 60)
    before = shop.act(94.9, 60)
    assert before > 0.0
    assert shop.act(95.0, 600) == before
    assert shop.act(99.0, 600) == before
    # What was due meanwhile, all at once, but for what is kept back for paying up to the slip.
    assert shop.act(90.0, 600) > 0.995 * 1_000.0 - 2 * LOT_USD


def test_a_thin_book_leaves_the_rest_for_later() -> None:
    shop = Shop(lots=10)
    assert shop.act(100.0, 10 * HOUR) == pytest.approx(20.0)  # ten lots of a dollar at each
    assert shop.act(100.0, 60) == pytest.approx(40.0)


def test_a_copy_goes_on_alike() -> None:
    shop = Shop(fall=0.05, hours=1.0)
    for price in (100.0, 95.0, 94.0):
        shop.act(price, 300)
    twin = copy.deepcopy(shop)
    assert twin.buyer.desk.exchanges[0] is twin.stands[0]
    assert [shop.act(93.0), shop.act(94.0)] == [twin.act(93.0), twin.act(94.0)]
    assert shop.buyer.bought == twin.buyer.bought
