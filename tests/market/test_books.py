"""The books: transfers, flights, and an audit that finds a single unit."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.books import BTC, USD, Books
from tidegate.venue import Venue


def stocked() -> tuple[Books, list[Venue], list[int]]:
    books = Books()
    books.open("world", issuer=True)
    books.open("network", issuer=True)
    books.open("bank")
    venues = [Venue(name, tick=0.1, lot=1e-4, share=0.5) for name in ("east", "west")]
    accounts = []
    for venue in venues:
        books.open(venue.name)
        accounts.append(venue.open_accounts())
    books.move(USD, "world", "bank", 1_000)
    books.move(BTC, "network", "bank", 500)
    return books, venues, accounts


def test_issuers_hold_the_negative_of_what_they_issued() -> None:
    books, venues, _ = stocked()
    assert books.balance("world", USD) == -1_000
    assert books.balance("network", BTC) == -500
    assert books.balance("bank", USD) == 1_000
    assert books.audit(0, venues).passed


def test_who_has_nothing_cannot_pay() -> None:
    books, _, _ = stocked()
    with pytest.raises(ValueError, match=r"1001 USD from 'bank' to 'east' refused: FUNDS"):
        books.move(USD, "bank", "east", 1_001)
    assert books.balance("bank", USD) == 1_000
    with pytest.raises(ValueError, match=r"-1 USD .* refused: QUANTITY"):
        books.move(USD, "bank", "east", -1)


def test_more_than_can_be_counted_is_refused() -> None:
    books, _, _ = stocked()
    most = 2**63 - 1  # micro-USD: 9.2 trillion USD
    with pytest.raises(ValueError, match=rf"refused: OVERFLOW; an account .* owes, {most} units"):
        books.move(USD, "world", "bank", most)
    assert books.balance("bank", USD) == 1_000


def test_a_name_has_one_account() -> None:
    books, _, _ = stocked()
    with pytest.raises(ValueError, match="'bank' has an account already"):
        books.open("bank")


def test_a_deposit_leaves_at_once_and_arrives_later() -> None:
    books, venues, accounts = stocked()
    books.deposit(venues[0], accounts[0], USD, 300, source="bank", arrives=50)
    assert (books.balance("bank", USD), books.in_flight(USD)) == (700, 300)
    books.settle(49, venues)
    assert venues[0].cash(accounts[0]) == 0
    books.settle(50, venues)
    assert (venues[0].cash(accounts[0]), books.in_flight(USD)) == (300, 0)
    assert books.balance("east", USD) == 300
    assert books.audit(1, venues).passed


def test_what_a_client_withdraws_reaches_its_bank() -> None:
    books, venues, accounts = stocked()
    books.deposit(venues[0], accounts[0], BTC, 200, source="bank", arrives=0)
    books.settle(0, venues)
    books.withdraw(venues[0], accounts[0], BTC, 150, target="bank", arrives=9)
    assert venues[0].coins(accounts[0]) == 50
    assert books.in_flight(BTC) == 150
    assert books.audit(1, venues).passed
    books.settle(9, venues)
    assert books.balance("bank", BTC) == 450
    with pytest.raises(ValueError, match="debit of 51 on account"):
        books.withdraw(venues[0], accounts[0], BTC, 51, target="bank", arrives=9)
    assert books.audit(2, venues).passed


def test_stock_moves_between_venues() -> None:
    books, venues, accounts = stocked()
    books.deposit(venues[0], accounts[0], BTC, 200, source="bank", arrives=0)
    books.settle(0, venues)
    here, there = zip(venues, accounts, strict=True)
    books.send(here, there, BTC, 80, arrives=5)
    books.settle(5, venues)
    assert [v.coins(a) for v, a in (here, there)] == [120, 80]
    assert books.audit(1, venues).passed


def test_transfers_arrive_in_order_of_time_then_of_sending() -> None:
    books, venues, accounts = stocked()
    arrived: list[int] = []
    venues[0].credit = lambda account, asset, amount: arrived.append(amount)  # type: ignore[method-assign]
    for amount, arrives in ((1, 30), (2, 10), (3, 20), (4, 10)):
        books.deposit(venues[0], accounts[0], USD, amount, source="bank", arrives=arrives)
    books.settle(25, venues)
    assert arrived == [2, 4, 3]


@pytest.mark.parametrize("asset", [USD, BTC])
@pytest.mark.parametrize("amount", [1, -1])
def test_an_audit_finds_a_single_unit(asset: int, amount: int) -> None:
    books, venues, accounts = stocked()
    books.deposit(venues[1], accounts[1], asset, 10, source="bank", arrives=0)
    books.settle(0, venues)
    assert books.audit(3, venues).passed
    (venues[1].credit if amount > 0 else venues[1].debit)(accounts[1], asset, 1)
    audit = books.audit(3, venues)
    assert not audit.passed
    name = ("USD", "BTC")[asset]
    assert audit.differences == (f"west: {name} held {10 + amount}, owed to clients 10",)


def test_an_audit_finds_a_lost_transfer() -> None:
    books, venues, accounts = stocked()
    books.deposit(venues[0], accounts[0], USD, 10, source="bank", arrives=99)
    books._flights.pop()
    assert books.audit(0, venues).differences == ("transit: USD 10, transfers 0",)


def test_a_copy_keeps_its_own_transfers() -> None:
    books, venues, accounts = stocked()
    books.deposit(venues[0], accounts[0], USD, 10, source="bank", arrives=9)
    twin, towns = copy.deepcopy((books, venues))
    twin.settle(9, towns)
    assert (books.in_flight(USD), twin.in_flight(USD)) == (10, 0)
    assert books.audit(0, venues).passed
    assert twin.audit(0, towns).passed
    books._check()
    twin._check()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.sampled_from([USD, BTC]), st.integers(0, 80), st.integers(0, 9)
        ),
        max_size=30,
    )
)
def test_any_traffic_conserves(traffic: list[tuple[int, int, int, int]]) -> None:
    books, venues, accounts = stocked()
    pairs = list(zip(venues, accounts, strict=True))
    for now, (what, asset, amount, delay) in enumerate(traffic):
        held = [v.cash(a) if asset == USD else v.coins(a) for v, a in pairs]
        arrives = now + delay
        if what == 0 and amount <= books.balance("bank", asset):
            books.deposit(*pairs[now % 2], asset, amount, source="bank", arrives=arrives)
        elif what == 1 and amount <= held[0]:
            books.withdraw(*pairs[0], asset, amount, target="bank", arrives=arrives)
        elif what == 2 and amount <= held[1]:
            books.send(pairs[1], pairs[0], asset, amount, arrives=arrives)
        books.settle(now, venues)
        audit = books.audit(now, venues)
        assert audit.passed, audit.differences
    books._check()
