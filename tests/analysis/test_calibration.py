"""The belief fit: its targets, its loss, its search, and the committed result."""

import math
import tomllib

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from tidegate_core import draws

from tidegate.analysis import calibration, moments
from tidegate.analysis.facts import stylised_facts
from tidegate.analysis.moments import Moment
from tidegate.scenario import BeliefSpec
from tidegate.streams import Streams

PARAMETERS = BeliefSpec(
    fast_weight=0.4,
    slow_weight=0.5,
    fast_saturation=200.0,
    slow_saturation=10.0,
    news_share=0.2,
    annual_volatility=0.5,
)


def walk(n: int, spread: float, key: int = 3) -> NDArray[np.float64]:
    """Signed squares of normal numbers: excess kurtosis 26/3."""
    z = np.empty(n)
    draws.fill_normal(z, key, 0)
    return moments.to_prices(np.append(0.0, np.cumsum(spread * z * np.abs(z))))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows short enough for a search of seconds."""
    monkeypatch.setattr(calibration, "FACT_DAYS", 200)
    monkeypatch.setattr(calibration, "WINDOW_DAYS", 180)
    monkeypatch.setattr(calibration, "WINDOW_HOURS", 3000)
    monkeypatch.setattr(calibration, "WARM_UP_DAYS", 20)


# ---- Targets ----------------------------------------------------------------------------------


def test_distances_are_in_tolerances() -> None:
    level = Moment("day", "acf_size_1", 0.2, 0.05)
    assert level.distance(0.3) == pytest.approx(2.0)
    assert level.distance(0.15) == pytest.approx(-1.0)
    log = Moment("day", "kurtosis_1", 4.0, 0.2)
    assert log.distance(4.0 * math.e) == pytest.approx(5.0)
    assert log.distance(-1.0) == -moments.FARTHEST
    sharp = Moment("day", "hill_5", 3.0, 0.01)
    assert sharp.tolerance == moments.LEAST_ERROR
    assert Moment("day", "acf_size_1", 0.2, 0.001).tolerance == pytest.approx(0.02)


def test_moments_are_facts_with_a_sampling_error() -> None:
    prices = walk(1000, 0.02)
    found = moments.measure_moments(prices, "day", resamples=100)
    facts = stylised_facts(prices)
    assert [m.fact for m in found] == list(moments.MATCHED["day"])
    assert all(m.value == facts[m.fact] and m.error > 0.0 for m in found)
    volatility, size = found[0], found[3]
    assert volatility.error == pytest.approx(math.sqrt((26 / 3 + 2) / 4000), rel=0.5)
    assert size.error == pytest.approx(math.sqrt(1 / 1000), rel=0.4)
    flat = np.exp(0.01 * (np.arange(401) % 2))
    with pytest.raises(ValueError, match=r"kurtosis_1 of the series is -2; .* above 0"):
        moments.measure_moments(flat, "day", resamples=2)
    with pytest.raises(ValueError, match="bar is 'week'; allowed are 'day', 'hour'"):
        moments.measure_moments(prices, "week")


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


def test_moments_survive_their_file() -> None:
    table = tomllib.loads(moments.moments_toml(moments.committed_moments(), "a source"))
    for moment in moments.committed_moments():
        entry = table[moment.bar][moment.fact]
        assert (entry["value"], entry["error"]) == (moment.value, moment.error)


# ---- Parameters -------------------------------------------------------------------------------


def test_committed_parameters_are_stationary_without_saturation() -> None:
    fitted = BeliefSpec()
    assert fitted.fast_weight + fitted.slow_weight <= calibration.HIGHEST_WEIGHT


@pytest.mark.slow
def test_fresh_seeds_keep_the_bands_of_the_stylised_facts() -> None:
    shares = calibration.pass_shares(BeliefSpec(), range(6000, 6040))
    kept = dict(shares.select("fact", "share").iter_rows())
    wanted = ("annual_volatility", "kurtosis_1", "hill_5", "acf_return_short", "acf_size_1")
    assert {fact: kept[fact] for fact in wanted if kept[fact] < 0.8} == {}


# ---- The search -------------------------------------------------------------------------------


@pytest.mark.usefixtures("short")
def test_a_search_finds_a_better_set() -> None:
    start = PARAMETERS.model_copy(update={"slow_weight": 0.1, "fast_weight": 0.1})
    seeds = range(2)
    first = calibration.calibrate_belief(start=start, seeds=seeds, evaluations=1)
    assert first.evaluations == 1
    best = calibration.calibrate_belief(start=start, seeds=seeds, evaluations=8)
    assert best.evaluations == 8
    assert best.loss < first.loss
    assert best.distance <= best.loss
    again = calibration.calibrate_belief(start=start, seeds=seeds, evaluations=8, workers=1)
    assert again.parameters == best.parameters


@pytest.mark.usefixtures("short")
def test_the_scale_follows_from_the_volatility() -> None:
    """Half the long-run scale at the start gives the same set: all else is free of it."""
    seeds = range(2)
    one = calibration.calibrate_belief(start=PARAMETERS, seeds=seeds, evaluations=1)
    half = PARAMETERS.model_copy(update={"annual_volatility": 0.25})
    other = calibration.calibrate_belief(start=half, seeds=seeds, evaluations=1)
    assert other.parameters.annual_volatility == pytest.approx(one.parameters.annual_volatility)
    assert other.distance == pytest.approx(one.distance, rel=1e-6)
    gaps = one.moments.filter(pl.col("fact") == "annual_volatility")["distance"]
    weights = 1.0 / np.array(
        [m.tolerance for m in moments.committed_moments() if m.fact == "annual_volatility"]
    )
    assert float(np.sum(gaps.to_numpy() * weights)) == pytest.approx(0.0, abs=1e-9)


def test_bands_that_seeds_leave_cost() -> None:
    inside = {band.fact: 0.5 * (band.low + band.high) for band in calibration.BINDING}
    assert calibration._penalty([inside] * 5) == 0.0
    wild = dict(inside, kurtosis_1=12.0 * 1.1)
    assert calibration._penalty([wild] * 5) == pytest.approx(calibration.PRICE)


def test_pass_shares_count_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    kurtosis = {1: 3.0, 2: 5.0, 3: 13.0, 4: math.nan}
    inside = {band.fact: 0.5 * (max(band.low, 0.0) + band.high) for band in calibration.FACTS}
    monkeypatch.setattr(
        calibration, "belief_facts", lambda _, seed: dict(inside, kurtosis_1=kurtosis[seed])
    )
    table = calibration.pass_shares(PARAMETERS, [1, 2, 3, 4])
    shares = dict(table.select("fact", "share").iter_rows())
    assert shares.pop("kurtosis_1") == 0.5
    assert set(shares.values()) == {1.0}


@pytest.mark.usefixtures("short")
def test_draws_are_those_of_the_model() -> None:
    belief = PARAMETERS.clock(Streams(5).key("retail", "belief"))
    belief.warm_up(20)
    path = belief.trace(86_400, 200)
    facts = stylised_facts(np.exp(path))
    assert calibration.belief_facts(PARAMETERS, 5)["kurtosis_1"] == pytest.approx(
        facts["kurtosis_1"], rel=1e-9
    )


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="evaluations is 0; allowed is 1 and above"):
        calibration.calibrate_belief(evaluations=0)
    with pytest.raises(ValueError, match="targets must be the moments"):
        calibration.calibrate_belief(moments.committed_moments()[1:])
    with pytest.raises(ValueError, match=r"start is .*; weights may sum to at most 1"):
        calibration.calibrate_belief(
            start=PARAMETERS.model_copy(update={"slow_weight": 3.0}), evaluations=1
        )
