"""What a calibration minimises, and how well it knows what it found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tidegate_core import draws

from tidegate.activity_clock import weekly_clock
from tidegate.analysis import calibration, inference
from tidegate.analysis.calibration import Assessment, Figures, Lengths, assess, band_table, measure
from tidegate.analysis.ecologies import FCN, FIRST_DAY, Free, Paths, ecology_named
from tidegate.analysis.facts import Band, stylised_facts
from tidegate.analysis.moments import (
    IN_LOGS,
    NAMES,
    Moment,
    Targets,
    committed_targets,
    comparable,
    to_prices,
)
from tidegate.streams import Streams

Floats = NDArray[np.float64]

SHORT = {"day": 40, "hour": 500}


@dataclass(frozen=True)
class Mixture:
    """Returns that are normal in some hours and wild in others: two parameters, and a scale.

    The hours of each day take turns, so that everything matched depends on the parameters.
    """

    name: str = "mixture"
    table: str = "mixture"
    free: tuple[Free, ...] = (Free("wild", 1.5, 12.0), Free("hours", 1.0, 12.0, log=False))
    scale: str | None = "size"

    def defaults(self) -> dict[str, float]:
        return {"wild": 4.0, "hours": 4.0, "size": 1e-4}

    def excess(self, values: Mapping[str, float]) -> float:
        return max(values.get("wild", 4.0) - 11.0, 0.0)

    def simulate(self, values: Mapping[str, float], seed: int, days: int) -> Paths:
        whole = {**self.defaults(), **values}
        z = np.empty(days * 1440)
        draws.fill_normal(z, Streams(seed).key("mixture", "draws"), 0)
        hour = np.arange(days * 1440) / 60 % 24
        day = np.arange(days * 1440) // 1440 % 5 == 0
        wild = 1.0 + (whole["wild"] - 1.0) * np.clip(whole["hours"] - hour, 0.0, 1.0) * (
            1 + 2 * day
        )
        return Paths(np.cumsum(whole["size"] * wild * z))

    def calm(
        self, values: Mapping[str, float], seeds: Sequence[int], days: int
    ) -> dict[str, float]:
        return {"mean_variance": 1.0}


MIXTURE = Mixture()


def planted(truth: Mapping[str, float], seeds: Sequence[int], days: int) -> Targets:
    """Moments of a mixture whose parameters are known, with the errors of one seed."""
    lengths = Lengths(days, {"day": days - 2, "hour": 24 * days - 30}, months=1)
    runs = [measure(MIXTURE, truth, seed, lengths) for seed in seeds]
    rows = np.array([run.matched for run in runs])
    errors = comparable(rows).std(axis=0)
    values = rows[0]
    spread = {"day": np.eye(6), "hour": np.eye(7)}
    moments = tuple(
        Moment(bar, fact, float(values[i]), float(errors[i]), -math.inf, math.inf)
        for i, (bar, fact) in enumerate(NAMES)
    )
    return Targets(moments, spread, lengths.windows)


# ---- What a seed gives ------------------------------------------------------------------------


def test_figures_are_the_facts_of_the_paths() -> None:
    lengths = Lengths(100, SHORT, months=2)
    found = measure(MIXTURE, {"wild": 3.0}, 5, lengths)
    paths = MIXTURE.simulate({"wild": 3.0}, 5, 100)
    days = stylised_facts(to_prices(paths.day))
    assert found.facts["day kurtosis_1"] == [days["kurtosis_1"]]
    months = [
        stylised_facts(to_prices(stretch), bars_per_year=365 * 1440)["hill_5"]
        for stretch in paths.months(2)
    ]
    assert found.facts["minute hill_5"] == months
    first = stylised_facts(to_prices(paths.day[:41]))["acf_size_1"]
    second = stylised_facts(to_prices(paths.day[40:81]))["acf_size_1"]
    place = NAMES.index(("day", "acf_size_1"))
    assert found.first[place] == first
    assert found.matched[place] == pytest.approx((first + second) / 2)


def test_paths_make_bars_of_their_minutes() -> None:
    paths = Paths(np.arange(40.0 * 1440))
    assert paths.hour[0] == 59.0
    assert paths.day.tolist() == [1440.0 * day - 1 for day in range(1, 41)]
    months = paths.months(3)
    assert [len(month) for month in months] == [30 * 1440 + 1] * 3
    assert (months[0][0], months[-1][-1]) == (0.0, 40 * 1440 - 1)


def test_draws_and_hours_are_those_of_the_model() -> None:
    belief = FCN.spec.clock(Streams(5).key("retail", "belief"))
    belief.warm_up(FCN.spec.warm_up_days)
    path, week = belief.trace(60, 7 * 1440), weekly_clock("variance", FIRST_DAY)
    at = [week.at(3_600 * hour) // 60 - 1 for hour in range(1, 73)]
    np.testing.assert_allclose(FCN.simulate({}, 5, 3).hour, path[at], atol=1e-12)


def test_calm_is_the_mean_of_the_variance() -> None:
    calm = FCN.calm({"fast_weight": 0.0, "slow_weight": 0.0, "news_share": 0.25}, [1, 2], 5)
    assert calm == pytest.approx({"mean_variance": 0.25, "mean_activity": 0.5})


def test_lengths_hold_the_data() -> None:
    with pytest.raises(ValueError, match="days is 40; the data's windows need 41 or more"):
        Lengths(40, SHORT)
    with pytest.raises(ValueError, match="days is 20; the data's windows need 31 or more"):
        Lengths(20, {"day": 10, "hour": 100})


def test_ecologies_have_names() -> None:
    assert ecology_named("fcn") is FCN
    with pytest.raises(ValueError, match="ecology is 'none'; it must be fcn"):
        ecology_named("none")


@pytest.mark.parametrize(("low", "high", "log"), [(1.0, 1.0, False), (0.0, 1.0, True)])
def test_bounds_that_no_search_can_use_are_refused(low: float, high: float, log: bool) -> None:
    with pytest.raises(ValueError, match="bounds must rise"):
        Free("one", low, high, log)


def test_weights_that_sum_above_one_are_in_excess() -> None:
    assert FCN.excess({"fast_weight": 0.6, "slow_weight": 0.5}) == pytest.approx(0.1)
    assert FCN.excess({"fast_weight": 0.5, "slow_weight": 0.5}) == 0.0


# ---- The loss ---------------------------------------------------------------------------------


def kept() -> dict[str, list[float]]:
    """Facts in the middle of all bands."""
    return {
        f"{bar} {band.fact}": [0.5 * (max(band.low, 0.0) + band.high)]
        for bar, bands in calibration.FACTS.items()
        for band in bands
    }


def run_of(targets: Targets, **moved: float) -> Figures:
    """Figures that hit all targets but for factors by fact."""
    values = [m.value * moved.get(f"{m.bar}_{m.fact}", 1.0) for m in targets.moments]
    return Figures(values, values, kept())


def test_a_run_that_hits_all_loses_nothing() -> None:
    targets = committed_targets()
    found = assess(MIXTURE, targets, {}, [run_of(targets)] * 3)
    assert found.loss == pytest.approx(0.0, abs=1e-20)
    off = assess(MIXTURE, targets, {}, [run_of(targets, day_kurtosis_1=2.0)] * 3, rescale=False)
    assert off.distance == pytest.approx(targets.weights[1, 1] * math.log(2.0) ** 2)
    assert off.loss == off.distance


def test_the_scale_follows_from_the_volatility() -> None:
    """Twice the volatility gives half the scale, and the same distance."""
    targets = committed_targets()
    run = run_of(targets, day_annual_volatility=2.0, hour_annual_volatility=2.0)
    found = assess(MIXTURE, targets, {}, [run])
    assert found.values["size"] == pytest.approx(0.5e-4)
    assert found.loss == pytest.approx(0.0, abs=1e-20)
    apart = run_of(targets, day_annual_volatility=1.5, hour_annual_volatility=1.0)
    best = assess(MIXTURE, targets, {}, [apart])
    fixed = assess(MIXTURE, targets, {}, [apart], rescale=False)
    assert best.loss < fixed.loss
    assert fixed.values["size"] == 1e-4
    for factor in (0.99, 1.01):  # the least loss along the scale
        moved = np.where([m.fact == "annual_volatility" for m in targets.moments], factor, 1.0)
        other = replace(best, matched=best.matched * moved)
        assert other.loss > best.loss


def test_bands_that_seeds_leave_cost() -> None:
    targets = committed_targets()
    runs = []
    for kurtosis in np.linspace(4.0, 14.0, 101):
        run = run_of(targets)
        run.facts["day kurtosis_1"] = [float(kurtosis)]
        runs.append(run)
    found = assess(MIXTURE, targets, {}, runs)
    spread = np.linspace(4.0, 14.0, 101).std()
    assert found.hinges.max() == pytest.approx((13.0 - 12.0) / spread)
    assert np.count_nonzero(found.hinges) == 1
    assert found.loss == pytest.approx(calibration.PRICE / spread**2)
    runs[0].facts["day kurtosis_1"] = [math.nan]
    assert assess(MIXTURE, targets, {}, runs).loss > 100.0


def test_shares_count_seeds() -> None:
    runs = []
    for kurtosis in (3.0, 5.0, 13.0, math.nan):
        run = run_of(committed_targets())
        run.facts["day kurtosis_1"] = [kurtosis]
        runs.append(run)
    shares = {(row["bar"], row["fact"]): row["share"] for row in band_table(runs).to_dicts()}
    assert shares.pop(("day", "kurtosis_1")) == 0.5
    assert set(shares.values()) == {1.0}
    assert Band("kurtosis_1", 2.5, 12.0, "", "").holds(12.0)


# ---- What is known ----------------------------------------------------------------------------

SLOPES = np.zeros((13, 2))
SLOPES[[1, 2, 7, 8], :] = [[1.0, 0.2], [0.3, -0.5], [0.1, 1.0], [0.5, 0.5]]
TRUTH = {"wild": 3.0, "hours": 5.0}


def linear(values: Mapping[str, float]) -> Assessment:
    """Return an assessment whose gaps are linear in the search's units, with no scale."""
    targets = committed_targets()
    spot = np.array(
        [math.log(values["wild"] / TRUTH["wild"]), (values["hours"] - TRUTH["hours"]) / 11.0]
    )
    gaps = SLOPES @ spot
    goal = np.array([m.value for m in targets.moments])
    logs = np.array([m.fact in IN_LOGS for m in targets.moments])
    row = np.where(logs, goal * np.exp(gaps), goal + gaps)
    facts = {name: np.array(value) for name, value in kept().items()}
    return Assessment(dict(values), targets, np.array([row]), np.array([row]), facts)


LINEAR = replace(MIXTURE, scale=None)


def test_the_slopes_of_what_is_linear_are_exact() -> None:
    around = [linear(point) for point in inference.neighbours(LINEAR, {"wild": 4.0, "hours": 6.0})]
    found = inference.jacobian(LINEAR, around)
    assert found.names == ("wild", "hours")
    assert found.gaps == pytest.approx(SLOPES, abs=1e-9)
    assert (found.hinges == 0.0).all()


def test_a_neighbour_that_may_not_be_is_replaced_by_the_centre() -> None:
    points = inference.neighbours(LINEAR, {"wild": 11.0, "hours": 12.0})
    assert points[1] == {"wild": 11.0, "hours": 12.0}
    assert points[3] == {"wild": 11.0, "hours": 12.0}
    found = inference.jacobian(LINEAR, [linear(point) for point in points])
    assert found.gaps == pytest.approx(SLOPES, abs=1e-9)


def test_one_step_of_newton_solves_what_is_linear() -> None:
    start = {"wild": 3.6, "hours": 4.0}
    around = [linear(point) for point in inference.neighbours(LINEAR, start)]
    steps = inference.newton_steps(LINEAR, linear(start), inference.jacobian(LINEAR, around))
    assert steps[0] == pytest.approx(TRUTH)
    assert steps[1]["hours"] == pytest.approx(4.5)


def test_intervals_are_those_of_generalised_least_squares() -> None:
    best = linear(TRUTH)
    slopes = inference.Jacobian(("wild", "hours"), SLOPES, np.zeros((1, 2)))
    wild, hours = inference.intervals(LINEAR, best, slopes)
    errors = np.sqrt(np.diag(np.linalg.inv(SLOPES.T @ best.targets.weights @ SLOPES)))
    assert math.log(wild.high / 3.0) == pytest.approx(1.96 * errors[0], rel=1e-3)
    assert math.log(3.0 / wild.low) == pytest.approx(1.96 * errors[0], rel=1e-3)
    assert hours.high - 5.0 == pytest.approx(1.96 * 11.0 * errors[1], rel=1e-3)


def test_the_errors_of_generalised_least_squares_are_seen_in_refits() -> None:
    """Refits to 2,000 draws of the data scatter as the delta method says."""
    targets = committed_targets()
    weights = targets.weights
    root = np.linalg.cholesky(targets.covariance)
    z = np.empty(13 * 2000)
    draws.fill_normal(z, 9, 0)
    noise = z.reshape(2000, 13) @ root.T
    solve = np.linalg.inv(SLOPES.T @ weights @ SLOPES) @ SLOPES.T @ weights
    refits = noise @ solve.T
    slopes = inference.Jacobian(("wild", "hours"), SLOPES, np.zeros((1, 2)))
    wild, _ = inference.intervals(LINEAR, linear(TRUTH), slopes)
    covered = np.mean(np.abs(refits[:, 0]) <= math.log(wild.high / 3.0))
    assert covered == pytest.approx(0.95, abs=0.02)


def test_what_moments_do_not_see_has_no_interval() -> None:
    blind = inference.Jacobian(("wild", "hours"), SLOPES * [1.0, 0.0], np.zeros((1, 2)))
    wild, hours = inference.intervals(LINEAR, linear(TRUTH), blind)
    assert wild.high < 10.0
    assert (hours.low, hours.high) == (-math.inf, math.inf)


def test_bands_that_bind_narrow_intervals() -> None:
    slopes = inference.Jacobian(("wild", "hours"), SLOPES, np.array([[3.0, 0.0]]))
    free = inference.Jacobian(("wild", "hours"), SLOPES, np.zeros((1, 2)))
    bound, _ = inference.intervals(LINEAR, linear(TRUTH), slopes)
    loose, _ = inference.intervals(LINEAR, linear(TRUTH), free)
    assert math.log(bound.high / 3.0) < 0.6 * math.log(loose.high / 3.0)


def test_coverage_counts_the_seeds_that_could_be_the_data() -> None:
    targets = committed_targets()
    rows = np.array([[m.value for m in targets.moments]] * 4)
    rows[0, 1] = targets.moments[1].high * 1.01
    rows[1, 1] = targets.moments[1].high * 3.0
    best = Assessment({}, targets, rows, rows, {})
    found = inference.coverage(best)
    assert found.single["day", "kurtosis_1"] == 0.5
    assert found.single["day", "hill_5"] == 1.0
    assert (found.all_at_once, found.joint) == (0.5, 0.75)


def test_over_identification_is_chi_squared() -> None:
    best = linear({"wild": 3.0 * math.e, "hours": 5.0})
    slopes = inference.Jacobian(("wild", "hours"), SLOPES, np.zeros((1, 2)))
    statistic, degrees, p_value = inference.over_identification(best, slopes)
    assert statistic == pytest.approx(SLOPES[:, 0] @ best.targets.weights @ SLOPES[:, 0])
    assert degrees == 11
    assert 0.0 < p_value < 1e-3
