"""Figures: what is drawn is what was measured."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from tidegate.report.drawing import PALETTE, arm_colours, number_labels, shown_arms, to_svg
from tidegate.report.effect_panels import axis_reach, effect_panels, matters
from tidegate.report.figures import figures_of
from tidegate.report.forced_panels import darkest
from tidegate.report.path_panels import line_chart, median_panels, quantile_bands
from tidegate.report.summary import ArmRow, Series
from tidegate.report.wording import shown_delta


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
    assert to_svg(panels[0].chart).startswith("<svg ")


def words_of(figures, name):
    """Return the texts of a figure's panels by their titles."""
    return {panel.title: panel.alt for f in figures if f.name == name for panel in f.panels}


def test_every_table_has_its_figures(summary, frames):
    names = [figure.name for figure in figures_of(summary, frames)]
    assert names == [
        "fan", "effects", "around", "liquidations", "waterfall", "liquidity", "trades", "net",
    ]  # fmt: skip
    assert [figure.name for figure in figures_of(summary, {})] == ["effects"]


def test_net_trade_is_coins_bought_less_sold_per_seed(summary, frames):
    """Holders buy 600 and sell 930, of which the pension sector bought 330 at each."""
    told = words_of(figures_of(summary, frames), "net")["Open"]
    assert "holders -330" in told
    assert "market makers -330" in told
    assert "pension sector +660" in told


def test_trade_a_day_is_a_mean_over_days_and_seeds(summary, frames):
    """30 M USD in each run of 30 days; nobody is told to trade with his own kind."""
    told = words_of(figures_of(summary, frames), "trades")["Open"]
    assert "pension sector bought from holders 1.00 million USD" in told
    assert "holders bought from holders" not in told


def test_liquidations_are_told_per_minute_and_in_all(summary, frames):
    """3 x (1 + 2 + 3 + 4) M USD; the last day's 12 M over its 1,440 minutes."""
    told = words_of(figures_of(summary, frames), "liquidations")["Open"]
    assert "30.0 M USD" in told
    assert "8,333 USD" in told
    assert darkest(summary, frames["forced"]) == "8,333 USD"
    stages = words_of(figures_of(summary, frames), "waterfall")["Open"]
    assert "x, deleveraging of others 0.01 bn USD" in stages
    assert "Binance-like, order book 0.01 bn USD" in stages


def test_depth_is_the_mean_of_seeds(summary, frames):
    told = words_of(figures_of(summary, frames), "liquidity")
    assert list(told) == [
        "Depth at offshore venue (million USD)",
        "Depth at onshore venue (million USD)",
        "Spread at offshore venue (bp)",
        "Spread at onshore venue (bp)",
    ]
    mean = frames["liquidity"].filter(place="onshore", arm="open")["depth"].mean() / 1e6
    assert f"Open {mean:.0f}" in told["Depth at onshore venue (million USD)"]


def test_arms_that_cannot_be_told_apart_are_left_out_of_one_panel(summary):
    """The baseline and those of claims stay, in the order of the arms."""
    extra = [
        ArmRow(label=f"x{n}", title=f"X {n}", frozen_twin_of=None, runs=8, audited=8)
        for n in range(9)
    ]
    many = summary.model_copy(update={"arms": (*extra, *summary.arms)})
    assert shown_arms(many) == ["x0", "x1", "x2", "x3", "x4", "none", "open"]
    together = [arm_colours(many)[arm] for arm in shown_arms(many)]
    assert len(set(together)) == len(together)


def test_numbers_that_are_written_are_never_rounded():
    """Places on the drawing are, to a hundredth; labels of an axis keep their thousandths."""
    rows = pl.DataFrame({"arm": ["a"] * 3, "day": [0.0, 3.0, 7.0], "v": [0.001, 0.0024, 0.003]})
    svg = to_svg(line_chart(rows, "v", {"a": "#111111"}))
    written = re.findall(r">([^<>]+)</text>", svg)
    assert "0.0015" in written
    assert not re.search(r"<[^>]*\d\.\d{3,}[^>]*>", svg)


def test_a_claim_says_from_where_its_effect_matters(summary):
    row = summary.verdicts[0]
    metric = summary.metric(row.metric)
    stricter = row.model_copy(update={"delta": metric.delta / 8})
    asked = summary.model_copy(update={"verdicts": (row, stricter, *summary.verdicts[1:])})
    assert matters(asked, metric, row.treated, row.control) == metric.delta / 8
    assert matters(asked, metric, "no claim is on it", row.control) == metric.delta
    chart = next(p.chart for p in effect_panels(asked) if p.title == metric.title).to_dict()
    drawn = {
        values["arm"]: values["band_high"]
        for data in chart["datasets"].values()
        for values in data
        if "band_high" in values
    }
    least = {arm: shown_delta(metric, metric.delta) for arm in drawn}
    assert drawn == least | {row.treated: shown_delta(metric, metric.delta / 8)}


def test_zero_has_neither_sign_nor_thousand():
    assert number_labels([20_000.0]) == "datum.value == 0 ? '0' : format(datum.value, '~s')"
    assert number_labels([20.0], signed=True) == (
        "datum.value == 0 ? '0' : format(datum.value, '+,~r')"
    )
