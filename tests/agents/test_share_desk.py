"""An institution that takes the listed route: in and out within sessions, to the dollar."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.agents.etf_worlds import EtfWorld, quiet
from tidegate.agents.share_desk import ShareDesk
from tidegate.books import USD


def desk(place: EtfWorld, **changes: Any) -> ShareDesk:
    listed = place.etf.listed
    made = ShareDesk(
        path="sovereign/0",
        listed=listed,
        account=listed.open_accounts(),
        fund=place.etf.issuer,
        books=place.books,
        streams=place.streams,
        clock=place.clock,
        **{"tolerance": 0.02, **changes},
    )
    place.etf.market.admit(made)
    return made


@pytest.mark.parametrize("step", [3_600, 14_400, 86_400])
def test_it_buys_what_it_wants_in_a_session(step: int) -> None:
    place = EtfWorld(quiet(), step=step)
    fund = desk(place)
    fund.backlog = 200 * 10**12
    place.run(1)
    assert fund.invested == pytest.approx(200e12, rel=2e-3)
    assert fund.backlog == 200 * 10**12 - fund.invested
    assert fund.value == pytest.approx(fund.invested, rel=2e-3)  # it pays the band
    assert place.etf.listed.cash_held(fund.account) == 0


def test_out_again_it_has_paid_the_band_twice() -> None:
    place = EtfWorld(quiet())
    fund = desk(place)
    fund.backlog = 200 * 10**12
    place.run(1)
    bought = fund.invested
    fund.backlog = -fund.value
    place.run(1)
    assert fund.shares < 50_000
    band = place.etf.issuer.spec.band(300, 57.0)
    assert 0 < fund.invested < bought * 2 * (band + 0.01 / 57.0) + 50_000 * 57e6


def test_a_weekend_makes_it_wait() -> None:
    place = EtfWorld(quiet(), start=dt.date(2026, 1, 10))  # Saturday
    fund = desk(place)
    fund.backlog = 10**12
    place.run(2)
    assert fund.shares == 0
    place.run(1)
    assert fund.shares > 0


def test_it_spends_no_more_than_its_payer_has() -> None:
    place = EtfWorld(quiet())
    place.books.open("treasury")
    place.books.move(USD, "world", "treasury", 50 * 10**12)
    fund = desk(place, payer="treasury")
    fund.backlog = 200 * 10**12
    place.run(3)
    assert 0.97 * 50e12 < fund.invested <= 50e12
    assert place.books.balance("treasury", USD) == 50 * 10**12 - fund.invested
    fund.backlog = -fund.value
    place.run(1)
    assert place.books.balance("treasury", USD) > 49.8e12


def test_beyond_its_tolerance_it_waits() -> None:
    place = EtfWorld(quiet())
    place.board.set(creations=False)
    fund = desk(place, tolerance=0.01)
    fund.backlog = 5_000 * 10**12
    place.run(1)
    # Patient holders give up 0.2 of all shares per log premium: 1 % for 0.2 % of 149 bn.
    assert fund.invested == pytest.approx(0.0016 * 149e15, rel=0.3)
    assert fund.backlog > 0
