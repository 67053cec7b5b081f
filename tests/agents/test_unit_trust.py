"""A register of units: nobody gains by coming or going, and every unit is somebody's."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.agents.unit_trust import PAR, UNIT, UnitTrust

MICRO = 1_000_000


def column(*amounts: int) -> np.ndarray:
    return np.array(amounts, dtype=np.int64)


def test_units_by_hand() -> None:
    """250 USD at 100 buy 2.5 units; assets of 500 make a unit 200; 1.5 of them bring 300."""
    trust = UnitTrust((2,))
    assert trust.issue(column(250 * MICRO, 0), 0).tolist() == [2_500_000, 0]
    assert trust.issue_price(500 * MICRO) == 200 * MICRO
    assert trust.redeem(column(1_500_000, 0), 500 * MICRO).tolist() == [300 * MICRO, 0]
    assert trust.outstanding == UNIT
    trust._check()


def test_a_newcomer_pays_what_a_unit_is_worth() -> None:
    trust = UnitTrust((2,))
    trust.issue(column(100 * MICRO, 0), 0)
    trust.issue(column(0, 300 * MICRO), 300 * MICRO)  # the unit has risen to 300
    assert trust.units.tolist() == [UNIT, UNIT]
    assert trust.value(600 * MICRO).tolist() == [300 * MICRO, 300 * MICRO]


def test_more_than_is_held_cannot_be_redeemed() -> None:
    trust = UnitTrust((1,))
    trust.issue(column(MICRO), 0)
    with pytest.raises(ValueError, match="what each holder has"):
        trust.redeem(trust.units + 1, MICRO)
    with pytest.raises(ValueError, match="what each holder has"):
        trust.redeem(column(-1), MICRO)
    assert trust.outstanding == trust.units[0]


def test_a_copy_is_another_register() -> None:
    trust = UnitTrust((1,))
    twin = copy.deepcopy(trust)
    trust.issue(column(MICRO), 0)
    assert twin.units.tolist() == [0]
    assert twin.outstanding == 0


steps = st.lists(
    st.tuples(
        st.integers(0, 10**15),  # who comes with how much
        st.integers(0, 10**9),  # which share in ppb leaves
        st.floats(0.5, 2.0),  # what prices do
    ),
    min_size=1,
    max_size=15,
)


@given(steps)
def test_who_stays_never_pays_for_who_comes_or_goes(moves: list[tuple[int, int, float]]) -> None:
    """Price of a unit never falls by an issue or a redemption, and assets cover all units."""
    trust, assets = UnitTrust((3,)), 0
    for turn, (amount, leaving, change) in enumerate(moves):
        for is_issue in (True, False):
            held, before = trust.outstanding, assets
            if is_issue:
                coming = np.zeros(3, dtype=np.int64)
                coming[turn % 3] = amount
                trust.issue(coming, assets)
                assets += amount
            else:
                units = trust.units.copy()
                units[(turn + 1) % 3] = 0
                units = units * (leaving % 1000) // 1000
                assets -= int(trust.redeem(units, assets).sum())
            if held and trust.outstanding and before * UNIT // held > 10_000:
                assert assets * held >= before * trust.outstanding
            assert assets >= 0
            assert int(trust.value(assets).sum()) <= assets
            trust._check()
        assets = int(assets * change)


def test_the_first_unit_costs_par() -> None:
    assert UnitTrust((1,)).issue_price(0) == PAR
