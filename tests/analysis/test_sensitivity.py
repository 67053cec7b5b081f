"""Indices against functions whose indices are known, and designs of which points failed."""

from __future__ import annotations

import itertools
import math

import numpy as np
import polars as pl
import pytest

from tidegate.analysis.sensitivity import DUMMY, Design, NoIndicesError, check_size
from tidegate.analysis.sensitivity import measure as measured

pytest.importorskip("SALib", reason="needs the extra calibrate")

from SALib.analyze import pawn as salib_pawn
from SALib.sample import latin
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

NAMES = ("a", "b", "c")
PROBLEM = {"num_vars": 3, "names": list(NAMES), "bounds": [[0.0, 1.0]] * 3}


def frames(x, y):
    points = pl.DataFrame(x, schema=list(NAMES)).with_row_index("point")
    return points, points.select("point", value=pl.Series(y, dtype=pl.Float64))


def measure(points, outcome, design, resamples=25):
    """Resample less often than is usual, for speed."""
    return measured(points, outcome, design, resamples=resamples)


def index(found, name, parameter, other=""):
    rows = found.table.filter(index=name, parameter=parameter, other=other)
    return rows.row(0, named=True)


def sobol_points(count=256, second_order=False):
    return sobol_sample.sample(PROBLEM, count, calc_second_order=second_order, seed=3)


def test_a_sum_shares_its_variance_by_the_squares_of_its_weights():
    x = sobol_points()
    found = measure(*frames(x, 3 * x[:, 0] + 2 * x[:, 1] + x[:, 2]), Design(NAMES, "sobol"))
    for name, share in zip(NAMES, (9 / 14, 4 / 14, 1 / 14), strict=True):
        assert index(found, "total", name)["value"] == pytest.approx(share, abs=0.01)
        assert index(found, "first", name)["value"] == pytest.approx(share, abs=0.01)
    assert found.ranking() == ["a", "b", "c"]
    assert (found.blocks, found.dropped, found.points, found.failed) == (256, 0, 1280, 0)


def test_a_product_shows_in_second_order():
    x = sobol_points(second_order=True)
    y = (x[:, 0] - 0.5) * (x[:, 1] - 0.5)
    found = measure(*frames(x, y), Design(NAMES, "sobol", second_order=True))
    assert index(found, "second", "a", "b")["value"] == pytest.approx(1.0, abs=0.05)
    assert index(found, "first", "a")["value"] == pytest.approx(0.0, abs=0.05)
    assert index(found, "total", "c")["value"] == pytest.approx(0.0, abs=1e-12)


def test_intervals_of_sobol_hold_the_truth_about_as_often_as_they_say():
    inside = 0
    for seed in range(20):
        x = sobol_sample.sample(PROBLEM, 64, calc_second_order=False, seed=seed + 1)
        noise = np.random.default_rng(seed).normal(size=len(x))  # a fourth, unseen cause
        found = measure(
            *frames(x, 3 * x[:, 0] + x[:, 1] + 0.3 * noise), Design(NAMES, "sobol"), resamples=40
        )
        variance = (9 + 1) / 12 + 0.09
        row = index(found, "first", "a")
        inside += row["low"] <= (9 / 12) / variance <= row["high"]
    assert inside >= 17


def test_a_block_of_which_a_point_failed_is_dropped_whole():
    x = sobol_points(64)
    y = x[:, 0].copy()
    y[[0, 3, 17]] = math.nan  # two of the first block, one of the fourth
    points, outcome = frames(x, y)
    found = measure(points, outcome.filter(pl.col("point") != 17), Design(NAMES, "sobol"))
    assert (found.blocks, found.dropped, found.failed) == (62, 2, 3)
    whole = np.repeat([block not in (0, 3) for block in range(64)], 5)
    kept = measure(*frames(x[whole], x[whole, 0]), Design(NAMES, "sobol"))
    assert found.table.equals(kept.table)


def test_too_few_whole_blocks_are_refused_with_their_number():
    x = sobol_points(4)
    y = x[:, 0].copy()
    y[:15] = math.nan
    with pytest.raises(NoIndicesError, match=r"1 block of 5 points has an outcome, and 3 lost"):
        measure(*frames(x, y), Design(NAMES, "sobol"))


def test_an_outcome_that_never_varies_is_refused():
    x = sobol_points(8)
    with pytest.raises(NoIndicesError, match="the outcome is 2 at every point"):
        measure(*frames(x, np.full(len(x), 2.0)), Design(NAMES, "sobol"))


def test_points_that_are_no_whole_blocks_are_refused():
    x = sobol_points(8)[:-1]
    with pytest.raises(ValueError, match="39 points, which are no whole blocks of 5"):
        measure(*frames(x, x[:, 0]), Design(NAMES, "sobol"))


@pytest.mark.parametrize(
    ("method", "points", "message"),
    [
        ("sobol", 5, "the design has 1 block of 5 points; sobol needs 2 or more"),
        ("morris", 4, "the design has 1 block of 4 points; morris needs 2 or more"),
        ("pawn", 15, "the design has 15 points; pawn needs 16 or more"),
    ],
)
def test_a_design_that_is_too_small_is_refused_whatever_its_outcomes(method, points, message):
    with pytest.raises(ValueError, match=message):
        check_size(points, Design(NAMES, method))


def test_morris_finds_slopes_and_curvature():
    x = morris_sample.sample(PROBLEM, 40, seed=2)
    found = measure(*frames(x, 2 * x[:, 0] - x[:, 1] + x[:, 2] ** 2), Design(NAMES, "morris"))
    assert index(found, "mu", "a")["value"] == pytest.approx(2.0)
    assert index(found, "mu", "b")["value"] == pytest.approx(-1.0)
    assert index(found, "mu_star", "b")["value"] == pytest.approx(1.0)
    assert index(found, "sigma", "a")["value"] == pytest.approx(0.0, abs=1e-9)
    assert index(found, "sigma", "c")["value"] > 0.1


def test_steps_of_morris_are_those_really_taken():
    # Trajectories through two levels, three levels and a range, by hand.
    first = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 2 / 3]]
    second = [[1, 0.5, 1], [1, 1, 1], [1, 1, 1 / 3], [0, 1, 1 / 3]]
    x = np.array([*first, *second])
    y = 2 * x[:, 0] + 3 * x[:, 1] - x[:, 2]
    found = measure(*frames(x, y), Design(NAMES, "morris"))
    for name, slope in zip(NAMES, (2, 3, -1), strict=True):
        assert index(found, "mu_star", name)["value"] == pytest.approx(abs(slope))
        assert index(found, "mu", name)["value"] == pytest.approx(slope)
        assert index(found, "sigma", name)["value"] == pytest.approx(0.0, abs=1e-12)


def test_a_step_that_moves_nothing_tells_nothing_of_its_parameter():
    first = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 0]]
    second = [[0, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 1]]
    x = np.array([*first, *second])
    found = measure(*frames(x, x @ np.array([4.0, 2.0, 1.0])), Design(NAMES, "morris"))
    assert [index(found, "mu_star", name)["value"] for name in NAMES] == [4.0, 2.0, 1.0]


def test_pawn_tells_what_matters_from_chance():
    x = np.random.default_rng(1).random((400, 3))
    found = measure(*frames(x, np.exp(3 * x[:, 0])), Design(NAMES, "pawn"))
    assert found.ranking()[0] == "a"
    chance = index(found, "median", DUMMY)
    assert index(found, "median", "a")["low"] > 3 * chance["value"]
    assert index(found, "median", "b")["low"] < chance["high"]


def factorial(levels, width):
    """Return every combination, the first factor the slowest."""
    return np.array(list(itertools.product(range(levels), repeat=width)), dtype=float)


@pytest.mark.parametrize("active", range(5))
def test_pawn_gives_idle_factors_of_two_levels_no_more_than_chance(active):
    x = factorial(2, 5)
    y = x[:, active] + 0.01 * np.random.default_rng(1).normal(size=len(x))
    names = tuple("abcde")
    points = pl.DataFrame(x, schema=list(names)).with_row_index("point")
    outcome = points.select("point", value=pl.Series(y))
    found = measure(points, outcome, Design(names, "pawn"), resamples=10)
    acting, chance = index(found, "median", names[active]), index(found, "median", DUMMY)
    assert found.ranking()[0] == names[active]
    assert acting["value"] == pytest.approx(0.5)
    assert acting["low"] > 2 * chance["value"]
    for name in set(names) - {names[active]}:
        assert index(found, "median", name)["value"] < chance["high"]


@pytest.mark.parametrize("active", range(2))
def test_pawn_gives_idle_factors_of_many_levels_no_more_than_chance(active):
    x = factorial(12, 2)
    points = pl.DataFrame(x, schema=["a", "b"]).with_row_index("point")
    outcome = points.select("point", value=pl.Series(x[:, active]))
    found = measure(points, outcome, Design(("a", "b"), "pawn"), resamples=2)
    acting, idle = ("a", "b") if active == 0 else ("b", "a")
    assert index(found, "median", acting)["value"] > 0.5
    assert index(found, "median", idle)["value"] < 1.5 * index(found, "median", DUMMY)["value"]


@pytest.mark.parametrize("count", [130, 190])
def test_pawn_takes_any_number_of_points(count):
    x = np.random.default_rng(1).random((count, 3))
    found = measure(*frames(x, x[:, 0]), Design(NAMES, "pawn"), resamples=2)
    assert found.ranking()[0] == "a"


def test_pawn_reads_a_level_that_few_points_have():
    x = np.random.default_rng(1).random((100, 3))
    x[:, 0] = x[:, 0] < 0.1
    found = measure(*frames(x, x[:, 0]), Design(NAMES, "pawn"))
    share = x[:, 0].mean()
    assert index(found, "maximum", "a")["value"] == pytest.approx(1 - share)
    assert index(found, "median", "a")["value"] == pytest.approx(0.5)


@pytest.mark.parametrize("kind", ["sobol", "latin"])
def test_pawn_of_a_continuous_design_is_that_of_salib(kind):
    x = sobol_points(32) if kind == "sobol" else latin.sample(PROBLEM, 160, seed=3)
    y = np.exp(2 * x[:, 0]) + x[:, 1]
    block = 5 if kind == "sobol" else 1
    found = measure(*frames(x, y), Design(NAMES, "pawn", block=block), resamples=2)
    # Ties of a Sobol' design are within its blocks, which keep their order.
    ranks = np.argsort(np.argsort(x, axis=0, kind="stable"), axis=0).astype(float)
    expected = salib_pawn.analyze(PROBLEM, ranks, y, S=8)
    for place, name in enumerate(NAMES):
        for kind_of in ("median", "maximum"):
            assert index(found, kind_of, name)["value"] == expected[kind_of][place]


def test_pawn_takes_points_that_are_left_and_levels():
    x = np.random.default_rng(1).random((300, 3))
    x[:, 0] = x[:, 0] > 0.5
    y = x[:, 0] + 0.1 * x[:, 1]
    y[::10] = math.nan
    found = measure(*frames(x, y), Design(NAMES, "pawn"))
    assert (found.points, found.failed, found.blocks) == (270, 30, 270)
    assert index(found, "median", "a")["value"] == pytest.approx(0.5, abs=0.1)


def test_pawn_takes_points_that_are_not_independent_for_what_they_are():
    values = np.random.default_rng(1).normal(size=16)
    x = np.repeat(np.random.default_rng(2).random((16, 3)), 10, axis=0)
    y = np.repeat(values, 10)  # goes with none of the parameters
    apart = measure(*frames(x, y), Design(NAMES, "pawn"))
    together = measure(*frames(x, y), Design(NAMES, "pawn", block=10))
    assert index(apart, "median", "a")["value"] > 2 * index(apart, "median", DUMMY)["value"]
    assert index(together, "median", "a")["low"] < index(together, "median", DUMMY)["high"]


def test_equal_data_give_equal_figures():
    x = sobol_points(16)
    y = x[:, 0] * x[:, 1]
    first, second = (measure(*frames(x, y), Design(NAMES, "sobol")) for _ in range(2))
    assert first.table.equals(second.table)
