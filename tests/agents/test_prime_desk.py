"""Cash of a desk that keeps some at the venues: at each its part, whatever was traded where."""

from __future__ import annotations

import pytest

from tests.agents.etf_worlds import EtfWorld, quiet
from tidegate.agents.prime_desk import PrimeDesk
from tidegate.books import USD
from tidegate.scenario.etf import ApSpec

SHARES = (0.77, 0.23)


def still() -> tuple[EtfWorld, PrimeDesk]:
    """Return a world in which nobody trades the fund, and one participant's desk."""
    place = EtfWorld(quiet(participants=ApSpec(count=1, refill=0.0)))
    return place, place.etf.participants[0].desk


def held(desk: PrimeDesk) -> list[int]:
    return [venue.cash(desk.accounts[venue.name]) for venue in desk.venues]


def spend(place: EtfWorld, desk: PrimeDesk, number: int, part: float) -> None:
    """Let a part of the cash at one venue go to the desk's bank, as if shares had paid for it."""
    venue = desk.venues[number]
    amount = int(part * held(desk)[number])
    venue.debit(desk.accounts[venue.name], USD, amount)
    place.books.move(USD, venue.name, desk.payer, amount)


def work(place: EtfWorld, desk: PrimeDesk) -> None:
    """Fund the desk as of its working cash, and let all that is sent arrive."""
    desk.look()
    desk.work()
    place.books.settle(place.clock.seconds + 1, place.venues)


@pytest.mark.parametrize(("number", "part"), [(0, 0.9), (1, 0.9), (0, 0.01), (1, 1.0)])
def test_a_wire_goes_where_cash_is_short(number: int, part: float) -> None:
    place, desk = still()
    before = held(desk)
    spend(place, desk, number, part)
    work(place, desk)
    assert held(desk) == pytest.approx(before, abs=10)


def test_a_surplus_comes_from_where_there_is_too_much() -> None:
    place, desk = still()
    spend(place, desk, 0, 0.9)
    lopsided = held(desk)
    total = desk.working_cash = int(0.2 * sum(lopsided))
    work(place, desk)
    assert sum(held(desk)) == total
    assert held(desk) == pytest.approx([share * total for share in SHARES], rel=1e-6)


def test_no_venue_gives_what_it_is_short_of() -> None:
    place, desk = still()
    spend(place, desk, 0, 0.9)
    lopsided = held(desk)
    desk.working_cash = sum(lopsided) - 10**12  # a small surplus, a million USD
    work(place, desk)
    assert held(desk) == [lopsided[0], lopsided[1] - 10**12]


def test_cash_on_its_way_is_not_taken_for_spent() -> None:
    place, desk = still()
    before = sum(held(desk))
    spend(place, desk, 0, 0.9)
    spent = before - sum(held(desk))
    for _ in range(2):  # as participants do, who look again after the auction
        desk.look()
        desk.work()
    place.books.settle(place.clock.seconds + 1, place.venues)
    assert sum(held(desk)) == pytest.approx(desk.working_cash, abs=10)
    assert desk.invested == spent
