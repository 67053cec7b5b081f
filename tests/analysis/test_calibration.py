"""The belief fit: its targets, its loss, its search, and the committed result."""

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from tidegate_core import draws

from tidegate.analysis import calibration, moments
from tidegate.analysis.calibration import BeliefParameters
from tidegate.analysis.facts import stylised_facts
from tidegate.analysis.moments import Moment
from tidegate.streams import Streams

PARAMETERS = BeliefParameters(
    fast_weight=0.4,
    slow_weight=0.5,
    fast_saturation=200.0,
    slow_saturation=10.0,
    news_share=0.2,
    annual_volatility=0.5,
)
WRITTEN = """\
# by hand

[belief]
fast_weight = 0.4  # fitted
slow_weight = 0.5  # fitted
fast_saturation = 200  # fitted
slow_saturation = 10  # fitted
news_share = 0.2  # fitted
annual_volatility = 0.5  # fitted
asymmetry = 0.06  # fixed
sentiment_days = 200  # fixed
horizons = 12  # fixed
shortest_minutes = 3.7  # fixed
longest_days = 45  # fixed
fast_limit_hours = 2.5  # fixed
"""


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


def test_parameters_survive_their_file() -> None:
    text = calibration.parameters_toml(PARAMETERS, "by hand")
    assert text == WRITTEN
    assert BeliefParameters(**tomllib.loads(text)["belief"]) == PARAMETERS


def test_a_belief_spreads_the_weights_over_its_groups() -> None:
    belief = PARAMETERS.belief(7, log_price=2.0)
    fast = belief.tau_days < 2.5 / 24
    assert belief.weights[fast].sum() == pytest.approx(0.4)
    assert belief.weights[~fast].sum() == pytest.approx(0.5)
    assert set(belief.saturations[fast]) == {200.0}
    assert set(belief.saturations[~fast]) == {10.0}
    assert belief.tau_days[0] * 1440 == pytest.approx(3.7)
    assert belief.tau_days[-1] == pytest.approx(45.0)
    assert belief.consensus == 2.0


def test_committed_parameters_are_stationary_without_saturation() -> None:
    fitted = calibration.committed_parameters()
    assert fitted.fast_weight + fitted.slow_weight <= calibration.HIGHEST_WEIGHT
    fitted.belief(1)._check()


@pytest.mark.slow
def test_fresh_seeds_keep_the_bands_of_the_stylised_facts() -> None:
    shares = calibration.pass_shares(calibration.committed_parameters(), range(6000, 6040))
    kept = dict(shares.select("fact", "share").iter_rows())
    wanted = ("annual_volatility", "kurtosis_1", "hill_5", "acf_return_short", "acf_size_1")
    assert {fact: kept[fact] for fact in wanted if kept[fact] < 0.8} == {}


# ---- The search -------------------------------------------------------------------------------


@pytest.mark.usefixtures("short")
def test_a_search_finds_a_better_set() -> None:
    start = replace(PARAMETERS, slow_weight=0.1, fast_weight=0.1)
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
    half = replace(PARAMETERS, annual_volatility=0.25)
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
    belief = PARAMETERS.belief(Streams(5).key("retail", "belief"))
    belief.warm_up(20)
    path = belief.trace(86_400, 200)
    facts = stylised_facts(np.exp(path))
    assert calibration.belief_facts(PARAMETERS, 5)["kurtosis_1"] == pytest.approx(
        facts["kurtosis_1"], rel=1e-9
    )


@pytest.mark.usefixtures("short")
def test_the_command_measures_fits_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = pl.datetime_range(
        pl.datetime(2020, 1, 1), pl.datetime(2024, 6, 1), "1d", eager=True
    ).alias("time")
    daily = pl.DataFrame({"time": days, "close": walk(len(days) - 1, 0.02), "symbol": "BTCUSDT"})
    daily.write_parquet(tmp_path / "daily.parquet")
    daily.drop("symbol").write_csv(tmp_path / "hourly.csv")
    calibration.run(
        daily=tmp_path / "daily.parquet",
        hourly=tmp_path / "hourly.csv",
        evaluations=1,
        seeds=1,
        fresh=1,
        out=tmp_path / "out",
    )
    printed = capsys.readouterr().out
    assert "1 sets tried" in printed
    assert "acf_size_100" in printed
    measured = tomllib.loads((tmp_path / "out" / "btc_moments.toml").read_text())
    used = daily.filter(pl.col("time") < pl.datetime(2024, 1, 1))["close"]
    expected = stylised_facts(used)["hill_5"]
    assert measured["day"]["hill_5"]["value"] == pytest.approx(expected, rel=1e-4)
    fitted = tomllib.loads((tmp_path / "out" / "belief.toml").read_text())["belief"]
    assert fitted["fast_weight"] == calibration.START.fast_weight


def test_wrong_arguments_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="evaluations is 0; allowed is 1 and above"):
        calibration.calibrate_belief(evaluations=0)
    with pytest.raises(ValueError, match="targets must be the moments"):
        calibration.calibrate_belief(moments.committed_moments()[1:])
    with pytest.raises(ValueError, match=r"start is .*; weights may sum to at most 1"):
        calibration.calibrate_belief(start=replace(PARAMETERS, slow_weight=3.0), evaluations=1)
    with pytest.raises(ValueError, match="daily and hourly go together"):
        calibration.run(daily=tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"x.csv has no column close and time"):
        calibration.run(daily=tmp_path / "x.csv", hourly=tmp_path / "x.csv", out=tmp_path)
