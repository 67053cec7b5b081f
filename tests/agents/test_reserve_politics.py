"""Rules by which states wait, shrink, give up and give in; and what comes to them by itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.agents.state_worlds import LOT, plan, state
from tidegate.agents.reserve_politics import (
    PPM,
    chance,
    drawdown,
    lapse_rate,
    loss_share,
    must_wait,
    political_cost,
    reversal_rate,
    shrunk,
    split,
)
from tidegate.agents.state_income import mined_lots, seizures_of_day
from tidegate.scenario.reserve_plan import SOURCES
from tidegate.scenario.sovereign import SeizureSpec, StateMiningSpec
from tidegate.scenario.state_perils import LenderSpec, PoliticsSpec
from tidegate.streams import Streams

shares = st.floats(0.0, 1.0)


def paid(**by_source: int) -> dict[Any, int]:
    return {source: by_source.get(source, 0) for source in SOURCES}


# ---- Losses and who bears them ------------------------------------------------------------------


def test_political_cost_by_hand() -> None:
    """Half of a fund lost, a third of it budgeted: (1 x 0.1 + 0.5 x 1.0) / 1.5 x 0.5 x 0.8."""
    politics = PoliticsSpec(seizures=0.1, budget=1.0, accountability=0.8)
    cost = political_cost(politics, paid(seizures=10**12, budget=5 * 10**11), 500_000)
    assert cost == 160_000


def test_loss_is_what_is_missing_over_all_that_was_paid() -> None:
    assert loss_share(100, 60, 100) == 400_000
    assert loss_share(100, 160, 100) == 0
    assert loss_share(30, 10, 200) == 100_000  # most was sold at cost
    assert loss_share(0, 0, 0) == 0


@given(loss=st.integers(0, PPM), money=st.integers(1, 10**18), accountable=shares)
def test_a_loss_of_seized_money_never_costs_more_than_one_of_the_budget(
    loss: int, money: int, accountable: float
) -> None:
    politics = PoliticsSpec(accountability=accountable)
    cheap = political_cost(politics, paid(seizures=money), loss)
    dear = political_cost(politics, paid(budget=money), loss)
    assert 0 <= cheap <= dear <= loss


def test_who_answers_to_nobody_bears_any_loss() -> None:
    assert political_cost(PoliticsSpec(accountability=0.0), paid(budget=10**9), PPM) == 0


# ---- Postponement and shrinking -----------------------------------------------------------------


def test_a_fall_shrinks_a_plan_by_hand() -> None:
    """Credibility 0.7 x 0.5 = 0.35; a fall of 0.2 takes 2.5 x 0.65 x 0.2 = 32.5 %."""
    terms = plan(funding_credibility=0.7, date_credibility=0.5, shrink=2.5)
    assert shrunk(terms, 1_000_000, 0.2) == 675_000
    assert shrunk(terms, 1_000_000, 1.0) == 0
    assert shrunk(terms, 1_000_000, 0.0) == 1_000_000


def test_full_credibility_neither_waits_nor_shrinks_nor_lapses() -> None:
    firm = plan(funding_credibility=1.0, date_credibility=1.0, lapse_rate=5.0)
    assert not must_wait(firm, 0.99)
    assert shrunk(firm, 10**6, 0.99) == 10**6
    assert lapse_rate(firm) == 0.0


@given(fall=shares, more=shares, funded=shares, dated=shares)
def test_a_deeper_fall_and_less_credibility_never_help(
    fall: float, more: float, funded: float, dated: float
) -> None:
    terms = plan(funding_credibility=funded, date_credibility=dated)
    deep = min(1.0, fall + more)
    assert shrunk(terms, 10**15, deep) <= shrunk(terms, 10**15, fall)
    assert must_wait(terms, deep) >= must_wait(terms, fall)
    firmer = plan(funding_credibility=max(funded, dated), date_credibility=1.0)
    assert shrunk(firmer, 10**15, fall) >= shrunk(terms, 10**15, fall)
    assert lapse_rate(firmer) <= lapse_rate(terms)


def test_drawdown() -> None:
    assert drawdown(80.0, 100.0) == pytest.approx(0.2)
    assert drawdown(120.0, 100.0) == 0.0
    assert drawdown(1.0, 0.0) == 0.0


# ---- Lenders ------------------------------------------------------------------------------------


def test_a_lender_minds_legal_tender_more_than_a_cautious_reserve() -> None:
    lender = LenderSpec(loan_to_gdp=0.04, strength=1.0, rate=20.0)
    full, cautious = state(legal_tender=True), state(depth=0.1)
    assert reversal_rate(lender, full, 0.0) == pytest.approx(0.8)
    assert reversal_rate(lender, cautious, 0.0) == pytest.approx(0.08)
    assert reversal_rate(lender, full, 0.5) == pytest.approx(1.2)
    assert reversal_rate(LenderSpec(), full, 0.5) == 0.0


def test_a_chance_is_that_of_a_rate() -> None:
    assert chance(0.0, 5.0) == 0.0
    assert chance(1.0, 1.0) == pytest.approx(0.6321205588)


# ---- Arithmetic ---------------------------------------------------------------------------------


@example(amount=8_329_040, weights=[1.0, 0.8125, 0.8125, 0.8125, 6e-282])
@given(
    amount=st.integers(0, 10**18),
    weights=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5),
)
def test_parts_sum_to_the_amount(amount: int, weights: list[float]) -> None:
    total = sum(weights)
    names = {str(n): weight / total for n, weight in enumerate(weights) if total > 0.01}
    if names:
        parts = split(amount, names)
        assert sum(parts.values()) == amount
        assert min(parts.values()) >= 0


# ---- What comes by itself -----------------------------------------------------------------------


@pytest.mark.parametrize("coins_per_day", [0.0, 0.5, 1.0 / 3.0, 6.0, 450.0])
def test_mined_coins_sum_exactly(coins_per_day: float) -> None:
    spec = StateMiningSpec(coins_per_day=coins_per_day)
    days = [mined_lots(spec, LOT, day) for day in range(365)]
    assert sum(days) == int(coins_per_day / LOT * 365)
    assert max(days) - min(days) <= 1


def test_seizures_come_in_lumps_of_the_stated_yearly_mean() -> None:
    """Over 400 seed-years: 8 cases of 40 M a year within four standard errors."""
    spec = SeizureSpec(per_year=8.0, mean_usd=40e6, spread=1.0)
    years, totals, cases = 400, [], []
    for seed in range(years):
        streams = Streams(seed)
        lumps = [m for d in range(365) for m in seizures_of_day(spec, streams, "state/kz", d)]
        totals.append(sum(lumps) / 1e6)
        cases.append(len(lumps))
    expected = spec.yearly_usd * 365 / 365.2425
    # Variance of a compound Poisson total: rate x E[size^2], E[size^2] = mean^2 e^(spread^2).
    error = (8.0 * 40e6**2 * 2.718281828 / years) ** 0.5
    assert abs(sum(totals) / years - expected) < 4 * error
    assert abs(sum(cases) / years - 8.0) < 4 * (8.0 / years) ** 0.5
    assert max(totals) > 2 * expected


def test_seizures_are_keyed_by_state_and_day() -> None:
    spec = SeizureSpec(per_year=200.0)
    first = [seizures_of_day(spec, Streams(1), "state/kz", day) for day in range(50)]
    again = [seizures_of_day(spec, Streams(1), "state/kz", day) for day in range(50)]
    other = [seizures_of_day(spec, Streams(1), "state/us", day) for day in range(50)]
    assert first == again != other
    assert not any(seizures_of_day(SeizureSpec(), Streams(1), "state/kz", d) for d in range(50))
