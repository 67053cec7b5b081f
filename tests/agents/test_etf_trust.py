"""Shares, coins and fees of a fund: by hand, over a year, and under anything that may happen."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.agents.etf_trust import NANO, EtfTrust
from tidegate.books import BTC, Books
from tidegate.listed_venue import ListedVenue

BASKET = 40_000


class Fund:
    """A trust founded on 2 baskets and 45.3608 coins of 1e-4."""

    def __init__(self, shares: int = 2 * BASKET, lots: int = 453_608) -> None:
        self.books = Books(("USD", "BTC", "ETF"))
        self.books.open("network", issuer=True)
        self.venue = ListedVenue("listed", assets=self.books.assets, ticker="ETF")
        self.books.open("listed")
        self.holder = self.venue.open_accounts()
        self.trust = EtfTrust(self.books, "ETF")
        self.books.move(BTC, "network", "transit", lots)
        self.trust.found(self.venue, self.holder, shares, lots, "transit")

    def create(self, shares: int) -> int:
        lots = self.trust.lots_in(shares)
        self.books.move(BTC, "network", self.trust.inbox, lots)
        self.trust.issue(self.venue, self.holder, shares, lots)
        return lots

    def redeem(self, shares: int) -> int:
        return self.trust.cancel(self.venue, self.holder, shares)

    def check(self) -> None:
        assert not self.trust.differences(self.venue.totals()[2])
        assert not self.books.audit(0, [self.venue]).differences


def test_a_basket_by_hand() -> None:
    fund = Fund()
    assert fund.trust.claim == 5_670_100_000  # 453,608 / 80,000 = 5.6701 lots a share
    assert fund.create(BASKET) == 226_804
    assert (fund.trust.shares, fund.trust.lots) == (120_000, 680_412)
    assert fund.redeem(BASKET) == 226_804
    assert fund.venue.shares(fund.holder) == fund.trust.shares == 80_000
    assert fund.books.balance(fund.trust.agent, BTC) == 226_804
    fund.check()


def test_a_day_of_fees_by_hand() -> None:
    fund = Fund()
    # 5,670,100,000 x 0.0025 / 365 = 38,836.3: the claim falls by 38,836.
    assert fund.trust.accrue(0.0025, 1) == 3  # 80,000 x 5.670061164 = 453,604.89..; 453,608 held
    assert fund.trust.claim == 5_670_061_164
    assert fund.trust.lots == 453_605
    assert fund.create(1) == 6  # rounded up: 5.67
    assert fund.redeem(1) == 5  # rounded down
    fund.check()


@pytest.mark.parametrize("fee", [0.0025, 0.015])
def test_a_year_of_fees(fee: float) -> None:
    fund = Fund(shares=2_614_000_000, lots=14_900_000_000)
    before = fund.trust.claim
    taken = sum(fund.trust.accrue(fee, days) for days in [1, 1, 1, 1, 3] * 52 + [1])
    rate = Fraction(str(fee)) / 365
    kept = ((1 - rate) ** 4 * (1 - 3 * rate)) ** 52 * (1 - rate)
    assert fund.trust.claim == pytest.approx(float(before * kept), rel=1e-7)
    assert taken == 14_900_000_000 - fund.trust.lots
    assert taken == pytest.approx(14_900_000_000 * fee, rel=0.01)  # a year of it, compounded
    fund.check()


def test_no_fee_takes_nothing() -> None:
    fund = Fund(shares=3, lots=10)
    assert fund.trust.accrue(0.0, 365) == 0
    assert fund.trust.lots == 10


def test_a_loss_is_borne_by_every_share_alike() -> None:
    fund = Fund()
    assert fund.trust.lose(0.1) == 45_360
    assert fund.trust.claim == 408_248 * NANO // 80_000
    assert fund.books.balance(fund.trust.lost, BTC) == 45_360
    fund.check()


def test_shares_are_not_issued_for_less_than_they_claim() -> None:
    fund = Fund()
    with pytest.raises(ValueError, match=r"lots is 226803; 40000 shares take 226804"):
        fund.trust.issue(fund.venue, fund.holder, BASKET, 226_803)
    with pytest.raises(ValueError, match="founding takes place once"):
        fund.trust.found(fund.venue, fund.holder, 1, 1, "network")
    with pytest.raises(ValueError, match=r"ticker is 'GLD'; the books keep \('USD', 'BTC', 'ETF'"):
        EtfTrust(fund.books, "GLD")


def test_the_proof_can_fail() -> None:
    fund = Fund()
    fund.books.move(BTC, fund.trust.custodian, "network", 1)
    fund.venue.credit(fund.holder, 2, 1)
    coins, shares = sorted(fund.trust.differences(fund.venue.totals()[2]))
    assert coins == "etf/ETF/custodian: 453607 lots, but 80000 shares claim 5670100000e-9 each"
    assert shares == "etf/ETF/issuer: 80000 shares issued, 80001 held"


ACTS = st.one_of(
    st.tuples(st.just("create"), st.integers(1, 10**7)),
    st.tuples(st.just("redeem"), st.integers(1, 10**7)),
    st.tuples(st.just("fee"), st.integers(1, 400)),
    st.tuples(st.just("lose"), st.sampled_from((0.0, 0.01, 0.5, 1.0))),
)


@settings(max_examples=150, deadline=None)
@given(shares=st.integers(1, 10**9), lots=st.integers(1, 10**10), acts=st.lists(ACTS, max_size=30))
def test_whatever_happens_shares_never_claim_more_than_there_is(
    shares: int, lots: int, acts: Any
) -> None:
    fund = Fund(min(shares, lots * NANO), lots)
    created = redeemed = 0
    for act, amount in acts:
        if act == "create":
            created += amount
            fund.create(amount)
        elif act == "redeem":
            amount = min(amount, fund.trust.shares)
            redeemed += amount
            if amount:
                fund.redeem(amount)
        elif act == "fee":
            fund.trust.accrue(0.0025, amount)
        else:
            fund.trust.lose(amount)
        fund.check()
    assert fund.trust.shares == min(shares, lots * NANO) + created - redeemed
