"""Arbitrage of a fund's share: within the band in calm, and what is left of it when it is shut."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pytest

from tests.agents.etf_worlds import EtfWorld, quiet
from tidegate.agents.impact_ladder import impact_ladder
from tidegate.agents.stock_loans import StockLoans
from tidegate.books import USD
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.etf import ApSpec, EtfSpec, FlowSpec, ShareHolderSpec

STEADY = FlowSpec(drift=1.5e-4, persistence=0.0, chase=0.0, noise=0.0)  # 300 M USD a session

WANTED = 1.5e-4 * 19.94e6 * 100_000  # 299.1 M USD


def buying(sign: float = 1.0, **changes: Any) -> EtfSpec:
    """Return a fund into which, or out of which, a steady flow goes."""
    flow = STEADY.model_copy(update={"drift": sign * STEADY.drift})
    return EtfSpec(holders=ShareHolderSpec(flow=flow), **changes)


def premiums(place: EtfWorld) -> list[float]:
    return place.etf.market.table.frame()["premium"].to_list()


@pytest.mark.parametrize("creation", ["in_kind", "cash"])
@pytest.mark.parametrize("step", [3_600, 14_400, 86_400])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_premium_stays_in_the_band(creation: str, step: int, sign: float) -> None:
    spec = buying(sign, creation=creation)
    place = EtfWorld(spec, step=step)
    place.run(11)
    band = spec.band(300, 57.0, WANTED / 38.6e9) + 0.01 / 57.0  # and a tick
    assert band < 0.0035
    assert len(premiums(place)) == 9
    for premium in premiums(place)[1:]:
        assert 0 < sign * premium <= band
    flows = place.etf.issuer.table.frame()["flow"].to_list()
    assert sum(flows[4:]) == pytest.approx(5 * sign * WANTED, rel=0.05)  # but for whole baskets


@pytest.mark.parametrize("creation", ["in_kind", "cash"])
def test_its_coins_are_hedged_and_its_loans_paid_back(creation: str) -> None:
    terms = ApSpec(impact=0.0, refill=0.0)  # dealers here are so deep that nothing moves
    place = EtfWorld(buying(creation=creation, participants=terms))
    place.run(12)
    place.etf.holders.rule.spec = FlowSpec(drift=0.0, persistence=0.0, chase=0.0, noise=0.0)
    place.run(5)
    basket = place.etf.issuer.spec.basket
    for ap in place.etf.participants:
        assert abs(ap.position.gap) < 100
        assert abs(ap.position.long) < basket
        assert ap.position.borrowed < basket
        assert abs(ap.position.futures.lots) <= basket * 6  # what is less than a basket waits
        gained = ap.position.equity * 1e-6 - terms.capital
        assert -2e5 < gained < 5e6  # it lives on the band, and is not paid from anywhere else


def test_a_steady_seller_pays_for_borrowed_shares() -> None:
    place = EtfWorld(buying())
    place.run(5)
    frame = place.etf.participants[0].table.frame()
    one = frame.row(2, named=True)
    due = one["borrowed"] * place.etf.issuer.value * 0.01 / 365
    assert one["fees"] == pytest.approx(due, rel=1e-3)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_shut_window_lets_the_premium_go_and_it_comes_back(sign: float) -> None:
    place = EtfWorld(buying(sign))
    place.run(3)
    place.board.set(creations=False, redemptions=False)
    place.run(14)  # nine sessions: a weekend, and Martin Luther King Jr. Day
    shut = premiums(place)[3:]
    print("premium by session, 1e-4:", [round(1e4 * premium) for premium in shut])
    table = place.etf.issuer.table.frame()
    assert table["created"][3:].sum() == table["redeemed"][3:].sum() == 0
    # 299 M a session meet holders who want 0.2 of 149 bn less per log premium: 1 % a session,
    # on top of the arbitrage band at which it was when the window shut.
    for number, premium in enumerate(shut, start=1):
        assert sign * premium == pytest.approx(0.01 * number, abs=0.003)
    assert len(shut) == 9
    place.board.set(creations=True, redemptions=True)
    place.run(14)
    spec = place.etf.issuer.spec
    assert abs(premiums(place)[-1]) <= spec.band(300, 57.0, WANTED / 38.6e9) + 0.01 / 57.0


def test_who_cannot_hedge_makes_no_price() -> None:
    place = EtfWorld(buying())
    place.run(2)
    created = place.etf.issuer.table.frame()["created"].sum()
    for venue in place.venues:
        venue.engine.matching = False
    for ap in place.etf.participants:
        ap.quote_listed(None, "continuous")  # type: ignore[arg-type]
    assert not place.etf.listed._sent
    assert created > 0


def test_no_participant_no_arbitrage() -> None:
    place = EtfWorld(buying(participants=ApSpec(count=0)))
    place.run(5)
    assert place.etf.issuer.table.frame()["created"].sum() == 0
    assert premiums(place)[-1] > 0.03


def test_capital_bounds_what_it_sells_at_a_time() -> None:
    small = ApSpec(count=1, capital=30e6, impact=0.0)
    place = EtfWorld(buying(participants=small), step=86_400)
    place.run(1)
    row = place.etf.participants[0].table.frame().row(0, named=True)
    assert 0 < row["borrowed"] * place.etf.issuer.value < 30e6
    assert premiums(place)[0] > 0.005  # the rest comes from holders, for more


def test_a_weekend_and_a_holiday_have_no_session() -> None:
    place = EtfWorld(buying(), start=dt.date(2026, 1, 16))
    place.run(6)
    dates = place.etf.market.table.frame()["date"].to_list()
    assert dates == [dt.date(2026, 1, 16), dt.date(2026, 1, 20), dt.date(2026, 1, 21)]


def test_over_a_weekend_the_premium_is_stale() -> None:
    fall = 3 * 86_400  # from Monday to Friday at 100,000; on Saturday the coin falls by a tenth
    place = EtfWorld(
        quiet(), start=dt.date(2026, 1, 7), price=lambda s: 100_000.0 if s < fall else 90_000.0
    )
    listed = place.etf.listed
    place.run(3)
    listed.last = round(place.etf.issuer.value / listed.tick)
    place.run(1)
    assert place.etf.market.premium == pytest.approx(1 / 0.9 - 1, rel=1e-3)


def test_a_copy_goes_on_as_the_original_does() -> None:
    place = EtfWorld(EtfSpec())
    place.run(4)
    twin = copy.deepcopy(place)
    twin_levers = twin.etf.issuer.levers
    place.run(5)
    twin.run(5)
    for ours, theirs in zip(place.etf.agents, twin.etf.agents, strict=True):
        assert ours.table.digest == theirs.table.digest
    twin.board.set(frozen=True)
    assert twin_levers().frozen
    assert not place.etf.issuer.levers().frozen


def test_the_same_seed_is_the_same_run() -> None:
    digests = set()
    for _ in range(2):
        place = EtfWorld(EtfSpec(), seed=3)
        place.run(5)
        digests.add(tuple(agent.table.digest for agent in place.etf.agents))
    assert len(digests) == 1


def test_a_larger_size_costs_what_it_moves() -> None:
    # The average of 0.026 sqrt(x) up to 0.0005 and from there to 0.002 of a day's volume.
    (first, low), (second, high), *_ = impact_ladder(0.026)
    assert (first, second) == pytest.approx((0.0005, 0.0015))
    assert low == pytest.approx(0.026 * 2 / 3 * 0.0005**0.5)
    whole = (first * low + second * high) / 0.002
    assert whole == pytest.approx(0.026 * 2 / 3 * 0.002**0.5)  # the square-root law over both


def test_capital_comes_back_slowly_and_grows_with_the_coin() -> None:
    rise = 86_400
    place = EtfWorld(
        quiet(participants=ApSpec(count=1, refill=0.5)),
        price=lambda second: 100_000.0 if second < rise else 200_000.0,
    )
    place.run(2)
    ap = place.etf.participants[0]
    # A third in coins has doubled by itself, 2 bn of cash are short of 4 bn: half of that now,
    assert ap.position.paid_in == pytest.approx(1e15, rel=1e-3)
    place.run(1)
    assert ap.position.paid_in == pytest.approx(
        1.5e15, rel=1e-3
    )  # and half of the rest a session later.
    assert ap.position.home_cash == pytest.approx(2e15, rel=1e-3)


# -- loans of shares --------------------------------------------------------------------------


def test_loans_by_hand() -> None:
    listed = ListedVenue("here", assets=("USD", "ETF"), ticker="ETF")
    lender, first, second = (listed.open_accounts() for _ in range(3))
    listed.credit(lender, 1, 1_000)
    listed.credit(first, USD, 10**9)
    loans = StockLoans(listed, lender, fee=0.0365, limit=600)
    assert loans.borrow(first, 500) == 500
    assert loans.borrow(second, 500) == 100  # the limit
    assert loans.borrow(second, 1) == 0
    assert loans.charge(first, 100.0, 2) == 10_000_000  # 50,000 USD at 3.65 %: 5 USD a day
    assert loans.charge(second, 100.0, 2) == 0  # it has no cash
    assert loans.repay(first) == 500
    assert (loans.lent, listed.shares(lender)) == (100, 900)
