"""A column that a batch cannot do without is asked for by name, before anything happens."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tidegate_core import OrderBook
from tidegate_core.deleveraging import allocate
from tidegate_core.engine import Engine
from tidegate_core.instrument import Instrument
from tidegate_core.ledger import Ledger
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.order_replay import OrderReplay
from tidegate_core.replay import LobsterReplay
from tidegate_core.wide import dot, total

from tests.margin_venue import ANN, BEN, venue

ONES = np.ones(2, np.int64)
Batch = tuple[Any, Callable[..., object], dict[str, Any]]


def spot() -> Engine:
    engine = Engine([Instrument("X", "BTC", "USD")], accounts=2)
    engine.deposit(1, engine.assets.index("USD"), 1_000)
    return engine


def orders(account: int) -> dict[str, Any]:
    return {"account": ONES * account, "side": 0 * ONES, "price": 7 * ONES, "quantity": ONES}


def on_book() -> Batch:
    book = OrderBook()
    return book, book.submit_many, {"side": ONES, "price": ONES, "quantity": ONES}


def on_spot() -> Batch:
    engine = spot()
    return engine, engine.submit_many, orders(1)


def on_margin() -> Batch:
    engine = venue()
    return engine, engine.submit_many, orders(ANN)


def endowing() -> Batch:
    engine: MarginEngine = venue()
    rows = {"account": np.array([ANN, BEN]), "size": np.array([1, -1]), "entry": np.array([9, -9])}
    return engine, engine.endow, {"contract": 0, **rows, "margin": 0 * ONES}


def depositing() -> Batch:
    engine = venue()
    return engine, engine.deposit_many, {"account": ONES * ANN, "asset": 0, "amount": ONES}


def transferring() -> Batch:
    ledger = Ledger(["USD"], 2)
    ledger.deposit(1, 0, 100)
    columns = {"asset": 0 * ONES, "source": ONES, "target": 0 * ONES, "amount": ONES}
    return ledger, ledger.transfer_many, columns


def allocating() -> Batch:
    names = ("sizes", "pnls", "entries", "equities", "notionals")
    return None, allocate, {"rule": "queue", "quantity": 1, **dict.fromkeys(names, ONES)}


def replaying_orders() -> Batch:
    events = np.array([[0, 0, 1, 100, 5, 1]])
    return None, OrderReplay(1, True).replay, {"events": events}


def replaying_messages() -> Batch:
    message, row = np.array([[0, 1, 1, 5, 100, 1]]), np.array([[101, 1, 100, 5]])
    return None, LobsterReplay(1).replay, {"messages": message, "rows": row}


def adding() -> Batch:
    return None, total, {"column": ONES}


def multiplying() -> Batch:
    return None, dot, {"left": ONES, "right": ONES}


BATCHES = [
    on_book,
    on_spot,
    on_margin,
    endowing,
    depositing,
    transferring,
    allocating,
    replaying_orders,
    replaying_messages,
    adding,
    multiplying,
]
CASES = [
    (batch, name)
    for batch in BATCHES
    for name, value in batch()[2].items()
    if isinstance(value, np.ndarray)
]


@pytest.mark.parametrize("batch", BATCHES)
def test_these_columns_are_enough(batch: Callable[[], Batch]) -> None:
    _, call, columns = batch()
    call(**columns)


@pytest.mark.parametrize(("batch", "name"), CASES)
def test_none_is_no_column(batch: Callable[[], Batch], name: str) -> None:
    owner, call, columns = batch()
    before = owner.snapshot() if owner is not None else None
    with pytest.raises(TypeError, match=name):
        call(**{**columns, name: None})
    if owner is not None:
        assert owner.snapshot() == before
        owner._check()
