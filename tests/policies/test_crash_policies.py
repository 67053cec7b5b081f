"""News, outages, freezes and caps: what each sets on the board, and when."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.base import Agenda, LeverPolicy, Policy
from tidegate.policies.equity_injection import EquityInjection
from tidegate.policies.leverage_cap import LeverageCap
from tidegate.policies.liquidation_freeze import LiquidationFreeze
from tidegate.policies.outage import Outage, Recovery
from tidegate.policies.quoting_obligation import QuotingObligation
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario.levers import Levers
from tidegate.setups.crash import LeveragedParameters
from tidegate.streams import Streams

DAY = 86_400
POLICIES: tuple[type[Policy], ...] = (
    TradeShock,
    Outage,
    Recovery,
    LiquidationFreeze,
    LeverageCap,
    QuotingObligation,
    EquityInjection,
)


def agenda(*policies: Policy) -> Agenda:
    return Agenda.decide(policies, Streams(1))


@pytest.mark.parametrize("kind", POLICIES)
def test_a_policy_sets_what_it_says_from_its_effective_moment_on(kind: type[Policy]) -> None:
    policy = kind(announcement_day=1, effective_day=1.5)
    board = agenda(policy)
    assert board.levers_at(DAY - 1) == Levers()
    pending = board.levers_at(DAY)
    assert [announced.name for announced in pending.pending] == [policy.name]
    assert pending.model_copy(update={"pending": ()}) == Levers()
    assert board.levers_at(DAY + DAY // 2) == Levers().updated(policy.settings())
    assert set(policy.settings()) <= set(Levers.names())


@pytest.mark.parametrize("kind", POLICIES)
def test_a_policy_survives_a_file(kind: type[Policy]) -> None:
    policy = kind(announcement_day=1, effective_day=2, success_probability=0.3)
    again = kind.model_validate_json(policy.model_dump_json())
    assert again == policy
    assert again.settings() == policy.settings()


def test_policies_of_one_run_have_different_names() -> None:
    assert len({kind(announcement_day=0).name for kind in POLICIES}) == len(POLICIES)
    with pytest.raises(ValueError, match="policies must have different names"):
        agenda(TradeShock(), TradeShock(size=-0.1))


def test_a_shock_breaks_at_its_second_with_its_size_and_times_in_seconds() -> None:
    shock = TradeShock(
        size=-0.03, ramp_minutes=2.5, burst=4.0, burst_hours=0.5, effective_day=600 / DAY
    )
    board = agenda(shock).levers_at(600).shock
    assert board.started == 600
    assert (board.size, board.ramp_seconds) == (-0.03, 150.0)
    assert (board.burst, board.burst_seconds) == (4.0, 1_800.0)


def test_a_later_shock_takes_the_place_of_an_earlier_one_on_the_board() -> None:
    board = agenda(
        TradeShock(name="second", size=-0.04, announcement_day=0.5, effective_day=0.5),
        TradeShock(name="first", size=-0.02),
    )
    assert [board.levers_at(second).shock.size for second in (0, DAY // 2)] == [-0.02, -0.04]
    assert board.levers_at(DAY).shock.started == DAY // 2


def test_shocks_of_the_same_second_both_count() -> None:
    board = agenda(
        TradeShock(name="tariff", size=-0.02),
        TradeShock(name="export", size=-0.02),
        TradeShock(name="later", size=-0.01, effective_day=0.5),
    )
    assert [shock.size for shock in board.levers_at(0).shocks] == [-0.02, -0.02]
    assert [shock.size for shock in board.levers_at(DAY).shocks] == [-0.02, -0.02, -0.01]


def test_a_shock_inherits_nothing_from_the_one_before() -> None:
    second = LeverPolicy(name="second", levers={"shock.started": 0, "shock.size": -0.01})
    board = agenda(TradeShock(burst=5.0), second).levers_at(0)
    assert [shock.burst for shock in board.shocks] == [5.0, 0.0]


def test_outages_of_several_exchanges_hold_at_once() -> None:
    board = agenda(
        Outage(name="a", exchange="binance", engine=True),
        Outage(name="b", exchange="okx", users=False, withdrawals=True),
        Outage(name="c", exchange="binance", engine=False, effective_day=0.25),
        Recovery(name="d", exchange="binance", effective_day=0.5),
        Recovery(name="e", effective_day=0.75),
    )
    down = [
        [
            (outage.users, outage.engine, outage.withdrawals)
            for outage in map(board.levers_at(quarter * DAY // 4).outage_of, ("binance", "okx"))
        ]
        for quarter in range(4)
    ]
    assert down == [
        [(True, True, True), (False, False, True)],
        [(True, False, True), (False, False, True)],
        [(False, False, False), (False, False, True)],
        [(False, False, False), (False, False, False)],
    ]
    assert board.levers_at(DAY) == Levers()


def test_an_outage_lasts_until_its_recovery() -> None:
    down = Outage(exchange="okx", users=True, engine=True, withdrawals=False, compensation=0.25)
    board = agenda(down, Recovery(effective_day=0.5))
    outage = board.levers_at(0).outage
    assert (outage.exchange, outage.users, outage.engine) == ("okx", True, True)
    assert (outage.withdrawals, outage.compensation) == (False, 0.25)
    assert board.levers_at(DAY // 2 - 1).outage == outage
    assert board.levers_at(DAY // 2).outage == Levers().outage


def test_a_recovery_undoes_every_lever_of_an_outage() -> None:
    assert Recovery().settings().keys() == Outage().settings().keys()
    assert Levers().updated(Outage().settings()).updated(Recovery().settings()) == Levers()


def test_a_freeze_and_a_cap_leave_each_other_alone() -> None:
    board = agenda(LiquidationFreeze(), LeverageCap(cap=3, effective_day=1))
    assert (board.levers_at(0).leverage.frozen, board.levers_at(0).leverage.cap) == (True, None)
    assert (board.levers_at(DAY).leverage.frozen, board.levers_at(DAY).leverage.cap) == (True, 3)


@pytest.mark.parametrize(
    ("kind", "field", "value", "rule"),
    [
        (TradeShock, "size", -3, "greater than or equal to -2"),
        (TradeShock, "size", float("nan"), "finite number"),
        (TradeShock, "ramp_minutes", 0, "greater than 0"),
        (TradeShock, "burst", -1, "greater than or equal to 0"),
        (TradeShock, "burst_hours", 0, "greater than 0"),
        (TradeShock, "success_probability", 1.5, "less than or equal to 1"),
        (Outage, "exchange", "", "at least 1 character"),
        (Outage, "compensation", 1.5, "less than or equal to 1"),
        (Outage, "engine", "often", "valid boolean"),
        (LeverageCap, "cap", 0, "greater than or equal to 1"),
        (LeverageCap, "cap", 126, "less than or equal to 125"),
        (LeverageCap, "cap", 2.5, "valid integer"),
        (LiquidationFreeze, "announcement_day", -1, "greater than or equal to 0"),
        (Recovery, "hours", 3, "Extra inputs are not permitted"),
    ],
)
def test_errors_name_the_field_and_what_is_allowed(
    kind: type[Policy], field: str, value: Any, rule: str
) -> None:
    with pytest.raises(ValidationError, match=rf"(?s)\n{field}\n.*{rule}"):
        kind(**{field: value})


def test_nothing_takes_effect_before_it_is_announced() -> None:
    with pytest.raises(ValidationError, match=r"effective_day must be >= announcement_day \(2\)"):
        LiquidationFreeze(announcement_day=2, effective_day=1)


def test_an_obligation_holds_makers_to_their_quotes_from_its_moment_on() -> None:
    world = LeveragedMarket(LeveragedParameters(accounts=2_000).scenario(), rng=1)
    twin = world.fork()
    floor = world.spec.quotes.floor
    two = 120 / DAY
    twin.apply([QuotingObligation(share=0.5, announcement_day=0.0, effective_day=two)])
    for market in (world, twin):
        market.run_until(2)
    assert (twin.quotes.rule("obligation") == floor).all()
    assert twin.digest() == world.digest()  # nothing has changed before
    twin.apply([QuotingObligation(name="less", share=0.0, announcement_day=two, effective_day=two)])
    twin.run_until(3)
    assert (twin.quotes.rule("obligation") == floor).all()  # the later policy ended it


def test_under_an_obligation_depth_stays_in_a_crash() -> None:
    depths = []
    for duty in ([], [QuotingObligation(share=0.5)]):
        world = LeveragedMarket(
            LeveragedParameters(accounts=2_000).scenario(),
            rng=1,
            policies=[TradeShock(size=-0.06, ramp_minutes=5.0), *duty],
        )
        world.run_until(10)
        depths.append(world.quotes.depth_factor.min())
    assert depths[0] < 0.4 <= 0.5 <= depths[1]


def test_an_injection_is_margin_of_the_largest_position_and_money_from_outside() -> None:
    world = LeveragedMarket(LeveragedParameters(accounts=2_000).scenario(), rng=1)
    twin = world.fork()
    twin.apply([EquityInjection(amount=50e6, announcement_day=0.0, effective_day=60 / DAY)])
    for market in (world, twin):
        market.run_until(1)
    assert twin.digest() == world.digest()
    before = [margins(market) for market in (world, twin)]
    assert before[0] == before[1]
    twin._heed()
    added = {key: value - before[1][key] for key, value in margins(twin).items()}
    (most,) = (value for value in added.values() if value)
    assert most == 50_000_000_000_000
    twin.run_until(2)
    twin._check()


def margins(world: LeveragedMarket) -> dict[tuple[str, int, int], int]:
    return {
        (exchange.name, int(row["account"]), int(row["contract"])): int(row["margin"])
        for exchange in world.exchanges
        for row in exchange.margin.positions()
    }
