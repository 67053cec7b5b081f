"""Targets of a calibration: what is measured, how well it is known, and its file."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from tidegate_core import draws

from tidegate.analysis import moments
from tidegate.analysis.facts import stylised_facts
from tidegate.analysis.moments import Moment, Targets


def walk(n: int, spread: float, key: int = 3) -> NDArray[np.float64]:
    """Signed squares of normal numbers: excess kurtosis 26/3."""
    z = np.empty(n)
    draws.fill_normal(z, key, 0)
    return moments.to_prices(np.append(0.0, np.cumsum(spread * z * np.abs(z))))


def moment(bar: str, fact: str, value: float, error: float) -> Moment:
    return Moment(bar, fact, value, error, value - error, value + error)


def test_distances_are_in_tolerances() -> None:
    level = moment("day", "acf_size_1", 0.2, 0.05)
    assert level.distance(0.3) == pytest.approx(2.0)
    assert level.distance(0.15) == pytest.approx(-1.0)
    log = moment("day", "kurtosis_1", 4.0, 0.2)
    assert log.distance(4.0 * math.e) == pytest.approx(5.0)
    assert log.distance(-1.0) == -moments.FARTHEST
    assert moment("day", "hill_5", 3.0, 0.01).tolerance == moments.LEAST_ERROR
    assert moment("day", "acf_size_1", 0.2, 0.001).tolerance == pytest.approx(0.02)


def test_a_moment_covers_what_lies_in_its_interval() -> None:
    one = Moment("day", "hill_5", 3.0, 0.1, 2.5, 3.4)
    assert [one.covers(x) for x in (2.49, 2.5, 3.4, 3.41, math.nan)] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_moments_are_facts_with_a_sampling_error() -> None:
    prices = {"day": walk(1000, 0.02), "hour": walk(3000, 0.003, key=4)}
    found = moments.measure_targets(prices, "a walk", resamples=100)
    for bar, series in prices.items():
        facts = stylised_facts(series, bars_per_year=moments.BARS_PER_YEAR[bar])
        of_bar = [m for m in found.moments if m.bar == bar]
        assert [m.fact for m in of_bar] == list(moments.MATCHED[bar])
        assert all(m.value == facts[m.fact] and m.error > 0.0 for m in of_bar)
        assert all(m.low < m.high for m in of_bar)
    volatility, size = found.moments[0], found.moments[3]
    assert volatility.error == pytest.approx(math.sqrt((26 / 3 + 2) / 4000), rel=0.5)
    assert size.error == pytest.approx(math.sqrt(1 / 1000), rel=0.4)
    assert volatility.low < 0.95 * volatility.value < 1.05 * volatility.value < volatility.high
    assert found.returns == {"day": 1000, "hour": 3000}


def test_the_bootstrap_finds_the_correlation_of_figures() -> None:
    """Volatility and kurtosis of heavy-tailed draws rise together."""
    prices = {"day": walk(2000, 0.02), "hour": walk(2000, 0.02, key=5)}
    found = moments.measure_targets(prices, resamples=100)
    assert found.correlations["hour"][0, 1] > 0.3
    assert np.diag(found.correlations["day"]) == pytest.approx(np.ones(6))


def test_the_covariance_is_regularised_as_told() -> None:
    committed = moments.committed_targets()
    matrix = committed.covariance
    kurtosis, hill = committed.moments[1], committed.moments[2]
    assert matrix[1, 1] == pytest.approx(kurtosis.tolerance**2)
    kept = (1 - moments.SHRINKAGE) * committed.correlations["day"][1, 2]
    assert matrix[1, 2] == pytest.approx(kept * kurtosis.tolerance * hill.tolerance)
    assert (matrix[:6, 6:] == 0.0).all()
    assert committed.weights @ matrix == pytest.approx(np.eye(13), abs=1e-9)
    correlation = matrix / np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
    assert np.linalg.cond(correlation) < 20.0


def test_gaps_are_logs_of_positive_figures_and_differences_of_others() -> None:
    committed = moments.committed_targets()
    values = np.array([m.value for m in committed.moments])
    assert committed.gaps(values) == pytest.approx(np.zeros(13))
    moved = values.copy()
    moved[[1, 3]] = 2.0 * values[1], values[3] + 0.05
    assert committed.gaps(moved)[[1, 3]] == pytest.approx([math.log(2.0), 0.05])
    moved[1] = -1.0
    assert committed.gaps(moved)[1] == pytest.approx(math.log(moments.LEAST / values[1]))


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ({"day": walk(40, 0.1)}, r"prices are of \['day'\]; they must be of \['day', 'hour'\]"),
        (
            {"day": walk(40, 0.1), "hour": np.exp(0.01 * (np.arange(401) % 2))},
            r"kurtosis_1 of the hours is -2; .* above 0",
        ),
        ({"day": walk(400, 0.1)[:20], "hour": walk(400, 0.1)}, "prices has"),
    ],
)
def test_series_that_cannot_be_matched_are_refused(
    prices: dict[str, NDArray[np.float64]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        moments.measure_targets(prices, resamples=20)


def test_too_few_resamples_are_refused() -> None:
    with pytest.raises(ValueError, match="resamples is 1; allowed is 2 and above"):
        moments.measure_targets({"day": walk(400, 0.1), "hour": walk(400, 0.1)}, resamples=1)


def test_committed_moments_are_those_of_btc() -> None:
    found = {(m.bar, m.fact): m.value for m in moments.committed_moments()}
    reference = {  # BTC perpetual by day 2020-05-31, spot by hour 2022-05-25, to 2023-12-31
        ("day", "annual_volatility"): 0.634,
        ("day", "kurtosis_1"): 3.56,
        ("day", "hill_5"): 3.61,
        ("day", "acf_size_1"): 0.142,
        ("day", "acf_size_20"): 0.0698,
        ("hour", "annual_volatility"): 0.503,
        ("hour", "kurtosis_1"): 18.5,
        ("hour", "hill_5"): 2.24,
        ("hour", "acf_size_1"): 0.278,
        ("hour", "acf_size_5"): 0.168,
        ("hour", "acf_size_20"): 0.154,
        ("hour", "acf_size_100"): 0.0922,
    }
    for name, value in reference.items():
        assert found[name] == pytest.approx(value, rel=5e-3), name


def test_targets_survive_their_file() -> None:
    committed = moments.committed_targets()
    quoted = Targets(
        committed.moments, committed.correlations, committed.returns, 'a "source" \\ here'
    )
    text = moments.targets_toml(quoted)
    again = moments.parse_targets(text)
    assert again.source == quoted.source
    assert again.moments == committed.moments
    assert moments.targets_toml(again) == text
    assert again.digest() == quoted.digest() != committed.digest()
