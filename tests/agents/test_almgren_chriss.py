"""Optimal execution: the example of Almgren and Chriss (2000), and whole units that sum."""

from __future__ import annotations

from math import acosh, cosh, sinh, tanh

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidegate.agents.almgren_chriss import AlmgrenChriss, cumulative

# Section 3.4 of the paper: a million shares at 50 USD, 30 % a year, a fifth of volume in 5 days.
X, N, TAU = 1_000_000, 5, 1.0
SIGMA, ETA, GAMMA, LAMBDA, EPSILON = 0.95, 2.5e-6, 2.5e-7, 1e-6, 0.0625
PAPER = AlmgrenChriss(X, N, TAU, SIGMA, ETA, GAMMA, LAMBDA, EPSILON)
# Half-life of the paper's example: kappa about 0.61 a day. By hand: eta~ = 2.375e-6,
# lambda sigma^2 / eta~ = 0.38, cosh(kappa) = 1.19.
KAPPA = acosh(1.19)


def test_urgency_of_the_papers_example() -> None:
    assert PAPER.net_temporary == pytest.approx(2.375e-6, rel=1e-12)
    assert PAPER.kappa == pytest.approx(KAPPA, rel=1e-12)
    assert round(PAPER.kappa, 2) == 0.61


def test_holdings_of_the_papers_example_are_the_closed_form() -> None:
    expected = [X * sinh(KAPPA * (N - j)) / sinh(KAPPA * N) for j in range(N + 1)]
    assert PAPER.holdings() == pytest.approx(expected, abs=1.0)
    assert PAPER.holdings() == (1_000_000, 541_955, 289_854, 147_897, 62_141, 0)
    assert sum(PAPER.trades()) == X


def test_cost_and_variance_are_the_papers_closed_forms() -> None:
    """Equations (20) of the paper; whole shares cost nothing that six digits would show."""
    half, whole = KAPPA * TAU, KAPPA * N * TAU
    steep = tanh(half / 2) * (TAU * sinh(2 * whole) + 2 * N * TAU * sinh(half))
    cost = 0.5 * GAMMA * X**2 + EPSILON * X
    cost += PAPER.net_temporary * X**2 * steep / (2 * TAU**2 * sinh(whole) ** 2)
    spread = TAU * sinh(whole) * cosh(KAPPA * (N - 1) * TAU) - N * TAU * sinh(half)
    variance = 0.5 * SIGMA**2 * X**2 * spread / (sinh(whole) ** 2 * sinh(half))
    assert PAPER.expected_cost == pytest.approx(cost, rel=1e-6)
    assert PAPER.variance == pytest.approx(variance, rel=1e-5)


def test_without_aversion_it_trades_evenly_at_the_least_cost() -> None:
    even = AlmgrenChriss(X, N, TAU, SIGMA, ETA, GAMMA, 0.0, EPSILON)
    assert even.trades() == (200_000,) * 5
    # By hand: gamma X^2 / 2 + epsilon X + eta~ 5 x (2e5)^2 = 125,000 + 62,500 + 475,000.
    assert even.expected_cost == pytest.approx(662_500.0, rel=1e-12)
    assert even.expected_cost < PAPER.expected_cost
    assert even.variance > PAPER.variance


@given(
    total=st.integers(0, 10**15),
    periods=st.integers(1, 400),
    urgency=st.floats(0.0, 20.0),
)
def test_a_schedule_rises_to_exactly_the_total(total: int, periods: int, urgency: float) -> None:
    done = cumulative(total, periods, urgency)
    assert len(done) == periods + 1
    assert (done[0], done[-1]) == (0, total)
    assert list(done) == sorted(done)


@given(total=st.integers(1, 10**12), urgency=st.floats(0.0, 3.0), more=st.floats(0.0, 3.0))
@example(total=51_333_583_607, urgency=5.347108025790155e-08, more=5.347108025790155e-08)
def test_more_urgency_never_trades_later(total: int, urgency: float, more: float) -> None:
    slow, fast = cumulative(total, 30, urgency), cumulative(total, 30, urgency + more)
    assert all(late <= early + 1 for late, early in zip(slow, fast, strict=True))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"total": -1}, "total must be >= 0, got -1"),
        ({"periods": 0}, "periods must be >= 1, got 0"),
        ({"temporary": 1e-8, "permanent": 1.0}, "temporary must be > 0.5"),
        ({"risk_aversion": -1.0}, "risk_aversion must be >= 0"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        AlmgrenChriss(**{"total": 10, "periods": 5, **change})  # type: ignore[arg-type]
