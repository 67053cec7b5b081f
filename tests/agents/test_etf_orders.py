"""Baskets in kind and for cash, to the share and the dollar; settlement, freezes, hazards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agents.etf_worlds import EtfWorld, quiet
from tidegate.agents.authorised_participant import AuthorisedParticipant
from tidegate.agents.etf_issuer import EtfIssuer
from tidegate.agents.trading_calendar import Session
from tidegate.books import BTC, USD
from tidegate.scenario.etf import ApSpec, EtfSpec

BASKET = 40_000
COIN = 10_000  # lots
FEE = 500 * 10**6


def world(creation: str = "in_kind", **changes: Any) -> tuple[EtfWorld, EtfIssuer, Any]:
    """Return a world at the close of its first session, fees and flows left out."""
    spec = quiet(creation=creation, **{"sponsor_fee": 0.0, **changes})
    place = EtfWorld(spec)
    place.run(1)
    return place, place.etf.issuer, place.etf.participants[0]


def parts(ap: AuthorisedParticipant, lots: int) -> list[tuple[Any, int, int]]:
    venue = ap.venues[0]
    return [(venue, ap.desk.accounts[venue.name], lots)]


def give_shares(place: EtfWorld, ap: AuthorisedParticipant, shares: int) -> None:
    """Hand a participant shares of the holders."""
    listed = place.etf.listed
    listed.transfer(listed.asset, place.etf.holders.desk.account, ap.account, shares)


def test_a_creation_in_kind_settles_the_next_session() -> None:
    place, issuer, ap = world()
    listed, trust = place.etf.listed, issuer.trust
    shares, lots = trust.shares, trust.lots
    assert (shares, lots) == (2_614_000_000, 14_900_000_000)
    # 14.9e9 lots / 2.614e9 shares = 5.700076511.. lots a share; 228,003.0604.. a basket.
    assert trust.claim == 5_700_076_511
    assert trust.lots_in(3 * BASKET) == 684_010  # 684,009.18 rounded up
    coins, cash = ap.desk.lots, listed.cash(ap.account)
    issuer.orders.create_in_kind(ap.account, 3, parts(ap, 684_010))
    assert (trust.shares, trust.lots) == (shares, lots)
    assert coins - ap.desk.lots == 684_010
    assert cash - listed.cash(ap.account) == FEE
    assert issuer.orders.due_to(ap.account) == 120_000
    place.ticks(5)  # Tuesday opens at 14:30, within the tick from 12:00
    assert (trust.shares, trust.lots) == (shares + 120_000, lots + 684_010)
    assert issuer.orders.due_to(ap.account) == 0


def test_a_redemption_in_kind_pays_out_the_next_session() -> None:
    place, issuer, ap = world()
    give_shares(place, ap, 3 * BASKET)
    shares, lots, coins = issuer.trust.shares, issuer.trust.lots, ap.desk.lots
    venue = place.venues[0]
    paid = issuer.orders.redeem_in_kind(ap.account, 3, [(venue, ap.desk.accounts[venue.name], 1)])
    assert paid == 684_009  # rounded down
    assert (issuer.trust.shares, issuer.trust.lots) == (shares - 120_000, lots - 684_009)
    assert ap.desk.lots == coins
    place.run(1)
    # What it got was too much of the coin, and is sold but for what a hedge leaves alone.
    assert abs(ap.position.gap) < 100


def test_a_creation_for_cash_costs_value_and_spread_and_the_agent_buys() -> None:
    place, issuer, ap = world("cash")
    listed = place.etf.listed
    assert issuer.struck == pytest.approx(100_000.0)
    shares, lots, cash = issuer.trust.shares, issuer.trust.lots, listed.cash(ap.account)
    issuer.orders.create_for_cash(ap.account, 3)
    cost = 684_010 * 10 * 10**6 * 1.0005  # lots at 10 USD and five basis points
    assert cash - listed.cash(ap.account) - FEE == pytest.approx(cost, abs=2)
    assert issuer.trust.shares == shares
    place.board.set(redemptions=False)  # or the participant would at once undo it
    place.run(1)
    assert (issuer.trust.shares, issuer.trust.lots) == (shares + 120_000, lots + 684_010)
    spent = issuer.agent.desk.invested
    assert spent == pytest.approx(684_010 * 10**7 * 1.0003, rel=1e-4)  # its own taker's fee
    assert issuer.agent.desk.lots < 3 * 8  # and no coin more than rounding asks


def test_a_redemption_for_cash_brings_value_less_spread_and_the_agent_sells() -> None:
    place, issuer, ap = world("cash")
    give_shares(place, ap, 3 * BASKET)
    listed = place.etf.listed
    lots = issuer.trust.lots
    paid = issuer.orders.redeem_for_cash(ap.account, 3)
    assert paid == pytest.approx(684_009 * 10**7 * 0.9995, abs=2)
    assert lots - issuer.trust.lots == 684_009
    before = ap.position.cash
    place.run(1)
    assert ap.position.cash - before - paid == pytest.approx(0, abs=2)
    assert listed.cash(ap.account) > 0
    assert issuer.agent.desk.invested == pytest.approx(-684_009 * 10**7 * 0.9997, rel=1e-4)


def test_the_fee_is_sold_on_the_venues_of_coins() -> None:
    place = EtfWorld(quiet(sponsor_fee=0.0025))
    place.run(8)
    table = place.etf.issuer.table.frame()
    assert table["date"].to_list() == [dt.date(2026, 1, d) for d in (5, 6, 7, 8, 9, 12)]
    fees = table["fee"].to_list()
    assert fees[0] == pytest.approx(1.49e6 * 0.0025 / 365, rel=1e-4)  # coins
    assert fees[5] == pytest.approx(3 * fees[4], rel=1e-3)  # a weekend's too
    sold = -place.etf.issuer.agent.desk.invested * 1e-6
    assert sold == pytest.approx(sum(fees[:5]) * 1e5 * 0.9997, rel=1e-3)


def test_a_shut_window_takes_no_order() -> None:
    place, issuer, ap = world()
    place.board.set(creations=False)
    with pytest.raises(ValueError, match="baskets is 1; whole ones are taken while the window is"):
        issuer.orders.create_in_kind(ap.account, 1, parts(ap, 228_004))
    place.board.set(creations=True, frozen=True)
    with pytest.raises(ValueError, match="window is open"):
        issuer.orders.redeem_for_cash(ap.account, 1)
    place.board.set(frozen=False)
    with pytest.raises(ValueError, match="sources must deliver 228004 lots for 1 baskets"):
        issuer.orders.create_in_kind(ap.account, 1, parts(ap, 228_003))
    cash, coins = place.etf.listed.cash(ap.account), ap.desk.lots
    with pytest.raises(ValueError, match="sources must deliver 228003061 lots for 1000 baskets"):
        issuer.orders.create_in_kind(ap.account, 1_000, parts(ap, 228_003_061))  # it has less
    with pytest.raises(ValueError, match=r"must have 22811\d+ micro-USD for its order"):
        issuer.orders.create_for_cash(ap.account, 1_000)
    with pytest.raises(ValueError, match="has no 1 baskets of shares to redeem"):
        issuer.orders.redeem_for_cash(ap.account, 1)
    assert (cash, coins) == (place.etf.listed.cash(ap.account), ap.desk.lots)
    with pytest.raises(ValueError, match="baskets is 0"):
        issuer.orders.create_for_cash(ap.account, 0)


def test_a_frozen_fund_settles_nothing_until_it_is_free_again() -> None:
    place, issuer, ap = world()
    shares = issuer.trust.shares
    issuer.orders.create_in_kind(ap.account, 1, parts(ap, 228_004))
    place.board.set(frozen=True)
    place.run(3)
    assert issuer.trust.shares == shares
    assert place.etf.market.table.frame()["shut"].to_list() == [False, True, True, True]
    place.board.set(frozen=False)
    place.step()
    assert issuer.trust.shares == shares + BASKET


def test_a_failed_issuer_freezes_the_fund_for_as_long_as_it_says() -> None:
    place = EtfWorld(quiet(issuer_hazard=1e3, issuer_freeze_days=2.0, issuer_loss=0.01))
    place.run(1)
    issuer = place.etf.issuer
    assert issuer.frozen
    assert issuer.in_force().frozen
    assert issuer.table.frame()["lost"][0] == pytest.approx(14_900, rel=1e-3)
    place.run(2)
    place.step()
    assert not issuer.frozen


def test_hazards_strike_at_their_rate_whatever_else_is_on() -> None:
    place = EtfWorld(quiet())
    issuer, days = place.etf.issuer, 4_000
    day = dt.date(2026, 1, 1)
    struck = [issuer._strikes("custody", 12.0, day + dt.timedelta(days=n), 1) for n in range(days)]
    expected = days * (1 - 2.718281828459045 ** (-12 / 365))
    assert abs(sum(struck) - expected) < 4 * expected**0.5
    rarer = [issuer._strikes("custody", 6.0, day + dt.timedelta(days=n), 1) for n in range(days)]
    assert all(often for often, rare in zip(struck, rarer, strict=True) if rare)  # the same luck
    assert not issuer._strikes("custody", 0.0, day, 1)


ORDERS = st.lists(
    st.tuples(st.sampled_from(("create", "redeem", "lose", "freeze", "free")), st.integers(1, 20)),
    max_size=8,
)


@settings(max_examples=12, deadline=None)
@given(creation=st.sampled_from(("in_kind", "cash")), orders=ORDERS, step=st.sampled_from((1, 6)))
def test_any_orders_and_failures_conserve_everything(creation: str, orders: Any, step: int) -> None:
    place = EtfWorld(quiet(creation=creation), step=14_400 * step)
    place.run(1)
    issuer, ap = place.etf.issuer, place.etf.participants[0]
    for act, amount in orders:
        try:
            if act == "create" and creation == "cash":
                issuer.orders.create_for_cash(ap.account, amount)
            elif act == "create":
                issuer.orders.create_in_kind(
                    ap.account, amount, ap.desk.sources(issuer.trust.lots_in(amount * BASKET))
                )
            elif act == "redeem":
                give_shares(place, ap, amount * BASKET)
                if creation == "cash":
                    issuer.orders.redeem_for_cash(ap.account, amount)
                else:
                    venue = place.venues[0]
                    target = [(venue, ap.desk.accounts[venue.name], 1)]
                    issuer.orders.redeem_in_kind(ap.account, amount, target)
        except ValueError as refusal:
            assert "window" in str(refusal)  # noqa: PT017
        if act == "lose":
            issuer.trust.lose(amount / 100)
        elif act in ("freeze", "free"):
            place.board.set(frozen=act == "freeze")
        for _ in range(place.clock.ticks_per_day):
            place.step()  # audits
    rows = issuer.table.frame()
    assert issuer.trust.shares * issuer.trust.claim <= issuer.trust.lots * 10**9
    issued, cancelled = rows["issued"].sum(), rows["cancelled"].sum()
    assert rows["shares"][-1] == 2_614_000_000 + issued - cancelled
    assert place.books.balance(issuer.trust.inbox, BTC) >= 0
    assert place.books.balance(issuer.trust.agent, USD) >= 0


@settings(max_examples=10, deadline=None)
@given(
    creation=st.sampled_from(("in_kind", "cash")),
    hazard=st.sampled_from((0.0, 30.0)),
    count=st.integers(0, 3),
    doors=st.lists(
        st.sampled_from(("creations", "redemptions", "listed", "frozen")), min_size=8, max_size=8
    ),
    seed=st.integers(0, 2**32),
    step=st.sampled_from((7_200, 28_800, 86_400)),
)
def test_any_life_of_a_fund_conserves_everything(
    creation: Any, hazard: float, count: int, doors: list[str], seed: int, step: int
) -> None:
    spec = EtfSpec(
        creation=creation,
        participants=ApSpec(count=count, capital=1e8),
        custody_hazard=hazard,
        issuer_hazard=hazard,
        issuer_freeze_days=1.0,
        issuer_loss=0.05,
    )
    swing = seed % 7 + 3
    place = EtfWorld(
        spec,
        step=step,
        seed=seed,
        price=lambda second: 100_000.0 * (1.0 + 0.1 * ((second // 86_400 * swing) % 5 - 2)),
    )
    for door in doors:
        place.board.set(**{door: not getattr(place.board.now, door)})
        place.run(1)  # audits at every tick
    rows = place.etf.issuer.table.rows
    columns = list(place.etf.issuer.table.columns)
    lots = dict(zip(columns, rows.T.tolist(), strict=True))
    moved = [
        a - b - c - d
        for a, b, c, d in zip(
            lots["lots_in"], lots["lots_out"], lots["fee"], lots["lost"], strict=True
        )
    ]
    assert lots["lots"] == [14_900_000_000 + sum(moved[: n + 1]) for n in range(len(moved))]


def test_a_session_is_what_the_calendar_says() -> None:
    _, issuer, _ = world()
    session = issuer.calendar.session(dt.date(2026, 1, 5))
    assert isinstance(session, Session)
    assert issuer.settles == issuer.calendar.after(session.closes).opens
