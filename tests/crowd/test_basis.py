"""Basis traders: how gaps close, at which prices, with whose money, and what is left one-sided."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core import Side
from tidegate_crowd.basis import BasisDesk, unwind
from tidegate_crowd.quotes import QuoteDesk

from tests.crowd.fair import DEPTH, LOTS, PRICES, Accounts, Fair, lots_of

PRICE = PRICES[0]
FREE = {"cap": 1e9}  # no limit on the rate


class Pit(Fair):
    """Quotes at every place that stay where trades push them, and basis traders."""

    def __init__(self, venues: int = 1, depth: Any = DEPTH, **changes: Any) -> None:
        super().__init__(venues, perps=True)
        self.quotes: QuoteDesk = self.desk(
            depth=depth, refill=0.0, withdraw=False, room=1e9, levels=200
        )
        self.crowd, self.accounts = self.open(), self.open()
        self.desk_ = BasisDesk(self.places, self.accounts, calm_depth=depth, **{**FREE, **changes})
        self.step()

    def step(self) -> None:
        self.quotes.quote(self.places, 1.0, self.news, self.logs)

    def push(self, place: int, move: float) -> None:
        """Let the crowd move one place by a trade."""
        side = Side.BUY if move > 0 else Side.SELL
        usd = abs(move) * float(self.quotes.depth[place])
        lots = lots_of(usd, PRICE * math.exp(move / 2))
        if lots:
            self.take(self.crowd, side, lots, place)
        self.step()

    def trade(self, dt: float = 1.0) -> None:
        self.desk_.trade(self.places, dt, self.quotes.depth)

    def gap(self, one: int = 1, other: int = 0) -> float:
        return float(self.quotes.centre[one] - self.quotes.centre[other])

    def worth(self) -> float:
        """Sum up what the basis traders own, in USD, with every coin at the price."""
        usd = 0.0
        for place, account in enumerate(self.accounts.tolist()):
            engine = self.engines[place]
            if place < len(self.spot):
                free, reserved = engine.balances()
                usd += float(free[account, 0] - 10**17) * 1e-6
                usd += float(free[account, 1] - 10**17) * LOTS[0] * PRICE
                assert reserved[account].sum() == 0
            else:
                position = engine.position(account, 0)
                cash = engine.balances()[account, 0] - 10**17
                usd += float(cash - position["entry"]) * 1e-6
                usd += position["size"] * LOTS[0] * PRICE
        return usd


# ---- one gap ----------------------------------------------------------------------------------


@pytest.mark.parametrize("move", [0.01, -0.01, 0.03])
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("depths", [(1.0, 1.0), (1.0, 0.25)])
def test_a_step_closes_its_share_of_what_gapes_beyond_the_edge(
    move: float, place: int, depths: tuple[float, float]
) -> None:
    pit = Pit(depth=np.array(depths) * DEPTH, rate=0.5, edge=5e-4)
    pit.push(place, move)
    before = pit.gap()
    pit.trade(2.0)
    pit.step()
    spread = 1e-4  # both touches are half a spread from their centres
    share = 1 - math.exp(-0.5 * 2.0)
    wanted = abs(before) - share * (abs(before) - 5e-4 - spread)
    assert abs(pit.gap()) == pytest.approx(wanted, rel=0.03, abs=1e-5)
    assert pit.desk_.exposure(pit.places)[0] == pytest.approx(0.0, abs=1e-12)
    # Each side gives way by what its depth is short of.
    moved = pit.quotes.centre - math.log(PRICE)
    other = 1 - place
    closed = abs(before) - wanted
    assert abs(moved[other]) == pytest.approx(
        closed * depths[place] / sum(depths), rel=0.05, abs=1e-5
    )
    pit.check([pit.desk_, pit.quotes])


def test_gaps_within_the_edge_are_left_alone() -> None:
    pit = Pit(edge=5e-4)
    pit.push(1, 6e-4)
    before = [engine.counters()["orders"] for engine in pit.engines]
    pit.trade()
    assert [engine.counters()["orders"] for engine in pit.engines] == before
    assert pit.desk_.traded.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("premium", [5e-3, -5e-3])
def test_a_gap_that_is_the_premium_is_none_and_prices_go_there(premium: float) -> None:
    asked, gaps = [0.0, premium], []
    for start in (0.0, premium, 2 * premium):
        pit = Pit(edge=5e-4, rate=10.0)
        if start:
            pit.push(1, start)
        pit.desk_.trade(pit.places, 1.0, pit.quotes.depth, asked)
        assert (pit.desk_.traded[1] == 0.0) == (start == premium)
        pit.step()
        gaps.append(pit.gap() - premium)
        pit.check([pit.desk_, pit.quotes])
    left = math.copysign(5e-4 + 2 * 5e-5, premium)  # the edge, and half a spread at either place
    assert gaps[0] == pytest.approx(-left, abs=2e-5)
    assert gaps[2] == pytest.approx(left, abs=2e-5)


def test_a_premium_of_nothing_is_none() -> None:
    without, zeros = (Pit(edge=5e-4) for _ in range(2))
    for pit, premium in ((without, None), (zeros, [0.0, 0.0])):
        pit.push(1, 0.02)
        pit.desk_.trade(pit.places, 1.0, pit.quotes.depth, premium)
    assert without.desk_.snapshot() == zeros.desk_.snapshot()
    assert [e.snapshot() for e in without.engines] == [e.snapshot() for e in zeros.engines]


@pytest.mark.parametrize("move", [0.02, -0.02])
def test_every_pair_of_fills_earns_the_edge(move: float) -> None:
    pit = Pit(edge=1e-3)
    pit.push(1, move)
    for _ in range(5):
        for engine in pit.engines:
            engine.take_fills()
        pit.trade()
        spot, perp = (engine.take_fills()["price"].astype(float) for engine in pit.engines)
        bought, sold = (spot, perp) if move > 0 else (perp, spot)
        assert sold.min() / bought.max() >= math.exp(1e-3) * (1 - 1e-12)
        pit.step()
    assert pit.worth() > 1e-3 * 1e6


def test_the_rate_is_capped_and_slows_with_thin_books() -> None:
    pit = Pit(cap=0.5, rate=1e9)
    pit.push(1, 0.05)
    for factor, pace in ((1.0, 1.0), (0.25, 1.0), (0.125, 0.5), (0.01, 0.25)):
        pit.desk_.trade(pit.places, 0.1, np.array([factor, factor]) * DEPTH)
        budget = 0.5 * 0.01 * DEPTH * 0.1 * pace
        assert abs(pit.desk_.traded) == pytest.approx([budget, budget], rel=0.06)
        pit.step()


# ---- many places ------------------------------------------------------------------------------


def test_links_join_spot_with_all_and_perpetuals_with_spot() -> None:
    fair = Fair(venues=2, coins=2, perps=True)
    links = BasisDesk(fair.places, fair.open(), calm_depth=DEPTH).links
    assert links == [
        (one, other) for one in range(4) for other in range(one + 1, 8) if one % 2 == other % 2
    ]
    assert len(links) == 2 * (1 + 4)


def test_one_price_spreads_over_all_venues() -> None:
    pit = Pit(venues=3, edge=2e-4)
    pit.push(4, -0.04)
    for _ in range(30):
        pit.trade()
        pit.step()
    centres = pit.quotes.centre
    assert np.ptp(centres) < 2 * (2e-4 + 1e-4) + 1e-5
    assert centres.mean() - math.log(PRICE) == pytest.approx(-0.04 / 6, rel=0.03)
    assert pit.desk_.exposure(pit.places)[0] == pytest.approx(0.0, abs=1e-9)
    assert pit.worth() > 0.0
    pit.check([pit.desk_, pit.quotes])


# ---- capital ----------------------------------------------------------------------------------


def poor(usd: int, lots: int, cap: float = 1e9) -> tuple[Pit, BasisDesk, Accounts]:
    pit = Pit()
    accounts = pit.open(usd, lots)
    return pit, BasisDesk(pit.places, accounts, calm_depth=DEPTH, cap=cap), accounts


@settings(max_examples=30, deadline=None)
@given(
    usd=st.integers(0, 10**12),
    lots=st.integers(0, 10**7),
    moves=st.lists(st.tuples(st.integers(0, 1), st.floats(-0.03, 0.03)), min_size=1, max_size=6),
)
def test_orders_never_exceed_capital_and_legs_match(
    usd: int, lots: int, moves: list[tuple[int, float]]
) -> None:
    pit, desk, accounts = poor(usd, lots)
    before = pit.places.inventories(accounts)
    for place, move in moves:
        pit.push(place, move)
        desk.trade(pit.places, 1.0, pit.quotes.depth)
        assert (pit.places.inventories(accounts) - before).sum() == 0
        pit.check([desk, pit.quotes])
    assert not any(engine.counters()["rejects"] for engine in pit.engines)


def test_without_coins_only_one_way_is_open() -> None:
    pit, desk, accounts = poor(10**12, 0)
    pit.push(1, -0.02)  # spot would have to be sold
    desk.trade(pit.places, 1.0, pit.quotes.depth)
    assert pit.places.inventories(accounts).tolist() == [0, 0]
    pit.push(1, 0.05)  # spot is bought
    desk.trade(pit.places, 1.0, pit.quotes.depth)
    bought, sold = pit.places.inventories(accounts).tolist()
    assert bought == -sold > 0


def test_a_leg_that_failed_is_worked_off_where_the_price_is_best() -> None:
    pit = Pit(edge=5e-4)
    account = int(pit.accounts[1])
    pit.engines[1].submit(0, account, Side.BUY, 1, 3_000, 1)  # one-sided: 3,000 lots too many
    pit.step()
    assert pit.desk_.exposure(pit.places)[0] == pytest.approx(3_000 * LOTS[0])
    pit.push(0, 4e-4)  # not enough to trade the gap, but spot pays more
    pit.trade()
    assert pit.desk_.exposure(pit.places)[0] == pytest.approx(0.0, abs=1e-12)
    lots = pit.places.inventories(pit.accounts) - np.array([10**17, 0])
    assert lots.tolist() == [-3_000, 3_000]
    pit.check([pit.desk_])


@pytest.mark.parametrize("closed", [0, 2])
def test_closed_places_are_left_out(closed: int) -> None:
    pit = Pit(venues=2)
    pit.push(2, 0.02)
    engine = pit.engines[closed]
    if closed == 0:
        engine.halt(0)
    else:
        engine.accepting = False
    before = pit.places.inventories(pit.accounts)
    pit.trade()
    change = pit.places.inventories(pit.accounts) - before
    assert change[closed] == 0
    assert change.sum() == 0
    assert (change[2] < 0) == (closed == 0)
    assert not pit.engines[closed].counters()["rejects"]


# ---- unwinding --------------------------------------------------------------------------------


FUND = 2


def stocked(lots: int, side: Side = Side.BUY) -> Pit:
    pit = Pit()
    pit.engines[1].submit(0, FUND, side, 1, lots, 1)
    pit.step()
    return pit


@pytest.mark.parametrize("side", Side)
def test_a_fund_unwinds_exponentially(side: Side) -> None:
    pit = stocked(100_000, side)
    way = 1 if side is Side.BUY else -1
    for _ in range(20):
        pit.step()
        unwind(pit.places, FUND, 20.0, pit.quotes.depth, tau=200.0, share=1.0)
    size = pit.engines[1].position(FUND, 0)["size"]
    assert way * size == pytest.approx(100_000 * math.exp(-2), rel=1e-3)
    pit.check([pit.quotes])


def test_to_the_last_lot_but_not_beyond() -> None:
    pit = stocked(3)
    traded = [unwind(pit.places, FUND, 1.0, pit.quotes.depth)[1] for _ in range(5)]
    assert traded == [-1, -1, -1, 0, 0]


def test_a_share_of_the_depth_and_a_band_limit_it() -> None:
    pit = stocked(20_000_000)
    price = math.exp(pit.places.mid(1))
    most = unwind(pit.places, FUND, 1.0, pit.quotes.depth, tau=1e-9, share=1e-3)
    assert -most[1] == pytest.approx(1e-3 * DEPTH / (price * LOTS[0]), rel=1e-4)
    pit.step()
    price = math.exp(pit.places.mid(1))
    # Everything is due, and the band is what stops it.
    unwind(pit.places, FUND, 1.0, pit.quotes.depth, tau=1e-9, share=1.0, band=0.002)
    pit.engines[1].take_fills()
    assert math.exp(pit.places.quotes()[0][1]) == pytest.approx(price * 0.998, rel=1e-4)
    assert pit.engines[1].position(FUND, 0)["size"] > 10_000_000


def test_nothing_is_unwound_without_a_position() -> None:
    pit = Pit()
    assert unwind(pit.places, FUND, 1.0, pit.quotes.depth).tolist() == [0, 0]


# ---- copies and errors ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "twin", [copy.deepcopy, copy.copy, lambda d: pickle.loads(pickle.dumps(d))]
)
def test_copies_continue_bit_for_bit(twin: Any) -> None:
    pit = Pit(venues=2, cap=0.5)
    pit.push(2, 0.03)
    pit.trade()
    desk, places, quotes = twin(pit.desk_), copy.deepcopy(pit.places), copy.deepcopy(pit.quotes)
    for _ in range(3):
        pit.step()
        pit.trade()
        quotes.quote(places, 1.0, pit.news, pit.logs)
        desk.trade(places, 1.0, quotes.depth)
    assert desk.snapshot() == pit.desk_.snapshot()
    assert [e.snapshot() for e in places.engines] == [e.snapshot() for e in pit.engines]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate": -1.0}, "rate is -1.0"),
        ({"edge": math.nan}, "edge is nan"),
        ({"cap": math.inf}, "cap is inf"),
        ({"calm_depth": 0.0}, r"calm_depth\[0\] is 0.0"),
        ({"accounts": [1, 2, 3]}, "accounts has 3 entries"),
    ],
)
def test_bad_settings_are_refused_by_name(changes: dict[str, Any], message: str) -> None:
    fair = Fair(perps=True)
    settings_: dict[str, Any] = {"accounts": fair.open(), "calm_depth": DEPTH, **changes}
    with pytest.raises(ValueError, match=message):
        BasisDesk(fair.places, **settings_)


def test_bad_calls_are_refused_by_name() -> None:
    pit = Pit()
    with pytest.raises(ValueError, match="dt is 0"):
        pit.trade(0.0)
    with pytest.raises(ValueError, match="depth has shape"):
        pit.desk_.trade(pit.places, 1.0, np.ones(3))
    with pytest.raises(ValueError, match=r"premium\[1\] is 2"):
        pit.desk_.trade(pit.places, 1.0, pit.quotes.depth, [0.0, 2.0])
    with pytest.raises(ValueError, match="snapshot"):
        pit.desk_.restore(b"TIDEGATE")
    for changes, message in (
        ({"tau": 0.0}, "tau is 0"),
        ({"share": -1.0}, "share is -1"),
        ({"band": 1.0}, "band is 1"),
    ):
        with pytest.raises(ValueError, match=message):
            unwind(pit.places, FUND, 1.0, pit.quotes.depth, **changes)
    with pytest.raises(ValueError, match="account"):
        unwind(pit.places, 99, 1.0, pit.quotes.depth)
