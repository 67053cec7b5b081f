"""Trading ahead of an announced rule, and the standards that pensions pay for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agents.conftest import MICRO, Stall
from tidegate.agents.announcement import Anticipator, expected_flow
from tidegate.agents.infrastructure import Infrastructure
from tidegate.scenario import ExecutionSpec
from tidegate.scenario.anticipation import AnticipationSpec
from tidegate.scenario.levers import Announcement

DAY = 86_400
RULE = Announcement(
    name="rule",
    announced=0,
    effective=40 * DAY,
    probability=0.5,
    levers=(("plans.opened", 40 * DAY), ("plans.allocation", 0.01)),
)


def test_expected_flow_by_hand() -> None:
    """Half a chance of 1 % of a trillion is 5 bn."""
    assert expected_flow((RULE,), "plans.allocation", 10**12) == pytest.approx(5e9)
    assert expected_flow((RULE, RULE), "plans.allocation", 10**12) == pytest.approx(1e10)
    assert expected_flow((RULE,), "pension.allocation", 10**12) == 0.0


class NewsStall(Stall):
    """An anticipator in a foreign model."""

    def __init__(self, **spec: Any) -> None:
        super().__init__(step=DAY)
        self.clock.tick = -1
        self.news: tuple[Announcement, ...] = ()
        self.desk = Anticipator(
            self,
            spec=AnticipationSpec(**spec),
            pending=lambda: self.news,
            assets_usd=10**12,
            path="anticipator/0",
            accounts={v.name: self.fund(v) for v in self.venues},
            books=self.books,
            execution=ExecutionSpec(sweep=1.0),
            daily_volume=1e11,
            rounds=1,
            **self.base,
        )

    def days(self, days: int) -> None:
        for _ in range(days):
            self.clock.tick += 1
            self.books.settle(self.clock.seconds, self.venues)
            self.quote(self.venues[0], 100_000.0, 10**9)
            self.desk.step()
            self.venues[0].clear()
            self.audit()


def test_it_buys_on_the_announcement_and_sells_once_it_is_decided() -> None:
    """PEN-H8: a fiftieth of 5 bn before there is any flow; nothing is left afterwards."""
    stall = NewsStall(exit_days=5)
    stall.days(5)
    assert stall.desk.lots == 0
    stall.news = (RULE,)
    stall.days(20)
    assert stall.desk.desk.value / MICRO == pytest.approx(1e8, rel=1e-3)
    stall.news = ()
    stall.days(3)
    assert 0.2e8 < stall.desk.desk.value / MICRO < 0.9e8
    stall.days(30)
    assert stall.desk.desk.value / MICRO < 20.0
    assert stall.desk.bought == 0


def test_capital_bounds_it() -> None:
    stall = NewsStall(share=1.0, capital=1e7)
    stall.news = (RULE,)
    stall.days(20)
    assert stall.desk.desk.value / MICRO == pytest.approx(1e7, rel=1e-3)


def test_standards_improve_with_the_pension_share() -> None:
    """PEN-H21 by hand: at a share of the scale 1 - 1/e of the gain is had."""
    standards = Infrastructure()
    assert standards.custody_loss(0.0) == 0.0007
    assert standards.spread_factor(0.0) == 1.0
    assert standards.custody_loss(0.05) == pytest.approx(0.0007 * (1 - 0.8 * 0.6321205588))
    assert standards.spread_factor(1.0) == pytest.approx(0.5, abs=1e-6)
    falling = [standards.custody_loss(s / 100) for s in range(101)]
    assert falling == sorted(falling, reverse=True)


def test_standards_can_be_switched_off() -> None:
    standards = Infrastructure(enabled=False)
    assert (standards.custody_loss(0.5), standards.spread_factor(0.5)) == (0.0007, 1.0)
    with pytest.raises(ValueError, match="share of all coins"):
        standards.gain(1.5)
