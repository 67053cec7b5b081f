"""The premium of perpetuals: who is short asks for more, until capital has come in."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tidegate_core import Kind, Side

from tests.crowd.fair import PRICES, TICKS, Accounts, Fair
from tidegate.agents.carry import MOST, Carry
from tidegate.scenario.appetite import AppetiteSpec

DAY = 86_400
INTEREST = np.array([0.0, 0.0, 1_000.0, 3_000.0])  # two spot books, then two perpetuals


def carried(lots: int = 100, **changes: float) -> tuple[Fair, Accounts, Carry]:
    """Let a professional be short some lots of the first of two perpetuals."""
    fair = Fair(venues=2, perps=True)
    desk, public = fair.open(), fair.open()
    short(fair, desk, public, lots)
    spec = AppetiteSpec(**{"carry": 0.01, "pooled": 0.75, "capital_days": 2.0, **changes})
    return fair, desk, Carry(spec, INTEREST, [desk])


def short(fair: Fair, desk: Accounts, public: Accounts, lots: int) -> None:
    side, other = (Side.SELL, Side.BUY) if lots > 0 else (Side.BUY, Side.SELL)
    if lots:
        fair.rest(desk, side, PRICES[0], abs(lots), place=2)
        fair.engines[2].submit(
            0, int(public[2]), other, round(PRICES[0] / TICKS[0]), abs(lots), Kind.LIMIT
        )


@pytest.mark.parametrize("lots", [100, -100])
def test_the_premium_is_in_proportion_to_what_is_carried(lots: int) -> None:
    fair, _, carry = carried(lots)
    premium = carry.advance(fair.places, 60)
    pool, own = lots / 4_000, lots / 1_000
    asked = [0.0, 0.0, 0.01 * (0.75 * pool + 0.25 * own), 0.01 * 0.75 * pool]
    assert premium.tolist() == pytest.approx(asked, rel=1e-12)


def test_capital_comes_in_and_the_premium_goes_whatever_the_step() -> None:
    once, often = carried(), carried()
    first = once[2].advance(once[0].places, DAY)
    for _ in range(24):
        often[2].advance(often[0].places, DAY // 24)
    later = [carry.advance(fair.places, 60) for fair, _, carry in (once, often)]
    assert later[1].tolist() == pytest.approx(later[0].tolist(), rel=1e-12)
    assert (later[0][2:] / first[2:]).tolist() == pytest.approx([math.exp(-0.5)] * 2, rel=1e-12)


def test_capital_that_came_for_a_position_asks_for_less_when_it_is_gone() -> None:
    fair, desk, carry = carried(lots=100)
    carry.advance(fair.places, 20 * DAY)
    assert abs(carry.advance(fair.places, 1)[2]) < 1e-7
    short(fair, desk, fair.open(), -100)
    assert carry.advance(fair.places, 1)[2] == pytest.approx(
        -0.01 * (0.75 / 40 + 0.25 / 10), rel=1e-3
    )


def test_without_positions_or_without_cost_there_is_none() -> None:
    for lots, price in ((0, 0.01), (100, 0.0)):
        fair, _, carry = carried(lots, carry=price)
        assert not carry.advance(fair.places, 60).any()


def test_a_premium_has_an_end() -> None:
    fair, _, carry = carried(lots=100_000, carry=0.1)
    assert carry.advance(fair.places, 60)[2] == MOST


def test_capital_that_came_in_for_spot_is_found() -> None:
    _, _, carry = carried()
    carry._check()
    carry.funded = carry.funded + 1.0
    with pytest.raises(AssertionError, match="capital came in for spot"):
        carry._check()
