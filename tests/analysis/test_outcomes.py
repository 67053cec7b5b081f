"""Outcomes of points: paired, on their scale, over the same seeds everywhere."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from tidegate.analysis.contrast import Direction
from tidegate.analysis.outcomes import (
    Outcome,
    by_parameter,
    noise_share,
    overall,
    point_outcomes,
)
from tidegate.analysis.scales import Scale


def results(rows):
    return pl.DataFrame(
        [(p, s, a, "price", v) for p, s, a, v in rows],
        schema=["point", "seed", "arm", "metric", "value"],
        orient="row",
    )


def both(point, seed, treated, control):
    return [(point, seed, "on", treated), (point, seed, "off", control)]


def test_a_metric_is_its_mean_over_seeds():
    found = point_outcomes(
        results([(0, 0, "on", 1.0), (0, 1, "on", 3.0), (1, 0, "on", 5.0), (1, 1, "on", 5.0)]),
        Outcome("price", "on"),
        range(2),
    )
    assert found["value"].to_list() == [2.0, 5.0]


def test_an_effect_is_paired_and_on_its_scale():
    rows = both(0, 0, 2.0, 1.0) + both(0, 1, 8.0, 4.0)
    level = point_outcomes(results(rows), Outcome("price", "on", "off"), range(2))
    assert level["value"].item() == pytest.approx(2.5)
    log = Outcome("price", "on", "off", Scale.LOG)
    assert point_outcomes(results(rows), log, range(2))["value"].item() == pytest.approx(
        math.log(2)
    )
    over = Outcome("price", "on", "off", Scale.LOG, delta=1.0)
    assert point_outcomes(results(rows), over, range(2))["value"].item() == pytest.approx(1.0)


@pytest.mark.parametrize("scale", [Scale.LEVEL, Scale.LOG])
def test_what_rounding_leaves_of_equal_arms_is_no_effect(scale):
    rows = both(0, 0, 0.1 + 0.2, 0.3) + both(1, 0, 1.0 + 1e-9, 1.0)
    found = point_outcomes(results(rows), Outcome("price", "on", "off", scale), range(1))
    assert found["value"].to_list() == pytest.approx([0.0, 1e-9], abs=0, rel=1e-6)


def test_an_arm_is_no_control_of_itself():
    with pytest.raises(ValueError, match="the control of price is 'on', the arm itself"):
        Outcome("price", "on", "on")


def test_a_point_that_lacks_a_seed_or_a_value_has_no_outcome():
    rows = both(0, 0, 2.0, 1.0) + both(0, 1, 2.0, 1.0) + both(1, 0, 2.0, 1.0)
    rows += both(2, 0, 2.0, 1.0) + both(2, 1, math.nan, 1.0) + [(3, 0, "on", 1.0)]
    found = point_outcomes(results(rows), Outcome("price", "on", "off"), range(2))
    assert found["point"].to_list() == [0]


def test_seeds_that_were_not_asked_for_do_not_count():
    rows = [(0, 0, "on", 1.0), (0, 7, "on", 100.0)]
    assert point_outcomes(results(rows), Outcome("price", "on"), [0])["value"].item() == 1.0


def test_delta_needs_a_control():
    with pytest.raises(ValueError, match=r"delta of price is 0\.1, but there is no control"):
        Outcome("price", "on", delta=0.1)


def test_what_a_seed_adds_everywhere_is_no_chance():
    points, seeds = 200, 4
    rng = np.random.default_rng(0)
    luck = rng.normal(size=seeds) * 10
    same = [(p, s, "on", p + luck[s]) for p in range(points) for s in range(seeds)]
    found = point_outcomes(results(same), Outcome("price", "on"), range(seeds))
    assert noise_share(found, seeds) == pytest.approx(0.0, abs=1e-12)
    pure = [(p, s, "on", rng.normal()) for p in range(points) for s in range(seeds)]
    found = point_outcomes(results(pure), Outcome("price", "on"), range(seeds))
    assert noise_share(found, seeds) == pytest.approx(1.0, abs=0.25)
    one = point_outcomes(
        results([(0, 0, "on", 1.0), (1, 0, "on", 2.0)]), Outcome("price", "on"), [0]
    )
    assert math.isnan(noise_share(one, 1))


def table(effects):
    points = pl.DataFrame({"point": range(len(effects)), "x": np.linspace(0, 1, len(effects))})
    outcomes = points.select("point", value=pl.Series(effects, dtype=pl.Float64))
    return points, outcomes


def test_the_verdict_goes_with_the_parameter():
    noise = np.random.default_rng(0).normal(size=120) * 0.1
    points, outcomes = table(np.linspace(-3, 3, 120) + noise)
    bins = by_parameter(points, outcomes, "x", Direction.INCREASE)
    assert bins["verdict"].to_list() == [
        "contradicted",
        "contradicted",
        "no effect that matters",
        "no effect that matters",
        "supported",
        "supported",
    ]
    assert bins["points"].to_list() == [20] * 6
    assert (bins["to"].to_numpy()[:-1] < bins["from"].to_numpy()[1:]).all()
    whole = overall(outcomes, Direction.INCREASE)
    assert whole["effect"].item() == pytest.approx(0.0, abs=0.05)
    assert whole["beyond"].item() == pytest.approx(2 / 3, abs=0.05)


def test_intervals_are_of_blocks():
    # Points of a block are copies, so they say no more than one of them.
    values = np.random.default_rng(0).normal(size=30)
    points, outcomes = table(np.repeat(values, 10))
    alone = overall(outcomes, Direction.INCREASE)
    blocks = overall(outcomes, Direction.INCREASE, block=10)
    width = [frame["high"].item() - frame["low"].item() for frame in (alone, blocks)]
    assert width[1] == pytest.approx(math.sqrt(10) * width[0], rel=0.2)
    assert by_parameter(points, outcomes, "x", Direction.INCREASE, block=10, bins=2).height == 2


def test_a_parameter_in_words_has_a_row_a_word():
    points, outcomes = table(np.repeat([2.0, -2.0], 20) + np.tile([0.1, -0.1], 20))
    named = points.with_columns(x=pl.Series(["up"] * 20 + ["down"] * 20))
    bins = by_parameter(named, outcomes, "x", Direction.INCREASE)
    assert bins.select("from", "verdict").rows() == [("down", "contradicted"), ("up", "supported")]


def test_failed_points_are_left_out_of_ranges():
    points, outcomes = table(np.linspace(1.5, 2.5, 60))
    bins = by_parameter(points, outcomes.head(40), "x", Direction.INCREASE, bins=2)
    assert bins["points"].sum() == 40
