"""Specifications of the two crowds beside the belief, and the clocks they make."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from tidegate_core.draws import log

from tidegate.scenario import ChiarellaSpec, Scenario, SwitchingSpec
from tidegate.scenario.ecology import spread


def test_a_switching_crowd_thinks_again_at_rates_even_in_logs() -> None:
    spec = SwitchingSpec(crowds=3, fastest_per_day=100.0, slowest_per_day=1.0, tilt=0.5, herds=7)
    clock = spec.clock(7, price=9.5)
    assert clock.rates_per_day == pytest.approx([100.0, 10.0, 1.0])
    assert clock.sizes * clock.rates_per_day**0.5 == pytest.approx([clock.sizes[2]] * 3)
    assert clock.herds == 7.0
    assert clock.consensus == log(9.5)
    clock._check()


def test_trends_are_even_in_logs_and_short_ones_draw_more() -> None:
    spec = ChiarellaSpec(trends=3, shortest_minutes=14.4, longest_days=100.0, tilt=0.5)
    clock = spec.clock(7, price=9.5)
    assert clock.tau_days == pytest.approx([100.0, 1.0, 0.01])
    assert clock.weights * clock.tau_days**0.5 == pytest.approx([10 * clock.weights[0]] * 3)
    assert clock.consensus == log(9.5)
    clock._check()


def test_one_trend_is_the_longest() -> None:
    clock = ChiarellaSpec(trends=1, longest_days=180.0, attraction=0.0).clock(1)
    assert clock.tau_days == pytest.approx([180.0])


def test_a_spread_of_one_is_its_first() -> None:
    assert spread(3.0, 7.0, 1).tolist() == [3.0]
    assert spread(1.0, 16.0, 5) == pytest.approx([1.0, 2.0, 4.0, 8.0, 16.0])


@pytest.mark.parametrize(
    "spec", [SwitchingSpec(), ChiarellaSpec(), Scenario().belief], ids=lambda s: type(s).__name__
)
def test_calm_volatility_is_the_markets(spec: SwitchingSpec | ChiarellaSpec) -> None:
    """Makers take it for the volatility of a usual day: BTC's, whoever forms the valuation."""
    assert 0.35 < spec.calm_volatility * np.sqrt(365.0) < 0.75


@pytest.mark.parametrize(
    ("part", "values", "place"),
    [
        ("switching", {"herds": -1.0}, "herds"),
        ("switching", {"trend": 1.0}, "trend"),
        ("switching", {"crowds": 33}, "crowds"),
        ("chiarella", {"attraction": 101.0}, "attraction"),
        ("chiarella", {"reversion": 0.0}, "reversion"),
        ("chiarella", {"trends": 0}, "trends"),
    ],
)
def test_values_out_of_range_are_named(part: str, values: dict[str, float], place: str) -> None:
    with pytest.raises(ValidationError) as error:
        Scenario.model_validate({part: values})
    assert error.value.errors()[0]["loc"] == (part, place)
