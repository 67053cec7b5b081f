"""Holders: what they own, where they meet, when they wake, and what an outsider's trade moves."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tidegate_core import Kind, Side
from tidegate_core.draws import log
from tidegate_core.engine import Engine
from tidegate_crowd.holders import HolderCrowd

USD, BTC = 0, 1
PRICE = 100_000.0
TICK = 0.1
CONSENSUS = log(PRICE)
LOT_COST = 10_000_000  # micro-USD for a lot of 1e-4 coins at PRICE
SETTING: dict[str, Any] = {
    "lots": 1_000_000,
    "first": 1,
    "instrument": 0,
    "key": 7,
    "reach": 0.5,
    "width": 0.05,
    "renewal": 0.1,
    "diffusion": 0.1 * 0.05**2,
    "stride": 0.5,
    "ticks_per_day": 4,
}


class Town:
    """A crowd of holders on an engine of its own, and one rich outsider."""

    def __init__(self, accounts: int = 400, **changes: Any) -> None:
        self.engine = Engine(
            assets=("USD", "BTC"),
            instruments=[{"name": "BTC-USD", "base": "BTC", "quote": "USD", "tick_value": 10}],
        )
        sizes = np.exp(np.random.default_rng(3).normal(size=accounts))
        first = self.engine.add_accounts(accounts)
        setting = {**SETTING, "first": first, **changes}
        setting.setdefault("slope", setting["lots"] / (8.0 * setting["reach"]))
        self.crowd = HolderCrowd(sizes, **setting)
        for i, (coins, wealth) in enumerate(zip(self.coins, self.crowd.wealth, strict=True)):
            self.engine.deposit(first + i, BTC, int(coins))
            self.engine.deposit(first + i, USD, int(wealth - coins) * LOT_COST * 4)
        self.outsider = self.engine.add_accounts(1)
        self.engine.deposit(self.outsider, USD, 10**17)
        self.engine.deposit(self.outsider, BTC, 10**7)
        self.tick = 0

    @property
    def coins(self) -> NDArray[np.int64]:
        return self.crowd.coins

    @property
    def held(self) -> NDArray[np.int64]:
        """What the engine says the holders own."""
        free, reserved = self.engine.balances()
        rows = slice(self.crowd.first, self.crowd.first + self.crowd.n)
        return np.asarray(free[rows, BTC] + reserved[rows, BTC])

    def post(self, lots: int = 50_000) -> None:
        self.crowd.post(self.engine, CONSENSUS, lots, TICK)

    def take(self, side: Side, lots: int) -> int:
        """Let the outsider trade at any price; return the lots it traded."""
        before = self.engine.free(self.outsider, BTC)
        price = 10_000_000 if side is Side.BUY else 1
        self.engine.submit(0, self.outsider, side, price, lots, Kind.IOC)
        return self.engine.free(self.outsider, BTC) - before

    def step(self, variance: float = 1.0, lots: int = 50_000) -> None:
        self.crowd.withdraw(self.engine)
        self.crowd.wake(self.tick, variance)
        self.post(lots)
        self.tick += 1

    def state(self) -> bytes:
        return pickle.dumps(self.crowd) + self.engine.snapshot()


def clearing_of(crowd: HolderCrowd) -> float:
    """Say where the coins run out when they go to those who value them most."""
    held = wanted = 0
    for coins, wealth in zip(crowd.coins.tolist(), crowd.wealth.tolist(), strict=True):
        held, wanted = held + coins, wanted + wealth
    return min(max((0.5 * wanted - held) / crowd.slope, -crowd.reach), crowd.reach)


# ---- What they own ----------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    key=st.integers(0, 2**64 - 1),
    accounts=st.integers(1, 150),
    trades=st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 60_000)), max_size=12),
    lots=st.integers(1, 200_000),
)
def test_coins_are_those_of_the_ledger_after_every_post_and_withdrawal(
    key: int, accounts: int, trades: list[tuple[Side, int]], lots: int
) -> None:
    town = Town(accounts, key=key)
    for side, size in trades:
        town.step(lots=lots)
        assert np.array_equal(town.coins, town.held)
        traded = town.take(side, size)
        assert town.held.sum() == town.coins.sum() - traded
        town.crowd.withdraw(town.engine)
        assert np.array_equal(town.coins, town.held)
        assert town.crowd.clearing == pytest.approx(clearing_of(town.crowd), abs=1e-12)
        assert town.engine.resting() == 0
        town.crowd._check()


def test_an_outsider_moves_the_clearing_offset_by_what_it_takes_over_the_slope() -> None:
    town = Town()
    for side, wanted in ((Side.BUY, 20_000), (Side.SELL, 7_001), (Side.BUY, 1)):
        town.post()
        before = town.crowd.clearing
        traded = town.take(side, wanted)
        town.crowd.withdraw(town.engine)
        assert abs(traded) == wanted
        assert town.crowd.clearing - before == pytest.approx(traded / town.crowd.slope, rel=1e-9)


def test_they_post_the_nearest_first_and_no_more_than_asked() -> None:
    town = Town()
    town.post(10_000)
    for side, way in ((Side.SELL, 1), (Side.BUY, -1)):
        prices, sizes = town.engine.depth(0, side, 1_000)
        assert sizes.sum() == 10_000
        mine = town.crowd.active & (way * town.crowd.offsets > 0)
        nearest = np.abs(town.crowd.offsets[mine]).min()
        # The middle of the first slice: a seventh of what the account wants, which spans at most
        # a few hundredths.
        first = abs(math.log(prices[0] * TICK / PRICE))
        assert nearest <= first < nearest + 0.005


def test_bids_are_never_larger_than_the_cash_behind_them() -> None:
    town = Town()
    for i in range(town.crowd.n):
        cash = town.engine.free(town.crowd.first + i, USD)
        town.engine.withdraw(town.crowd.first + i, USD, max(0, cash - 3 * LOT_COST))
    town.post(10**9)
    _, sizes = town.engine.depth(0, Side.BUY, 10_000)
    free, _ = town.engine.balances()
    assert sizes.max() <= 20  # a few lots each, though they want thousands
    assert sizes.sum() > 0
    assert free.min() >= 0


# ---- When they wake ---------------------------------------------------------------------------


def test_revaluations_spread_offsets_alike_at_any_step_length() -> None:
    """Steps are capped at one a tick, and the variance of a day is not."""
    moved = []
    for ticks in (96, 4):
        crowd = Town(20_000, lots=20_000_000, renewal=1e-9, ticks_per_day=ticks).crowd
        start, was = crowd.offsets, crowd.active
        for tick in range(ticks):
            crowd.wake(tick, 1.3)
        crowd._check()
        near = was & (np.abs(start) > 0.02) & (np.abs(start) < 0.1)
        moved.append(np.var((crowd.offsets - start)[near]))
    expected = 2.0 * SETTING["diffusion"] * 1.3
    assert moved == pytest.approx([expected, expected], rel=0.1)


def test_the_nearer_a_quote_the_oftener_it_revalues() -> None:
    crowd = Town(20_000, lots=20_000_000, width=0.02, diffusion=1e-5, ticks_per_day=24).crowd
    away, quotes = np.abs(crowd.offsets), crowd.active
    for tick in range(24):
        crowd.wake(tick, 1.0)
    near = crowd.wakes[quotes & (away > 0.005) & (away < 0.01)]
    far = crowd.wakes[quotes & (away > 0.05) & (away < 0.06)]
    assert min(near.size, far.size) > 200
    assert near.mean() > 5.0 * far.mean()
    # A step is half the distance: 2 D / (distance / 2)^2 a day, and renewals.
    assert far.mean() == pytest.approx(2e-5 / (0.5 * 0.055) ** 2 + 0.1, abs=0.1)
    # Who has traded out waits for renewed attention alone.
    assert crowd.wakes[~quotes].mean() < 0.25


def test_nervous_holders_revalue_by_larger_steps() -> None:
    calm, nervous = Town(renewal=1e-9), Town(renewal=1e-9)
    start = calm.crowd.offsets
    calm.crowd.wake(0, 1.0)
    nervous.crowd.wake(0, 4.0)
    moved = (calm.crowd.wakes == 1) & (nervous.crowd.wakes == 1)
    small, large = (t.crowd.offsets[moved] - start[moved] for t in (calm, nervous))
    assert moved.sum() > 20
    assert large == pytest.approx(2.0 * small, rel=1e-6)


def test_renewal_draws_sides_by_what_is_held_and_one_density_everywhere() -> None:
    town = Town(20_000, lots=20_000_000, diffusion=0.0, renewal=1.0)
    crowd = town.crowd
    town.post(10**8)
    town.take(Side.BUY, 2_000_000)
    crowd.withdraw(town.engine)
    town.post(10**8)
    town.take(Side.SELL, 2_000_000)
    crowd.withdraw(town.engine)
    coins = crowd.coins
    for tick in range(4 * 40):
        crowd.wake(tick, 1.0)
    assert (crowd.wakes > 0).all()
    assert np.array_equal(crowd.coins, coins)
    sells = crowd.offsets > crowd.clearing
    full = coins > 0.7 * crowd.wealth
    empty = coins < 0.3 * crowd.wealth
    assert min(full.sum(), empty.sum()) > 100
    assert sells[full].mean() > 0.7 > 0.3 > sells[empty].mean()
    town.post(10**8)
    for side in Side:
        prices, sizes = town.engine.depth(0, side, 100_000)
        away = np.abs(np.log(prices * TICK / PRICE) - crowd.clearing)
        for low, high in ((0.0, 0.01), (0.01, 0.03)):
            found = sizes[(away >= low) & (away < high)].sum() / (high - low)
            assert found == pytest.approx(crowd.slope, rel=0.2)


def test_who_has_traded_out_stays_away_and_comes_back() -> None:
    town = Town(renewal=0.5)
    town.post(40_000)
    before, quoting = town.coins, town.crowd.active
    assert town.take(Side.BUY, 40_000) == 40_000
    town.crowd.withdraw(town.engine)
    sold = town.coins < before
    out = sold & ~town.crowd.active
    assert out.sum() > 3
    assert (quoting & ~town.crowd.active == out).all()
    town.post(10**9)
    town.crowd.withdraw(town.engine)
    assert not town.crowd.active[out].any()  # they do not buy back at once
    for tick in range(4 * 60):
        town.crowd.wake(tick, 1.0)
    assert town.crowd.active[out].mean() > 0.9
    town.crowd._check()


@pytest.mark.parametrize("key", range(5))
@pytest.mark.parametrize("n", [101, 2_000])
def test_every_crowd_opens_balanced_at_the_consensus(n: int, key: int) -> None:
    draws = np.random.default_rng(key).lognormal(sigma=1.0, size=n)
    crowd = HolderCrowd(
        draws,
        lots=10**9,
        first=1,
        instrument=0,
        key=key,
        reach=1.25,
        width=0.01,
        renewal=0.1,
        diffusion=1e-5,
        stride=0.5,
        slope=2e8,
        ticks_per_day=24,
    )
    assert abs(crowd.clearing) < 1e-8
    assert crowd.total_coins == crowd.total_wealth - crowd.total_wealth // 2
    crowd._check()


def test_the_book_is_thin_at_the_touch_and_full_a_few_widths_away() -> None:
    """In steady state the density of offers is 1 - exp(-distance / width), wherever price is."""
    width, renewal = 0.03, 0.3
    # Small steps, looked at often: else the touch is blurred by what crosses between two looks.
    town = Town(
        20_000,
        lots=20_000_000,
        width=width,
        diffusion=renewal * width**2,
        renewal=renewal,
        stride=0.5,
        ticks_per_day=32,
    )
    town.post(10**7)
    town.take(Side.BUY, 500_000)  # a tenth of log price: it must find a new place
    for _ in range(32 * 15):
        town.step(lots=500_000)
    crowd = town.crowd
    assert crowd.clearing == pytest.approx(0.1, abs=0.03)
    crowd.withdraw(town.engine)
    town.post(10**8)
    slope = crowd.slope
    for low, high in ((0.0, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 4.0)):
        expected = slope * width * (high - low + math.exp(-high) - math.exp(-low))
        for side in Side:
            prices, sizes = town.engine.depth(0, side, 100_000)
            away = np.abs(np.log(prices * TICK / PRICE) - crowd.clearing) / width
            found = sizes[(away >= low) & (away < high)].sum()
            if low > 0:
                assert found == pytest.approx(expected, rel=0.3), (low, high)
            else:  # blurred by what crosses between two looks; a flat book has 4.7 times as much
                assert 0.5 * expected < found < 0.4 * crowd.slope * width * high


# ---- Copies -----------------------------------------------------------------------------------


COPIERS: list[Callable[[HolderCrowd], HolderCrowd]] = [
    HolderCrowd.copy,
    copy.deepcopy,
    lambda crowd: pickle.loads(pickle.dumps(crowd)),
]


@pytest.mark.parametrize("copier", COPIERS)
def test_a_copy_continues_bit_for_bit_and_shares_nothing(
    copier: Callable[[HolderCrowd], HolderCrowd],
) -> None:
    town, twin = Town(), Town()
    for each in (town, twin):
        for _ in range(5):
            each.step()
    twin.crowd = copier(town.crowd)  # orders in the book are taken over too
    before = town.state()
    for _ in range(20):
        twin.step()
        twin.take(Side.BUY, 500)
    assert town.state() == before
    for _ in range(20):
        town.step()
        town.take(Side.BUY, 500)
    assert town.state() == twin.state()


def test_a_silent_extra_account_changes_nothing() -> None:
    alone, crowded = Town(), Town()
    extra = crowded.engine.add_accounts(1)
    crowded.engine.deposit(extra, BTC, 10**6)
    for town in (alone, crowded):
        for _ in range(12):
            town.step()
            town.take(Side.SELL, 900)
    assert pickle.dumps(alone.crowd) == pickle.dumps(crowded.crowd)
    assert np.array_equal(alone.engine.take_fills(), crowded.engine.take_fills())


# ---- Errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (0, 0.7),  # offset beyond reach
        (3, 1),  # less wealth than coins
        (4, 10**9),  # coins nobody issued
        (5, -1),  # wants to trade a negative quantity
        (6, 7),  # no such side
        (7, 0),  # quotes, says it does not
        (9, 5),  # a link to somebody else
        (11, 3),  # a second wait
    ],
)
def test_check_catches_a_corrupted_column(column: int, value: float) -> None:
    crowd = Town().crowd
    crowd._check()
    rebuild, (columns, scalars, rest) = crowd.__reduce__()
    account = int(np.flatnonzero(crowd.active & (crowd.offsets > 0))[0])
    columns[column][account] = value
    with pytest.raises(AssertionError):
        rebuild(columns, scalars, rest)._check()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"lots": 0}, "lots"),
        ({"lots": 10}, "lots 10 are too few"),
        ({"reach": 0.0}, "reach"),
        ({"reach": math.nan}, "reach"),
        ({"width": -1.0}, "width"),
        ({"stride": 0.0}, "stride"),
        ({"slope": 0.0}, "slope"),
        ({"renewal": 0.0}, "renewal"),
        ({"diffusion": -1e-9}, "diffusion"),
        ({"ticks_per_day": 0}, "ticks_per_day"),
        ({"first": -1}, "first"),
        ({"instrument": -1}, "instrument"),
    ],
)
def test_bad_arguments_are_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        HolderCrowd(np.ones(50), **{**SETTING, "slope": 250_000.0, **changes})


@pytest.mark.parametrize("weights", [[], [1.0, 0.0], [1.0, math.nan], [[1.0]]])
def test_bad_weights_are_named(weights: Any) -> None:
    with pytest.raises(ValueError, match="weights"):
        HolderCrowd(weights, **SETTING, slope=250_000.0)


def test_bad_calls_are_refused_and_change_nothing() -> None:
    town = Town()
    stranger = Engine(assets=("USD", "BTC"), instruments=town.engine.instruments)
    before = town.state()
    for call, named in (
        (lambda: town.crowd.wake(-1, 1.0), "tick"),
        (lambda: town.crowd.wake(0, math.nan), "variance"),
        (lambda: town.crowd.post(town.engine, math.inf, 1, TICK), "consensus"),
        (lambda: town.crowd.post(town.engine, CONSENSUS, -1, TICK), "lots"),
        (lambda: town.crowd.post(town.engine, CONSENSUS, 1, 0.0), "tick_size"),
        (lambda: town.crowd.post(stranger, CONSENSUS, 1, TICK), "accounts"),
        (lambda: town.crowd.withdraw(stranger), "accounts"),
    ):
        with pytest.raises(ValueError, match=named):
            call()
    assert town.state() == before
    town.post()
    with pytest.raises(ValueError, match="call withdraw first"):
        town.post()
    with pytest.raises(ValueError, match="call withdraw first"):
        town.crowd.wake(0, 1.0)
