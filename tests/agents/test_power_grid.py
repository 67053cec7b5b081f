"""Grids: by hand, by law, and against an oracle that walks the hours one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.agents.power_grid import PowerGrid
from tidegate.scenario.mining import HostSpec

FLAT_DAY, FLAT_YEAR = (1.0,) * 24, (1.0,) * 12


def host(name: str = "host", **fields: object) -> HostSpec:
    given_ = {"share": 1.0, "power_price": 0.05, "grid_mw": 100.0, "other_mw": 80.0}
    return HostSpec(name=name, **{**given_, **fields})  # type: ignore[arg-type]


def one_day(spec: HostSpec, mining_kw: int, priority: int, month: int = 1) -> tuple[int, ...]:
    day = PowerGrid([spec]).day(month, np.array([mining_kw]), np.array([priority]))
    columns = (day.served, day.wanted, day.deficit_hours, day.rationed_hours, day.unserved)
    return tuple(int(column[0]) for column in columns)


def oracle(spec: HostSpec, mining: int, priority: int, month: int) -> tuple[int, ...]:
    """Serve an hour after the other, in plain words."""
    capacity = int(spec.grid_mw * 1000)
    served_all = short_hours = rationed_hours = unserved = 0
    for hour in range(24):
        peak = int(spec.other_mw * 1000)
        factor = round(spec.hourly[hour] * 1000) * round(spec.monthly[month - 1] * 1000)
        others = peak * factor // 1_000_000
        if others + mining <= capacity:
            served, others_get = mining, others
        elif priority == 0:
            served = min(mining, capacity)
            others_get = min(others, capacity - served)
        elif priority == 1:
            served = mining * capacity // (others + mining)
            others_get = min(others, capacity - served)
        else:
            others_get = min(others, capacity)
            served = min(mining, capacity - others_get)
        served_all += served
        short_hours += others_get < others
        rationed_hours += served < mining
        unserved += others - others_get
    return served_all, 24 * mining, short_hours, rationed_hours, unserved


loads = st.integers(0, 400_000)
patterns = st.lists(st.floats(0.0, 1.5), min_size=24, max_size=24)


@settings(max_examples=100, deadline=None)
@given(
    grid=st.floats(1.0, 300.0),
    other=st.floats(0.0, 300.0),
    hourly=patterns,
    mining=loads,
    priority=st.integers(0, 2),
    month=st.integers(1, 12),
)
def test_a_day_agrees_with_the_oracle(
    grid: float, other: float, hourly: Sequence[float], mining: int, priority: int, month: int
) -> None:
    spec = host(grid_mw=grid, other_mw=other, hourly=tuple(hourly))
    assert one_day(spec, mining, priority, month) == oracle(spec, mining, priority, month)


def test_hosts_do_not_touch_each_other() -> None:
    specs = [host("a"), host("b", grid_mw=90.0), host("c", other_mw=120.0)]
    loads = [10_000, 30_000, 50_000]
    together = PowerGrid(specs).day(7, np.array(loads), np.array([0, 1, 2]))
    for number, (spec, load) in enumerate(zip(specs, loads, strict=True)):
        alone = one_day(spec, load, number, month=7)
        assert int(together.served[number]) == alone[0]
        assert int(together.unserved[number]) == alone[4]


def test_who_goes_short_by_hand() -> None:
    """100 MW for others' 80 and miners' 40, all day: 20 too few."""
    spec = host(hourly=FLAT_DAY, monthly=FLAT_YEAR)
    assert one_day(spec, 40_000, 0) == (40_000 * 24, 40_000 * 24, 24, 0, 20_000 * 24)
    assert one_day(spec, 40_000, 1)[0] == 33_333 * 24  # 40 of 120, times 100
    assert one_day(spec, 40_000, 2) == (20_000 * 24, 40_000 * 24, 0, 24, 0)


@given(mining=st.lists(loads, min_size=2, max_size=2), priority=st.integers(0, 1))
def test_more_mining_never_means_fewer_deficit_hours(mining: list[int], priority: int) -> None:
    low, high = sorted(mining)
    assert one_day(host(), low, priority)[2] <= one_day(host(), high, priority)[2]


@given(mining=loads, month=st.integers(1, 12))
def test_miners_last_in_line_cost_others_nothing(mining: int, month: int) -> None:
    tight = host(other_mw=104.0)
    alone = one_day(tight, 0, 2, month)
    beside = one_day(tight, mining, 2, month)
    assert (beside[2], beside[4]) == (alone[2], alone[4])


def test_patterns_must_be_shares_of_a_peak() -> None:
    with pytest.raises(ValueError, match=r"monthly of host must be within 0\.\.2"):
        host(monthly=(1.0,) * 11 + (3.0,))
    with pytest.raises(ValueError, match="hourly"):
        host(hourly=(1.0,) * 23)
