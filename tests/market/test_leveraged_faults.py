"""Faults of an exchange: nothing is lost in any outage, and pauses stop what they should."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tidegate_core import Reject

from tidegate.agents.leveraged_exchange import BeyondRangeError
from tidegate.analysis import crash
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.base import Policy
from tidegate.policies.outage import Outage, Recovery
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario.rule_dial import RuleDial
from tidegate.scenario.venue_parts import BreakerRule
from tidegate.setups.crash import LeveragedParameters

DAY = 86_400
NEWS, DOWN, RELIEF, UP, END = 300, 360, 720, 1_080, 1_500


def news() -> tuple[Policy, ...]:
    """Let value fall, and rise again before users get in: what they lost meanwhile stays lost."""
    bad, good = NEWS / DAY, RELIEF / DAY
    return (
        TradeShock(size=-0.2, ramp_minutes=2, burst=5, announcement_day=bad, effective_day=bad),
        TradeShock(
            name="relief", size=0.2, ramp_minutes=2, announcement_day=good, effective_day=good
        ),
    )


def outage(**changes: object) -> tuple[Policy, ...]:
    down, up = DOWN / DAY, UP / DAY
    return (
        Outage(announcement_day=down, effective_day=down, **changes),
        Recovery(announcement_day=up, effective_day=up),
    )


def market(*policies: Policy, dial: RuleDial | None = None) -> LeveragedMarket:
    spec = LeveragedParameters(accounts=2_000).scenario()
    spec = spec.model_copy(update={"dial": dial or RuleDial()})
    return LeveragedMarket(spec, rng=3, policies=(*news(), *policies))


def reconciled(world: LeveragedMarket) -> None:
    """Assert that every account has what it had, brought, made and was paid, and no more."""
    world._check()
    for exchange in world.exchanges:
        tally, margin = exchange.tally, exchange.margin
        stake, profit = tally.results(margin)
        worth = tally._positions(margin, np.array([margin.mark(c) for c in range(4)]))
        brought = stake - tally._wealth
        assert np.abs(tally._wealth_of(margin, worth) - stake - profit).max() <= 5_000
        assert abs(int(brought.sum()) - exchange.crowd.totals["deposits"]) <= 5_000  # roundings


@pytest.fixture(scope="module")
def trunk() -> LeveragedMarket:
    world = market()
    world.run_until(NEWS // 60)
    return world


@pytest.fixture(scope="module")
def run(trunk: LeveragedMarket) -> Callable[..., LeveragedMarket]:
    done: dict[str, LeveragedMarket] = {}

    def forked(label: str, *policies: Policy) -> LeveragedMarket:
        if label not in done:
            world = trunk.fork()
            world.apply(policies)
            world.run_until(END // 60)
            done[label] = world
        return done[label]

    return forked


@pytest.mark.parametrize("users", [True, False])
@pytest.mark.parametrize(("desks", "engine"), [(False, False), (False, True), (True, True)])
def test_nothing_is_lost_in_any_outage(
    trunk: LeveragedMarket, users: bool, desks: bool, engine: bool
) -> None:
    world = trunk.fork()
    world.apply(outage(users=users, desks=desks, engine=engine, compensation=0.7))
    for second in (DOWN + 60, RELIEF, UP, UP + 60, END):
        world.run_until(second // 60)
        reconciled(world)


def test_nothing_is_lost_when_funding_is_paid() -> None:
    world = LeveragedMarket(LeveragedParameters(accounts=2_000).scenario(), rng=4)
    world.run_until(61)
    hourly = world.exchanges[3]
    assert hourly.rules.mark.funding_hours == 1
    assert hourly.margin.balance(4)  # what is left of rounding: it was paid
    reconciled(world)


def test_a_mark_goes_by_the_rate_of_the_last_interval_however_long_ticks_are() -> None:
    spec = LeveragedParameters(accounts=2_000).scenario()
    world = LeveragedMarket(spec.model_copy(update={"step_seconds": 4 * 3_600}), rng=4)
    world.run_until(2)
    hourly = world.exchanges[3]
    assert [clock.fundings for clock in hourly.clocks] == [8] * 4
    rates = [clock.rate_ppb for clock in hourly.clocks]
    assert any(rates)
    assert [mark.rate_ppb for mark in hourly.marks] == rates


def test_a_price_beyond_what_engines_count_says_where_and_when() -> None:
    exchange = market().exchanges[0]
    with pytest.raises(
        BeyondRangeError, match=r"binance cannot mark .* second 60, .* marks\[0\] is"
    ):
        exchange.mark(60, [10**9] * 4)


def test_users_are_shut_out_and_the_engine_goes_on(trunk: LeveragedMarket) -> None:
    world = trunk.fork()
    world.apply(outage())
    world.run_until(DOWN // 60 + 3)
    here, there = world.exchanges[0], world.exchanges[1]
    assert here.margin.liquidating
    before = [exchange.crowd.totals for exchange in (here, there)]
    world.run_until(DOWN // 60 + 6)
    after = [exchange.crowd.totals for exchange in (here, there)]
    assert after[0]["orders"] == before[0]["orders"]
    assert after[0]["wakes"] > before[0]["wakes"]
    assert after[1]["orders"] > before[1]["orders"]
    with pytest.raises(ValueError, match="withdrawals from binance are frozen"):
        here.debit(5, 0, 1)
    events = world.frames()["liquidations"].filter(pl.col("second") > DOWN + 1)
    assert "binance" in events["exchange"].to_list()


def test_desks_are_shut_out_only_if_the_outage_says_so(trunk: LeveragedMarket) -> None:
    traded = []
    for desks in (False, True):
        world = trunk.fork()
        world.apply(outage(desks=desks, engine=True))
        world.run_until(DOWN // 60 + 3)
        before = world.exchanges[0].margin.traded(0)["volume"]
        world.run_until(DOWN // 60 + 6)
        traded.append(world.exchanges[0].margin.traded(0)["volume"] - before)
    assert traded[0] > 0
    assert traded[1] == 0


def test_an_engine_that_is_down_liquidates_nobody_until_it_is_up(
    run: Callable[..., LeveragedMarket],
) -> None:
    events = run("all", *outage(engine=True)).frames()["liquidations"]
    here = events.filter(pl.col("exchange") == "binance")
    assert crash.liquidated(here, DOWN + 60, UP) == 0
    assert crash.liquidated(here, UP, END) > 0
    others = events.filter(pl.col("exchange") != "binance")
    assert crash.liquidated(others, DOWN + 60, UP) > 0


def test_compensation_is_the_promised_share_to_the_unit(
    run: Callable[..., LeveragedMarket],
) -> None:
    unpaid, paid = run("users", *outage()), run("paid", *outage(compensation=0.5))
    for world, ppm in ((unpaid, 0), (paid, 500_000)):
        rows = world.tape.lockouts.rows
        assert len(rows)
        loss, got = rows[:, 4].tolist(), rows[:, 5].tolist()
        assert got == [each * ppm // 1_000_000 for each in loss]
    assert paid.tape.lockouts.rows[:, :5].tolist() == unpaid.tape.lockouts.rows[:, :5].tolist()


def test_losses_are_marked_at_the_time_that_the_outage_names(trunk: LeveragedMarket) -> None:
    """Value is back at the recovery and falls again before the losses are marked: fewer lose."""
    later = 300
    again = TradeShock(
        name="again",
        size=-0.2,
        ramp_minutes=1,
        announcement_day=(UP + 60) / DAY,
        effective_day=(UP + 60) / DAY,
    )
    losses = []
    for hours in (0.0, later / 3_600):
        world = trunk.fork()
        world.apply((again, *outage(settled_hours=hours)))
        world.run_until((UP + later) // 60)
        early = len(world.tape.lockouts.rows)
        world.run_until((UP + later) // 60 + 2)
        reconciled(world)
        losses.append((early, int(world.tape.lockouts.rows[:, 4].sum())))
    assert losses[0][0] > 0
    assert losses[1][0] == 0
    assert losses[1][1] < losses[0][1]


def test_who_became_due_while_the_engine_was_down_counts_once_it_has_closed_them(
    trunk: LeveragedMarket,
) -> None:
    """Value falls again as the engine is back: what it closes is worth more at the recovery."""
    world = trunk.fork()
    at = UP / DAY
    again = TradeShock(
        name="again", size=-0.3, ramp_minutes=1, announcement_day=at, effective_day=at
    )
    world.apply((*outage(engine=True, compensation=0.5), again))
    world.run_until(END // 60)
    rows = world.tape.lockouts.rows
    assert len(rows)
    assert rows[:, 0].min() > UP
    assert (rows[:, 4] > 0).all()
    reconciled(world)


def test_compensation_comes_out_of_the_venues_pocket(trunk: LeveragedMarket) -> None:
    """At the recovery the venue has as much less as its users have more, and its owners bring."""
    worlds = []
    for share in (0.0, 1.0):
        world = trunk.fork()
        world.apply(outage(compensation=share))
        world.run_until(UP // 60)
        worlds.append(world)
    levers = [world.agenda.levers_at(UP) for world in worlds]
    before = [world.exchanges[0].margin.balances()[:, 0] for world in worlds]
    brought = [w.exchanges[0].heed(lever) for w, lever in zip(worlds, levers, strict=True)]
    after = [world.exchanges[0].margin.balances()[:, 0] for world in worlds]
    assert (after[0] == before[0]).all()
    change = after[1] - before[1]
    paid = sum(row.paid for row in worlds[1].exchanges[0].paid)
    assert paid > 0
    assert change[5:].sum() == paid
    assert change[0] == brought[1] - paid
    assert change[1:5].tolist() == [0, 0, 0, 0]
    assert brought[1] == max(0, paid - before[1][0])


def test_an_outage_elsewhere_is_none_here(trunk: LeveragedMarket) -> None:
    world = trunk.fork()
    world.apply(outage(exchange="okx"))
    world.run_until(UP // 60)
    assert [bool(e.lockout._closed) for e in world.exchanges] == [False, False, True, False]


BREAKER = {"trigger_ppm": 30_000, "window_seconds": 300, "pause_seconds": 240}


@pytest.mark.parametrize("runs", [True, False])
def test_a_pause_stops_trading_of_a_coin_and_the_engine_by_the_rule(runs: bool) -> None:
    rule = BreakerRule(**BREAKER, engine_runs_during_pause=runs)
    world = market(dial=RuleDial(breaker=rule))
    pauses: list[tuple[int, int, int]] = []

    def state() -> list[tuple[int, int | None]]:
        return [
            (e.margin.traded(c)["volume"], e.breaker._until[c])
            for e in world.exchanges
            for c in range(4)
        ]

    while world.tick < END // 60:
        before = state()
        world.step()
        for at, ((traded, was), (now, still)) in enumerate(zip(before, state(), strict=True)):
            if was is not None and was == still:
                pauses.append((world.now, at, now - traded))
        for exchange in world.exchanges:
            halted = tuple(c for c in range(4) if exchange.margin.halted(c))
            assert halted == exchange.breaker.paused
    reconciled(world)
    assert pauses
    events = world.frames()["liquidations"]
    stopped = {(now // 60, at // 4, at % 4) for now, at, _ in pauses}
    closed = events.filter(pl.col("kind").is_in(["book", "takeover", "adl", "vault"]))
    names = {e.name: n for n, e in enumerate(world.exchanges)}
    coins = {c.name: n for n, c in enumerate(world.spec.coins)}
    during = [
        row
        for row in closed.iter_rows(named=True)
        if (-(-row["second"] // 60), names[row["exchange"]], coins[row["coin"]]) in stopped
    ]
    if runs:
        assert during
    else:
        assert not during
        assert all(volume == 0 for _, _, volume in pauses)


def test_pauses_end_and_without_a_breaker_there_are_none() -> None:
    world = market(dial=RuleDial(breaker=BreakerRule(**BREAKER)))
    world.run_until((NEWS + 600) // 60)
    assert sum(exchange.breaker.trips for exchange in world.exchanges) > 0
    plain = market()
    plain.run_until((NEWS + 600) // 60)
    assert not any(exchange.breaker.trips for exchange in plain.exchanges)


def test_a_band_refuses_orders_far_from_the_mark() -> None:
    dial = RuleDial(breaker=BreakerRule(band_ppm=50_000))
    world = market(dial=dial)
    world.run_until(1)
    margin, account = world.exchanges[0].margin, world.exchanges[0].crowd.first
    mark = margin.mark(0)
    assert mark is not None
    assert margin.submit(0, account, 0, mark * 94 // 100, 1) == -Reject.BAND


def test_a_world_with_an_outage_copies_and_pickles(trunk: LeveragedMarket) -> None:
    world = trunk.fork()
    world.apply(outage(compensation=1.0))
    world.run_until(DOWN // 60 + 3)
    exchange = world.exchanges[0]
    assert exchange.lockout._closed
    for twin in (copy.deepcopy(exchange.lockout), pickle.loads(pickle.dumps(exchange.lockout))):
        assert twin.settle([1] * 4, [1] * 4, 1.0) == copy.deepcopy(exchange.lockout).settle(
            [1] * 4, [1] * 4, 1.0
        )
    other = world.fork()
    world.run_until(UP // 60 + 2)
    other.run_until(UP // 60 + 2)
    assert other.digest() == world.digest()


def test_users_who_lost_more_than_they_bear_leave_and_paid_ones_do_not() -> None:
    spec = LeveragedParameters(accounts=2_000).scenario()
    crowd = spec.crowd.model_copy(update={"tolerance": 0.0})
    spec = spec.model_copy(update={"crowd": crowd})
    left = []
    for share in (0.0, 1.0):
        world = LeveragedMarket(spec, rng=3, policies=(*news(), *outage(compensation=share)))
        world.run_until(UP // 60 + 1)
        lockouts = world.frames()["lockouts"]
        borne = (pl.col("loss") - pl.col("paid")) / pl.col("accounts")
        left.append(lockouts.filter(borne > 0.0)["account"].to_numpy())
        world.run_until(END // 60)
        reconciled(world)
        exchange = world.exchanges[0]
        columns = exchange.crowd.columns()[left[-1] - exchange.crowd.first]
        positions = exchange.margin.positions()
        holding = positions["account"][positions["size"] != 0]
        assert not np.isin(left[-1], holding).any()
        assert np.all(columns["condition"] == 0)
    assert len(left[0])
    assert not len(left[1])
