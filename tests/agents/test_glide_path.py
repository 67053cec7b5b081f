"""The glide path's golden points, and the sleeve inside it."""

from __future__ import annotations

import pytest

from tidegate.agents.glide_path import GlidePath


@pytest.mark.parametrize(
    ("age", "equity"),
    [(22, 0.90), (40, 0.90), (52.5, 0.70), (65, 0.50), (68.5, 0.40), (72, 0.30), (90, 0.30)],
)
def test_equity_by_age(age: float, equity: float) -> None:
    """M9: 90 % at the start, about 50 % at 65, 30 % seven years after; straight in between."""
    assert GlidePath().equity(age) == pytest.approx(equity, abs=1e-12)


@pytest.mark.parametrize("age", [25, 55, 65, 70, 80])
def test_a_fund_is_whole_at_every_age(age: float) -> None:
    path = GlidePath()
    mix = path.mix(age, 0.05)
    assert sum(mix) == pytest.approx(1.0, abs=1e-12)
    assert min(mix) >= 0.0
    assert mix.equity + mix.coins == pytest.approx(path.equity(age))


def test_a_sleeve_glides_with_equity_or_stays() -> None:
    gliding, flat = GlidePath(), GlidePath(sleeve="flat")
    assert gliding.coins(30, 0.09) == pytest.approx(0.09)
    assert gliding.coins(65, 0.09) == pytest.approx(0.05)
    assert gliding.coins(72, 0.09) == pytest.approx(0.03)
    assert flat.coins(72, 0.09) == 0.09
    assert flat.coins(72, 0.5) == pytest.approx(0.3)  # no more than all equity


def test_equity_never_rises_with_age() -> None:
    path = GlidePath()
    equity = [path.equity(age / 4) for age in range(60, 400)]
    assert equity == sorted(equity, reverse=True)
