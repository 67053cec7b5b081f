"""S-curves: golden values, agreement of the closed, differential, discrete and agent forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from tidegate.agents.adoption import BassCurve, DelayedCurve, LogisticCurve

SULTAN = BassCurve(0.03, 0.38)


def test_bass_golden_values() -> None:
    assert SULTAN.peak_time == pytest.approx(math.log(0.38 / 0.03) / 0.41, rel=1e-12)
    assert SULTAN.peak_time == pytest.approx(6.193, abs=5e-4)
    assert SULTAN.peak_share == pytest.approx(0.4605, abs=5e-5)
    assert SULTAN.peak_rate == pytest.approx(0.1106, abs=5e-5)
    times = [SULTAN.time_to(share) for share in (0.1, 0.5, 0.9)]
    assert times == pytest.approx([2.25, 6.55, 11.76], abs=5e-3)
    assert SULTAN.share(SULTAN.peak_time) == pytest.approx(SULTAN.peak_share, rel=1e-12)
    assert SULTAN.rate(SULTAN.peak_time) == pytest.approx(SULTAN.peak_rate, rel=1e-12)


@given(
    p=st.floats(0.004, 0.04),
    q=st.floats(0.24, 1.76),
    years=st.floats(0.0, 40.0),
)
def test_bass_solves_its_equation(p: float, q: float, years: float) -> None:
    curve = BassCurve(p, q)
    share, step = curve.share(years), 1e-5
    assert 0.0 <= share <= 1.0
    assert curve.rate(years) == pytest.approx((p + q * share) * (1.0 - share), rel=1e-12)
    slope = (curve.share(years + 2 * step) - share) / (2 * step)
    assert slope == pytest.approx(curve.rate(years + step), abs=1e-6)
    if 1e-6 < share < 1.0 - 1e-6:
        assert curve.time_to(share) == pytest.approx(years, rel=1e-6, abs=1e-6)


def test_before_the_start_nobody_adopts() -> None:
    for curve in (SULTAN, LogisticCurve(), DelayedCurve(SULTAN, 0.1)):
        assert curve.share(-1.0) == 0.0
    assert SULTAN.share(0.0) == 0.0
    assert SULTAN.rate(-1.0) == LogisticCurve().rate(-1.0) == 0.0
    assert LogisticCurve(0.02, 1.0).share(0.0) == pytest.approx(0.02, rel=1e-15)


def test_without_imitation_the_peak_is_at_the_start() -> None:
    curve = BassCurve(0.2, 0.1)
    assert (curve.peak_time, curve.peak_share, curve.peak_rate) == (0.0, 0.0, 0.2)
    assert BassCurve(0.2, 0.0).share(3.0) == pytest.approx(1.0 - math.exp(-0.6), rel=1e-14)


@given(months=st.floats(1.0, 240.0), ratio=st.floats(0.0, 60.0))
def test_a_ramp_is_the_time_from_5_to_95_percent(months: float, ratio: float) -> None:
    curve = BassCurve.from_ramp(months, imitation_ratio=ratio)
    assert curve.ramp_months() == pytest.approx(months, rel=1e-9)
    assert curve.imitation == pytest.approx(ratio * curve.innovation, rel=1e-12)
    logistic = LogisticCurve.from_ramp(months)
    span = logistic.time_to(0.95) - logistic.time_to(0.05)
    assert span * 12.0 == pytest.approx(months, rel=1e-9)


def test_ramp_keeps_the_shape_of_the_average_product() -> None:
    curve = BassCurve.from_ramp(SULTAN.ramp_months())
    assert curve.innovation == pytest.approx(0.03, rel=1e-12)
    assert curve.imitation == pytest.approx(0.38, rel=1e-12)


def test_discrete_form_tends_to_the_closed_form() -> None:
    errors = []
    for years in (0.5, 0.05):
        path = SULTAN.discrete(5_000.0, round(15 / years), years=years)
        exact = [SULTAN.share(years * (n + 1)) for n in range(len(path))]
        errors.append(max(abs(n / 5_000.0 - f) for n, f in zip(path, exact, strict=True)))
    assert errors[1] < 0.15 * errors[0] < 0.15 * 0.05
    # The first year of the textbook form: p m.
    assert SULTAN.discrete(1_000.0, 1)[0] == pytest.approx(30.0, rel=1e-14)


def test_agents_on_a_complete_graph_follow_the_curve() -> None:
    """5,000 agents who compare a uniform with their hazard stay within 3 points of F."""
    rng = np.random.default_rng(5)
    pool, years, seeds = 5_000, 1.0 / 24.0, 400
    adopted, worst = np.zeros(seeds, dtype=np.int64), np.zeros(seeds)
    for period in range(round(15.0 / years)):
        chance = [SULTAN.probability(share, years) for share in adopted / pool]
        adopted += rng.binomial(pool - adopted, chance)
        gap = np.abs(adopted / pool - SULTAN.share((period + 1) * years))
        worst = np.maximum(worst, gap)
    assert (worst < 0.03).mean() >= 0.8
    assert worst.mean() < 0.03


@given(years=st.floats(0.01, 30.0), rate=st.floats(0.02, 5.0))
def test_delay_is_the_convolution_with_the_waiting_time(years: float, rate: float) -> None:
    curve = DelayedCurve(SULTAN, rate)

    def waited(since: float) -> float:
        return SULTAN.rate(since) * (1.0 - math.exp(-rate * (years - since)))

    assert curve.share(years) == pytest.approx(quad(waited, 0.0, years)[0], abs=2e-6)
    assert curve.share(years) < SULTAN.share(years)


def test_delay_vanishes_for_those_who_act_at_once() -> None:
    assert DelayedCurve(SULTAN, 1e6).share(6.0) == pytest.approx(SULTAN.share(6.0), abs=1e-4)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: BassCurve(0.0, 0.3), r"innovation must be > 0 \(1/yr\), got 0.0"),
        (lambda: BassCurve(0.1, -0.3), r"imitation must be >= 0 \(1/yr\), got -0.3"),
        (lambda: BassCurve.from_ramp(0), "months must be > 0, got 0"),
        (lambda: BassCurve.from_ramp(9, imitation_ratio=-1), "imitation_ratio must be >= 0"),
        (lambda: BassCurve.from_ramp(9, low=0.9, high=0.1), r"0 <= low < high < 1, got \(0.9"),
        (lambda: SULTAN.time_to(1.0), r"share must be in \[0, 1\), got 1.0"),
        (lambda: SULTAN.hazard(1.5), r"share must be in \[0, 1\], got 1.5"),
        (lambda: SULTAN.probability(0.5, -1), "years must be >= 0, got -1"),
        (lambda: SULTAN.discrete(0, 1), "pool must be > 0, got 0"),
        (lambda: SULTAN.discrete(1, -1), "periods must be >= 0, got -1"),
        (lambda: SULTAN.discrete(1, 1, years=3), r"years must be > 0 and <= 2.43902 .* got 3"),
        (lambda: LogisticCurve(0.0), "initial must be between 0 and 1, exclusive, got 0.0"),
        (lambda: LogisticCurve(0.1, 0), r"growth must be > 0 \(1/yr\), got 0"),
        (lambda: LogisticCurve.from_ramp(9, low=0.0), "low must be > 0 .* got 0.0"),
        (lambda: DelayedCurve(SULTAN, 0), r"action_rate must be > 0 \(1/yr\), got 0"),
        (lambda: BassCurve(math.nan), "innovation must be > 0"),
    ],
)
def test_errors_name_argument_value_and_rule(call, told) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=told):
        call()
