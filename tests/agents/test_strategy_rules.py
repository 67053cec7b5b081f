"""When portfolios buy a fall, sell it and panic: worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.strategy_rules import Closes, DipRule, Move, PanicRule, threshold
from tidegate.scenario.strategies import DipSpec, PanicSpec

BUY, SELL, NONE = Move.BUY, Move.SELL, Move.NONE


def moves(rule: DipRule | PanicRule, prices: list[int]) -> list[Move]:
    closes, found = Closes(), []
    for price in prices:
        closes.close(price)
        found.append(rule.decide(closes))
    return found


def test_a_fall_is_bought_once_and_sold_when_half_of_it_is_regained() -> None:
    """From 100 to 84 is a fall of 16 %; half of it regained is 92."""
    rule = DipRule(DipSpec(), 0.15)
    assert moves(rule, [100, 86, 84, 70, 91, 92, 92]) == [NONE, NONE, BUY, NONE, NONE, SELL, NONE]
    assert rule.goal is None


def test_what_was_high_before_the_window_is_forgotten() -> None:
    rule = DipRule(DipSpec(window_days=2), 0.15)
    assert moves(rule, [100, 90, 80, 70]) == [NONE, NONE, NONE, NONE]
    assert moves(DipRule(DipSpec(window_days=3), 0.15), [100, 90, 80]) == [NONE, NONE, BUY]


def test_who_waits_for_a_day_buys_no_fall_of_before() -> None:
    """From 100 to 70 nobody watches; from 70, the first close they see, to 60 is 14 %."""
    rule = DipRule(DipSpec(start_day=3), 0.14)
    assert moves(rule, [100, 90, 80, 70, 62, 60, 65]) == [NONE] * 5 + [BUY, SELL]
    assert DipSpec().start_day == 0


def test_panic_ends_after_days_without_a_new_low_and_starts_from_there() -> None:
    """Sold at 80; the low of 75 on day 3 is 2 days old on day 5; 75 to 70 is only a fall of 7 %."""
    rule = PanicRule(PanicSpec(calm_days=2), 0.15)
    found = moves(rule, [100, 80, 78, 75, 76, 75, 70, 90, 76])
    assert found == [NONE, SELL, NONE, NONE, NONE, BUY, NONE, NONE, SELL]
    assert rule.out


@given(st.floats(0.01, 0.5), st.floats(0, 0.9), st.integers(1, 50))
def test_thresholds_are_spread_evenly_around_the_middle(fall: float, spread: float, n: int) -> None:
    found = [threshold(fall, spread, number, n) for number in range(n)]
    assert sum(found) / n == pytest.approx(fall)
    assert found == sorted(found)
    assert fall * (1 - spread) <= found[0] <= found[-1] <= fall * (1 + spread) * (1 + 1e-9)


@given(st.lists(st.integers(1, 10**15), min_size=1, max_size=60), st.integers(1, 40))
def test_a_fall_is_measured_from_the_highest_of_the_last_closes(
    prices: list[int], window: int
) -> None:
    closes = Closes()
    for price in prices:
        closes.close(price)
    assert closes.high(window) == max(prices[-window:])
    assert closes.fall(window) == 1.0 - prices[-1] / max(prices[-window:])
    assert closes.high(window, since=closes.today) == prices[-1]


def test_a_price_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="price of a close must be > 0, got 0"):
        Closes().close(0)
