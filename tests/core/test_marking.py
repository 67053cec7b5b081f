"""Marks of all contracts at once: what each contract's mark and clock would say alone."""

import random

import pytest
from tidegate_core.codes import Side
from tidegate_core.mark import FundingClock, MarkPrice, premium
from tidegate_core.marking import take_marks

from tests.margin_venue import ANN, BEN, deal, linear, venue

HOUR = 3_600


def desks(n: int = 2) -> tuple[list[MarkPrice], list[FundingClock]]:
    return [MarkPrice() for _ in range(n)], [FundingClock(1) for _ in range(n)]


def states(marks: list[MarkPrice], clocks: list[FundingClock]) -> list[bytes]:
    return [*(mark.snapshot() for mark in marks), *(clock.snapshot() for clock in clocks)]


def test_every_contract_is_marked_as_it_would_be_alone() -> None:
    engine, draw = venue(linear(), linear(), cash=(10**7,) * 4), random.Random(4)
    (marks, clocks), (mine, hands) = desks(), desks()
    now, fundings = 0, 0
    for _ in range(300):
        now += draw.choice([1, 7, 60, 900])
        at = draw.randrange(2)
        engine.cancel_all(ANN, at)
        engine.cancel_all(BEN, at)
        for side, way in ((Side.BUY, -1), (Side.SELL, 1)):
            if draw.random() < 0.8:
                engine.submit(at, ANN, side, 100 + way * draw.randint(1, 9), 5)
        if draw.random() < 0.3:
            engine.cancel_all(ANN, at)
            deal(engine, ANN, BEN, draw.randint(92, 108), 1, at)
        index = [draw.randint(90, 110) for _ in range(2)]
        expected, due = [], []
        for c in range(2):
            bid, ask, last = engine.best_bid(c), engine.best_ask(c), engine.last_price(c)
            mid = None if bid is None or ask is None else (bid + ask) // 2
            expected.append(mine[c].update(now, index[c], mid, last))
            rate = hands[c].update(now, premium(index[c], bid, ask))
            due += [] if rate is None else [(c, rate)]
        assert take_marks(engine, now, index, marks, clocks) == (expected, due)
        fundings += len(due)
    assert fundings > 10
    assert states(marks, clocks) == states(mine, hands)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": -1}, "time"),
        ({"time": 5}, r"time is 5; marks\[0\] is at 10"),
        ({"index": [100]}, "index has 1 entries; there are 2 contracts"),
        ({"index": [100, 0]}, r"index\[1\]"),
        ({"marks": [MarkPrice()]}, "marks has 1"),
        ({"clocks": [FundingClock(1, start=10), FundingClock(1, start=99)]}, r"clocks\[1\] is at"),
    ],
)
def test_what_is_refused_changes_nothing(changes: dict[str, object], message: str) -> None:
    engine = venue(linear(), linear())
    marks, clocks = desks()
    take_marks(engine, 10, [100, 100], marks, clocks)
    before = states(marks, clocks)
    given = {"time": 20, "index": [101, 102], "marks": marks, "clocks": clocks, **changes}
    with pytest.raises(ValueError, match=message):
        take_marks(engine, *given.values())  # type: ignore[arg-type]
    assert states(marks, clocks) == before


def test_marks_and_clocks_must_be_such() -> None:
    marks, clocks = desks()
    with pytest.raises(TypeError):
        take_marks(venue(linear(), linear()), 1, [1, 1], clocks, marks)  # type: ignore[arg-type]
