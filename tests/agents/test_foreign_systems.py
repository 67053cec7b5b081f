"""Foreign systems: who follows when, what a failure does, and what timing costs."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from tests.agents.conftest import MICRO, Stall
from tidegate.agents.foreign_systems import ForeignSystems
from tidegate.analysis.portfolio import timing_gap
from tidegate.scenario import ExecutionSpec
from tidegate.scenario.foreign_systems import ForeignSpec, SystemSpec

DAY = 86_400
ONE_OF_EACH = tuple(
    SystemSpec(name=kind, kind=kind, assets_usd=10**9)
    for kind in ("self_directed", "dc", "db", "government")
)


class Listing:
    """What share of US assets lists coins."""

    def __init__(self, share: float = 0.0) -> None:
        self.share = share

    def read(self) -> float:
        return self.share


class WatchStall(Stall):
    """Systems in a foreign model."""

    def __init__(self, listing: float = 0.0, **spec: Any) -> None:
        super().__init__(step=DAY)
        self.clock.tick = -1
        self.listing = Listing(listing)
        self.abroad = ForeignSystems(
            self,
            path="abroad/0",
            spec=ForeignSpec(**{"systems": ONE_OF_EACH, **spec}),
            listing=self.listing.read,
            accounts={v.name: self.fund(v) for v in self.venues},
            books=self.books,
            execution=ExecutionSpec(sweep=1.0),
            daily_volume=1e10,
            rounds=1,
            **self.base,
        )

    def days(self, days: int, price: float = 100_000.0) -> None:
        for _ in range(days):
            self.clock.tick += 1
            self.books.settle(self.clock.seconds, self.venues)
            self.quote(self.venues[0], price, 10**9)
            self.abroad.step()
            self.venues[0].clear()
            self.audit()
            self.abroad.sleeve.look()
            self.abroad._check()


def test_systems_follow_in_the_order_of_their_caution() -> None:
    """PEN-H19, by hand: watched for longer than 12, 24 and 36 months."""
    stall = WatchStall(0.5)
    stall.days(1240)
    assert stall.abroad.adopted.tolist() == [0, 13, 25, 37]


def test_a_low_share_convinces_only_the_less_cautious() -> None:
    stall = WatchStall(0.15)
    stall.days(1240)
    assert stall.abroad.adopted.tolist() == [0, 13, -1, -1]


def test_a_failure_starts_the_watch_again() -> None:
    """PEN-H18: a collapse in month 10 delays by ten months and as long as it lasts."""
    stall = WatchStall(0.5)
    stall.days(270)
    stall.days(60, 40_000.0)
    assert stall.abroad.watched.max() == 0
    stall.days(700, 60_000.0)
    assert stall.abroad.adopted[1] > 20


def test_weights_are_built_up_over_the_ramp() -> None:
    stall = WatchStall(0.5, ramp_months=6, timing=0.0)
    stall.days(800)
    # 0.5 % of a billion in six months; the self-directed go on saving.
    assert stall.abroad.paid_in[1] == pytest.approx(5e6 * MICRO, rel=1e-6)
    assert stall.abroad.paid_in[0] > 2 * stall.abroad.paid_in[1]
    assert stall.abroad.paid_in[3] == 0


def test_the_self_directed_buy_dear() -> None:
    """PEN-H20: flows that chase the past year's gain earn less than the coins did."""
    gaps = {}
    for advice in (0.0, 1.0):
        stall = WatchStall(0.0, advice=advice)
        times, flows, prices = [], [], []
        for month, price in enumerate([100, 100, 100, 100, 150, 200, 300, 300, 150, 100, 100, 100]):
            before = int(stall.abroad.paid_in[0])
            stall.days(30, 1_000.0 * price)
            flow = int(stall.abroad.paid_in[0]) - before
            if flow:
                times.append((12 - month) / 12)
                flows.append(flow / MICRO)
                prices.append(1_000.0 * price)
        gaps[advice] = timing_gap(times, flows, prices, 100_000.0)
    assert gaps[0.0] > gaps[1.0] > 0.0


def test_a_halving_makes_them_sell() -> None:
    stall = WatchStall(0.0)
    stall.days(60)
    stall.days(60, 40_000.0)
    assert stall.abroad.paid_out[0] > 0
    assert stall.abroad.paid_out[1:].sum() == 0


def test_closed_systems_do_nothing() -> None:
    stall = WatchStall(1.0, closed=True)
    stall.days(90)
    assert (stall.abroad.lots, stall.abroad.planned) == (0, 0)


def test_a_fork_goes_on_like_the_original() -> None:
    stall = WatchStall(0.5)
    stall.days(50)
    twin = copy.deepcopy(stall)
    for each in (stall, twin):
        each.listing.share = 0.0
        each.days(50, 120_000.0)
    assert stall.abroad.table.digest == twin.abroad.table.digest
    frame = stall.abroad.frame()
    assert frame.height == 400
    assert np.isclose(
        frame["paid_in"].tail(4).sum() * MICRO, float(stall.abroad.paid_in.sum()), rtol=1e-12
    )
