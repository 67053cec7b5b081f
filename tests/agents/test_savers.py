"""Savers: rates by age, the shape of wealth, entry and exit, take-up, panic, and exact money."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.savers import Savers, group_means, saving_rate, working_share
from tidegate.agents.whole_columns import PPB, total
from tidegate.scenario.savers import BehaviourSpec, SaverSpec

MICRO = 1_000_000


def savers(plans: int = 3, education: float = 0.5, **spec: Any) -> Savers:
    return Savers(
        SaverSpec(**spec),
        assets=np.array([10**15] * plans, dtype=np.int64),
        contributions=np.array([10**8] * plans, dtype=np.int64),
        default_reach=0.161,
        education=np.full(plans, education),
    )


@pytest.mark.parametrize(
    ("age", "rate"),
    [(22, 0.055), (24.9, 0.055), (25, 0.068), (40, 0.073), (50, 0.079), (60, 0.093), (69, 0.101)],
)
def test_saving_rates_by_age_are_vanguards(age: float, rate: float) -> None:
    assert saving_rate(SaverSpec(), age) == rate


def test_a_cohort_enters_and_leaves_work() -> None:
    spec = SaverSpec()
    shares = [working_share(spec, age) for age in (17, 18, 22, 26, 60, 65, 70, 80)]
    assert shares == [0.0, 0.0, 0.5, 1.0, 1.0, 0.5, 0.0, 0.0]


def test_money_at_the_start_is_as_told_to_the_last_unit() -> None:
    column = savers()
    assert [total(column.other[p]) for p in range(3)] == [10**15] * 3
    assert [total(column.contributions(0.0)[p]) for p in range(3)] == [10**8] * 3
    assert total(column.default) / total(column.other) == pytest.approx(0.161, abs=1e-6)


def test_wealth_within_a_cohort_is_lognormal() -> None:
    """The poorest half of a lognormal of sigma s has a share of Phi(-s): 9.2 % for 1.33."""
    low, high = group_means(2, 1.33)
    assert low + high == pytest.approx(2.0)
    assert low / 2.0 == pytest.approx(0.5 * math.erfc(1.33 / math.sqrt(2.0)), rel=0.03)
    assert group_means(3, 0.0) == (1.0, 1.0, 1.0)


def test_the_mean_saver_is_as_rich_as_the_sector_says() -> None:
    spec = SaverSpec()
    column = savers()
    assert float(column.heads.sum()) == pytest.approx(spec.heads)
    assert column.heads[0] == 0.0  # those who are 14 have yet to enter


def test_the_young_enter_and_the_old_leave_over_ten_years() -> None:
    """PEN-H23's turnover: Millennials and younger pay in most ten years on."""
    column = savers()
    now = column.contributions(0.0).sum(axis=(0, 2))
    column.months = 120
    later = column.contributions(0.0).sum(axis=(0, 2))
    young = slice(0, 4)
    assert later[0] > now[0] == 0
    assert later[-1] == 0 < now[-1]
    assert now[young].sum() / now.sum() < later[young].sum() / later.sum()
    assert later[young].sum() > 0.6 * later.sum()
    assert column.heads[0] == pytest.approx(90e6 * 0.20 * 0.75 / 0.75)  # half of gen Z is in at 22


def test_who_has_retired_draws_evenly_until_the_horizon() -> None:
    """At 72, all retired: one in twelve times 20 years; at 50 nobody draws."""
    column = savers()
    column.months = 36
    rates = column.drawdown_rates()
    assert rates[-1] == round(PPB / (12 * (92 - 72)))
    assert rates[4] == 0
    before = total(column.other)
    drawn = column.draw(rates)
    assert 0 < drawn == before - total(column.other)


def take_up(column: Savers, months: int, **changes: Any) -> np.ndarray:
    fields: dict[str, Any] = {
        "action_rate": 0.098,
        "phase": 1.0,
        "reach": 0.118,
        "gain": 0.0,
        "education": column.education,
        **changes,
    }
    for _ in range(months):
        column.take_up(np.array([True, True, False]), **fields)
    return column.uptake


def test_choice_takes_years_and_the_default_a_month() -> None:
    """PEN-H25: after a year at 9.8 % a year a tenth of those who would have acted."""
    chosen = take_up(savers(), 12)
    assert chosen[2].max() == 0.0  # this plan does not offer it
    middle = chosen[0, 3, 2] / savers()._wish[3]
    assert middle == pytest.approx(1.0 - (1.0 - 0.098 / 12) ** 12, rel=1e-9)
    by_default = take_up(savers(), 1, action_rate=None)
    assert by_default[0].min() == 1.0


def test_the_young_and_the_wealthy_take_up_more() -> None:
    chosen = take_up(savers(), 12)[0]
    assert chosen[1, 2] / chosen[6, 2] == pytest.approx(0.46 / 0.10)
    assert chosen[3, 4] / chosen[3, 2] == pytest.approx(1.5)


def test_the_uneducated_chase_gains() -> None:
    """PEN-H17: after a doubling who knows nothing acts 1 + 2 ln 2 times as fast."""
    calm = take_up(savers(education=0.0), 1)[0, 3, 2]
    chasing = take_up(savers(education=0.0), 1, gain=math.log(2.0))[0, 3, 2]
    knowing = take_up(savers(education=1.0), 1, gain=math.log(2.0))[0, 3, 2]
    assert chasing / calm == pytest.approx(1.0 + 2.0 * math.log(2.0))
    assert knowing == pytest.approx(calm)


def test_over_allocation_by_choice_is_capped() -> None:
    column = savers()
    know = np.array([0.0, 0.5, 1.0])
    weights = column.weights(0.05, chosen=True, glides=False, education=know)
    assert weights[:, 0].tolist() == pytest.approx([0.15, 0.10, 0.05])
    assert column.weights(0.1, chosen=True, glides=False, education=know)[0, 0] == 0.20
    by_age = column.weights(0.09, chosen=False, glides=True, education=know)
    assert by_age[0].tolist() == pytest.approx(
        [column.glide.coins(age, 0.09) for age in column.ages]
    )


def test_panic_by_hand() -> None:
    """A fall of 60 %, 30 % beyond the threshold: 0.2 x 0.3 x 0.5 = 3 % a month sell.

    That is away from retirement; at 60 it is 1.5 times that, and a twentieth by default.
    """
    column = savers()
    take_up(column, 24)
    before = column.uptake.copy()
    sold = column.panic(0.6, chosen=True, education=column.education)
    assert sold is not None
    assert sold[0, 2, 0] == 30_000_000
    assert sold[0, 5, 0] == 45_000_000
    assert column.uptake[0, 2, 0] == pytest.approx(0.97 * before[0, 2, 0])
    assert np.allclose(column.uptake + column.regret, before, rtol=1e-12)
    inert = savers().panic(0.6, chosen=False, education=column.education)
    assert inert is not None
    assert inert[0, 2, 0] == 1_500_000
    assert savers().panic(0.3, chosen=True, education=column.education) is None


def test_regret_is_forgotten() -> None:
    column = savers(behaviour=BehaviourSpec(panic=1.0))
    take_up(column, 60)
    column.panic(1.0, chosen=True, education=column.education)
    felt = float(column.regret.max())
    assert felt > 0.0
    take_up(column, 60)
    assert column.regret.max() == pytest.approx(felt * math.exp(-1.0))


@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.booleans()), max_size=20))
def test_money_moves_to_the_last_unit(moves: list[tuple[int, bool]]) -> None:
    column = savers(1)
    expected = total(column.other)
    for amount, default in moves:
        amounts = np.full(column.shape, amount, dtype=np.int64)
        amounts = np.minimum(amounts, column.default if default else column.other)
        column.move(amounts, default=default)
        expected -= int(amounts.sum())
        assert total(column.other) == expected
        assert (column.default >= 0).all()
        assert (column.default <= column.other).all()


def test_growth_is_a_share_of_what_is_there() -> None:
    column = savers(1)
    before = total(column.other)
    column.grow(10_000_000)
    assert total(column.other) == pytest.approx(1.01 * before, rel=1e-12)
    column.grow(-10_000_000)
    assert total(column.other) == pytest.approx(1.01 * 0.99 * before, rel=1e-12)


def test_a_copy_shares_no_column() -> None:
    column = savers(1)
    twin = copy.deepcopy(column)
    column.grow(10_000_000)
    take = twin.other.copy()
    assert (take < column.other)[column.other > 10**6].all()


def test_who_wants_coins_is_as_surveyed() -> None:
    """PEN-H23: 46 % of Gen Z, 45 % of Millennials."""
    wish = {cohort.name: cohort.wish for cohort in SaverSpec().cohorts}
    assert wish["gen_z"] == 0.46
    assert wish["millennials_younger"] == wish["millennials_older"] == 0.45
