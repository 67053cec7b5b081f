"""The engine by itself: golden fees, refusals, halts, columns, logs, copies."""

import pickle
import threading

import numpy as np
import pytest
from tidegate_core.codes import Kind, Op, Reject, SelfTrade, Side
from tidegate_core.engine import FILL_DTYPE, Engine
from tidegate_core.instrument import Instrument

USD, BTC = 0, 1
BUY, SELL = Side.BUY, Side.SELL


def venue(maker_ppm: int = 0, taker_ppm: int = 0, tick_value: int = 1, accounts: int = 3) -> Engine:
    """Open a venue where everybody has a million dollars and a thousand coins."""
    listing = [Instrument("BTC/USD", "BTC", "USD", tick_value, maker_ppm, taker_ppm)]
    engine = Engine(listing, accounts, ["USD", "BTC"])
    for account in range(1, accounts + 1):
        assert engine.deposit(account, USD, 1_000_000) == Reject.OK
        assert engine.deposit(account, BTC, 1_000) == Reject.OK
    return engine


def usd(engine: Engine) -> list[int]:
    free, reserved = engine.balances()
    return [int(x) for x in (free + reserved)[:, USD]]


@pytest.mark.parametrize(
    ("maker_ppm", "taker_ppm", "venue_gets", "maker_has", "taker_has"),
    [
        # a notional of 3 x 7 x 111 = 2,331 micro-units, bought by the taker
        (0, 0, 0, 1_002_331, 997_669),
        (200, 500, 1, 1_002_331, 997_668),  # 0.47 and 1.17: floors 0 and 1
        (1_000, 2_000, 6, 1_002_329, 997_665),  # 2.33 and 4.66: floors 2 and 4
        (-1_000, 2_000, 2, 1_002_333, 997_665),  # a rebate of 2.33 is rounded down too
        (-2_000, 2_000, 0, 1_002_335, 997_665),  # never below zero for the venue
        (2_000, -2_000, 0, 1_002_327, 997_673),  # an inverted venue
        (999_999, 0, 2_330, 1_000_001, 997_669),
    ],
)
def test_golden_fees(
    maker_ppm: int, taker_ppm: int, venue_gets: int, maker_has: int, taker_has: int
) -> None:
    engine = venue(maker_ppm, taker_ppm, tick_value=3)
    engine.submit(0, 1, SELL, 7, 111)
    engine.submit(0, 2, BUY, 9, 111)
    assert usd(engine) == [venue_gets, maker_has, taker_has, 1_000_000]
    assert engine.traded() == {"volume": 111, "notional": 2331, "fees": venue_gets}
    engine._check()


def test_fees_on_a_notional_beyond_53_bits_are_exact() -> None:
    listing = [Instrument("X", "BTC", "USD", 10**9, taker_ppm=333_333)]
    engine = Engine(listing, 2, ["USD", "BTC"])
    engine.deposit(1, BTC, 7)
    engine.deposit(2, USD, 2**63 - 1)
    engine.submit(0, 1, SELL, 900_000_001, 7)
    assert engine.submit(0, 2, BUY, 900_000_001, 7) > 0
    notional = 900_000_001 * 7 * 10**9
    assert engine.free(0, USD) == notional * 333_333 // 10**6
    assert engine.free(1, USD) == notional
    engine._check()


def test_a_resting_buy_reserves_its_limit_and_the_higher_fee() -> None:
    engine = venue(maker_ppm=1_000, taker_ppm=2_000)
    order = engine.submit(0, 1, BUY, 100, 15)
    assert engine.reserved(1, USD) == 1500 + 3
    engine.submit(0, 2, SELL, 100, 4)  # 400 and a maker's fee of 0.4, rounded to nothing
    assert engine.reserved(1, USD) == 1100 + 2
    assert engine.free(1, USD) == 1_000_000 - 400 - 1102
    assert engine.cancel(order) == Reject.OK
    assert engine.reserved(1, USD) == 0
    assert usd(engine)[1] == 999_600


def test_a_taker_pays_the_makers_price_and_keeps_the_difference() -> None:
    engine = venue()
    engine.submit(0, 1, SELL, 90, 5)
    engine.submit(0, 2, BUY, 100, 8)
    assert engine.reserved(2, USD) == 300
    assert engine.free(2, USD) == 1_000_000 - 450 - 300


def test_a_market_buy_stops_when_its_money_is_used_up() -> None:
    engine = venue(taker_ppm=10_000)
    engine.submit(0, 1, SELL, 300, 1_000)
    engine.submit(0, 3, SELL, 400_000, 10)
    engine.withdraw(2, USD, 1_000_000 - 100_000)
    assert engine.submit(0, 2, BUY, 0, 999, Kind.MARKET) > 0
    # 330 x 300 = 99,000 and a fee of 990; one lot more would take 99,300 + 993
    assert engine.traded()["volume"] == 330
    assert engine.free(2, USD) == 10
    assert engine.submit(0, 2, BUY, 0, 1, Kind.MARKET) == -Reject.FUNDS
    engine._check()


def own_asks_before_dear_ones() -> Engine:
    """List 10 lots of account 1 at 1, and 10 of account 2 at 100; account 1 has 1,000 dollars."""
    engine = venue()
    engine.withdraw(1, USD, 999_000)
    engine.submit(0, 1, SELL, 1, 10)
    engine.submit(0, 2, SELL, 100, 10)
    return engine


def test_a_market_buy_that_cancels_own_asks_pays_for_those_behind_them() -> None:
    """Its own lots cost nothing and bring nothing: the money is for the lots it will trade."""
    engine = own_asks_before_dear_ones()
    engine.withdraw(1, USD, 350)
    assert engine.submit(0, 1, BUY, 0, 10, Kind.MARKET, SelfTrade.EXPIRE_MAKER) > 0
    assert engine.traded()["volume"] == 6
    assert engine.free(1, USD) == 50
    engine._check()
    assert engine.submit(0, 1, BUY, 0, 1, Kind.MARKET, SelfTrade.EXPIRE_MAKER) == -Reject.FUNDS


def test_own_asks_use_up_no_lots_of_a_market_buy() -> None:
    engine = own_asks_before_dear_ones()
    own = engine.submit(0, 1, SELL, 100, 5)
    assert engine.submit(0, 1, BUY, 0, 10, Kind.MARKET, SelfTrade.EXPIRE_MAKER) > 0
    assert engine.traded() == {"volume": 10, "notional": 1_000, "fees": 0}
    assert engine.free(1, USD) == 0
    assert engine.order(own) is not None, "it was behind the last lot"
    engine._check()


def test_a_market_buy_that_is_stopped_by_own_asks_is_paid_up_to_them() -> None:
    engine = own_asks_before_dear_ones()
    engine.submit(0, 3, SELL, 1, 10)  # behind account 1's
    for stp, code in (
        (SelfTrade.EXPIRE_TAKER, -Reject.SELF_TRADE),
        (SelfTrade.EXPIRE_BOTH, 1),
    ):
        result = engine.submit(0, 1, BUY, 0, 30, Kind.MARKET, stp)
        assert result == code if code < 0 else result > 0
        assert engine.traded()["volume"] == 0
        engine._check()


def test_a_market_sell_needs_the_coins() -> None:
    engine = venue()
    engine.submit(0, 1, BUY, 10, 2_000)
    assert engine.submit(0, 2, SELL, 0, 1_001, Kind.MARKET) == -Reject.FUNDS
    assert engine.submit(0, 2, SELL, 0, 1_000, Kind.MARKET) > 0


def test_self_trade_prevention_frees_what_it_cancels() -> None:
    engine = venue(taker_ppm=1_000)
    own = engine.submit(0, 1, BUY, 100, 10)
    assert engine.reserved(1, USD) == 1001
    assert engine.submit(0, 1, SELL, 100, 10, Kind.LIMIT, SelfTrade.EXPIRE_MAKER) > 0
    assert engine.order(own) is None
    assert engine.reserved(1, USD) == 0
    assert engine.reserved(1, BTC) == 10
    assert engine.counters()["expired"] == 1
    engine._check()


def test_refusals_change_nothing_but_their_counter() -> None:
    engine = venue()
    engine.submit(0, 1, SELL, 100, 10)
    before = engine.balances()
    book = engine.depth(0, SELL)
    refused = {
        Reject.INSTRUMENT: engine.submit(1, 1, BUY, 10, 1),
        Reject.ACCOUNT: engine.submit(0, 0, BUY, 10, 1),
        Reject.CODE: engine.submit(0, 1, 2, 10, 1),
        Reject.QUANTITY: engine.submit(0, 1, BUY, 10, 0),
        Reject.PRICE: engine.submit(0, 1, BUY, 0, 1),
        Reject.OVERFLOW: engine.submit(0, 1, BUY, 2**40, 2**40),
        Reject.FUNDS: engine.submit(0, 2, BUY, 99, 20_000),
        Reject.WOULD_TAKE: engine.submit(0, 2, BUY, 100, 1, Kind.POST_ONLY),
        Reject.NOT_FILLABLE: engine.submit(0, 2, BUY, 100, 11, Kind.FOK),
        Reject.SELF_TRADE: engine.submit(0, 1, BUY, 100, 1, Kind.LIMIT, SelfTrade.EXPIRE_TAKER),
        Reject.UNKNOWN_ORDER: engine.cancel(2**40),
    }
    assert refused == {code: -code for code in refused}
    assert engine.counters()["rejects"] == dict.fromkeys(refused, 1)
    for found, expected in zip(engine.balances(), before, strict=True):
        assert np.array_equal(found, expected)
    for found, expected in zip(engine.depth(0, SELL), book, strict=True):
        assert np.array_equal(found, expected)
    assert len(engine) == 0


def test_codes_and_indices_beyond_32_bits_are_refused() -> None:
    engine = venue()
    assert engine.submit(2**32, 1, BUY, 10, 1) == -Reject.INSTRUMENT
    assert engine.submit(0, 2**32 + 1, BUY, 10, 1) == -Reject.ACCOUNT
    assert engine.submit(0, 1, 2**32, 10, 1) == -Reject.CODE
    assert engine.cancel_all(2**32 + 1) == 0


def test_a_halted_instrument_takes_cancels_only() -> None:
    engine = venue()
    order = engine.submit(0, 1, BUY, 10, 5)
    engine.halt(0)
    assert engine.halted(0)
    assert engine.submit(0, 2, BUY, 10, 1) == -Reject.HALTED
    assert engine.replace(order, 11, 5) == -Reject.HALTED
    assert engine.cancel(order) == Reject.OK
    engine.resume(0)
    assert engine.submit(0, 2, BUY, 10, 1) > 0


def test_with_matching_off_nothing_trades() -> None:
    engine = venue()
    ask = engine.submit(0, 1, SELL, 100, 5)
    engine.matching = False
    assert engine.submit(0, 2, BUY, 100, 1) == -Reject.HALTED
    assert engine.submit(0, 2, BUY, 0, 1, Kind.MARKET) == -Reject.HALTED
    assert engine.submit(0, 2, BUY, 50, 1, Kind.IOC) == -Reject.HALTED
    bid = engine.submit(0, 2, BUY, 99, 1)
    assert bid > 0
    assert engine.replace(bid, 100, 1) == -Reject.HALTED
    engine.matching = True
    assert engine.submit(0, 2, BUY, 100, 1) > 0
    assert engine.order(ask) == {
        "instrument": 0,
        "account": 1,
        "side": SELL,
        "price": 100,
        "quantity": 4,
    }


def test_only_its_owner_cancels_an_order() -> None:
    engine = venue()
    order = engine.submit(0, 1, BUY, 10, 5)
    assert engine.cancel(order, account=2) == -Reject.ACCOUNT
    assert engine.cancel(order, account=1) == Reject.OK
    assert engine.cancel(order, account=1) == -Reject.UNKNOWN_ORDER


def test_no_asset_exceeds_64_bits_at_a_venue() -> None:
    engine = venue()
    assert engine.deposit(1, USD, 2**63 - 1 - 3_000_000) == Reject.OK
    assert engine.deposit(2, USD, 1) == Reject.OVERFLOW
    assert engine.withdraw(1, USD, 1) == Reject.OK
    assert engine.deposit(2, USD, 1) == Reject.OK
    assert engine.deposit(9, USD, 0) == Reject.ACCOUNT
    assert engine.deposit(1, 7, 0) == Reject.INSTRUMENT
    assert engine.deposit(1, USD, -1) == Reject.QUANTITY
    assert engine.transfer(USD, 1, 2, 5) == Reject.OK
    assert engine.transfer(USD, 2, 1, 2**62) == Reject.FUNDS
    engine._check()


def test_order_ids_name_their_instrument() -> None:
    listing = [Instrument(f"{i}", f"coin {i}", "USD") for i in range(64)]
    engine = Engine(listing, 1)
    engine.deposit(1, engine.assets.index("USD"), 10_000)
    ids = [engine.submit(i, 1, BUY, 2, 3) for i in range(64)]
    assert len(set(ids)) == 64
    assert [engine.order(i)["instrument"] for i in ids] == list(range(64))  # type: ignore[index]
    assert engine.cancel(ids[63]) == Reject.OK
    assert engine.cancel_all(1, instrument=5) == 1
    assert engine.cancel_all(1) == 62
    assert engine.reserved(1, engine.assets.index("USD")) == 0
    with pytest.raises(ValueError, match="instruments has 65 entries"):
        Engine([*listing, Instrument("64", "more", "USD")])


def random_columns(n: int, seed: int) -> dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    draw = np.random.default_rng(seed)
    return {
        "account": draw.integers(0, 5, n),
        "side": draw.integers(0, 2, n),
        "price": draw.integers(95, 106, n),
        "quantity": draw.integers(0, 20, n),
        "kind": draw.choice(5, n, p=[0.8, 0.05, 0.05, 0.05, 0.05]),
        "stp": draw.integers(0, 4, n),
        "op": draw.choice(5, n, p=[0.4, 0.1, 0.1, 0.39, 0.01]),
    }


def one_by_one(engine: Engine, columns: dict[str, list[int]], ids: list[int]) -> list[int]:
    results = []
    for row, op in enumerate(columns["op"]):
        account, order = columns["account"][row], ids[row]
        found = engine.order(order)
        foreign = found is not None and found["account"] != account
        submission = [0, *(columns[c][row] for c in ("account", "side", "price", "quantity"))]
        submission += [columns["kind"][row], columns["stp"][row]]
        if op == 4:
            result = -Reject.CODE
        elif foreign and op != Op.SUBMIT:
            result = -Reject.ACCOUNT
        elif op == Op.CANCEL:
            result = engine.cancel(order)
        elif op == Op.REPLACE:
            result = engine.replace(order, columns["price"][row], columns["quantity"][row])
        else:
            if op == Op.CANCEL_SUBMIT and found:
                engine.cancel(order)
            result = engine.submit(*submission)
        results.append(result)
    return results


def test_columns_do_what_single_calls_do() -> None:
    batch, single = venue(100, 300, accounts=4), venue(100, 300, accounts=4)
    ids = np.zeros(200, dtype=np.int64)
    for seed in range(30):
        columns = random_columns(200, seed)
        results = batch.submit_many(**columns, order_id=ids)
        lists = {name: column.tolist() for name, column in columns.items()}
        assert results.tolist() == one_by_one(single, lists, ids.tolist())
        assert np.array_equal(batch.take_fills(), single.take_fills())
        for found, expected in zip(batch.balances(), single.balances(), strict=True):
            assert np.array_equal(found, expected)
        ids = np.maximum(results, 0)
        batch._check()
    assert batch.counters()["fills"] > 500


def test_bad_columns_are_named_before_anything_happens() -> None:
    engine = venue()
    one = np.ones(1, dtype=np.int64)
    good = {"account": one, "side": one, "price": one, "quantity": one}
    with pytest.raises(TypeError, match="price is float64"):
        engine.submit_many(**{**good, "price": np.array([np.nan])})
    with pytest.raises(ValueError, match="kind has 2 rows; the first column has 1"):
        engine.submit_many(**good, kind=np.zeros(2, dtype=np.int64))
    with pytest.raises(TypeError, match="side is list"):
        engine.submit_many(**{**good, "side": [1]})  # type: ignore[arg-type]
    assert engine.counters()["orders"] == 0
    empty = np.empty(0, dtype=np.int64)
    assert engine.submit_many(account=empty, side=empty, price=empty, quantity=empty).size == 0


def test_fills_are_logged_in_order_with_time_and_handed_out_once() -> None:
    engine = venue()
    engine.time = 77
    maker = engine.submit(0, 1, SELL, 100, 5)
    taker = engine.submit(0, 2, BUY, 101, 3)
    engine.time = 78
    engine.submit(0, 3, BUY, 101, 3)
    assert len(engine) == 2
    twin = engine.copy()
    fills = engine.take_fills()
    assert fills.dtype == FILL_DTYPE
    assert twin.take_log() == fills.tobytes()
    assert len(twin) == 0
    assert fills["time"].tolist() == [77, 78]
    assert fills["quantity"].tolist() == [3, 2]
    assert fills["maker_order"].tolist() == [maker, maker]
    assert fills["taker_order"][0] == taker
    assert fills["sequence"].tolist() == [0, 1]
    assert len(engine.take_fills()) == 0
    assert engine.last_price() == 100


def test_fills_can_be_taken_into_an_array_of_ones_own() -> None:
    engine = venue()
    engine.submit(0, 1, SELL, 100, 5)
    engine.submit(0, 2, BUY, 100, 1)
    engine.submit(0, 2, BUY, 100, 2)
    with pytest.raises(ValueError, match="out has 1 rows; there are 2 fills"):
        engine.take_fills(out=np.empty(1, dtype=FILL_DTYPE))
    with pytest.raises(TypeError, match="out is float64"):
        engine.take_fills(out=np.empty(9))  # type: ignore[arg-type]
    room = np.empty(9, dtype=FILL_DTYPE)
    taken = engine.take_fills(out=room)
    assert taken["quantity"].tolist() == [1, 2]
    assert np.shares_memory(taken, room)
    assert len(engine) == 0


def test_many_fills_survive_the_growth_of_the_log() -> None:
    engine = venue(accounts=2)
    engine.deposit(1, BTC, 10_000)
    for _ in range(3_000):
        engine.submit(0, 1, SELL, 10, 1)
    engine.submit(0, 2, BUY, 10, 3_000)
    fills = engine.take_fills()
    assert fills["sequence"].tolist() == list(range(3_000))
    assert engine.traded()["volume"] == 3_000


def test_batches_leave_other_threads_running() -> None:
    """Two venues in two threads; each works on its own without the GIL."""
    engines = [venue(accounts=4), venue(accounts=4)]
    columns = random_columns(50_000, seed=3)
    threads = [threading.Thread(target=e.submit_many, kwargs=columns) for e in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine._check()
    assert engines[0].snapshot() == engines[1].snapshot()


def test_a_foreign_snapshot_is_refused_and_changes_nothing() -> None:
    engine = venue()
    engine.submit(0, 1, SELL, 100, 5)
    before = engine.snapshot()
    with pytest.raises(ValueError, match="another listing"):
        engine.restore(venue(taker_ppm=1).snapshot())
    for data in (b"", before[:-1], before[:100], before + b"x"):
        with pytest.raises(ValueError, match="not a snapshot"):
            engine.restore(data)
    assert engine.snapshot() == before


def test_accounts_opened_later_can_trade() -> None:
    engine = venue()
    first = engine.add_accounts(2)
    assert (first, engine.accounts) == (4, 5)
    engine.deposit(5, USD, 100)
    assert engine.submit(0, 5, BUY, 10, 10) > 0
    assert engine.submit(0, 6, BUY, 10, 10) == -Reject.ACCOUNT


def test_assets_come_in_the_order_of_the_listing() -> None:
    engine = Engine([{"name": "a", "base": "BTC", "quote": "USD", "tick_value": 5}])
    assert engine.assets == ("BTC", "USD")
    assert engine.instruments == (Instrument("a", "BTC", "USD", 5),)
    assert (engine.best_bid(), engine.best_ask(), engine.last_price()) == (None, None, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base": "USD"}, "they must differ"),
        ({"tick_value": 0}, "tick_value is 0"),
        ({"taker_ppm": 10**6}, "taker_ppm is 1000000"),
        ({"maker_ppm": -501}, "their sum must not be negative"),
    ],
)
def test_bad_instruments_are_named(change: dict[str, int | str], message: str) -> None:
    fields = {"name": "x", "base": "BTC", "quote": "USD", "taker_ppm": 500} | change
    with pytest.raises(ValueError, match=message):
        Engine([fields])


def test_bad_arguments_are_named() -> None:
    engine = venue()
    with pytest.raises(ValueError, match="instrument is 3; allowed are 0 to 0"):
        engine.best_bid(3)
    with pytest.raises(ValueError, match="accounts is -1"):
        Engine(engine.instruments, -1)
    with pytest.raises(ValueError, match="assets are"):
        Engine(engine.instruments, 1, ["USD", "ETH"])


def test_fills_not_yet_taken_survive_a_snapshot_and_a_pickle() -> None:
    engine = Engine([{"name": "BTC-USD", "base": "BTC", "quote": "USD"}], accounts=2)
    for account in (1, 2):
        engine.deposit(account, 0, 10**9)
        engine.deposit(account, 1, 10**12)
    engine.submit(0, 1, Side.SELL, 100, 3)
    engine.submit(0, 2, Side.BUY, 100, 2)
    restored = Engine([{"name": "BTC-USD", "base": "BTC", "quote": "USD"}], accounts=2)
    restored.restore(engine.snapshot())
    again = pickle.loads(pickle.dumps(engine))
    fills = engine.take_fills().tolist()
    assert len(fills) == 1
    for twin in (restored, again):
        twin._check()
        assert twin.take_fills().tolist() == fills


@pytest.mark.parametrize("bad", [100.9, 1.0, True, "7", None])
def test_what_moves_money_is_never_rounded(bad: object) -> None:
    engine = Engine([{"name": "BTC-USD", "base": "BTC", "quote": "USD"}], accounts=2)
    engine.deposit(1, 0, 10**6)
    order = engine.submit(0, 1, Side.SELL, 100, 3)
    before = engine.snapshot()
    for call, name in (
        (lambda: engine.submit(0, 1, Side.SELL, bad, 1), "price"),
        (lambda: engine.submit(0, 1, Side.SELL, 100, bad), "quantity"),
        (lambda: engine.replace(order, 100, bad), "quantity"),
        (lambda: engine.deposit(1, 0, bad), "amount"),
        (lambda: engine.withdraw(1, 0, bad), "amount"),
        (lambda: engine.transfer(0, 1, 2, bad), "amount"),
    ):
        with pytest.raises(TypeError, match=name):
            call()
    assert engine.snapshot() == before
    assert engine.deposit(1, 0, np.int64(5)) == Reject.OK
