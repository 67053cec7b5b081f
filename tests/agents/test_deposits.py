"""The parts of a run: fear, sight, queue, balance sheet, rescue, estate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tidegate.agents.client_reserves import ClientReserves, claim_assets
from tidegate.agents.depositors import Depositors, Sight, alarm, expected_payout, leaves
from tidegate.agents.exchange_estate import ExchangeEstate
from tidegate.agents.hack_fear import Fear
from tidegate.agents.rescue_capital import RescueCapital, dilution, firm_value
from tidegate.agents.withdrawal_queue import WithdrawalQueue
from tidegate.books import BTC, USD, Books
from tidegate.scenario.deposit_presets import (
    exchange_presets,
    exchange_sources,
    load_exchange,
    load_theft,
)
from tidegate.scenario.deposit_terms import DepositorSpec, LoanSpec, RescueSpec
from tidegate.scenario.deposits import CustodialExchangeSpec, DepositsSpec
from tidegate.streams import Streams

UNIT = 1e7  # micro-USD per lot: 100,000 USD a coin, lots of 1e-4
BN = 1_000_000_000_000_000  # micro-USD
HOUR = 3_600


class Wallet:
    def __init__(self, books: Books) -> None:
        self.books = books
        books.open("wallet")

    def receive(self, source: str, lots: int) -> None:
        if lots:
            self.books.move(BTC, source, "wallet", lots)


class Desk:
    """An exchange's balance sheet in books of its own."""

    def __init__(self, **changes: Any) -> None:
        values = {"name": "x", "claims_usd": 1e9, "cash_usd": 1e8, **changes}
        self.spec = CustodialExchangeSpec(**values)
        self.books = Books(("USD", "BTC", *claim_assets("x")))
        for party in ("world", "others"):
            self.books.open(party, issuer=True)
        self.sheet = ClientReserves(self.spec, path="x", books=self.books, unit=UNIT)
        self.wallet = Wallet(self.books)

    def audit(self) -> None:
        assert not self.books.audit(0, []).differences


# ---- fear and what it takes to leave -------------------------------------------------------------


def test_fear_fades_and_adds_up() -> None:
    fear = Fear(half_life_days=2.0, contagion=0.1)
    fear.hear(0, "a", 1.0)
    fear.hear(2 * 86_400, "b", 0.4)
    assert fear.of_clients("a", 0) == pytest.approx(1.0)
    assert fear.of_clients("b", 86_400) == pytest.approx(0.1 * 0.5**0.5)
    assert fear.of_clients("a", 2 * 86_400) == pytest.approx(0.5 + 0.04)
    assert fear.of_public(4 * 86_400) == pytest.approx(0.25 + 0.2)
    assert fear.of_public(-1) == 0.0


@pytest.mark.parametrize(
    ("cover", "queued", "expected"),
    [
        (1.0, 0.0, 0.5),  # nothing is missing, but a failure costs half
        (0.9, 0.0, 0.45),
        (0.9, 0.5, 0.4),  # (0.9 - 0.5) / (1 - 0.5) = 0.8
        (0.9, 0.9, 0.0),
        (0.5, 0.8, 0.0),
        (1.2, 0.5, 0.5),  # nobody gets more than is owed
        (0.9, 1.0, 0.0),
    ],
)
def test_what_is_left_for_those_who_stay(cover: float, queued: float, expected: float) -> None:
    assert expected_payout(cover, queued, 0.5) == pytest.approx(expected)


def test_who_leaves_by_the_rule() -> None:
    """At b = 0.98 and a payout of 0.5, staying is worth 0.99: as much as leaving."""
    terms = DepositorSpec(cost=0.01, failed_discount=0.5)
    doubt = np.array([0.019, 0.021])
    assert leaves(doubt, Sight(fear=1.0), terms).tolist() == [False, True]
    assert leaves(doubt, Sight(fear=1.0, calmed=0.5), terms).tolist() == [False, False]
    assert leaves(doubt, Sight(fear=0.0), terms).tolist() == [False, False]
    # A queue at an exchange with a hole leaves less to stay for; without one it does not.
    small = terms.model_copy(update={"hole_alarm": 0.0})
    hole = Sight(fear=0.9, cover=0.9)
    assert leaves(doubt, hole, small).tolist() == [False, True]
    assert leaves(doubt, Sight(fear=0.9, cover=0.9, queued=0.6), small).tolist() == [True, True]
    assert leaves(doubt, Sight(fear=0.9, queued=0.6), small).tolist() == [False, False]


def test_alarm_counts_a_run_and_a_hole() -> None:
    terms = DepositorSpec(run_alarm=5.0, hole_alarm=10.0)
    assert alarm(Sight(fear=0.5, cover=0.9, leaving=0.2), terms) == pytest.approx(2.5)
    assert alarm(Sight(fear=0.5, cover=1.1), terms) == pytest.approx(0.5)


def clients(**terms: Any) -> Depositors:
    return Depositors(
        DepositorSpec(accounts=2_000, **terms),
        cash=BN,
        coins=10**8,
        clients=100_000,
        path="x",
        streams=Streams(3),
    )


def test_clients_own_all_that_is_owed_and_are_as_many_as_there_are() -> None:
    who = clients()
    assert who.totals() == (BN, 10**8)
    assert who.clients.sum() == pytest.approx(100_000)
    # Of log-normal balances: the mean client over the median one, exp(sigma^2 / 2).
    mean = (who.size * who.clients).sum() / who.clients.sum()
    assert mean == pytest.approx(np.exp(2.0), rel=0.25)
    worth = who.value(UNIT) / who.clients
    assert np.corrcoef(np.log(worth), np.log(who.size))[0, 1] > 0.999999


def test_who_looks_leaves_once_and_the_calm_stay() -> None:
    who = clients(looks=5.0, doubt=1.0)
    assert who.asking(1, 600, Sight(fear=0.0)) == []
    first = who.asking(1, 600, Sight(fear=1.0))
    second = who.asking(2, 600, Sight(fear=1.0))
    assert first
    assert second
    assert not set(first) & set(second)
    assert who.staying_on(first, Sight(fear=0.0)) == []
    assert not who.waiting[first].any()
    who._check()


def test_large_clients_look_first() -> None:
    even, uneven = clients(doubt=9.0, large_look=0.0), clients(doubt=9.0, large_look=0.5)
    mean = [np.log(who.size[who.asking(1, 600, Sight(fear=1.0))]).mean() for who in (even, uneven)]
    assert mean[1] > mean[0] + 1.0


# ---- the queue -----------------------------------------------------------------------------------


def test_the_queue_serves_in_order_as_many_as_time_allows() -> None:
    queue, served = WithdrawalQueue(capacity=60.0), []

    def pay(account: int) -> bool:
        served.append(account)
        return True

    queue.join([3, 1, 2], 0)
    queue.serve(600, [10.0] * 4, pay)  # ten requests in ten minutes
    assert served == [3]
    queue.serve(1_200, [10.0] * 4, pay)
    assert served == [3, 1, 2]
    assert not queue.short
    queue._check()


def test_who_waits_for_money_is_first_when_it_comes() -> None:
    queue, money = WithdrawalQueue(capacity=1e6), [False]
    queue.join([7, 8], 0)
    for _ in range(3):
        queue.serve(600, [1.0] * 9, lambda account: money[0])
    assert queue.short
    assert queue.waited_for_money(1_200) == 1_200
    assert queue.accounts == [7, 8]
    queue.renew(900)
    queue.serve(600, [1.0] * 9, lambda account: money[0])
    assert queue.waited_for_money(1_200) == 300
    money[0] = True
    queue.serve(600, [1.0] * 9, lambda account: money[0])
    assert queue.waited_for_money(1_800) == 0
    assert len(queue) == 0


# ---- the balance sheet ---------------------------------------------------------------------------


def test_solvency_and_liquidity_are_two_things() -> None:
    rich = Desk(hot=0.0, cash_usd=0.0).sheet
    assert rich.equity(UNIT) == pytest.approx(0, abs=UNIT)
    assert rich.payable(UNIT) == 0  # solvent, and nothing to pay with
    poor = Desk(hot=1.0).sheet
    poor.steal(300_000_000 * 10**6, "hot", UNIT)
    assert poor.equity(UNIT) == pytest.approx(-200e6 * 1e6, rel=1e-6)
    assert poor.payable(UNIT) == pytest.approx(800e6 * 1e6, rel=1e-6)  # insolvent, and pays


def test_thieves_take_coins_first_and_the_public_learns_later() -> None:
    desk = Desk()
    sheet = desk.sheet
    got = sheet.steal(700_000_000 * 10**6, "all", UNIT)
    assert got == 700_000_000 * 10**6
    assert desk.books.balance(sheet.thieves, BTC) * UNIT == pytest.approx(600e6 * 1e6)
    assert desk.books.balance(sheet.thieves, USD) == pytest.approx(100e6 * 1e6)
    assert sheet.cover(UNIT) == pytest.approx(1.0, abs=1e-6)
    sheet.disclose()
    assert sheet.cover(UNIT) == pytest.approx(0.3, abs=1e-6)
    assert sheet.steal(10**18, "cold", UNIT) < 10**18
    desk.audit()


def test_payments_turn_coins_into_cash_and_back() -> None:
    desk = Desk(hot=0.2)
    sheet, wallet = desk.sheet, desk.wallet
    cash, lots = sheet.pay(150_000_000 * 10**6, 0, wallet, UNIT)  # hot: 80 M cash, 120 M coins
    assert (cash, lots) == (150_000_000 * 10**6, 0)
    assert sheet.owed(UNIT) == pytest.approx(850e6 * 1e6, rel=1e-6)
    cash, lots = sheet.pay(0, 50_000_000, wallet, UNIT)  # 500 M: only 50 M and own 100 M are there
    assert lots == pytest.approx(15_000_000, abs=2)
    assert desk.books.balance("wallet", BTC) == lots
    assert sheet.payable(UNIT) < 2 * UNIT
    desk.audit()


def test_columns_that_differ_from_the_books_are_noticed() -> None:
    sheet = Desk().sheet
    assert sheet.differences(sheet.cash_claims, sheet.coin_claims) == ()
    assert len(sheet.differences(sheet.cash_claims - 1, sheet.coin_claims)) == 1


# ---- rescue --------------------------------------------------------------------------------------


def test_the_price_of_new_shareholders() -> None:
    terms = RescueSpec(profit_usd=1e9, growth=0.05, required=0.25)
    assert firm_value(terms, kept=1.0) == pytest.approx(5e9)
    assert dilution(terms, 1.0, 1e9) == pytest.approx(0.2)
    assert dilution(terms, 0.5, 1e9) == pytest.approx(0.4)
    slow = terms.model_copy(update={"growth": -0.05})
    assert dilution(slow, 1.0, 1e9) == pytest.approx(0.3)
    assert dilution(terms, 0.1, 1e9) is None
    with pytest.raises(ValidationError, match=r"growth 0\.3 must be below required 0\.25"):
        RescueSpec(growth=0.3)


def test_a_loan_pays_clients_and_fills_no_hole() -> None:
    loan = LoanSpec(usd=5e7, after_hours=5, days=1, rate=0.1, collateral=1.0)
    desk = Desk(loans=(loan,))
    sheet, rescue = desk.sheet, RescueCapital(desk.spec, desk.sheet)
    equity, payable = sheet.equity(UNIT), sheet.payable(UNIT)
    rescue.borrow(4 * HOUR, 0, True, UNIT)
    rescue.borrow(5 * HOUR, 0, False, UNIT)
    assert not rescue.outside
    rescue.borrow(5 * HOUR, 0, True, UNIT)
    assert rescue.outside
    assert sheet.equity(UNIT) == equity
    assert sheet.payable(UNIT) == payable + 50_000_000 * 10**6
    assert desk.books.balance(sheet.pledged, BTC) == 5_000_000
    rescue.repay(28 * HOUR, 10**18)
    assert sheet.debt > 0
    rescue.repay(29 * HOUR, 10**18)
    assert sheet.debt == 0
    assert desk.books.balance(sheet.pledged, BTC) == 0
    assert sheet.equity(UNIT) == pytest.approx(equity - 5e7 * 1e6 * 0.1 / 365, rel=1e-9)
    desk.audit()


def test_the_owner_pays_before_new_shareholders_do() -> None:
    terms = RescueSpec(owner_usd=6e7, owner_hours=24, equity_days=3, profit_usd=1e8)
    desk = Desk(rescue=terms)
    rescue = RescueCapital(desk.spec, desk.sheet)
    hole = 100_000_000 * 10**6
    rescue.fill(23 * HOUR, 0, hole, 1.0)
    assert rescue.given == 0
    rescue.fill(24 * HOUR, 0, hole, 1.0)
    assert rescue.given == 60_000_000 * 10**6
    rescue.fill(72 * HOUR, 0, hole - rescue.given, 1.0)
    assert rescue.raised == 40_000_000 * 10**6
    assert rescue.sold == pytest.approx(4e7 / 5e8)
    desk.audit()


# ---- failure -------------------------------------------------------------------------------------


def test_an_estate_pays_creditors_alike_and_strikes_out_the_rest() -> None:
    desk = Desk(cash_usd=0.0)
    sheet = desk.sheet
    sheet.steal(400_000_000 * 10**6, "all", UNIT)
    estate = ExchangeEstate(sheet, UNIT, opens=0)
    assert sheet.reserves(UNIT) == 0
    assert estate.worth(UNIT) == pytest.approx(600e6 * 1e6, rel=1e-6)
    estate.divide(desk.wallet, 2.0 * UNIT)  # coins have doubled: 200 M of them are 400 M now
    assert estate.recovery == pytest.approx(0.8, rel=1e-6)
    assert sheet.owed(UNIT) == 0
    assert sheet.differences(0, 0) == ()
    desk.audit()


def test_an_estate_pays_no_more_than_is_owed() -> None:
    desk = Desk(cash_usd=1e8)
    estate = ExchangeEstate(desk.sheet, UNIT, opens=0)
    estate.divide(desk.wallet, UNIT)
    assert estate.recovery == pytest.approx(1.0, rel=1e-6)
    assert estate.worth(UNIT) == pytest.approx(1e8 * 1e6, rel=1e-6)
    desk.audit()


# ---- data ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", exchange_presets())
def test_every_value_of_a_preset_has_a_source(name: str) -> None:
    assert load_exchange(name).name == name
    assert all(source.strip() for source in exchange_sources(name).values())
    assert load_theft(name)["exchange"] == name


def test_presets_are_the_three_of_the_record() -> None:
    assert exchange_presets() == ("bybit", "ftx", "infini")
    bybit = load_exchange("bybit")
    assert load_theft("bybit")["usd"] / bybit.claims_usd == pytest.approx(0.0864, abs=1e-4)
    assert bybit.cash_usd < load_theft("bybit")["usd"]
    assert sum(loan.usd for loan in bybit.loans) == pytest.approx(0.8 * 1.46e9, rel=1e-3)
    with pytest.raises(ValueError, match="exchange is 'mtgox'; known are bybit, ftx, infini"):
        load_exchange("mtgox")


def test_exchanges_have_different_names() -> None:
    twice = (CustodialExchangeSpec(name="a"), CustodialExchangeSpec(name="a"))
    with pytest.raises(ValidationError, match=r"exchanges must have different names"):
        DepositsSpec(exchanges=twice)
