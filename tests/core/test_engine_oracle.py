"""The engine against the plain-Python venue, message by message, to the micro-unit."""

import copy
import pickle
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core.codes import Kind, Reject, SelfTrade, Side
from tidegate_core.engine import Engine
from tidegate_core.instrument import Instrument

from tests.oracles.ledger import Trade, VenueOracle

ACCOUNTS = 4
ASSETS = ["USD", "BTC", "ETH"]
LISTING = [
    Instrument("BTC/USD", "BTC", "USD", tick_value=7, maker_ppm=-150, taker_ppm=45_678),
    Instrument("ETH/USD", "ETH", "USD", tick_value=1),
    Instrument("ETH/BTC", "ETH", "BTC", tick_value=3, maker_ppm=300_000, taker_ppm=200_000),
]

Row = tuple[Any, ...]


class Pair:
    """An engine and its oracle, fed the same messages."""

    def __init__(self, listing: list[Instrument] = LISTING) -> None:
        self.engine = Engine(listing, ACCOUNTS, ASSETS)
        self.oracle = VenueOracle(listing, ASSETS, ACCOUNTS)
        self.numbers: dict[int, int] = {}  # engine id -> oracle number
        self.ids: list[int] = [0, 12345]
        self.seen = 0

    def fund(self, usd: int, btc: int, eth: int) -> None:
        for account in range(1, ACCOUNTS + 1):
            for asset, amount in enumerate((usd, btc, eth)):
                code = self.oracle.deposit(account, asset, amount)
                assert self.engine.deposit(account, asset, amount) == code

    def learn(self, engine_result: int, number: int) -> None:
        if engine_result < 0 or number < 0:
            assert engine_result == number, (Reject(abs(engine_result)), Reject(abs(number)))
            return
        self.numbers[engine_result] = number
        self.ids.append(engine_result)

    def pick(self, which: int) -> tuple[int, int]:
        """Choose an order ever issued, live or stale, or one that never was."""
        order = self.ids[which % len(self.ids)]
        return order, self.numbers.get(order, -1)

    def do(self, row: Row) -> None:
        what, *rest = row
        if what == "submit":
            self.learn(self.engine.submit(*rest), self.oracle.submit(*rest))
        elif what == "cancel":
            order, number = self.pick(rest[0])
            assert self.engine.cancel(order) == -self.oracle.cancel(number)
        elif what == "replace":
            order, number = self.pick(rest[0])
            result = self.oracle.replace(number, rest[1], rest[2])
            self.learn(self.engine.replace(order, rest[1], rest[2]), result)
        elif what == "cancel_all":
            assert self.engine.cancel_all(rest[0]) == self.oracle.cancel_all(rest[0])
        elif what == "withdraw":
            assert self.engine.withdraw(*rest) == self.oracle.withdraw(*rest)
        elif what == "deposit":
            assert self.engine.deposit(*rest) == self.oracle.deposit(*rest)
        elif what == "halt":
            (self.engine.resume if self.oracle.halted[rest[0]] else self.engine.halt)(rest[0])
            self.oracle.halted[rest[0]] = not self.oracle.halted[rest[0]]
        elif what == "matching":
            self.oracle.matching = not self.oracle.matching
            self.engine.matching = self.oracle.matching
        else:
            self.engine = COPIES[what](self.engine)

    def compare_fills(self) -> None:
        fills = self.engine.take_fills()
        expected = self.oracle.trades[self.seen :]
        self.seen = len(self.oracle.trades)
        found = [
            Trade(
                int(f["price"]),
                int(f["quantity"]),
                self.numbers[int(f["maker_order"])],
                self.numbers[int(f["taker_order"])],
                int(f["maker"]),
                int(f["taker"]),
                Side(int(f["taker_side"])),
                int(f["instrument"]),
            )
            for f in fills
        ]
        assert found == expected

    def compare_money(self) -> None:
        free, reserved = self.engine.balances()
        oracle = self.oracle
        for account in range(ACCOUNTS + 1):
            for asset in range(len(ASSETS)):
                held = oracle.reserved(account, asset)
                assert reserved[account, asset] == held
                assert free[account, asset] == oracle.total[account][asset] - held
        for asset, found in enumerate(self.engine.audit().values()):
            assert found["free"] + found["reserved"] == found["inflow"] == oracle.inflow[asset]

    def compare(self) -> None:
        self.compare_fills()
        self.compare_money()
        self.oracle.audit()
        self.engine._check()


def restored(engine: Engine) -> Engine:
    twin = Engine(LISTING, 1, ASSETS)
    twin.deposit(1, 0, 10)
    twin.submit(0, 1, Side.BUY, 1, 1)
    twin.restore(engine.snapshot())
    return twin


COPIES: dict[str, Callable[[Engine], Engine]] = {
    "copy": Engine.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda engine: pickle.loads(pickle.dumps(engine)),
    "restore": restored,
}

SUBMIT = st.tuples(
    st.just("submit"),
    st.integers(-1, 3) | st.integers(0, 1),
    st.integers(-1, ACCOUNTS + 1) | st.integers(1, ACCOUNTS),
    st.sampled_from(Side),
    st.integers(0, 12) | st.sampled_from([2**62, 2**40]),
    st.integers(0, 9) | st.sampled_from([2**62, 2**62 + 1, 2**40]),
    st.sampled_from(Kind),
    st.sampled_from(SelfTrade),
)
ROW = st.one_of(
    SUBMIT,
    SUBMIT,
    SUBMIT,
    st.tuples(st.just("cancel"), st.integers(0, 100)),
    st.tuples(
        st.just("replace"),
        st.integers(0, 100),
        st.integers(0, 12),
        st.integers(0, 9) | st.just(2**62),
    ),
    st.tuples(st.just("cancel_all"), st.integers(0, ACCOUNTS)),
    st.tuples(
        st.just("withdraw"), st.integers(1, ACCOUNTS), st.integers(0, 2), st.integers(0, 300)
    ),
    st.tuples(
        st.just("deposit"),
        st.integers(0, ACCOUNTS),
        st.integers(0, 2),
        st.integers(0, 300) | st.just(2**63 - 1000),
    ),
    st.tuples(st.just("halt"), st.integers(0, 2)),
    st.tuples(st.just("matching")),
    st.sampled_from([(name,) for name in COPIES]),
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(ROW, max_size=50),
    usd=st.sampled_from([0, 500, 5000]),
    coins=st.integers(0, 30),
)
def test_every_message_leaves_the_same_balances(rows: list[Row], usd: int, coins: int) -> None:
    pair = Pair()
    pair.fund(usd, coins * 40, coins)
    for row in rows:
        pair.do(row)
        pair.compare()


ASK = st.tuples(st.integers(1, 2), st.integers(1, 60), st.integers(1, 9))


@settings(max_examples=300, deadline=None)
@given(
    asks=st.lists(ASK, max_size=8),
    usd=st.integers(0, 5_000),
    lots=st.integers(1, 40),
    stp=st.sampled_from(SelfTrade),
)
def test_a_market_buy_spends_what_there_is_and_no_more(
    asks: list[tuple[int, int, int]], usd: int, lots: int, stp: SelfTrade
) -> None:
    """Own asks among those that it meets cost it nothing, and may stop it."""
    pair = Pair()
    pair.fund(usd, 80, 0)
    for account, price, quantity in asks:
        pair.do(("submit", 0, account, Side.SELL, price, quantity))
    pair.do(("submit", 0, 1, Side.BUY, 0, lots, Kind.MARKET, stp))
    pair.compare()


@pytest.mark.parametrize("seed", range(20))
def test_whoever_meets_itself_never_overdraws(seed: int) -> None:
    """Two accounts with little money meet themselves as often as each other."""
    draw = random.Random(seed)
    pair = Pair()
    pair.fund(draw.randrange(3_000), 60, 0)
    for _ in range(150):
        account, side, price = draw.randint(1, 2), draw.choice(list(Side)), draw.randint(1, 40)
        row = ("submit", 0, account, side, price, draw.randint(1, 9))
        pair.do((*row, draw.choice(list(Kind)), draw.choice(list(SelfTrade))))
        if draw.random() < 0.3:
            pair.do(("replace", draw.randrange(40), draw.randint(1, 40), draw.randint(1, 9)))
        pair.compare()


def random_row(draw: random.Random) -> Row:
    """Draw a message near a touch of 1000, so that most orders rest and many trade."""
    chance = draw.random()
    if chance < 0.1:
        return ("cancel", draw.randrange(10**6))
    if chance < 0.2:
        return ("replace", draw.randrange(10**6), draw.randint(990, 1010), draw.randint(1, 50))
    side = draw.choice(list(Side))
    kind = draw.choices(list(Kind), weights=[10, 1, 1, 1, 1])[0]
    price = draw.randint(990, 1010)
    stp = draw.choices(list(SelfTrade), weights=[3, 1, 1, 1])[0]
    return (
        "submit",
        draw.randrange(3),
        draw.randint(1, ACCOUNTS),
        side,
        price,
        draw.randint(1, 50),
        kind,
        stp,
    )


def run_differential(messages: int, seed: int) -> Pair:
    draw = random.Random(seed)
    pair = Pair()
    pair.fund(20_000_000, 10_000_000, 2_000)
    for i in range(messages):
        pair.do(random_row(draw))
        if i % 200 == 0:  # keep the oracle's lists short, and everything in reach
            pair.do(("cancel_all", draw.randint(1, ACCOUNTS)))
            pair.ids = pair.ids[:2] + pair.ids[-60:]
            pair.compare()
        pair.compare_fills()
    pair.compare()
    return pair


def test_a_longer_run_agrees_fill_by_fill() -> None:
    pair = run_differential(4_000, seed=1)
    assert pair.seen > 1_000
    assert sum(t["fees"] for t in map(pair.engine.traded, range(3))) > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_long_runs_agree_fill_by_fill(seed: int) -> None:
    run_differential(60_000, seed)


class Forgetful(VenueOracle):
    """A copy of the settlement with one line broken: the maker's fee goes nowhere."""

    def settle(self, trade: Trade) -> None:
        super().settle(trade)
        quote = self.assets.index(self.instruments[trade.instrument].quote)
        self.total[trade.maker][quote] -= 1


def test_the_audit_finds_a_broken_settlement() -> None:
    pair = Pair()
    pair.oracle = Forgetful(LISTING, ASSETS, ACCOUNTS)
    pair.fund(5000, 50, 50)
    pair.do(("submit", 0, 1, Side.BUY, 10, 5))
    pair.compare()
    pair.do(("submit", 0, 2, Side.SELL, 10, 5))
    with pytest.raises(AssertionError, match="USD: 19999"):
        pair.oracle.audit()
    with pytest.raises(AssertionError):
        pair.compare_money()


@pytest.mark.parametrize(
    ("field", "amount"), [(0, 1), (0, -1), (1, 1)], ids=["free up", "free down", "reserved up"]
)
def test_one_micro_unit_too_many_fails_the_check(field: int, amount: int) -> None:
    """Alter one balance in the bytes of a snapshot: it is refused, and says of what."""
    pair = Pair()
    pair.fund(5000, 50, 50)
    pair.do(("submit", 0, 1, Side.BUY, 10, 5))
    engine = pair.engine
    free, reserved = engine.balances()
    cell = np.array([free[1, 0], reserved[1, 0]], dtype=np.int64)
    data = engine.snapshot()
    assert data.count(cell.tobytes()) == 1
    broken = cell.copy()
    broken[field] += amount
    with pytest.raises(ValueError, match=f"USD: accounts hold {20_000 + amount}"):
        engine.restore(data.replace(cell.tobytes(), broken.tobytes()))
    assert engine.snapshot() == data


def test_a_reservation_that_no_order_backs_fails_the_check() -> None:
    pair = Pair()
    pair.fund(5000, 50, 50)
    pair.do(("submit", 0, 1, Side.BUY, 10, 5))
    free, reserved = pair.engine.balances()
    cell = np.array([free[1, 0], reserved[1, 0]], dtype=np.int64)
    moved = cell + np.array([-1, 1])  # the total is right, what is reserved is not
    data = pair.engine.snapshot()
    with pytest.raises(ValueError, match="account 1 reserves"):
        pair.engine.restore(data.replace(cell.tobytes(), moved.tobytes()))
    assert pair.engine.snapshot() == data
