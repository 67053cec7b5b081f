"""Stylised facts on small series whose figures can be worked out by hand, and known laws."""

import itertools
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from tidegate_core import draws

from tidegate.analysis import facts

Floats = NDArray[np.float64]


def keyed_normals(n: int, key: int = 5) -> Floats:
    out = np.empty(n)
    draws.fill_normal(out, key, 0)
    return out


def prices(returns: Floats) -> Floats:
    path: Floats = np.exp(np.cumsum(np.concatenate([[0.0], returns])))
    return path


# ---- Golden values ----------------------------------------------------------------------------


def test_moments_by_hand() -> None:
    returns = np.array([-2.0, -1.0, 0.0, 0.0, 0.0, 3.0])  # mean 0, m2 14/6, m3 18/6, m4 98/6
    m2, m3, m4 = 14 / 6, 18 / 6, 98 / 6
    assert facts.skewness(returns) == pytest.approx(m3 / m2**1.5, rel=1e-12)
    assert facts.excess_kurtosis(returns) == pytest.approx(m4 / m2**2 - 3, rel=1e-12)


def test_kurtosis_of_longer_bars_sums_returns_and_drops_the_rest() -> None:
    returns = np.array([1.0, 2.0, -1.0, 0.0, 5.0, -3.0, 99.0])
    sums = np.array([3.0, -1.0, 2.0])
    assert facts.excess_kurtosis(returns, 2) == pytest.approx(facts.excess_kurtosis(sums))


def test_hill_by_hand() -> None:
    returns = np.array([4.0, -8.0, 2.0, 1.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0])
    # Two largest of ten, threshold 2: mean of ln 4 and ln 2.
    assert facts.hill_exponent(returns, 0.2, fewest=1) == pytest.approx(2 / math.log(8), rel=1e-12)
    assert math.isnan(facts.hill_exponent(returns, 0.05, fewest=0))
    assert math.isnan(facts.hill_exponent(returns, 0.05))
    assert math.isnan(facts.hill_exponent(np.array([1.0, 0.0, 0.0]), 0.5, fewest=1))
    assert math.isnan(facts.hill_exponent(np.ones(10), 0.2, fewest=1))


def test_a_tail_has_ten_returns_however_short_the_series() -> None:
    returns = keyed_normals(400)
    assert facts.hill_exponent(returns, 0.01) == facts.hill_exponent(returns, 0.025)
    assert facts.hill_exponent(returns, 0.01) == facts.hill_exponent(returns, 0.0, fewest=10)
    assert facts.hill_exponent(returns, 0.01) != facts.hill_exponent(returns, 0.05)


def test_hill_interval_covers_a_power_law_as_often_as_it_says() -> None:
    exponent, covered, runs = 3.0, 0, 1_000
    for key in range(runs):
        uniform = np.empty(600)
        draws.fill_uniform(uniform, key, 0)
        low, high = facts.hill_interval(uniform ** (-1 / exponent), 0.05, level=0.9)
        covered += low <= exponent <= high
    assert covered / runs == pytest.approx(0.9, abs=3 * math.sqrt(0.09 / runs))


def test_hill_interval_is_that_of_the_chi_square() -> None:
    returns = keyed_normals(2_000)
    found, count = facts.hill_exponent(returns, 0.05), 100
    ends = found * stats.chi2.ppf([0.025, 0.975], 2 * count) / (2 * count)
    np.testing.assert_allclose(facts.hill_interval(returns, 0.05), ends, rtol=1e-10)
    assert all(map(math.isnan, facts.hill_interval(np.zeros(100), 0.05)))


def test_hill_finds_the_exponent_of_a_power_law() -> None:
    uniform = np.empty(200_000)
    draws.fill_uniform(uniform, 3, 0)
    returns = uniform ** (-1 / 3.0)
    assert facts.hill_exponent(returns, 0.05) == pytest.approx(3.0, rel=3 / math.sqrt(10_000))


def test_autocorrelation_by_hand() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])  # deviations -1.5 -.5 .5 1.5, total 5
    assert facts.autocorrelation(values, 1) == pytest.approx((0.75 - 0.25 + 0.75) / 5)
    assert facts.autocorrelation(values, 3) == pytest.approx(-2.25 / 5)
    assert math.isnan(facts.autocorrelation(values, 4))
    assert math.isnan(facts.autocorrelation(np.ones(5), 1))


def test_leverage_effect_by_hand() -> None:
    returns = np.array([-1.0, 2.0, 1.0, -1.0, 2.0, 1.0])
    expected = np.corrcoef([-1, 2, 1, -1, 2], [4, 1, 1, 4, 1])[0, 1]
    assert facts.leverage_effect(returns) == pytest.approx(expected)
    assert facts.leverage_effect(returns) < 0


def test_drawdown_by_hand() -> None:
    assert facts.max_drawdown([1.0, 2.0, 1.0, 4.0, 3.0, 3.5]) == -0.5
    assert facts.max_drawdown([1.0, 2.0, 3.0]) == 0.0


def test_yearly_drawdowns_do_not_share_their_peaks() -> None:
    path = [10.0, 8.0, 9.0, 9.0, 4.5, 5.0, 5.0]
    np.testing.assert_allclose(facts.yearly_drawdowns(path, 3.0), [-0.2, -0.5])
    assert len(facts.yearly_drawdowns(path, 7.0)) == 0


def test_volume_volatility_leaves_out_empty_bars() -> None:
    returns = np.array([0.1, -0.2, 0.0, 0.3, 0.4])
    volume = np.array([1.0, 2.0, 5.0, 0.0, 3.0])
    expected = np.corrcoef(np.log([1, 2, 3]), [0.1, 0.2, 0.4])[0, 1]
    assert facts.volume_volatility(returns, volume) == pytest.approx(expected)
    assert facts.volume_volatility(returns, [7.0, *volume]) == pytest.approx(expected)
    with pytest.raises(ValueError, match=r"volume has shape \(3,\); one a price or a return"):
        facts.volume_volatility(returns, [1.0, 2.0, 3.0])


def plain_facts(path: list[float], volume: list[float]) -> dict[str, float]:
    """Return some facts by their definitions, in plain Python."""
    r = [math.log(b) - math.log(a) for a, b in itertools.pairwise(path)]
    size = sorted((abs(x) for x in r), reverse=True)

    def mean(values: list[float]) -> float:
        return math.fsum(values) / len(values)

    def moment(values: list[float], order: int) -> float:
        return mean([(x - mean(values)) ** order for x in values])

    def acf(values: list[float], lag: int) -> float:
        m = mean(values)
        pairs = zip(values[lag:], values[: len(values) - lag], strict=True)
        return math.fsum((a - m) * (b - m) for a, b in pairs) / (len(values) * moment(values, 2))

    def correlation(a: list[float], b: list[float]) -> float:
        products = [(x - mean(a)) * (y - mean(b)) for x, y in zip(a, b, strict=True)]
        return mean(products) / math.sqrt(moment(a, 2) * moment(b, 2))

    found = {"annual_volatility": math.sqrt(365 * moment(r, 2))}
    found["skewness"] = moment(r, 3) / moment(r, 2) ** 1.5
    for bars in (1, 5, 20):
        sums = [math.fsum(r[i : i + bars]) for i in range(0, len(r) - bars + 1, bars)]
        found[f"kurtosis_{bars}"] = moment(sums, 4) / moment(sums, 2) ** 2 - 3
    for share in (0.01, 0.025, 0.05):
        k = max(int(len(r) * share), 10)
        found[f"hill_{100 * share:g}"] = 1 / mean([math.log(x / size[k]) for x in size[:k]])
    for lag in (1, 5, 20, 100):
        found[f"acf_return_{lag}"] = acf(r, lag)
        found[f"acf_size_{lag}"] = acf([abs(x) for x in r], lag)
    found["leverage_effect"] = correlation(r[:-1], [x * x for x in r[1:]])
    falls = [path[j] / max(path[: j + 1]) - 1 for j in range(len(path))]
    found["max_drawdown"] = min(falls)
    used = [(math.log(v), abs(x)) for v, x in zip(volume[1:], r, strict=True) if v > 0 and x != 0]
    found["volume_volatility"] = correlation([v for v, _ in used], [x for _, x in used])
    return found


@settings(max_examples=15, deadline=None)
@given(key=st.integers(0, 2**32), length=st.integers(130, 500), tail=st.floats(0.5, 3.0))
def test_facts_are_those_of_their_definitions(key: int, length: int, tail: float) -> None:
    normals = keyed_normals(2 * length, key)
    path = prices(0.02 * normals[:length] * np.abs(normals[:length]) ** tail)
    volume = np.where(np.arange(length + 1) % 9 == 4, 0.0, np.exp(normals[length - 1 :]))
    found = facts.stylised_facts(path, volume=volume)
    for name, value in plain_facts(path.tolist(), volume.tolist()).items():
        assert found[name] == pytest.approx(value, rel=1e-8, abs=1e-10), name


# ---- Whole tables -----------------------------------------------------------------------------


def test_normal_returns_have_no_facts() -> None:
    n = 20_000
    found = facts.stylised_facts(prices(0.01 * keyed_normals(n)))
    assert found["returns"] == n
    assert found["annual_volatility"] == pytest.approx(0.01 * math.sqrt(365), rel=0.02)
    assert abs(found["skewness"]) < 4 * math.sqrt(6 / n)
    assert abs(found["kurtosis_1"]) < 4 * math.sqrt(24 / n)
    assert abs(found["kurtosis_20"]) < 4 * math.sqrt(24 * 20 / n)
    for lag in facts.LAGS:
        assert abs(found[f"acf_return_{lag}"]) < 4 / math.sqrt(n)
        assert abs(found[f"acf_size_{lag}"]) < 4 / math.sqrt(n)
    assert found["hill_5"] > 4.0
    failing = facts.compare(found).filter(~pl.col("inside"))["fact"].to_list()
    assert {"kurtosis_1", "hill_5", "acf_size_1", "acf_size_short"} <= set(failing)


def test_moments_agree_with_scipy() -> None:
    returns = np.diff(np.log(prices(0.01 * keyed_normals(500) ** 3)))
    assert facts.skewness(returns) == pytest.approx(stats.skew(returns), rel=1e-12)
    assert facts.excess_kurtosis(returns) == pytest.approx(stats.kurtosis(returns), rel=1e-12)


def test_facts_scale_and_combine() -> None:
    returns = 0.01 * keyed_normals(3000) ** 3
    days = facts.stylised_facts(prices(returns))
    hours = facts.stylised_facts(prices(3.0 * returns), bars_per_year=24 * 365)
    assert hours["annual_volatility"] == pytest.approx(
        3 * math.sqrt(24) * days["annual_volatility"]
    )
    for name in ("kurtosis_5", "hill_2.5", "acf_size_1", "leverage_effect"):
        assert hours[name] == pytest.approx(days[name], rel=1e-9)
    assert days["kurtosis_ratio_20"] == days["kurtosis_20"] / days["kurtosis_1"]
    short = [days[f"acf_return_{lag}"] for lag in range(1, 6)]
    assert days["acf_return_short"] == max(map(abs, short))
    assert "volume_volatility" not in days


def test_compare_keeps_only_what_was_measured() -> None:
    table = facts.compare({"kurtosis_1": 5.0, "hill_5": 4.5, "unknown": 1.0})
    assert table.select("fact", "inside").rows() == [("kurtosis_1", True), ("hill_5", False)]
    assert facts.compare({}).height == 0
    assert not facts.DAILY_BANDS[0].holds(math.nan)


def test_bands_name_facts_that_exist() -> None:
    found = facts.stylised_facts(prices(0.01 * keyed_normals(800)), volume=np.ones(800))
    assert list(facts.BANDS) == [86_400, 3_600, 60]
    for bands in facts.BANDS.values():
        assert {band.fact for band in bands} <= set(found)
        assert all(band.low < band.high and band.source for band in bands)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (np.ones(29), r"prices has shape \(29,\); 30 or more"),
        (np.ones((40, 2)), r"prices has shape \(40, 2\)"),
        (np.zeros(40), "prices holds values that are not positive"),
        (np.full(40, np.nan), "prices holds values that are not positive"),
    ],
)
def test_wrong_prices_are_refused(series: Floats, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        facts.stylised_facts(series)


@pytest.mark.parametrize("bars", [0, -1.0, math.nan, math.inf])
def test_wrong_bars_are_refused(bars: float) -> None:
    with pytest.raises(ValueError, match=f"bars_per_year is {bars}; allowed is above 0 and finite"):
        facts.stylised_facts(np.ones(40), bars_per_year=bars)


@pytest.mark.parametrize("bars", [0.3, 1e-9])
def test_bars_longer_than_a_year_have_no_drawdown_of_a_year(bars: float) -> None:
    path = prices(0.01 * keyed_normals(60))
    assert len(facts.yearly_drawdowns(path, bars)) == 0
    assert math.isnan(facts.stylised_facts(path, bars_per_year=bars)["drawdown_years"])


@settings(max_examples=30, deadline=None)
@given(rate=st.floats(-0.5, 0.5), start=st.floats(1e-6, 1e6), length=st.integers(30, 500))
def test_constant_growth_has_the_facts_of_constant_prices(
    rate: float, start: float, length: int
) -> None:
    path = start * np.exp(rate * np.arange(length))
    found, still = facts.stylised_facts(path), facts.stylised_facts(np.ones(length))
    left_out = {"max_drawdown", "drawdown_years"}  # a fall is a fall
    assert still["annual_volatility"] == 0.0
    for name in found.keys() - left_out:
        assert found[name] == pytest.approx(still[name], nan_ok=True, abs=0.0), name


def test_growth_that_varies_by_more_than_rounding_is_measured() -> None:
    returns = 1e-12 * keyed_normals(400)
    expected = facts.excess_kurtosis(np.diff(np.log(prices(returns))))
    assert facts.stylised_facts(prices(returns))["kurtosis_1"] == expected
