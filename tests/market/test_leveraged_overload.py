"""Exchanges that more is asked of than they can take: who waits, what freezes, and nothing lost."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Literal

import polars as pl
import pytest

from tests.market.crash_worlds import MINUTE, NEWS, crash_world, shock
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.base import Policy
from tidegate.scenario.rule_dial import RuleDial

USD = 0
AMPLE, SCARCE = 10**9, 150  # orders a second; in calm a large exchange's public sends a hundred


def world_of(
    capacity: int | None,
    overload: Literal["queue", "refuse"] = "queue",
    *policies: Policy,
    rng: int = 1,
) -> LeveragedMarket:
    dial = RuleDial(capacity=capacity, overload=overload)
    return crash_world(*policies, rng=rng, dial=dial)


def totals(world: LeveragedMarket) -> list[dict[str, float]]:
    return [exchange.crowd.intake.totals for exchange in world.exchanges]


def at_the_worst(overload: Literal["queue", "refuse"] = "queue") -> LeveragedMarket:
    """Return a world in which orders wait, or were refused a moment ago."""
    world = world_of(SCARCE, overload)
    while not all(exchange.overloaded for exchange in world.exchanges[:2]):
        world.step()
        assert world.now < 40 * MINUTE
    return world


@pytest.mark.parametrize("overload", ["queue", "refuse"])
def test_capacity_above_the_peak_changes_nothing(overload: Literal["queue", "refuse"]) -> None:
    free, ample = world_of(None), world_of(AMPLE, overload)
    for world in (free, ample):
        world.run_until(12)
    before, after = free.frames(), ample.frames()
    assert len(before.pop("load")) == 0
    load = after.pop("load")
    assert before.keys() == after.keys()
    for name, frame in before.items():
        assert frame.equals(after[name]), name
    assert [e.fills_digest for e in free.exchanges] == [e.fills_digest for e in ample.exchanges]
    assert load["sent"].max() > 0
    assert load.select("waiting", "refused", "delayed", "withdrawn", "late").sum().row(0) == (
        0, 0, 0, 0, 0.0,
    )  # fmt: skip


@pytest.mark.parametrize("overload", ["queue", "refuse"])
def test_orders_reconcile_while_the_load_lasts_and_money_is_nowhere_lost(
    overload: Literal["queue", "refuse"],
) -> None:
    world = world_of(SCARCE, overload)
    for _ in range(14):
        world.step()
        world._check()
    load = world.frames()["load"]
    assert load.filter(pl.col("seconds") <= NEWS)["delayed"].max() < load["sent"].max()
    ended = load.group_by("exchange").last()
    parts = ended.select(pl.sum_horizontal("served", "refused", "withdrawn", "waiting"))
    assert parts.to_series().to_list() == ended["sent"].to_list()
    assert ended["longest" if overload == "queue" else "refused"].max() > 1_000


def test_liquidation_goes_on_while_orders_wait() -> None:
    world = at_the_worst()
    before = sum(len(exchange.margin.queue()) for exchange in world.exchanges)
    liquidated = world.frames()["liquidations"].height
    for _ in range(3):
        world.step()
    assert before > 0
    assert world.frames()["liquidations"].height > liquidated
    assert sum(exchange.crowd.intake.waiting for exchange in world.exchanges) > 0


def test_an_engine_may_stop_with_its_users() -> None:
    world = world_of(SCARCE)
    first = world.exchanges[0]
    outage = first.rules.outage.model_copy(update={"engine_runs_on": False})
    first.rules = first.rules.model_copy(update={"outage": outage})
    stopped: set[bool] = set()
    while world.now < 40 * MINUTE and len(stopped) < 2:
        world.step()
        assert [it.margin.liquidating for it in world.exchanges] == [
            not first.overloaded, True, True, True,
        ]  # fmt: skip
        stopped.add(first.overloaded)
    assert stopped == {False, True}


@pytest.mark.parametrize("overload", ["queue", "refuse"])
def test_withdrawals_freeze_with_an_overload_and_for_the_time_of_the_rule(
    overload: Literal["queue", "refuse"],
) -> None:
    world = at_the_worst(overload)
    exchange = world.exchanges[0]
    pause = exchange.rules.outage.withdrawal_freeze_seconds
    assert pause > 0
    assert exchange.frozen_until == world.now + pause
    assert exchange.withdrawals_frozen
    with pytest.raises(ValueError, match=f"withdrawals from {exchange.name} are frozen"):
        exchange.debit(5, USD, 1)
    exchange.margin.time = exchange.frozen_until
    assert not exchange.withdrawals_frozen
    with pytest.raises(ValueError, match="debit of 1 on account 5"):  # it has nothing there
        exchange.debit(5, USD, 1)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_losses_of_who_waited_are_settled_when_the_queue_is_empty(share: float) -> None:
    # more than the fall is taken back before the queue is worked off: what they lost stays lost
    relief = shock(9 * MINUTE, 0.6, name="relief")
    world = world_of(250, "queue", relief, rng=3)
    for exchange in world.exchanges:
        outage = exchange.rules.outage.model_copy(update={"compensation": share})
        exchange.rules = exchange.rules.model_copy(update={"outage": outage})
    rows: list[Any] = []
    while world.now < 120 * MINUTE and not rows:
        world.step()
        rows = world.frames()["lockouts"].rows(named=True)
    assert rows
    for row in rows:
        assert row["loss"] > 0
        assert row["paid"] == pytest.approx(share * row["loss"], abs=1e-6)
    world.audit()


@pytest.mark.parametrize("overload", ["queue", "refuse"])
@pytest.mark.parametrize("copier", [copy.deepcopy, lambda w: pickle.loads(pickle.dumps(w))])
def test_a_copy_goes_on_with_the_queue(copier: Any, overload: Literal["queue", "refuse"]) -> None:
    world = at_the_worst(overload)
    twin = copier(world)
    for it in (world, twin):
        for _ in range(3):
            it.step()
    assert twin.digest() == world.digest()
    assert totals(twin) == totals(world)
