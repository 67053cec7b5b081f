"""S25.1 and S25.4 on a few seeds: what is measured is what the bands speak of."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.validation import macro
from tidegate.validation.catalogue import case_named


def test_a_surprise_moves_the_price_and_what_was_expected_does_not() -> None:
    found = macro.to_rates([1_000, 1_001])
    assert np.mean(found["surprise, % a bp"]) < -0.05
    assert list(np.asarray(found["expected, % a bp"])) == [0.0, 0.0]
    assert list(np.asarray(macro.deaf([1_000])["surprise, % a bp"])) == [0.0]


@pytest.mark.slow
def test_coins_go_with_shares_only_by_the_link() -> None:
    linked, without = macro.correlations([1_000]), macro.unlinked([1_000])
    highest = "highest with shares, 30 days"
    assert np.asarray(linked[highest])[0] > 0.7 > np.asarray(without[highest])[0]


def test_they_wait_for_nothing() -> None:
    assert not case_named("S25.1").needs
    assert not case_named("S25.4").needs
