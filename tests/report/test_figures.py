"""Figures: what is drawn is what was measured."""

from __future__ import annotations

import numpy as np
import polars as pl

from tidegate.report.figures import (
    PALETTE,
    arm_colours,
    axis_reach,
    median_panels,
    quantile_bands,
)
from tidegate.report.summary import Series


def test_frozen_twins_share_the_colour_of_their_arm(summary):
    colours = arm_colours(summary)
    assert colours["open.frozen"] == colours["open"] == PALETTE[0]


def test_bands_are_quantiles_and_keep_the_last_day(frames):
    days = np.arange(1000.0)
    paths = pl.concat(
        pl.DataFrame({"arm": "a", "day": days, "price": days + seed}) for seed in range(11)
    )
    bands = quantile_bands(paths, Series(name="price", title="Price", unit="USD"))
    assert bands.height < 200
    last = bands.row(-1, named=True)
    assert last == {
        "arm": "a",
        "day": 999.0,
        "q10": 1000.0,
        "q25": 1001.5,
        "q50": 1004.0,
        "q75": 1006.5,
        "q90": 1008.0,
    }


def test_an_axis_of_effects_is_not_stretched_by_one_endless_interval():
    assert axis_reach(1.0, [(0.5, -0.2, 0.9)]) == 1.4
    assert axis_reach(1.0, [(5.0, 2.0, 9.0), (1.0, None, 4.0)]) == 9.0
    assert axis_reach(1.0, [(5.0, 2.0, 4_000.0)]) == 15.0


def test_fractions_are_drawn_in_percent():
    paths = pl.DataFrame({"arm": ["a"], "day": [0.0], "held": [0.25]})
    bands = quantile_bands(paths, Series(name="held", title="Held", unit="%"))
    assert bands["q50"].item() == 25.0


def test_a_series_that_no_arm_has_is_drawn_empty(summary):
    nothing = pl.DataFrame({"arm": ["other"], "day": [0.0], "price": [1.0]})
    panels = median_panels(summary, nothing, [Series(name="price", title="Price", unit="USD")])
    assert panels[0].title == "Price (USD)"
    assert panels[0].svg.startswith("<svg")
