"""What the dashboard reads off a market: the market's own figures, and nothing is changed."""

import re

import numpy as np
import polars as pl
import pytest

from tidegate.dashboard import readings
from tidegate.dashboard.stage import Stage


@pytest.fixture(scope="module")
def spot():
    stage = Stage(experiment="etf_route", accounts=500, belief_warm_up_days=0)
    assert stage.problem == ""
    for _ in range(8):
        stage.step()
    return stage.world


@pytest.fixture(scope="module")
def leveraged():
    stage = Stage(experiment="flash_crash", accounts=2000, lead_hours=1, arm="crash")
    assert stage.problem == ""
    for _ in range(100):
        stage.step()
    return stage.world


def test_reading_changes_nothing(spot, leveraged):
    for world in (spot, leveraged):
        before, fork = world.digest(), world.fork()
        for read in (readings.paths, readings.ladder, readings.triggers, readings.funding):
            read(world)
        readings.holdings(world)
        readings.events(world)
        assert world.digest() == before
        for each in (world, fork):
            each.run_until(each.tick + 1)
        assert world.digest() == fork.digest()


def test_coins_are_those_that_agents_hold(spot):
    held = readings.holdings(spot)
    lot = spot.spec.asset.lot
    crowd = sum(spot.crowd.coins(venue) for venue in spot.venues) * lot
    assert held["holders"] + held["fast traders"] == pytest.approx(crowd, rel=1e-6)
    assert held["etf"] == pytest.approx(spot.institutions.etf.issuer.lots * lot)
    on_venues = sum(venue.totals()[1] for venue in spot.venues) * lot
    away = held["etf"] + held.get("exits", 0.0)
    assert sum(held.values()) - away == pytest.approx(on_venues, rel=0.01)


def test_the_ladder_sums_to_depth(spot):
    frame = readings.ladder(spot)
    assert set(frame["side"]) == {"buy", "sell"}
    near = frame.filter(frame["distance"] < 1.0)["resting"].sum()
    assert near == pytest.approx(spot.ticks()["depth"][-1], rel=0.15)  # bins of 0.1 %


def test_positions_sum_to_nothing_and_longs_to_the_interest(leveraged):
    held = readings.holdings(leveraged)
    lot = leveraged.spec.coins[0].lot
    interest = sum(e.margin.open_interest(0) for e in leveraged.exchanges) * lot
    assert sum(held.values()) == pytest.approx(0.0, abs=1e-6 * interest)
    assert held["public, long"] <= interest * (1 + 1e-9)
    assert held["public, long"] > 0.5 * interest


def test_triggers_are_below_longs_and_above_shorts(leveraged):
    frame = readings.triggers(leveraged)
    waiting = sum(exchange.waiting for exchange in leveraged.exchanges)
    for side, sign in (("long", -1.0), ("short", 1.0)):
        away = sign * frame.filter(frame["side"] == side)["distance"].to_numpy()
        assert len(away)
        assert np.sum(away < 0) <= waiting  # only who waits for the engine is past it
    assert float(frame["notional"].min()) > 0.0


def test_events_tell_policies_and_large_liquidations(leveraged):
    frame = readings.events(leveraged)
    told = " ".join(frame["event"])
    for policy in leveraged.agenda.policies:
        if policy.effective <= leveraged.now:
            assert f"{policy.name} takes effect" in told
    assert "million USD liquidated" in told
    assert frame["day"].is_sorted(descending=True)


def test_figures_are_svg_with_words_in_them(leveraged):
    pytest.importorskip("matplotlib", reason="needs the viz extra")
    from tidegate.dashboard import figures
    from tidegate.dashboard.drawings import drawings

    stage = Stage(experiment="flash_crash", accounts=2000, lead_hours=1)
    for _ in range(2):
        stage.step()
    stage.fork_arm("crash")
    drawn = [(title, figure) for title, figure in drawings(stage) if figure is not None]
    assert len(drawn) >= 5
    for title, figure in drawn:
        text = figures.svg(figure)
        assert text.startswith("<svg"), title
        assert "<text" in text, title


def test_what_would_be_empty_is_not_drawn():
    pytest.importorskip("matplotlib", reason="needs the viz extra")
    from tidegate.dashboard.drawings import drawings

    for experiment, accounts in (("flash_crash", 2000), ("etf_route", 500)):
        stage = Stage(experiment=experiment, accounts=accounts)
        titles = [title for title, _ in drawings(stage)]
        drawn = {title for title, figure in drawings(stage) if figure is not None}
        assert not {title for title in drawn if re.match("Price|Order|Open|Liq|Where|Fund", title)}
        stage.step()
        assert [title for title, _ in drawings(stage)] == titles  # nothing moves about
        drawn = {title for title, figure in drawings(stage) if figure is not None}
        assert {"Price, USD", "Order book: USD within each 0.1 % of price"} <= drawn


def test_a_single_point_can_be_seen_and_the_last_hour_be_read():
    pytest.importorskip("matplotlib", reason="needs the viz extra")
    from tidegate.dashboard import figures

    point = pl.DataFrame({"day": [1.0], "price": [7.0]})
    line = pl.DataFrame({"day": [0.0, 1000.0], "price": [7.0, 8.0]})
    for frame, marker in ((point, "o"), (line, "None")):
        figure = figures.history([("A", frame), ("B", frame)], "price", "days", None)
        (axes,) = figure.axes
        assert {drawn.get_marker() for drawn in axes.lines} == {marker}
    axes.set_xlim(0.0, 1000.0)
    figure.draw_without_rendering()
    last = axes.xaxis.get_majorticklabels()[-1].get_window_extent()
    assert last.x1 <= figure.bbox.x1
