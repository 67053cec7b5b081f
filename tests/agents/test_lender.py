"""Lenders against coins: who is liquidated, what it brings, who bears it, and what booms do."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import mesa
import numpy as np
import pytest
from numpy.typing import NDArray
from tidegate_core import Kind, Side
from tidegate_core.engine import Engine
from tidegate_core.instrument import Instrument
from tidegate_crowd.places import Places

from tidegate.agents.collateral import USD
from tidegate.agents.lender import Lender
from tidegate.agents.loans import LoanBook, open_loans
from tidegate.books import Books
from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.easing import RateLevers
from tidegate.scenario.lending import DEFAULT_KINDS, LendingSpec, LoanKind
from tidegate.scenario.loan_rates import LoanRatesSpec
from tidegate.streams import Streams

MICRO = 1_000_000
PRICE, TICK, LOT = 100.0, 0.01, 0.01
UNIT = 100  # micro-USD a tick and lot
DEEP = 10**8
DAY, HOUR = 86_400, 3_600

APPS = LoanKind(name="apps", on_chain=True, stock=1e6)
DESKS = LoanKind(
    name="desks",
    on_chain=False,
    stock=5e5,
    ltv_sd=0.15,
    threshold=0.9,
    close_factor=1.0,
    bonus=0.0,
    slip=0.1,
    grace_hours=2.0,
)


class Stand:
    """An exchange with nothing but spot books."""

    def __init__(self, name: str, coins: list[str], taker_ppm: int) -> None:
        self.name = name
        self.withdrawals_frozen = False
        self.spot = Engine(
            [Instrument(f"{c}-USD", c, "USD", UNIT, taker_ppm=taker_ppm) for c in coins],
            0,
            ("USD", *coins),
        )

    def credit(self, account: int, asset: int, amount: int) -> None:
        assert self.spot.deposit(account, asset, amount) == 0

    def debit(self, account: int, asset: int, amount: int) -> None:
        assert self.spot.withdraw(account, asset, amount) == 0

    def totals(self) -> tuple[int, ...]:
        return tuple(a["free"] + a["reserved"] for a in self.spot.audit().values())


class Credit(mesa.Model):  # type: ignore[misc]
    """Lenders, and exchanges where one maker buys and sells at the price of the moment."""

    def __init__(
        self, spec: LendingSpec, *, venues: int = 1, coins: int = 1, taker_ppm: int = 0
    ) -> None:
        super().__init__(rng=1)
        names = [f"C{c}" for c in range(coins)]
        self.coins = [
            CoinSpec(name=n, price=PRICE, tick=TICK, lot=LOT, beta=1, own_volatility=0.0)
            for n in names
        ]
        self.books = Books(("USD", *names))
        for issuer in ("world", "network"):
            self.books.open(issuer, issuer=True)
        self.stands = [Stand(f"stand {v}", names, taker_ppm) for v in range(venues)]
        self.makers = []
        for stand in self.stands:
            self.books.open(stand.name)
            maker = stand.spot.add_accounts(1)
            for asset in range(1 + coins):
                self.books.move(asset, "world" if asset == 0 else "network", stand.name, 10**17)
                stand.credit(maker, asset, 10**17)
            self.makers.append(maker)
        self.places = Places(
            (stand.spot, c, c, v, TICK, LOT)
            for v, stand in enumerate(self.stands)
            for c in range(coins)
        )
        self.spot = np.full(coins, round(PRICE / TICK), dtype=np.int64)
        self.now = 0
        self.lender = Lender(
            self,
            exchanges=self.stands,
            places=self.places,
            accounts=[stand.spot.add_accounts(1) for stand in self.stands],
            shares=[1.0] * venues,
            books=self.books,
            coins=self.coins,
            spec=spec,
            streams=Streams(3),
        )

    @property
    def loans(self) -> LoanBook:
        return self.lender.loans

    def quote(self, price: float, *, bids: int = DEEP, coin: int = 0, half: int = 0) -> None:
        """Let every maker bid and ask at a price, `half` ticks away, in so many lots."""
        ticks = round(price / TICK)
        self.spot[coin] = ticks
        for stand, maker in zip(self.stands, self.makers, strict=True):
            stand.spot.cancel_all(maker, coin)
            if bids:
                stand.spot.submit(coin, maker, Side.BUY, ticks - half, bids, Kind.LIMIT)
            stand.spot.submit(coin, maker, Side.SELL, ticks + half + 1, DEEP, Kind.LIMIT)

    def act(self, seconds: int = 1) -> None:
        self.now += seconds
        self.lender.act(self.now, seconds, self.spot)

    def check(self) -> None:
        self.lender._check()
        self.books._check()
        assert self.books.audit(0, self.stands).differences == ()
        names = [f"lending/{kind.name}" for kind in self.lender.kinds]
        assert [self.books.balance(name, USD) for name in names] == self.lender.cash
        assert self.books.balance("lending/borrowers", USD) == int(self.loans.reserve.sum())


def spec_of(*kinds: LoanKind, coins: int = 1, **changes: Any) -> LendingSpec:
    plain = {"loans": 60, "coin_shares": (1.0 / coins,) * coins, "watching": 0.0}
    return LendingSpec(kinds=kinds or (APPS,), **{**plain, **changes})


def set_loans(market: Credit, debts: list[float], coins: list[int]) -> None:
    """Give the first loans so many USD of debt and lots; the rest stay as they are."""
    loans = market.loans
    spare = int(loans.coins[: len(coins)].sum()) - sum(coins)
    lent = int(loans.debt[: len(debts)].sum()) - round(sum(debts) * MICRO)
    loans.coins[: len(coins)] = coins
    loans.debt[: len(debts)] = [round(d * MICRO) for d in debts]
    # What is left over goes to the last loan, so that everything stays accounted for.
    loans.coins[-1] += spare
    loans.debt[-1] += lent
    loans.refresh(np.array([*range(len(debts)), len(loans) - 1]))


# ---- data -------------------------------------------------------------------------------------


def test_defaults_are_the_reported_stock_and_its_on_chain_share() -> None:
    spec = LendingSpec()
    assert spec.stock == pytest.approx(73.59e9)
    assert spec.on_chain_share == pytest.approx(0.669, abs=1e-3)


@pytest.mark.parametrize("model", [LoanKind, LendingSpec])
def test_every_quantity_has_a_unit_and_a_source(model: Any) -> None:
    for name, field in model.model_fields.items():
        if name not in ("name", "on_chain", "house", "kinds", "rates", "haircuts", "recalls"):
            assert field.json_schema_extra["unit"], name
            assert field.json_schema_extra["source"], name


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: LoanKind(name="a", on_chain=True, stock=1.0, mean_ltv=0.8), "mean_ltv 0.8"),
        (lambda: spec_of(APPS, APPS), "differently"),
        (lambda: spec_of(coin_shares=(0.5,)), "sum to 1"),
        (lambda: Credit(spec_of(coins=2)), "coins are 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(make: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        make()


def test_unsecured_loans_are_due_when_all_is_lost() -> None:
    desks = DESKS.model_copy(update={"unsecured": 0.4})
    secured, unsecured = spec_of(desks).lenders()
    assert (secured.stock, secured.threshold) == (3e5, 0.9)
    assert (unsecured.stock, unsecured.threshold, unsecured.grace_hours) == (2e5, 1.0, 2.0)


def test_loans_have_the_stock_and_the_ltvs_that_are_specified() -> None:
    coins = Credit(spec_of(coins=2), coins=2).coins
    spec = LendingSpec(coin_shares=(0.7, 0.3), loans=4_000)
    loans = open_loans(spec, coins, Streams(5))
    for kind, terms in enumerate(DEFAULT_KINDS):
        for coin, share in enumerate(spec.coin_shares):
            rows = (loans.kind == kind) & (loans.coin == coin)
            assert int(loans.debt[rows].sum()) == round(terms.stock * share * MICRO)
            assert float(loans.wanted[rows].mean()) == pytest.approx(terms.mean_ltv, abs=0.01)
            assert float(loans.wanted[rows].max()) <= 0.95 * terms.threshold
    ltv = loans.debt / loans.value(np.arange(len(loans)), np.full(2, 10_000))
    assert ltv == pytest.approx(loans.wanted, rel=1e-4)
    assert float(loans.watching.mean()) == pytest.approx(spec.watching, abs=0.01)


def test_more_of_one_kind_moves_no_loan_of_another() -> None:
    coins = Credit(spec_of()).coins
    alone = open_loans(spec_of(APPS, DESKS, loans=90), coins, Streams(5))
    more = DESKS.model_copy(update={"mean_ltv": 0.5})
    other = open_loans(spec_of(APPS, more, loans=90), coins, Streams(5))
    first = alone.kind == 0
    assert np.array_equal(alone.debt[first], other.debt[first])
    assert np.array_equal(alone.coins[first], other.coins[first])
    assert not np.array_equal(alone.coins[~first], other.coins[~first])


# ---- liquidation ------------------------------------------------------------------------------


def test_a_loan_is_liquidated_as_computed_by_hand() -> None:
    """80 USD against 1 coin at 100 USD; threshold 0.8; half of the debt, bonus 5 %, no fees.

    42 USD of collateral repay 40 USD: 0.42 coins at 100 USD.
    """
    market = Credit(spec_of(loans=5))
    set_loans(market, [80.0], [100])
    market.quote(PRICE)
    paid = market.lender.cash[0]
    market.act()
    assert (market.loans.coins[0], market.loans.debt[0]) == (58, 40 * MICRO)
    assert market.lender.cash[0] - paid == 40 * MICRO
    assert market.books.balance("lending/liquidators", USD) == 2 * MICRO
    assert market.lender.liquidated == [40 * MICRO]
    assert market.lender.bad_debt == [0]
    # 40 / (0.58 x 0.8) = 86.206: there it is due again, and not a tick above.
    assert market.loans.trigger[0] == 8_620
    for price in (86.21, 86.20):
        market.quote(price)
        market.act()
        assert (market.loans.debt[0] < 40 * MICRO) == (price < 86.205)
    market.check()


def test_what_no_collateral_covers_is_the_lenders_loss() -> None:
    """90 USD against 1 coin that falls to 60: all of it goes, at 60 / 1.05 for the debt."""
    kind = APPS.model_copy(update={"close_factor": 1.0, "equity": 1e-6})
    market = Credit(spec_of(kind, loans=5))
    set_loans(market, [90.0], [100])
    market.quote(60.0)
    market.act()
    covered = 100 * 6_000 * UNIT * MICRO // 1_050_000
    assert covered == 57_142_857
    assert (market.loans.coins[0], market.loans.debt[0]) == (0, 0)
    assert market.lender.bad_debt == [90 * MICRO - covered]
    assert market.lender.defaults == [1]
    assert market.lender.failed == [True]
    market.check()


def test_a_liquidator_never_pays_more_than_the_sale_brings() -> None:
    """Bids 5 % below the price, and a fee of 1000 ppm: less than the price less the bonus."""
    market = Credit(spec_of(loans=5), taker_ppm=1_000)
    set_loans(market, [80.0], [100])
    market.quote(PRICE, half=500)
    market.act()
    proceeds = 42 * 9_500 * UNIT
    proceeds -= proceeds * 1_000 // MICRO
    assert market.lender.liquidated == [proceeds]
    assert market.books.balance("lending/liquidators", USD) == 0
    market.check()


def test_nobody_sells_below_the_slip_that_is_borne() -> None:
    market = Credit(spec_of(loans=5))
    set_loans(market, [80.0], [100])
    market.quote(PRICE, half=501)
    market.act()
    assert market.loans.coins[0] == 100
    market.check()


def test_a_thin_book_takes_the_deepest_under_water_first() -> None:
    market = Credit(spec_of(loans=5))
    set_loans(market, [81.0, 85.0], [100, 100])
    market.quote(PRICE, bids=30)
    market.act()
    assert market.loans.coins[:2].tolist() == [100, 70]
    market.quote(PRICE)
    market.act()
    # The second again first: (85 - 28.571428) x 0.5 x 1.05 / 1 = 29.6 lots, up to 30.
    assert market.loans.coins[:2].tolist() == [57, 40]
    market.check()


def test_only_crossed_loans_are_touched() -> None:
    market = Credit(spec_of(coins=2, loans=400), coins=2)
    market.quote(PRICE, coin=1)
    market.quote(50.0)
    loans = market.loans
    before = {name: getattr(loans, name).copy() for name in ("coins", "debt", "trigger", "called")}
    due = loans.crossed(0, 5_000)
    ltv = loans.debt / loans.value(np.arange(400), market.spot)
    by_hand = np.flatnonzero((ltv >= 0.8) & (loans.coin == 0))
    assert sorted(due.tolist()) == by_hand.tolist()
    assert 20 < len(due) < 200
    market.act()
    others = np.setdiff1d(np.arange(400), due)
    for name, column in before.items():
        assert np.array_equal(getattr(loans, name)[others], column[others])
    assert (loans.debt[due] < before["debt"][due]).all()
    market.check()


@pytest.mark.parametrize(
    ("bids", "sold"),
    [((2_000, 6_000, 0), [1_050, 3_150, 0]), ((1_000, 3_000, 0), [1_000, 3_000, 0])],
)
def test_sales_go_to_all_places_in_proportion_to_depth(
    bids: tuple[int, ...], sold: list[int]
) -> None:
    market = Credit(spec_of(loans=5), venues=3)
    set_loans(market, [8_000.0], [10_000])
    market.quote(PRICE, bids=0)
    for stand, maker, lots in zip(market.stands, market.makers, bids, strict=True):
        if lots:
            stand.spot.submit(0, maker, Side.BUY, 10_000, lots, Kind.LIMIT)
    market.act()
    assert [stand.spot.traded(0)["volume"] for stand in market.stands] == sold
    market.check()


def test_desks_call_for_margin_and_wait() -> None:
    market = Credit(spec_of(DESKS, loans=5))
    set_loans(market, [95.0], [100])
    market.quote(PRICE)
    market.act()
    market.act(2 * HOUR - 1)
    assert market.loans.called[0] == 1
    assert market.loans.debt[0] == 95 * MICRO
    market.act(1)
    assert market.loans.debt[0] == 0
    assert market.loans.coins[0] == 5
    market.check()


def test_a_call_is_forgotten_when_the_price_recovers() -> None:
    market = Credit(spec_of(DESKS, loans=5))
    set_loans(market, [95.0], [100])
    market.quote(PRICE)
    market.act()
    market.quote(110.0)
    market.act(HOUR)
    market.quote(PRICE)
    market.act(HOUR)
    assert market.loans.called[0] == 1 + 2 * HOUR
    assert market.loans.debt[0] >= 95 * MICRO
    market.check()


def test_a_closed_exchange_sells_nothing() -> None:
    market = Credit(spec_of(loans=5))
    set_loans(market, [80.0], [100])
    market.quote(PRICE)
    market.stands[0].spot.matching = False
    market.act()
    assert market.loans.coins[0] == 100
    market.stands[0].spot.matching = True
    market.act()
    assert market.loans.coins[0] == 58


def test_nobody_sells_where_cash_cannot_be_taken_out() -> None:
    market = Credit(spec_of(loans=5), venues=2)
    set_loans(market, [8_000.0], [10_000])
    market.quote(PRICE)
    first, second = market.stands
    first.withdrawals_frozen = second.withdrawals_frozen = True
    market.act()
    assert market.loans.coins[0] == 10_000
    second.withdrawals_frozen = False
    market.act()
    assert [stand.spot.traded(0)["volume"] for stand in market.stands] == [0, 4_200]
    market.check()


# ---- borrowers --------------------------------------------------------------------------------


def rise(market: Credit, factor: float, days: int, step: int = HOUR) -> float:
    """Let the price rise evenly; the elasticity of the loan stock to it."""
    start = sum(market.lender.stock)
    price = float(market.spot[0]) * TICK
    steps = days * DAY // step
    for at in range(1, steps + 1):
        market.quote(price * math.exp(math.log(factor) * min(1.0, 2 * at / steps)))
        market.act(step)
    return math.log(sum(market.lender.stock) / start) / math.log(factor)


@pytest.mark.parametrize("reinvested", [0.0, 0.7])
def test_loans_grow_faster_than_the_price_where_draws_buy_coins(reinvested: float) -> None:
    spec = spec_of(loans=300, reinvested=reinvested, idle_band=0.0, premium=0.01)
    market = Credit(spec)
    elasticity = rise(market, 1.2, 40)
    # Each draws d log D = d log P / (1 - wanted LTV x reinvested).
    debt = market.loans.debt.astype(float)
    wanted = market.loans.wanted
    theory = float((debt / (1.0 - wanted * reinvested)).sum() / debt.sum())
    assert elasticity == pytest.approx(theory, abs=0.03)
    assert (elasticity > 1.2) == (reinvested > 0.0)
    market.check()


def test_drawing_takes_days_whatever_the_length_of_rounds() -> None:
    stocks = []
    for step in (60, HOUR, 6 * HOUR):
        market = Credit(spec_of(loans=120, idle_band=0.0, premium=0.01))
        start = sum(market.lender.stock)
        market.quote(110.0)
        for _ in range(2 * DAY // step):
            market.act(step)
        stocks.append(sum(market.lender.stock) / start - 1.0)
        market.check()
    whole = 0.1 / (1.0 - 0.40 * 0.7)
    assert stocks == pytest.approx([whole * (1.0 - math.exp(-1.0))] * 3, rel=0.06)


def test_a_cut_lets_borrowers_want_more_debt_as_computed_by_hand() -> None:
    spec = spec_of(APPS, DESKS, loans=200, rates=LoanRatesSpec())
    market = Credit(spec)
    wanted, kinds = market.loans.wanted.copy(), market.loans.kind
    market.lender.heed(RateLevers(decided=0, cut_bp=100.0))
    # A point less for either: 2.5 % more, but nobody aims beyond the warning.
    warned = np.array([0.9 * APPS.threshold, 0.9 * DESKS.threshold])[kinds]
    more = np.minimum(wanted * math.exp(0.025), np.maximum(wanted, warned))
    assert market.loans.wanted == pytest.approx(more)
    market.lender.heed(RateLevers(decided=0, cut_bp=1_000.0 / 2))
    assert market.loans.wanted.max() <= max(0.9 * DESKS.threshold, wanted.max()) + 1e-12
    market.lender.heed(RateLevers())
    assert market.loans.wanted == pytest.approx(wanted)


def test_what_borrowers_want_more_of_is_drawn() -> None:
    drawn = []
    for cut in (0.0, 300.0):
        market = Credit(spec_of(loans=200, rates=LoanRatesSpec()))
        market.lender.heed(RateLevers(decided=0, cut_bp=cut))
        market.quote(PRICE)
        for _ in range(48):
            market.act(HOUR)
        market.check()
        drawn.append(market.lender.drawn[0] / MICRO)
    assert drawn[0] < 1_000  # rounding: collateral is whole lots
    assert drawn[1] > 0.04 * 1e6  # 7.8 % more debt, more with coins bought, two thirds of it by now


def test_who_does_not_answer_rates_is_told_so() -> None:
    with pytest.raises(ValueError, match=r"lending\.rates is None"):
        Credit(spec_of(loans=50)).lender.heed(RateLevers(decided=0, cut_bp=25.0))


def test_lenders_lend_no_more_than_they_have() -> None:
    market = Credit(spec_of(loans=50, funds=0.03))
    rise(market, 1.5, 20)
    assert market.lender.cash[0] < 0.001e6 * MICRO
    assert market.lender.drawn[0] <= 0.03e6 * MICRO
    market.check()


def test_without_offers_nothing_is_bought_and_nothing_lent_for_it() -> None:
    market = Credit(spec_of(loans=50, reinvested=1.0))
    market.quote(200.0)
    for stand, maker in zip(market.stands, market.makers, strict=True):
        stand.spot.cancel_all(maker)
    market.act(DAY)
    assert market.lender.drawn == [0]
    market.check()


def test_the_warned_repay_from_what_they_have() -> None:
    kind = APPS.model_copy(update={"mean_ltv": 0.5, "ltv_sd": 0.05})
    market = Credit(spec_of(kind, loans=50, watching=1.0, reserve=0.1))
    debt, reserve = market.loans.debt.copy(), market.loans.reserve.copy()
    warned = market.loans.wanted > 0.9 * 0.8 * 0.8
    assert 0 < int(warned.sum()) < 25
    market.quote(80.0)
    for _ in range(30):
        market.act(HOUR)
    paid = reserve - market.loans.reserve
    assert np.array_equal(debt - market.loans.debt, paid)
    assert np.array_equal(paid > 0, warned)
    assert market.lender.liquidated == [0]
    assert market.lender.repaid == [int(paid.sum())]
    assert (paid <= reserve).all()
    market.check()


def test_a_borrower_who_wants_to_be_close_to_liquidation_does_not_repay() -> None:
    kind = APPS.model_copy(update={"mean_ltv": 0.75, "ltv_sd": 0.0})
    market = Credit(spec_of(kind, loans=20, watching=1.0))
    market.quote(101.0)  # the LTV is below the one wanted, and still above the alert
    market.act(2 * HOUR)
    assert market.lender.repaid == [0]
    market.check()


# ---- the same world ---------------------------------------------------------------------------


def crash(market: Credit) -> list[NDArray[np.int64]]:
    for at in range(30):
        for coin in range(2):
            market.quote(PRICE * math.exp(0.2 * math.sin(at) - 0.02 * at), bids=4_000, coin=coin)
        market.act(60 if at % 2 else HOUR)
        market.check()
    return [market.loans.coins, market.loans.debt, market.loans.reserve]


@pytest.mark.parametrize("by", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_everything_is_accounted_for_and_copies_continue_alike(by: Any) -> None:
    spec = spec_of(APPS, DESKS, coins=2, loans=200, watching=0.5)
    market = Credit(spec, venues=2, coins=2, taker_ppm=400)
    crash(market)
    assert min(market.lender.liquidated) > 0
    assert min(market.lender.repaid) > 0
    assert min(market.lender.drawn) > 0
    twin = by(market)
    assert twin.lender.collateral.exchanges[0] is twin.stands[0]
    assert twin.lender.collateral.places.engines[0] is twin.stands[0].spot
    kept = [column.copy() for column in (market.loans.coins, market.loans.debt)]
    continued = crash(twin)
    assert np.array_equal(kept[0], market.loans.coins)
    for one, other in zip(continued, crash(market), strict=True):
        assert np.array_equal(one, other)
