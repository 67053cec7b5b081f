"""What the tests of activity measure, on runs short enough for every day."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.analysis.signs import autocorrelations
from tidegate.model import Market
from tidegate.validation import activity

SMALL = {"step_seconds": 60, "holders.accounts": 200, "belief.warm_up_days": 5}


def test_listening_to_signs_changes_nothing() -> None:
    heard, unheard = (Market(rng=3, **SMALL) for _ in range(2))
    signs, closes = activity.signs_and_closes(heard, 0.1)
    unheard.run_days(0.1)
    assert heard.digest() == unheard.digest()
    bars = unheard.frames()["bars"].filter(venue="offshore")
    assert closes.tolist() == bars["close"].to_list()
    # Fills of one taker in a row are one trade.
    assert 0.9 * bars["trades"].sum() < len(signs) <= bars["trades"].sum()


@pytest.mark.parametrize(("metaorders", "persists"), [(2, True), (0, False)])
def test_signs_persist_only_where_orders_are_split(metaorders: int, persists: bool) -> None:
    market = Market(rng=3, **SMALL, **{"traders.metaorders": metaorders})
    signs, _ = activity.signs_and_closes(market, 0.25)
    # Beyond the two trades of a round trip, which share a sign in any case.
    distant = float(autocorrelations(signs, 20)[2:].mean())
    assert distant > 0.1 if persists else abs(distant) < 0.03


def test_weeks_are_measured_with_seasons_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "WEEKS", 4)
    (case,) = [case for case in activity.CASES if case.id == "S1.33"]
    found = {on: activity.hours_of_the_week([5], seasons=on) for on in (True, False)}
    assert set(found[True]) == set(case.expected)
    for name in case.expected:
        ((value,), (level,)) = found[True][name], found[False][name]
        assert abs(np.log(value)) > abs(np.log(level)), name
