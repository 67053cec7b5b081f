"""The pension sector in the market: what it plans, pays, holds, and when it keeps still."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agents.conftest import MICRO, Stall
from tests.market.conftest import small_spec
from tidegate.agents.pension_fund import PensionFund
from tidegate.agents.pension_plan import PensionPlan
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.pension_access import PensionAccess, PensionFreeze, PensionPause
from tidegate.scenario import ExecutionSpec, HolderSpec, Scenario
from tidegate.scenario.levers import PensionLevers
from tidegate.scenario.pension import PensionSpec

DAY = 86_400
NO_FEE = PensionSpec(sleeve_fee=0.0, benchmark_fee=0.0)


def spec(**changes: Any) -> Scenario:
    fields = {"holders": HolderSpec(accounts=500), "pension": NO_FEE, **changes}
    return small_spec(**fields)


def access(**changes: Any) -> PensionAccess:
    fields = {"allocation": 0.02, "ramp_months": 2.0, "rebalancing": "none", **changes}
    return PensionAccess(**fields)


def market(*policies: Policy, **changes: Any) -> tuple[Market, PensionFund]:
    world = Market(spec(**changes), rng=1, policies=policies)
    return world, world.funds[0]


def planned(fund: PensionFund, start: int, end: int) -> tuple[int, int]:
    """Return BTC's part and the rest of what the plan brings by itself, micro-USD."""
    return fund.plan.split(fund.plan.flow(start, end))


# ---- What is planned is traded or still to trade ----------------------------------------------


def test_planned_dollars_are_invested_or_in_the_backlog_at_every_tick() -> None:
    world, fund = market(access())
    plan = fund.plan
    btc = rest = 0
    for _ in range(40):
        world.step()
        plan = fund.plan
        more = plan.split(plan.flow(world.clock.seconds, world.clock.end))
        btc, rest = btc + more[0], rest + more[1]
        fund.desk.book_trades()
        assert fund.invested + fund.backlog == btc
        assert fund.elsewhere == rest
    assert fund.invested > 0.2 * btc > 0
    assert rest == pytest.approx(btc * 0.45 / 0.55, rel=1e-6)


def test_what_it_invested_is_what_left_the_world() -> None:
    world, fund = market(access())
    world.run_until(40)
    fund.desk.book_trades()
    wired = fund.cash + fund.invested + fund.desk.in_transit
    endowed = Market(spec(), rng=1).books.balance("world", 0)
    assert endowed - world.books.balance("world", 0) == wired
    assert world.books.balance(fund.desk.bank, 0) == 0
    world.audit()


def test_fees_are_paid_out_of_the_sleeve() -> None:
    free, costly = (
        market(access(), pension=PensionSpec(sleeve_fee=fee, benchmark_fee=0.0))
        for fee in (0.0, 0.5)
    )
    for world, fund in (free, costly):
        world.run_until(60)
        fund.desk.book_trades()
    total = [fund.invested + fund.backlog for _, fund in (free, costly)]
    years = 50 * 14_400 / (365 * DAY)
    assert 0 < total[0] - total[1] < 0.5 * years * free[1].value


@pytest.mark.parametrize("hours", [1, 4, 24])
def test_planned_flow_does_not_depend_on_the_step(hours: int) -> None:
    """Prices are frozen, so that only the plan speaks; a split rounds by a micro-USD a tick."""
    world, fund = market(
        access(announcement_day=0, effective_day=1), matching=False, step_seconds=3600 * hours
    )
    world.run_days(8)
    plan = PensionPlan(days=fund.plan.days, **dict(NO_FEE)).with_levers(
        world.board.now.pension, DAY
    )
    btc, rest = plan.split(plan.flow(DAY, 8 * DAY))
    assert btc > 10**14
    assert fund.invested == 0
    assert fund.backlog == pytest.approx(btc, abs=8 * 24)
    assert fund.elsewhere == pytest.approx(rest, abs=8 * 24)


# ---- When it keeps still ----------------------------------------------------------------------


def test_no_trade_before_the_policy_takes_effect() -> None:
    world, fund = market(access(announcement_day=2, effective_day=5))
    while world.clock.end < 5 * DAY:
        world.step()
        assert (fund.lots, fund.cash, fund.backlog, fund.elsewhere) == (0, 0, 0, 0)
    world.run_days(3)
    assert fund.lots > 0


def test_a_freeze_stops_everything() -> None:
    world, fund = market(
        access(ramp_months=1.0),
        PensionFreeze(announcement_day=0, effective_day=8),
    )
    world.run_days(8)
    fund.desk.book_trades()
    held = (fund.lots, fund.backlog, fund.invested, fund.elsewhere, fund.cash)
    arriving = fund.desk.in_transit
    assert fund.lots > 0
    assert fund.backlog > 0
    world.run_days(8)
    after = (fund.lots, fund.backlog, fund.invested, fund.elsewhere, fund.cash - arriving)
    assert after == held


def test_a_pause_ends_adoption_and_keeps_contributions() -> None:
    """Who has it keeps it, and contributes on."""
    policies = (access(ramp_months=1.0), PensionPause(announcement_day=0, effective_day=15))
    world, fund = market(*policies)
    world.run_days(15.5)
    assert fund.plan.adoption_start is None
    fund.desk.book_trades()
    before, lots = fund.invested + fund.backlog, fund.lots
    share = fund.plan.contribution_share(15 * DAY)
    start = world.clock.end
    world.run_days(21)
    fund.desk.book_trades()
    flow = fund.invested + fund.backlog - before
    gross = fund.plan.contributions(start, world.clock.end)
    assert 0.0 < share < 0.02
    assert flow == pytest.approx(gross * share * 0.55, rel=1e-6)
    assert flow > 0
    assert fund.lots > lots


def test_cash_takes_its_time_to_the_venue() -> None:
    world, fund = market(access(), execution=ExecutionSpec(funding_hours=30.0))
    world.step()
    assert fund.desk.in_transit > 0
    seen = {}
    for _ in range(14):
        world.step()
        seen[world.clock.seconds] = (fund.cash > 0, fund.lots > 0)
    assert {at for at, (cash, _) in seen.items() if cash and at < 30 * 3600} == set()
    assert seen[28 * 3600] == (False, False)
    assert seen[32 * 3600][1]  # the first tick that begins after 30 hours


# ---- How it trades ----------------------------------------------------------------------------


def test_it_never_takes_more_than_its_part_of_the_volume() -> None:
    execution = ExecutionSpec(participation=0.02, window_hours=1.0)
    world, fund = market(access(allocation=0.2, route="headline"), execution=execution)
    cap = 0.02 * world.spec.asset.daily_volume * world.spec.step_seconds / DAY * MICRO
    spent = []
    before = 0
    for _ in range(24):
        world.step()
        fund.desk.book_trades()
        spent.append(fund.invested - before)
        before = fund.invested
    # The limit protects its price: it may pay half a per cent, and fees, above the indicative.
    assert max(spent) <= cap * 1.0065
    assert max(spent) > 0.9 * cap
    assert fund.backlog > 10 * cap


def stall_fund(**levers: Any) -> tuple[Stall, PensionFund]:
    """Return a fund in a foreign Mesa model with a venue of its own."""
    stall = Stall(step=DAY)
    stall.board.now = stall.board.now.model_copy(
        update={"pension": PensionLevers(opened=0, ramp_months=1.0, route="headline", **levers)}
    )
    fund = PensionFund(
        stall,
        path="pension/0",
        plan=PensionPlan(assets_usd=10**9, contributions_usd=10**8),
        accounts={v.name: stall.fund(v) for v in stall.venues},
        books=stall.books,
        board=stall.board,
        execution=ExecutionSpec(),
        daily_volume=1e9,
        rounds=1,
        **stall.base,
    )
    return stall, fund


def run(stall: Stall, fund: PensionFund, price: float, days: int) -> None:
    for _ in range(days):
        stall.clock.tick += 1
        stall.books.settle(stall.clock.seconds, stall.venues)
        stall.quote(stall.venues[0], price)
        fund.step()
        stall.venues[0].clear()
        stall.audit()
    fund.desk.book_trades()


def test_it_works_in_a_plain_mesa_model() -> None:
    """The documentation's example: a sector of a billion that puts 5 % into crypto."""
    stall, fund = stall_fund(allocation=0.05, rebalancing="none")
    run(stall, fund, 100_000.0, 80)
    assert fund.value / MICRO == pytest.approx(0.55 * 0.05 * (1e9 + 1e8 * 80 / 365), rel=0.03)


@pytest.mark.parametrize("rule", ["none", "calendar", "band"])
def test_rebalancing_sells_after_the_price_has_risen(rule: str) -> None:
    stall, fund = stall_fund(allocation=0.05, rebalancing=rule)
    run(stall, fund, 100_000.0, 60)
    before = fund.lots
    run(stall, fund, 300_000.0, 40)  # over a quarter's end
    if rule == "none":
        assert fund.lots >= before  # contributions go on
        return
    pool = 1e9 + 1e8 * 100 / 365 + (fund.value - fund.invested) / MICRO / 0.55
    assert fund.lots < 0.5 * before
    share = fund.value / MICRO / 0.55 / pool
    assert share == pytest.approx(0.05, abs=0.02 if rule == "band" else 0.004)
    assert fund.invested < 0  # the rise has paid for all of it, and more


def test_a_sector_that_buys_no_btc_brings_all_of_it_elsewhere() -> None:
    world, fund = market(
        access(rebalancing="band"), pension=NO_FEE.model_copy(update={"btc_share": 0.0})
    )
    world.run_until(10)
    assert fund.elsewhere > 0
    assert (fund.lots, fund.backlog, fund.cash) == (0, 0, 0)
