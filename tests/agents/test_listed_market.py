"""The stock exchange: auctions, halts, days on which it does not trade."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tidegate_core import Kind, Side

from tests.agents.etf_worlds import EtfWorld, quiet
from tidegate.agents.listed_market import ListedMember
from tidegate.scenario.etf import ApSpec, ListingSpec


class Watcher(ListedMember):
    """Notes what it is asked, and may send one order."""

    def __init__(self, place: EtfWorld) -> None:
        self.place = place
        self.asked: list[tuple[str, float]] = []
        self.orders: dict[str, tuple[Side, float, int]] = {}
        listed = place.etf.listed
        self.account = listed.open_accounts()
        holder = place.etf.holders.desk.account
        listed.transfer(listed.asset, holder, self.account, 10**8)

    def order_listed(self, session: Any, phase: str, progress: float) -> None:
        self.asked.append((phase, round(progress, 3)))
        if phase in self.orders:
            side, factor, shares = self.orders[phase]
            price = round(self.place.etf.issuer.value * factor / 0.01)
            self.place.etf.listed.send(self.account, side, price, shares, Kind.IOC, 2**62)

    def close_listed(self, session: Any) -> None:
        self.asked.append(("done", 1.0))


def watched(spec: Any = None, **world: Any) -> tuple[EtfWorld, Watcher]:
    place = EtfWorld(spec or quiet(), **world)
    watcher = Watcher(place)
    place.etf.market.admit(watcher)
    return place, watcher


def test_a_day_of_hourly_ticks() -> None:
    place, watcher = watched(step=3_600)
    place.run(1)  # 14:30 to 21:00: the first hour is a half, six more follow
    due = [round(0.05 + 0.85 * (0.5 + n) / 6.5, 3) for n in range(7)]
    assert watcher.asked == [
        ("open", 0.05),
        *[("continuous", part) for part in due],
        ("close", 1.0),
        ("done", 1.0),
    ]


def test_a_day_in_one_tick() -> None:
    place, watcher = watched(step=86_400)
    place.run(1)  # four rounds of six hours: 12-18 opens, 18-24 closes
    half = round(0.05 + 0.85 * 3.5 / 6.5, 3)
    assert watcher.asked == [
        ("open", 0.05),
        ("continuous", half),
        ("continuous", 0.9),
        ("close", 1.0),
        ("done", 1.0),
    ]


def test_a_half_day_closes_early() -> None:
    place, watcher = watched(step=3_600, start=dt.date(2025, 11, 28))
    place.run(1)
    assert [phase for phase, _ in watcher.asked].count("continuous") == 4  # 14:30 to 18:00


def test_a_jump_of_the_premium_halts_trading_and_a_call_resumes_it() -> None:
    alone = quiet(participants=ApSpec(count=0), listing=ListingSpec(halt_seconds=1_800))
    place, watcher = watched(alone, step=900)
    watcher.orders = {"continuous": (Side.SELL, 0.5, 10**8)}  # far below: dumps all it has
    place.ticks(59)  # to 14:45, the first quarter of an hour
    assert place.etf.market.halts == 1
    last = place.etf.listed.last * 0.01 / place.etf.issuer.value
    assert last == pytest.approx(0.95, abs=0.001)  # no further than the band
    asked = len(watcher.asked)
    place.ticks(2)
    assert len(watcher.asked) == asked  # halted for half an hour
    place.ticks(1)
    assert len(watcher.asked) == asked + 2  # a call, then continuous trading again


def test_that_the_coin_moved_halts_nothing() -> None:
    place = EtfWorld(quiet(), step=14_400, price=lambda s: 100_000.0 if s < 72_000 else 80_000.0)
    place.etf.holders.rule.flow = 0.0
    place.run(1)
    assert place.etf.market.table.frame()["halts"][0] == 0


def test_a_shut_exchange_trades_nothing_but_the_fund_lives_on() -> None:
    place = EtfWorld(quiet())
    place.run(1)
    place.board.set(listed=False)
    place.run(2)
    listed, fund = place.etf.market.table.frame(), place.etf.issuer.table.frame()
    assert listed["shut"].to_list() == [False, True, True]
    assert listed["volume"][1:].sum() == 0
    assert fund["fee"].min() > 0  # struck and charged every day
    assert place.etf.holders.table.frame()["done"][1:].sum() == 0


def test_listing_terms_are_checked() -> None:
    with pytest.raises(ValueError, match="calendar is 'XMOON'; known are"):
        ListingSpec(calendar="XMOON")
    with pytest.raises(ValueError, match="must not exceed 1 together"):
        ListingSpec(opening=0.6, closing=0.5)
