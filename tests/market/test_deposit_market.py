"""Exchanges with clients in a market: exact, forked, silent without news, alike at any step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from polars.testing import assert_frame_equal

from tidegate.model import Market
from tidegate.policies.exchange_hack import ExchangeHack
from tidegate.scenario import HolderSpec, Scenario
from tidegate.scenario.deposit_presets import load_exchange, load_theft
from tidegate.scenario.deposit_terms import DepositorSpec, LawSpec
from tidegate.scenario.deposits import DepositsSpec
from tidegate.scenario.etf import EtfSpec
from tidegate.scenario.hack_levers import HackLevers
from tidegate.validation.run_worlds import RunWorld

BOTH = DepositsSpec(
    exchanges=(load_exchange("bybit"), load_exchange("infini")),
    depositors=DepositorSpec(accounts=300),
)


def market(*policies: ExchangeHack, **parts: Any) -> Market:
    spec = Scenario(holders=HolderSpec(accounts=500), **parts)
    return Market(spec, rng=7, policies=policies)


def hack(name: str, day: float, **changes: Any) -> ExchangeHack:
    theft = {**load_theft(name), **changes}
    return ExchangeHack(name=name, announcement_day=day, effective_day=day, **theft)


def test_all_is_accounted_for_at_every_tick_of_two_robberies() -> None:
    world = market(hack("bybit", 1.6), hack("infini", 3.6), deposits=BOTH, etf=EtfSpec())
    for _ in range(8 * world.spec.ticks_per_day):
        world.step()
        world.audit()
    world._check()
    table = world.frames()["deposits"]
    last = table.filter(table["seconds"] == table["seconds"].max())
    asked = last["asked_native"] + last["asked_traditional"]
    assert asked[0] > 2e9
    assert last["stolen"].to_list() == pytest.approx([1.46e9, 49.5e6], rel=1e-3)
    assert last["given"][1] > 0  # Infini's founder
    assert last["borrowed"].to_list() == [True, False]
    assert world.frames()["withdrawals"]["usd"].sum() == pytest.approx(asked.sum(), rel=1e-9)


def test_who_has_not_heard_of_a_robbery_trades_as_ever() -> None:
    """Exchanges whose clients fear nothing change nobody's trades."""
    calm = DepositsSpec(depositors=DepositorSpec(accounts=100, gloom=0.0))
    plain, kept = market(), market(deposits=calm)
    for world in (plain, kept):
        world.run_days(6)
    # Fills name accounts, whose numbers follow those of the exchanges; all else is the same.
    assert np.array_equal(plain.tape.rows, kept.tape.rows)


def test_runs_agree_up_to_the_theft_and_a_fork_is_a_fresh_run() -> None:
    fresh = market(hack("bybit", 2.0), deposits=BOTH)
    origin = market(deposits=BOTH)
    origin.run_days(1)
    twin = origin.fork()
    twin.apply([hack("bybit", 2.0)])
    for world in (fresh, twin, origin):
        world.run_until(2 * 6)
    assert fresh.digest() == twin.digest() == origin.digest()
    for world in (fresh, twin, origin):
        world.run_until(5 * 6)
    assert fresh.digest() == twin.digest() != origin.digest()
    for name in ("deposits", "withdrawals"):
        assert_frame_equal(fresh.frames()[name], twin.frames()[name])


def test_another_exchange_changes_nobodys_luck() -> None:
    alone = DepositsSpec(exchanges=BOTH.exchanges[:1], depositors=BOTH.depositors)
    worlds = [RunWorld(spec, 5, [HackLevers(started=0)]) for spec in (alone, BOTH)]
    for world in worlds:
        world.run_days(2)
    one, two = (world.deposits.request_frame() for world in worlds)
    assert_frame_equal(one, two.filter(two["exchange"] == "bybit"))


def test_a_run_is_the_same_at_any_length_of_a_tick() -> None:
    worlds = [RunWorld(BOTH, 5, [HackLevers(started=7_200)], step) for step in (3_600, 21_600)]
    for world in worlds:
        world.run_days(2)
    assert_frame_equal(*(world.deposits.request_frame() for world in worlds))


def test_without_a_robbery_nobody_leaves() -> None:
    world = RunWorld(BOTH, 5, [])
    table = world.run_days(2)
    assert table["asked_native"].sum() == table["asked_traditional"].sum() == 0
    assert not table["failed"].any()


def test_what_law_regains_goes_to_the_exchange_less_a_bounty() -> None:
    strong = BOTH.model_copy(update={"law": LawSpec(strength=1.0, seize_days=5.0)})
    regained = {}
    for name, spec in (("weak", BOTH), ("strong", strong)):
        regained[name] = RunWorld(spec, 5, [HackLevers(started=0)]).run_days(12)["recovered"].max()
    assert 0.0 < regained["weak"] < 0.05 * 1.46e9
    assert 0.6 * 1.46e9 < regained["strong"] < 0.8 * 1.46e9


def test_a_failed_exchange_is_wound_up() -> None:
    quick = LawSpec(strength=1.0, estate_days=10.0, recoverable=0.0)
    spec = DepositsSpec(exchanges=(load_exchange("ftx"),), law=quick, depositors=BOTH.depositors)
    world = RunWorld(spec, 5, [HackLevers(started=0, **load_theft("ftx"))])
    table = world.run_days(20)
    last = table.tail(1)
    assert last["failed"].all()
    assert 0.0 < last["recovery"].item() < 0.5  # those who left early took more than half
    assert last["claims"].item() == 0.0
    assert table["recovery"].is_null().any()


def test_a_robbery_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match=r"exchange is 'bybit'; the scenario's deposits have none"):
        market(hack("bybit", 1.0))
    with pytest.raises(ValueError, match=r"exchange is 'ftx'; .* bybit, infini"):
        market(hack("ftx", 1.0), deposits=BOTH)
