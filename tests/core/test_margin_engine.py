"""The Python face of a venue on margin: batches, arguments, copies, snapshots, sizes."""

import copy
import pickle
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tidegate_core.codes import Kind, Op, Reject, Side
from tidegate_core.engine import FILL_DTYPE
from tidegate_core.frames import pack, unpack
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Collateral
from tidegate_core.waterfall import Waterfall

from tests.margin_venue import (
    ANN,
    BEN,
    CAT,
    DAN,
    FUND,
    TWO_TIERS,
    UNIT,
    deal,
    inverse,
    linear,
    lots,
    venue,
)

CLIENTS = (ANN, BEN, CAT, DAN)


def lively(seed: int = 1, events: int = 800) -> MarginEngine:
    """Make a venue with a past: positions of both modes, orders, stops, and who is due."""
    engine = venue(
        linear(tiers=TWO_TIERS, taker_ppm=300, maker_ppm=-50),
        inverse(),
        cash=(3_000, 2_000, 500, 100_000),
        collateral=[Collateral("ETH", 100_000)],
        waterfall=Waterfall(fund=50 * UNIT, cooldown_seconds=2, partial="slice"),
    )
    engine.deposit(ANN, 1, UNIT)
    engine.set_collateral_price(1, 100 * UNIT)
    engine.set_mode(CAT, 0, isolated=True)
    engine.submit(1, FUND, Side.SELL, 120, 5)
    go_on(engine, seed, events)
    for account in CLIENTS:
        if size := lots(engine, account):
            side, trigger = (Side.SELL, 20) if size > 0 else (Side.BUY, 400)
            assert engine.place_stop(0, account, side, trigger, 3) > 0
    return engine


def go_on(engine: MarginEngine, seed: int, events: int = 300) -> bytes:
    """Let things happen to it; what it is then, as bytes."""
    rng = random.Random(seed)
    ids = [0]
    for _ in range(events):
        account, contract = rng.choice(CLIENTS), rng.randrange(2)
        what = rng.random()
        if what < 0.6:
            side, kind = rng.randrange(2), rng.choice([0, 0, 0, 1, 2, 4])
            price, size = rng.randint(92, 108), rng.randint(1, 30)
            reduce_only = rng.random() < 0.3
            stp = rng.randrange(4)
            order = engine.submit(contract, account, side, price, size, kind, stp, reduce_only)
            ids.append(max(0, order))
        elif what < 0.7:
            engine.cancel(rng.choice(ids))
        elif what < 0.75:
            ids.append(max(0, engine.replace(rng.choice(ids), rng.randint(92, 108), 3)))
        elif what < 0.8:
            engine.place_stop(contract, account, rng.randrange(2), rng.randint(85, 115), 5)
        elif what < 0.95:
            engine.set_marks([rng.randint(85, 115), rng.randint(85, 115)])
        else:
            engine.fund(contract, rng.randint(-1000, 1000))
    engine.liquidate(engine.time + 1, 3)
    engine.time += 5
    engine._check()
    return engine.snapshot()


def restored(engine: MarginEngine) -> MarginEngine:
    fresh = MarginEngine(
        contracts=engine.contracts,
        collateral=engine.collateral,
        accounts=1,
        waterfall=engine.waterfall,
    )
    fresh.restore(engine.snapshot())
    return fresh


WAYS: list[Callable[[MarginEngine], MarginEngine]] = [
    MarginEngine.copy,
    copy.copy,
    copy.deepcopy,
    lambda engine: pickle.loads(pickle.dumps(engine)),
    restored,
]


# ---- copies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_goes_on_as_the_original_would(
    way: Callable[[MarginEngine], MarginEngine],
) -> None:
    engine = lively()
    assert engine.queue()
    assert engine.has_events
    assert len(engine.take_events())
    assert not engine.has_events
    twin = way(engine)
    twin._check()
    before = engine.snapshot()
    assert twin.snapshot() == before
    future = go_on(twin, 2)
    assert engine.snapshot() == before, "the copy shares nothing"
    assert go_on(engine, 2) == future


def test_the_past_of_a_copy_holds_all_there_is() -> None:
    engine = lively()
    counters = engine.counters()
    assert all(counters[name] for name in counters), counters
    assert engine.positions()["isolated"].any()
    assert (engine.positions()["trigger"] > 0).any()
    assert any(engine.stops(account, at) for account in CLIENTS for at in range(2))


@pytest.mark.parametrize("part", range(16))
def test_a_damaged_snapshot_is_refused_and_nothing_changes(part: int) -> None:
    engine = lively()
    before = engine.snapshot()
    listing, house, desk = unpack("margin engine", before, 3)
    parts = unpack("margin house", house, 16)
    parts[part] = parts[part][:-1] if parts[part] else b"x"
    data = pack("margin engine", (listing, pack("margin house", parts), desk))
    with pytest.raises(ValueError, match=r"damaged|disagree|not a snapshot"):
        engine.restore(data)
    assert engine.snapshot() == before


@pytest.mark.parametrize("data", [b"", b"TIDEGATE", lively().snapshot()[:-1]])
def test_a_broken_snapshot_is_refused(data: bytes) -> None:
    engine = lively()
    with pytest.raises(ValueError, match="snapshot"):
        engine.restore(data)


def test_money_that_was_forged_in_a_snapshot_is_found() -> None:
    engine = lively()
    listing, house, desk = unpack("margin engine", engine.snapshot(), 3)
    parts = unpack("margin house", house, 16)
    positions = bytearray(parts[5])
    at = next(k for k in range(64, len(positions), 64) if positions[k])
    positions[at + 8] ^= 1  # an entry
    parts[5] = bytes(positions)
    data = pack("margin engine", (listing, pack("margin house", parts), desk))
    with pytest.raises(ValueError, match="CLEARING"):
        engine.restore(data)


def test_a_snapshot_belongs_to_a_listing() -> None:
    data = venue().snapshot()
    with pytest.raises(ValueError, match="listing"):
        venue(linear(tick_value=2)).restore(data)
    with pytest.raises(ValueError, match="policy"):
        venue(waterfall=Waterfall(order="none")).restore(data)


# ---- batches -------------------------------------------------------------------------------------


def rows(n: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    columns = {
        "account": rng.integers(4, 10, n),
        "contract": rng.integers(-1, 3, n),
        "side": rng.integers(-1, 3, n),
        "price": rng.integers(90, 111, n),
        "quantity": rng.integers(0, 20, n),
        "kind": rng.integers(-1, 6, n),
        "stp": rng.integers(0, 4, n),
        "reduce_only": rng.integers(0, 2, n),
        "op": rng.choice([0, 0, 0, 0, 1, 2, 3, 7], n),
        "order_id": rng.integers(0, 1 << 40, n),
    }
    return {name: values.astype(np.int64) for name, values in columns.items()}


def single(engine: MarginEngine, row: dict[str, int]) -> int:
    """Do what a row of a batch does."""
    op, order, account = row["op"], row["order_id"], row["account"]
    if op not in list(Op):
        return -Reject.CODE
    known = engine.order(order)
    if op != Op.SUBMIT and known is not None and known["account"] != account:
        return -Reject.ACCOUNT
    if op == Op.CANCEL:
        return engine.cancel(order)
    if op == Op.REPLACE:
        return engine.replace(order, row["price"], row["quantity"])
    if op == Op.CANCEL_SUBMIT and known is not None:
        assert engine.cancel(order) == 0
    names = ("contract", "account", "side", "price", "quantity", "kind", "stp")
    return engine.submit(*(row[name] for name in names), reduce_only=bool(row["reduce_only"]))


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_does_what_its_rows_would_do_singly(seed: int) -> None:
    batch, singly = lively(), lively()
    for step in range(6):
        columns = rows(60, 10 * seed + step)
        ids = [order for account in CLIENTS for order in batch.orders(account)] or [0]
        live = np.random.default_rng(step).random(60) < 0.8
        columns["order_id"][live] = np.random.default_rng(step).choice(ids, 60)[live]
        results = batch.submit_many(**columns)
        found = [
            single(singly, {name: int(values[k]) for name, values in columns.items()})
            for k in range(60)
        ]
        assert results.tolist() == found
        assert batch.positions().tolist() == singly.positions().tolist()
        assert batch.balances().tolist() == singly.balances().tolist()
        batch._check()


def test_columns_may_be_left_out() -> None:
    engine = venue()
    column = np.ones(2, np.int64)
    results = engine.submit_many(
        account=ANN * column, side=0 * column, price=90 * column, quantity=column
    )
    assert [engine.order(order)["price"] for order in results.tolist()] == [90, 90]  # type: ignore[index]
    empty = np.array([], np.int64)
    assert len(engine.submit_many(account=empty, side=empty, price=empty, quantity=empty)) == 0
    with pytest.raises(ValueError, match="side has 1 rows"):
        engine.submit_many(account=column, side=column[:1], price=column, quantity=column)
    with pytest.raises(TypeError, match="price"):
        engine.submit_many(account=column, side=column, price=[1, 2], quantity=column)  # type: ignore[arg-type]


# ---- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda e: e.submit(0, ANN, 0, 90.0, 1), "price is 90.0"),
        (lambda e: e.submit(0, ANN, 0, 90, True), "quantity is True"),
        (lambda e: e.replace(1, 90, 1.5), "quantity is 1.5"),
        (lambda e: e.deposit(ANN, 0, 1.0), "amount is 1.0"),
        (lambda e: e.withdraw(ANN, 0, True), "amount is True"),
        (lambda e: e.add_margin(ANN, 0, None), "amount is None"),
        (lambda e: e.set_leverage(ANN, 0, 2.0), "leverage is 2.0"),
        (lambda e: e.fund(0, 0.5), "rate_ppb is 0.5"),
        (lambda e: e.set_collateral_price(1, 0.5), "price is 0.5"),
        (lambda e: e.place_stop(0, ANN, 1, 90.5, 1), "trigger is 90.5"),
        (lambda e: e.position(99, 0), "account is 99"),
        (lambda e: e.position(ANN, 1), "contract is 1"),
        (lambda e: e.available(-1), "account is -1"),
        (lambda e: e.equity(1.0), "account is 1.0"),
        (lambda e: e.halt(-1), "contract is -1"),
        (lambda e: e.depth(0, 2), "side"),
        (lambda e: e.cancel_all(ANN, 3), "contract is 3"),
        (lambda e: e.add_accounts(-1), "count is -1"),
        (lambda e: e.add_accounts(1, multiplicity=0), "multiplicity is 0"),
        (lambda e: e.add_accounts(1, multiplicity=2**24 + 1), "multiplicity is 16777217"),
        (lambda e: e.add_accounts(2, multiplicity=np.ones(1, np.int64)), "multiplicity has 1"),
        (lambda e: e.collateral_price_of(1), "asset is 1"),
        (lambda e: e.take_fills(np.zeros(3)), "FILL_DTYPE"),
        (lambda e: MarginEngine(contracts=[]), "contracts has 0"),
        (lambda e: MarginEngine(contracts=[linear()] * 33), "contracts has 33"),
        (lambda e: MarginEngine(contracts=[linear()], accounts=-1), "accounts is -1"),
        (lambda e: MarginEngine(contracts=[linear()], accounts=True), "accounts is True"),
        (
            lambda e: MarginEngine(
                contracts=[linear()], collateral=[Collateral(f"C{k}") for k in range(8)]
            ),
            "collateral has 8",
        ),
        (lambda e: MarginEngine("ETH", [linear()], [Collateral("ETH")]), "names must differ"),
        (lambda e: MarginEngine(contracts=[linear()], waterfall=3), "Waterfall"),
    ],
)  # fmt: skip
def test_arguments_are_refused_by_name(call: Callable[[Any], Any], said: str) -> None:
    engine = venue()
    before = engine.snapshot()
    with pytest.raises((TypeError, ValueError), match=said):
        call(engine)
    assert engine.snapshot() == before


def test_numpy_integers_are_taken() -> None:
    engine = venue()
    order = engine.submit(np.int32(0), np.int64(ANN), np.int8(0), np.int64(90), np.int64(2))  # type: ignore[arg-type]
    assert engine.order(order)["quantity"] == 2  # type: ignore[index]
    engine.set_marks(np.array([101]))
    assert engine.mark() == 101


REFUSED: list[Callable[[MarginEngine], int]] = [
    lambda e: e.submit(0, CAT, Side.BUY, 100, 10**6),
    lambda e: e.submit(0, CAT, Side.BUY, 1, 10**6, Kind.FOK),
    lambda e: e.submit(1, DAN, Side.BUY, 100_000, 1, Kind.POST_ONLY),
    lambda e: e.submit(1, 77, Side.BUY, 100, 1),
    lambda e: e.cancel(123),
    lambda e: e.replace(e.orders(DAN)[0], 100, 2**40),
    lambda e: e.withdraw(ANN, 0, 2**60),
    lambda e: e.deposit(ANN, 0, 2**61),
    lambda e: e.add_margin(ANN, 0, 2**60),
    lambda e: e.set_leverage(ANN, 0, 500),
    lambda e: e.set_collateral_price(1, 2**62),
    lambda e: e.fund(0, 2**40),
    lambda e: e.place_stop(0, FUND, 0, 100, 1),
]


@pytest.mark.parametrize("way", range(len(REFUSED)))
def test_a_refusal_changes_nothing_but_its_counter(way: int) -> None:
    engine = lively()
    before = unpack("margin house", unpack("margin engine", engine.snapshot(), 3)[1], 16)
    counters = engine.counters()
    code = REFUSED[way](engine)
    assert code < 0
    after = unpack("margin house", unpack("margin engine", engine.snapshot(), 3)[1], 16)
    assert after[1:] == before[1:]
    rejects = {**counters["rejects"]}
    rejects[Reject(-code)] = rejects.get(Reject(-code), 0) + 1
    assert engine.counters() == {**counters, "rejects": rejects}


# ---- reading -------------------------------------------------------------------------------------


def test_an_audit_sums_up_to_nothing() -> None:
    audit = lively().audit()
    assert all(row["inflow"] == row["held"] for row in audit["assets"].values())
    assert set(audit["sizes"].values()) == {0}
    assert audit["clearing"] == audit["owed"] != 0


def test_fills_are_handed_out_once_with_ids_of_the_venue() -> None:
    engine = venue(linear(), linear())
    engine.time = 77
    maker = engine.submit(1, ANN, Side.SELL, 100, 5)
    taker = engine.submit(1, BEN, Side.BUY, 100, 2)
    assert len(engine) == 1
    out = np.zeros(4, FILL_DTYPE)
    (fill,) = engine.take_fills(out)
    assert fill.tolist() == (100, 2, maker, taker, 0, ANN, BEN, Side.BUY, 1, 77)
    assert len(engine.take_fills()) == 0
    engine.submit(1, BEN, Side.BUY, 100, 1)
    with pytest.raises(ValueError, match="out has 0 rows"):
        engine.take_fills(out[:0])
    twin = engine.copy()
    assert twin.take_log() == engine.take_fills().tobytes() != b""
    assert twin.take_log() == b""


def test_the_market_can_be_read() -> None:
    engine = venue(linear(), linear())
    assert (engine.best_bid(1), engine.best_ask(1), engine.last_price(1)) == (None, None, None)
    engine.submit(1, ANN, Side.BUY, 90, 5)
    engine.submit(1, ANN, Side.BUY, 89, 1)
    engine.submit(1, BEN, Side.SELL, 95, 2)
    engine.submit(1, BEN, Side.SELL, 90, 1)
    assert (engine.best_bid(1), engine.best_ask(1), engine.last_price(1)) == (90, 95, 90)
    prices, quantities = engine.depth(1, Side.BUY)
    assert (prices.tolist(), quantities.tolist()) == ([90, 89], [4, 1])
    assert engine.resting(1) == 3
    assert repr(engine) == "MarginEngine(LIN, LIN; 4 clients)"
    assert engine.assets == ("USD",)


def test_records_are_small() -> None:
    engine = venue(cash=(), collateral=[Collateral("ETH")])
    empty = engine.nbytes
    engine.add_accounts(100)
    assert engine.nbytes - empty == 100 * (32 + 2 * 16)
    deal(engine, FUND, 3, 100, 5)
    assert engine.nbytes - empty == 100 * (32 + 2 * 16) + 2 * 64
    deal(engine, 3, FUND, 100, 5)
    assert engine.nbytes - empty == 100 * (32 + 2 * 16), "records of closed positions are reused"


def test_arenas_grow_while_they_are_in_use() -> None:
    engine = venue(linear(), linear(), cash=(10**6,))
    first = engine.add_accounts(3_000)
    engine.deposit_many(
        account=np.arange(first, first + 3_000), asset=0, amount=np.full(3_000, 100 * UNIT)
    )
    for account in range(first, first + 3_000):
        assert engine.submit(account % 2, account, Side.BUY, 100 - account % 7, 1) > 0
    assert engine.submit(0, ANN, Side.SELL, 90, 10_000, Kind.IOC) > 0
    assert engine.submit(1, ANN, Side.SELL, 90, 700, Kind.IOC) > 0
    assert lots(engine, ANN) == -1_500
    assert len(engine.take_fills()) == 2_200
    engine._check()
    engine.set_marks([1, 1])
    assert engine.waiting == 0, "a margin of 100 bears the fall of a lot of 100"
    engine.set_marks([99_999, 99_999])
    assert engine.queue() == [(ANN, -1)]
    engine._check()
