"""While a batch runs without the GIL, whatever else a thread asks of that venue is refused."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from tidegate_core.engine import Engine
from tidegate_core.instrument import Instrument
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.preview import depth_to, impact

from tests.margin_venue import ANN, UNIT, linear, venue

LOTS = 600_000  # rows of a batch, or targets: a tenth of a second or more
Calls = dict[str, Callable[[], object]]


def outcomes(batch: Callable[[], object], calls: Calls) -> dict[str, list[bool]]:
    """Make calls by turns while a batch runs in another thread: which of them were refused."""
    thread = threading.Thread(target=batch)
    refused: dict[str, list[bool]] = {name: [] for name in calls}
    thread.start()
    while thread.is_alive():
        for name, call in calls.items():
            try:
                call()
            except RuntimeError:
                refused[name].append(True)
            else:
                refused[name].append(False)
    thread.join()
    return refused


def assert_kept_out(refused: dict[str, list[bool]]) -> None:
    """Assert that each call was refused, and again and again until the batch was over."""
    for name, answers in refused.items():
        assert any(answers), name
        answers = answers[answers.index(True) :]
        assert False not in answers or not any(answers[answers.index(False) :]), name


def due(targets: int = LOTS) -> MarginEngine:
    """Open a venue where so many are due, all of whom have bought a lot of one."""
    engine = MarginEngine(contracts=[linear(), linear()], accounts=targets + 1)
    accounts = np.arange(ANN, ANN + targets + 1)
    size = np.append(np.ones(targets, np.int64), -targets)
    margin = np.append(np.full(targets, 10 * UNIT), 0)
    cash = np.append(margin[:-1], 200 * targets * UNIT)
    engine.endow(0, accounts, size, size * 100 * UNIT, margin, deposit=cash)
    engine.set_marks([91, 0])
    assert engine.waiting == targets
    return engine


def margin_calls(engine: MarginEngine) -> Calls:
    return {
        "order": lambda: engine.submit(0, ANN, 0, 0, 0),
        "cancel": lambda: engine.cancel(0),
        "equity": lambda: engine.equity(ANN),
        "maintenance": lambda: engine.maintenance(ANN),
        "available": lambda: engine.available(ANN),
        "order_margin": lambda: engine.order_margin(ANN),
        "balance": lambda: engine.balance(ANN),
        "position": lambda: engine.position(ANN, 0),
        "order of an id": lambda: engine.order(1),
        "orders": lambda: engine.orders(ANN),
        "stops": lambda: engine.stops(ANN, 0),
        "resting": engine.resting,
        "best_bid": engine.best_bid,
        "best_ask": engine.best_ask,
        "last_price": engine.last_price,
        "depth": lambda: engine.depth(0, 0),
        "traded": engine.traded,
        "open_interest": engine.open_interest,
        "counters": engine.counters,
        "nbytes": lambda: engine.nbytes,
        "waiting": lambda: engine.waiting,
        "has_events": lambda: engine.has_events,
        "len": lambda: len(engine),
        "halt": lambda: engine.halt(1),
        "resume": lambda: engine.resume(1),
        "time": lambda: setattr(engine, "time", 0),
        "set_marks": lambda: engine.set_marks([0, 0]),
        "liquidate": lambda: engine.liquidate(0, 0),
    }


def test_liquidation_keeps_others_out() -> None:
    engine = due()
    refused = outcomes(lambda: engine.liquidate(0), margin_calls(engine))
    assert_kept_out(refused)
    assert engine.waiting == 0
    engine._check()


@pytest.mark.parametrize("what", ["positions", "balances", "audit", "queue", "_check", "snapshot"])
def test_nobody_walks_what_liquidation_changes(what: str) -> None:
    """These take longer than the batch where they are let in, so each comes alone."""
    engine = due(LOTS // 2)
    assert_kept_out(outcomes(lambda: engine.liquidate(0), {what: getattr(engine, what)}))


def test_a_venue_is_free_again_after_a_liquidation_that_failed() -> None:
    engine = venue()
    with pytest.raises(ValueError, match="now is -1"):
        engine.liquidate(-1)
    assert engine.balance(ANN) == 1_000 * UNIT
    assert engine.liquidate(5) == 0


def test_orders_on_margin_keep_others_out() -> None:
    engine = venue(linear(), linear(), cash=(10**8, 10**8))
    ones = np.ones(LOTS, np.int64)
    columns = {"account": ANN * ones, "side": 0 * ones, "price": 90 * ones, "quantity": ones}
    assert_kept_out(outcomes(lambda: engine.submit_many(**columns), margin_calls(engine)))
    assert engine.resting() == LOTS


def test_orders_on_spot_keep_others_out() -> None:
    engine = Engine(
        [Instrument("X", "C", "USD"), Instrument("Y", "D", "USD")], 2, ["USD", "C", "D"]
    )
    engine.deposit(1, 0, 10**12)
    ones = np.ones(3 * LOTS, np.int64)
    columns = {"account": ones, "side": 0 * ones, "price": 90 * ones, "quantity": ones}
    calls: Calls = {
        "order": lambda: engine.submit(0, 2, 0, 0, 0),
        "deposit": lambda: engine.deposit(2, 0, 0),
        "free": lambda: engine.free(1, 0),
        "reserved": lambda: engine.reserved(1, 0),
        "balances": engine.balances,
        "audit": engine.audit,
        "order of an id": lambda: engine.order(1),
        "resting": engine.resting,
        "best_bid": engine.best_bid,
        "best_ask": engine.best_ask,
        "last_price": engine.last_price,
        "depth": lambda: engine.depth(0, 0),
        "traded": engine.traded,
        "counters": engine.counters,
        "len": lambda: len(engine),
        "halt": lambda: engine.halt(1),
        "resume": lambda: engine.resume(1),
        "time": lambda: setattr(engine, "time", 0),
        "matching": lambda: setattr(engine, "matching", True),
        "depth_to": lambda: depth_to(engine, 0, 0, 1),
        "impact": lambda: impact(engine, 0, 0, 1),
    }
    assert_kept_out(outcomes(lambda: engine.submit_many(**columns), calls))
    assert engine.resting() == 3 * LOTS
