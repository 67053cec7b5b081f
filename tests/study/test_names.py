"""What is said of a name that is not known."""

from __future__ import annotations

import pytest

from tidegate.study.names import unknown_name

FEW = ("price", "volume")
MANY = tuple(f"metric_{number}" for number in range(90))


@pytest.mark.parametrize(
    ("name", "known", "listing", "words"),
    [
        ("prise", FEW, "", "metric 'prise' is unknown to walk; nearest: price"),
        ("xyz", FEW, "ask", "metric 'xyz' is unknown to walk; it has price, volume"),
        ("xyz", MANY, "ask", "metric 'xyz' is unknown to walk; ask"),
    ],
)
def test_the_nearest_are_named_or_all_or_how_to_list_them(name, known, listing, words):
    assert str(unknown_name("metric", name, known, "walk", listing)) == words


def test_a_long_list_is_cut_short():
    words = str(unknown_name("metric", "xyz", MANY, "walk"))
    assert words.endswith("metric_10, metric_11 and 78 more")
