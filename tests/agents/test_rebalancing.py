"""Rebalancing rules: when they look, and what they trade."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.business_days import DAY_SECONDS, BusinessDays
from tidegate.agents.rebalancing import Rebalancing

DAYS = BusinessDays(first_day=dt.date(2025, 1, 1))


def days_due(rule: Rebalancing) -> list[dt.date]:
    return [
        DAYS.day_of(n * DAY_SECONDS)
        for n in range(365)
        if rule.due(DAYS, n * DAY_SECONDS, (n + 1) * DAY_SECONDS)
    ]


def test_calendar_rule_looks_at_the_last_business_day_of_a_quarter() -> None:
    assert days_due(Rebalancing(rule="calendar")) == [
        dt.date(2025, 3, 31),
        dt.date(2025, 6, 30),
        dt.date(2025, 9, 30),
        dt.date(2025, 12, 31),
    ]
    assert DAYS.month_end(2026, 5) == dt.date(2026, 5, 29)


def test_band_rule_looks_on_business_days_and_none_never() -> None:
    assert len(days_due(Rebalancing(rule="band"))) == 261
    assert days_due(Rebalancing(rule="none")) == []


@pytest.mark.parametrize(
    ("rule", "relative", "holding", "trade"),
    [
        ("none", False, 900, 0),
        ("calendar", False, 101, -1),
        ("band", False, 120, 0),
        ("band", False, 121, -21),
        ("band", False, 80, 0),
        ("band", False, 79, 21),
        ("band", True, 102, 0),
        ("band", True, 103, -3),
        ("band", True, 97, 3),
    ],
)
def test_trades_to_target_outside_the_band(rule, relative, holding, trade) -> None:  # type: ignore[no-untyped-def]
    rebalancing = Rebalancing(rule=rule, band=0.02, relative=relative)
    assert rebalancing.trade(holding, 100, 1_000) == trade


@given(
    pool=st.integers(1, 10**22),
    data=st.data(),
    rule=st.sampled_from(["none", "calendar", "band"]),
    relative=st.booleans(),
)
def test_a_trade_ends_on_target_or_is_none(pool, data, rule, relative) -> None:  # type: ignore[no-untyped-def]
    holding, target = (data.draw(st.integers(0, pool)) for _ in range(2))
    rebalancing = Rebalancing(rule=rule, relative=relative)
    trade = rebalancing.trade(holding, target, pool)
    assert trade == 0 or holding + trade == target
    # A second look finds nothing to do.
    assert rebalancing.trade(holding + trade, target, pool) == 0


def test_errors_name_argument_value_and_rule() -> None:
    with pytest.raises(ValueError, match=r"holding must be in 0 .. pool \(10\), got 11"):
        Rebalancing("band").trade(11, 5, 10)
    with pytest.raises(ValueError, match=r"target must be in 0 .. pool \(10\), got -1"):
        Rebalancing("band").trade(5, -1, 10)
    with pytest.raises(ValueError, match=r"band must be between 0 and 1, exclusive, got 0.0"):
        Rebalancing("band", band=0.0)
    with pytest.raises(ValueError, match=r"rule must be one of none, calendar, band, got 'whim'"):
        Rebalancing("whim")  # type: ignore[arg-type]
