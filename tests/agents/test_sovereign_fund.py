"""One state in a foreign model: what it buys, keeps, loses and sells, to the last unit."""

from __future__ import annotations

import copy
import datetime as dt
from functools import partial
from math import exp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agents.state_worlds import (
    DAY,
    FAST,
    FIRM,
    LOT,
    MICRO,
    START,
    StateStall,
    funding,
    plan,
    state,
)
from tidegate.agents.reserve_phase import Phase
from tidegate.agents.sovereign_fund import SovereignFund
from tidegate.books import USD
from tidegate.scenario.reserve_levers import ReserveLevers
from tidegate.scenario.reserve_plan import AssetMix, FundingMix, PlanSpec
from tidegate.scenario.sovereign import SeizureSpec, StateMiningSpec, StateSpec, StatesSpec
from tidegate.scenario.state_perils import CustodySpec, LenderSpec, PoliticsSpec, SanctionSpec

FLAT = [100_000.0]
IRON = PoliticsSpec(never_sells=True)


def one(spec: StateSpec, prices: list[float], **changes: Any) -> tuple[StateStall, SovereignFund]:
    """Run one state along a price path, proving at every tick that nothing is lost."""
    world = StateStall(**changes)
    fund = world.fund_of(spec)
    world.run(prices, world.prove)
    return world, fund


# ---- Buying -------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_coin_a_day_for_n_days(days: int) -> None:
    spec = state(
        funding=funding("budget"),
        budget_usd=60e6,
        plan=plan(size_usd=0.0, coins_per_day=1.0, days=days, **FIRM),
    )
    prices = [100_000.0 * (1.0 + 0.05 * (-1) ** day) for day in range(days + 6)]
    _, fund = one(spec, prices)
    bought = fund.treasury.bought * LOT
    assert bought == pytest.approx(days, abs=2.5 * LOT)
    assert fund.state.phase is Phase.HOLDING
    assert fund.treasury.lots("coins") == fund.lots == fund.treasury.bought


def test_a_fund_in_usd_is_deployed_to_the_micro_dollar() -> None:
    _, fund = one(state(), FLAT * 16)
    assert fund.state.deployed == fund.state.size == 100_000_000 * MICRO
    assert fund.treasury.usd("fx") == 900_000_000 * MICRO
    assert fund.state.phase is Phase.HOLDING
    # At a half-spread of a basis point, no fee: what was spent over the ask.
    spent = fund.treasury.desk.invested
    assert fund.treasury.bought == pytest.approx(spent / (100_010.0 * LOT * MICRO), rel=1e-9)
    assert spent + fund.treasury.cash == 100_000_000 * MICRO
    assert fund.treasury.cash < 100 * MICRO


def test_coins_behind_etf_shares_are_there_from_the_start() -> None:
    spec = state(plan=PlanSpec(), held_coins=1.0, held_etf=2.0, custody=CustodySpec(etf_fee=0.0))
    _, fund = one(spec, FLAT)
    assert (fund.treasury.lots("coins"), fund.treasury.lots("etf")) == (10_000, 20_000)
    assert fund.state.phase is Phase.HOLDING
    assert fund.state.value == 300_000 * MICRO


def test_an_urgent_plan_buys_early() -> None:
    halves = []
    for urgency in (0.0, 0.5):
        _, fund = one(state(plan=plan(urgency=urgency)), FLAT * 5)
        halves.append(fund.state.deployed)
    assert halves[0] == 50_000_000 * MICRO
    assert halves[1] > 1.5 * halves[0]


def test_etf_shares_wait_for_business_days_and_go_to_their_custodian() -> None:
    spec = state(
        plan=plan(days=5, start=START + dt.timedelta(days=5)),  # a Saturday
        mix=AssetMix(coins=0.5, etf=0.5),
        custody=CustodySpec(etf_fee=0.0),
    )
    # Saturday's and Sunday's coins are filled a day later, when the wire has come; no ETF yet.
    _, fund = one(spec, FLAT * 8)
    assert fund.treasury.bought * 100_010.0 * LOT == pytest.approx(20e6, rel=1e-4)
    assert fund.planned == 60_000_000 * MICRO
    world, fund = one(spec, FLAT * 16)
    coins, etf = fund.treasury.lots("coins"), fund.treasury.lots("etf")
    assert coins + etf == fund.lots
    assert abs(coins - etf) <= 0.001 * coins
    assert world.books.balance("state/kz/etf", 1) == etf


def test_securities_follow_the_coin_and_settle_with_the_world() -> None:
    spec = state(mix=AssetMix(coins=0.0, firms=0.6, other=0.4), politics=IRON)
    path = FLAT * 12 + [50_000.0]
    _, fund = one(spec, path)
    assert fund.lots == 0
    assert fund.state.cost == pytest.approx(100_000_000 * MICRO, abs=10)
    # 60 M x 2^-1.05 + 40 M / 2, by hand 28.978 M + 20 M.
    assert fund.state.value / MICRO == pytest.approx(60e6 * 2**-1.05 + 20e6, rel=1e-6)
    fund.listed._check()


# ---- Sources ------------------------------------------------------------------------------------


def test_a_budget_pays_as_it_is_granted() -> None:
    spec = state(fx_usd=0.0, funding=funding("budget"), budget_usd=36_524_250.0)
    _, fund = one(spec, FLAT * 16)
    assert fund.state.deployed == 16 * 100_000 * MICRO
    assert fund.state.phase is Phase.BUYING


def test_gold_pays_no_more_than_its_gain() -> None:
    spec = state(
        fx_usd=0.0, funding=funding("gold"), gold_tonnes=1.0, gold_price=1042.22, gold_book=42.22
    )
    _, fund = one(spec, FLAT * 14)
    assert fund.state.deployed / MICRO == pytest.approx(32_150_746.6, abs=0.01)


def test_seizures_pay_as_they_come_in_cash_and_in_kind() -> None:
    seized = SeizureSpec(per_year=100.0, mean_usd=5e6, coins=0.5)
    spec = state(fx_usd=0.0, funding=funding("seizures"), seizures=seized)
    _, fund = one(spec, FLAT * 40)
    kind = fund.treasury.gathered * LOT * 100_000.0
    got = fund.state.seized / MICRO
    assert got > 20e6
    assert kind == pytest.approx(0.5 * got, rel=0.01)
    assert fund.state.deployed / MICRO + kind == pytest.approx(min(got, 100e6), rel=0.01)
    assert fund.treasury.received == fund.state.seized - int(kind * MICRO)


def test_coins_in_kind_are_part_of_what_their_source_owes() -> None:
    mined = StateMiningSpec(coins_per_day=10.0)
    spec = state(
        fx_usd=1e9,
        funding=FundingMix(budget=0.0, mining=0.1, fx=0.9),
        mining=mined,
        plan=plan(days=20),
    )
    _, fund = one(spec, FLAT * 30)
    # The farms owe 10 M and bring a million a day; the rest is bought.
    assert fund.state.phase is Phase.HOLDING
    assert fund.state.deployed == 90_000_000 * MICRO


def test_money_of_orders_cut_back_returns_to_its_source() -> None:
    spec = state(
        fx_usd=0.0,
        set_aside_usd=10e6,
        funding=funding("gold"),
        plan=plan(size_usd=0.0, coins_per_day=5.0, days=5, **FIRM),
    )
    prices = [100_000.0, 90_000.0, 70_000.0, 60_000.0, 50_000.0, 40_000.0, *[40_000.0] * 6]
    _, fund = one(spec, prices)
    funds = fund.state.funding
    assert funds.cash["gold"] + fund.state.deployed == 10_000_000 * MICRO
    assert fund.state.deployed == funds.paid["gold"]
    assert fund.treasury.cash == pytest.approx(funds.cash["gold"], abs=100 * MICRO)
    assert fund.treasury.cash - fund.treasury.usd("fund") < MICRO  # all of it is home


def test_mined_coins_are_kept_or_sold_in_blocks() -> None:
    mined = StateMiningSpec(coins_per_day=10.0, sell_fraction=0.5, block_coins=25.0)
    spec = state(plan=plan(size_usd=0.0), mining=mined, funding=funding("mining"))
    _, fund = one(spec, FLAT * 40)
    assert fund.state.mined == round(400 / LOT)
    sold = fund.treasury.sold * LOT
    assert 150.0 <= sold <= 200.0
    assert fund.treasury.cash / MICRO == pytest.approx(sold * 99_990.0, rel=1e-6)
    _, keeper = one(
        state(plan=plan(size_usd=0.0), mining=StateMiningSpec(coins_per_day=10.0)), FLAT * 20
    )
    assert (keeper.treasury.sold, keeper.lots) == (0, round(200 / LOT))


def test_a_farm_elsewhere_delivers_to_its_account() -> None:
    world = StateStall()
    fund = world.fund_of(state(plan=plan(size_usd=0.0)))
    world.books.move(1, "network", "state/kz/mined", 12_345)
    world.books.move(USD, "world", "state/kz/mined", 777)  # and tax
    world.run(FLAT * 2, world.prove)
    assert fund.state.mined == fund.treasury.lots("coins") == 12_345
    assert fund.treasury.usd("fund") == fund.state.funding.cash["mining"] == 777


# ---- Falls before the start ---------------------------------------------------------------------


def waiting(**changes: Any) -> StateSpec:
    due = START + dt.timedelta(days=20)
    terms = {"announced": START, "start": due, "wait_days": 90, **changes}
    return state(plan=plan(**terms), politics=IRON)


def note(path: list[int], fund: SovereignFund) -> None:
    path.append(fund.state.deployed)


def fallen(depth: float, days: int = 75) -> list[float]:
    return FLAT * 5 + [100_000.0 * (1.0 - depth)] * days


@settings(max_examples=12, deadline=None)
@given(
    depth=st.floats(0.0, 0.9),
    more=st.floats(0.0, 0.5),
    lapses=st.sampled_from([0.0, 3.0]),
    seed=st.integers(0, 20),
)
def test_a_deeper_fall_before_the_start_never_deploys_more(
    depth: float, more: float, lapses: float, seed: int
) -> None:
    spec, deployed = waiting(lapse_rate=lapses), []
    for fall in (depth, min(depth + more, 0.95)):
        world = StateStall(hours=24, seed=seed)
        fund = world.fund_of(spec)
        path: list[int] = []
        world.run(fallen(fall), partial(note, path, fund))
        deployed.append(path)
    assert all(deep <= shallow for shallow, deep in zip(*deployed, strict=True))


def test_a_fall_postpones_and_shrinks() -> None:
    spec = waiting(funding_credibility=0.7, date_credibility=0.5)
    _, calm = one(spec, FLAT * 80)
    _, hit = one(spec, FLAT * 5 + [70_000.0] * 30 + [90_000.0] * 45)
    assert calm.state.started == 20
    assert hit.state.started == 50
    # By hand: the deepest fall is 0.3, and 1 - 2.5 x 0.65 x 0.3 = 0.5125.
    assert hit.state.deployed == 51_250_000 * MICRO
    assert calm.state.deployed == 100_000_000 * MICRO


def test_firm_plans_start_on_their_day_whatever_happens() -> None:
    _, fund = one(waiting(**FIRM), fallen(0.8, 40))
    assert fund.state.started == 20
    assert fund.state.deployed == 100_000_000 * MICRO


def test_a_buyer_of_last_resort_waits_for_the_crash_and_buys_in_full() -> None:
    spec = waiting(dip=0.3, days=2)
    _, calm = one(spec, [100_000.0] * 21 + [75_000.0] * 100)
    assert (calm.state.phase, calm.state.deployed) == (Phase.POSTPONED, 0)
    _, crash = one(spec, [100_000.0] * 150 + [65_000.0] * 4)
    assert crash.state.started == 150
    assert crash.state.deployed == 100_000_000 * MICRO


def test_plans_lapse_at_the_stated_rate() -> None:
    """1 a year without credibility: of 200 seeds, 1 - e^(-120 / 365.2425) lapse in 120 days."""
    due = START + dt.timedelta(days=119)
    spec = state(plan=plan(start=due, lapse_rate=1.0, funding_credibility=0.0))
    lapsed = 0
    for seed in range(200):
        world = StateStall(hours=24, seed=seed)
        fund = world.fund_of(spec)
        for day in range(120):  # nothing but the calendar moves
            fund.state.day(day, 100_000.0)
        lapsed += fund.state.phase is Phase.LAPSED
    expected = 1 - exp(-120 / 365.2425)
    assert abs(lapsed / 200 - expected) < 4 * (expected * (1 - expected) / 200) ** 0.5


def test_a_plan_may_lapse() -> None:
    spec = waiting(lapse_rate=100.0, funding_credibility=0.0)
    _, fund = one(spec, FLAT * 30)
    assert fund.state.phase is Phase.LAPSED
    assert (fund.lots, fund.state.deployed, fund.planned) == (0, 0, 0)


# ---- Losses -------------------------------------------------------------------------------------


def crash(depth: float, days: int = 90) -> list[float]:
    return FLAT * 16 + [100_000.0 * (1.0 - depth)] * days


def sale_day(source: str, path: list[float], **politics: Any) -> float:
    """Return the day a state begins to sell; its money is in hand at the start."""
    world = StateStall(hours=24)
    spec = state(
        fx_usd=0.0,
        set_aside_usd=100e6,
        funding=funding(source),
        politics=PoliticsSpec(**politics),
    )
    fund = world.fund_of(spec)
    for day, price in enumerate(path):
        world.run([price])
        if fund.state.phase in (Phase.LIQUIDATING, Phase.CLOSED):
            return day
    return float("inf")


@settings(max_examples=12, deadline=None)
@given(
    depth=st.floats(0.05, 0.95),
    tolerance=st.floats(0.01, 0.5),
    patience=st.integers(1, 40),
    accountability=st.floats(0.0, 1.0),
)
def test_seized_money_never_sells_earlier_than_the_budgets(
    depth: float, tolerance: float, patience: int, accountability: float
) -> None:
    terms = {
        "tolerance": tolerance,
        "patience_days": patience,
        "accountability": accountability,
    }
    days = [sale_day(s, crash(depth, 50), **terms) for s in ("seizures", "gold", "fx", "budget")]
    assert days == sorted(days, reverse=True)


def test_pain_that_passes_is_forgotten() -> None:
    """Two falls of 20 days each: with a patience of 30 neither is enough."""
    path = FLAT * 16 + [50_000.0] * 20 + FLAT * 5 + [50_000.0] * 20
    assert sale_day("budget", path) == float("inf")
    assert sale_day("budget", path, patience_days=20) == 35


def test_a_budgets_loss_beyond_tolerance_is_sold_after_patience() -> None:
    """A loss of 40 % against 30 % borne for 30 days: day 16 is the first, day 45 the last."""
    assert sale_day("budget", crash(0.4)) == 45
    assert sale_day("seizures", crash(0.9)) == float("inf")
    assert sale_day("budget", crash(0.2)) == float("inf")
    assert sale_day("budget", crash(0.9), never_sells=True) == float("inf")
    assert sale_day("budget", crash(0.9), accountability=0.0) == float("inf")


def test_a_liquidation_sells_everything_and_the_money_comes_home() -> None:
    spec = state(
        fx_usd=0.0,
        set_aside_usd=100e6,
        funding=funding("budget"),
        mix=AssetMix(coins=0.4, etf=0.4, firms=0.2),
        custody=CustodySpec(etf_fee=0.0),
    )
    _, fund = one(spec, crash(0.5, 50))
    assert fund.state.phase is Phase.CLOSED
    assert fund.lots * LOT * 50_000.0 < 1_000.0
    home = 80e6 * 49_995.0 / 100_010.0 + 20e6 * 0.5**1.05
    assert fund.treasury.cash / MICRO == pytest.approx(home, rel=1e-4)


def test_the_us_reserve_of_seized_coins_only_sits_there() -> None:
    spec = state(code="us", plan=plan(size_usd=0.0), held_coins=200_000.0, politics=IRON)
    _, fund = one(spec, FLAT * 3 + [10_000.0] * 60)
    assert fund.lots == fund.treasury.lots("coins") == round(200_000 / LOT)
    assert (fund.planned, fund.treasury.desk.invested) == (0, 0)


# ---- What others do -----------------------------------------------------------------------------


def test_a_freeze_reaches_foreign_exchange_and_etfs_but_no_coins() -> None:
    spec = state(mix=AssetMix(coins=0.5, etf=0.5), custody=CustodySpec(etf_fee=0.0))
    world = StateStall()
    fund = world.fund_of(spec)
    world.run(FLAT * 14, world.prove)
    coins, etf = fund.treasury.lots("coins"), fund.treasury.lots("etf")
    world.card.now = ReserveLevers(frozen="kz", frozen_share=0.25)
    world.run(FLAT * 2, world.prove)
    treasury = fund.treasury
    assert treasury.usd("frozen") == 225_000_000 * MICRO
    assert treasury.lots("etf-frozen") == etf * 250_000 // 1_000_000
    assert treasury.lots("coins") == coins
    assert fund.lots == coins + etf
    world.card.now = ReserveLevers(frozen="us")
    world.run(FLAT, world.prove)
    assert treasury.usd("frozen") == treasury.lots("etf-frozen") == 0
    assert treasury.usd("fx") == 900_000_000 * MICRO


def test_sanctions_and_thieves_strike_by_their_rates() -> None:
    spec = state(
        plan=plan(size_usd=0.0),
        held_coins=1_000.0,
        sanctions=SanctionSpec(rate=10.0, share=0.5),
        custody=CustodySpec(direct_rate=10.0, direct_loss=0.1),
    )
    _, fund = one(spec, FLAT * 121)
    assert fund.treasury.usd("frozen") > 0
    left = fund.lots * LOT
    assert any(left == pytest.approx(1_000 * 0.9**n) for n in range(1, 6))
    quiet = spec.model_copy(update={"sanctions": SanctionSpec(), "custody": CustodySpec()})
    _, fund = one(quiet, FLAT * 121)
    assert (fund.treasury.usd("frozen"), fund.lots) == (0, round(1_000 / LOT))


def test_an_etf_holding_pays_its_fee_in_coins() -> None:
    spec = state(mix=AssetMix(coins=0.0, etf=1.0), custody=CustodySpec(etf_fee=0.25))
    _, fund = one(spec, FLAT * 31)
    assert fund.lots / fund.treasury.bought == pytest.approx(1 - 0.25 * 30 / 365.2425, rel=1e-6)


@pytest.mark.parametrize(("compliance", "expected"), [(0.0, 60.0), (1.0, None)])
def test_a_lender_may_stop_purchases(compliance: float, expected: float | None) -> None:
    lender = LenderSpec(loan_to_gdp=0.5, rate=100.0, compliance=compliance)
    spec = state(
        legal_tender=True,
        lender=lender,
        funding=funding("budget"),
        budget_usd=60e6,
        plan=plan(size_usd=0.0, coins_per_day=1.0, days=60, **FIRM),
        politics=IRON,
    )
    _, fund = one(spec, FLAT * 70)
    assert fund.state.reversed
    bought = fund.treasury.bought * LOT
    assert bought == pytest.approx(expected or 30.0, abs=3 * LOT)


def test_a_posted_plan_remembers_the_fall_since_its_announcement() -> None:
    """Posted on day 10, announced on day 2; prices fell by 20 % on day 6 and partly recovered."""
    world = StateStall(hours=24)
    fund = world.fund_of(state(plan=plan(size_usd=0.0)))
    world.run([200_000.0] + FLAT * 5 + [80_000.0] * 2 + [95_000.0] * 2)
    world.card.now = ReserveLevers(
        state="kz", announced=2 * DAY, start=10 * DAY, size_usd=100e6, days=1, source="fx"
    )
    world.run([95_000.0] * 3, world.prove)
    # Credibility 0.25: 1 - 2.5 x 0.75 x 0.2 = 0.625.
    assert fund.state.started == 10
    assert fund.state.deployed == 62_500_000 * MICRO


def test_a_plan_shrunk_to_nothing_lapses() -> None:
    _, fund = one(waiting(shrink=10.0), FLAT * 5 + [80_000.0] * 5 + FLAT * 15)
    assert (fund.state.phase, fund.state.deployed) == (Phase.LAPSED, 0)


def test_a_fund_that_joins_late_counts_from_its_day() -> None:
    world = StateStall()
    world.run(FLAT * 5)
    fund = world.fund_of(state(mining=StateMiningSpec(coins_per_day=1.0), plan=plan(size_usd=0.0)))
    world.run(FLAT, world.prove)
    assert fund.state.mined * LOT == pytest.approx(1.0)


def test_a_posted_plan_replaces_its_own_and_is_taken_up_once() -> None:
    world = StateStall()
    fund = world.fund_of(state(plan=plan(size_usd=0.0)))
    world.run(FLAT * 2)
    world.card.now = ReserveLevers(
        state="kz",
        announced=DAY,
        start=4 * DAY,
        size_usd=50e6,
        coins=0.6,
        etf=0.2,
        days=5,
        source="fx",
    )
    world.run(FLAT * 3, world.prove)
    assert fund.state.started == 4
    world.card.now = world.card.now.model_copy(update={"frozen": "us"})
    world.run(FLAT * 14, world.prove)
    assert fund.state.deployed == 50_000_000 * MICRO
    assert fund.state.securities / MICRO == pytest.approx(10e6, rel=1e-6)
    assert fund.state.phase is Phase.HOLDING


# ---- Any step, any copy -------------------------------------------------------------------------


BUSY = state(
    mix=AssetMix(coins=0.4, etf=0.4, firms=0.2),
    funding=FundingMix(budget=0.0, fx=0.5, seizures=0.5),
    seizures=SeizureSpec(per_year=150.0, mean_usd=5e6),
    mining=StateMiningSpec(coins_per_day=3.0, sell_fraction=0.4),
    custody=CustodySpec(direct_rate=1.0, etf_rate=1.0),
    sanctions=SanctionSpec(rate=1.0),
)


def decided(fund: SovereignFund) -> tuple[int, ...]:
    """Return what does not depend on when in a day an order is filled."""
    each = fund.state
    return (each.deployed, each.seized, each.mined, each.size, int(each.phase), fund.planned)


@pytest.mark.parametrize("hours", [1, 6, 24])
def test_decisions_do_not_depend_on_the_step(hours: int) -> None:
    spec = BUSY.model_copy(update={"mining": StateMiningSpec(coins_per_day=3.0)})
    _, fund = one(spec, FLAT * 20, hours=hours)
    _, other = one(spec, FLAT * 20, hours=4)
    assert decided(fund) == decided(other)


def test_a_fork_goes_on_like_the_original() -> None:
    world = StateStall()
    fund = world.fund_of(BUSY)
    path = [100_000.0 * (1.0 + 0.01 * (day % 5)) for day in range(30)]
    world.run(path)
    twin = copy.deepcopy(world)
    for each in (world, twin):
        each.card.now = ReserveLevers(frozen="kz")
        each.run(path, each.prove)
    other = twin.players[0]
    assert isinstance(other, SovereignFund)
    assert other is not fund
    assert decided(other) == decided(fund)
    assert fund.treasury.usd("frozen") == other.treasury.usd("frozen") > 0
    assert (other.lots, other.treasury.cash) == (fund.lots, fund.treasury.cash)


def test_the_same_seed_is_the_same_run_and_another_is_not() -> None:
    runs = [decided(one(BUSY, FLAT * 20, seed=seed)[1]) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_a_silent_state_changes_nobody_elses_luck() -> None:
    alone = one(BUSY, FLAT * 20)[1]
    world = StateStall()
    world.fund_of(state(code="aa", plan=plan(size_usd=0.0)))
    fund = world.fund_of(BUSY)
    world.run(FLAT * 20)
    assert decided(fund) == decided(alone)
    assert (fund.lots, fund.treasury.cash) == (alone.lots, alone.treasury.cash)


def test_everything_off_is_silence() -> None:
    world, fund = one(state(plan=plan(size_usd=0.0)), FLAT * 40)
    assert (fund.lots, fund.planned, fund.state.paid) == (0, 0, 0)
    assert fund.state.phase is Phase.IDLE
    assert world.books.balance("state/kz/fx", USD) == 1_000_000_000 * MICRO


def test_parties_it_settles_with_must_be_in_the_books() -> None:
    with pytest.raises(ValueError, match="others is 'nobody'; it must be a party of the books"):
        StateStall().fund_of(state(), others="nobody")


def test_terms_are_those_of_all_states() -> None:
    slow = StatesSpec(execution=FAST, custody_hours=72.0)
    _, fund = one(state(), FLAT * 3, terms=slow)
    assert fund.treasury.lots("coins") == 0
    assert fund.lots > 0
