"""Haircuts that follow volatility, rivals and failures: worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.agents.test_lender import APPS, DAY, DESKS, HOUR, PRICE, Credit, set_loans, spec_of
from tidegate.agents.haircuts import Haircuts
from tidegate.scenario.haircuts import HaircutSpec
from tidegate.scenario.lending import LendingSpec, LoanKind

USUAL = 0.5 / math.sqrt(365)  # of a day
AT_ONCE = {"memory_days": 1e-6, "speed_days": 1e-6, "competition": 0.0}


def kinds(*thresholds: float) -> list[LoanKind]:
    return [
        LoanKind(name=f"k{n}", on_chain=False, stock=1.0, mean_ltv=0.3, threshold=threshold)
        for n, threshold in enumerate(thresholds)
    ]


def after(move: float, *thresholds: float, days: int = 1, failed: int = 0, **spec: float):
    """Return haircuts after days of one log move each."""
    asked = Haircuts(HaircutSpec(**spec), kinds(*thresholds), (1.0,))
    gone = [n < failed for n in range(len(thresholds))]
    price, up = 1e9, 1.0
    asked.look(0, np.array([round(price)]), gone)
    for day in range(1, days + 1):
        price *= math.exp(up * move)
        up = -up
        assert asked.look(day * DAY, np.array([round(price)]), gone)
    asked._check()
    return asked


def test_twice_the_volatility_is_twice_the_haircut() -> None:
    assert after(2 * USUAL, 0.85, 0.7, **AT_ONCE).asked == pytest.approx([0.3, 0.6], rel=1e-6)
    assert after(2 * USUAL, 0.85, response=-1.0, **AT_ONCE).asked == pytest.approx([0.075], 1e-6)
    assert after(2 * USUAL, 0.85, response=0.0, **AT_ONCE).asked == pytest.approx([0.15], 1e-6)
    assert after(2 * USUAL, 0.85, **AT_ONCE).advance == pytest.approx([0.7 / 0.85], rel=1e-6)


def test_haircuts_stay_within_bounds() -> None:
    assert after(9 * USUAL, 0.85, **AT_ONCE).asked == pytest.approx([0.6], rel=1e-6)
    assert after(0.0, 0.85, **AT_ONCE).asked == pytest.approx([0.05], rel=1e-6)


def test_unsecured_loans_have_none_whatever_happens() -> None:
    assert after(2 * USUAL, 1.0, 0.85, **AT_ONCE).asked.tolist()[0] == 0.0


def test_terms_follow_over_days_and_volatility_is_remembered() -> None:
    """A lender alone: after a memory's length of days, 1 - 1/e of the way in variance."""
    late = after(2 * USUAL, 0.85, memory_days=1e-6, speed_days=1.0, competition=0.0)
    assert late.asked == pytest.approx([0.15 + (1 - math.exp(-1)) * 0.15], rel=1e-6)
    spec = {"memory_days": 10.0, "speed_days": 1e-6, "competition": 0.0}
    learnt = after(2 * USUAL, 0.85, days=10, **spec)
    variance = 1.0 + 3.0 * (1 - math.exp(-1))
    assert learnt.asked == pytest.approx([0.15 * math.sqrt(variance)], rel=1e-6)


def test_rivals_hold_terms_down_until_they_fail() -> None:
    """Two memories, 10/sqrt(2) and 10 sqrt(2) days: who remembers longer is the laxer in stress."""
    alone, weighed = (
        after(2 * USUAL, 0.85, 0.85, days=5, memory_days=10.0, speed_days=1e-6, competition=c)
        for c in (0.0, 0.5)
    )
    quick, slow = alone.asked
    assert quick > slow
    # Terms in force are looked at, those of the day before: between the two days' own.
    assert slow < weighed.asked[0] + 0.5 * (quick - slow) < quick
    assert weighed.asked[0] < quick
    kept = after(
        2 * USUAL, 0.85, 0.85, days=5, failed=2, memory_days=10.0, speed_days=1e-6, competition=0.5
    )
    assert kept.asked == pytest.approx(alone.asked, rel=1e-9)


def test_stricter_terms_make_standing_loans_of_desks_due_but_none_on_chain() -> None:
    """87 owed on 100 is fine at 0.9, and not at 0.8; on chain 70 is due at 0.8 alone."""
    swing = HaircutSpec(look_hours=1.0, usual_volatility=0.05, **AT_ONCE)
    for kind, due in ((DESKS, True), (APPS.model_copy(update={"grace_hours": 0.0}), False)):
        market = Credit(spec_of(kind, loans=5, haircuts=swing))
        set_loans(market, [87.0 if due else 70.0], [100])
        before = market.loans.trigger[0]
        market.quote(PRICE)
        market.act(HOUR)
        market.quote(PRICE * 1.01)
        market.act(HOUR)
        assert bool(market.loans.trigger[0] > before) is due
        assert market.lender.haircuts.asked[0] > 1 - kind.threshold
        market.check()


def test_borrowers_want_less_where_less_is_lent() -> None:
    swing = HaircutSpec(look_hours=1.0, usual_volatility=0.05, **AT_ONCE)
    market = Credit(spec_of(APPS, haircuts=swing))
    before = market.loans.wanted.copy()
    market.act(HOUR)
    market.quote(PRICE * 1.05)
    market.act(HOUR)
    advance = market.lender.haircuts.advance[0]
    assert advance == pytest.approx(0.5, abs=1e-6)  # the largest haircut is 0.6
    assert market.loans.wanted == pytest.approx(np.minimum(before * 0.5, 0.38), rel=1e-6)
    market.check()


def test_who_fails_recalls_all_that_it_is_owed() -> None:
    kind = DESKS.model_copy(update={"equity": 1e-7, "grace_hours": 0.0})
    for recalls in (False, True):
        market = Credit(spec_of(kind, loans=5, recalls=recalls))
        set_loans(market, [95.0], [100])
        market.quote(60.0)
        market.act()
        assert market.lender.failed == [True]
        market.quote(PRICE)
        for _ in range(3):
            market.act()
        assert (sum(market.lender.stock) < 10 * 1_000_000) is recalls
        market.check()


def test_runs_without_them_are_named_as_before() -> None:
    written = LendingSpec().model_dump()
    assert not {"haircuts", "recalls", "rates"} & set(written)
