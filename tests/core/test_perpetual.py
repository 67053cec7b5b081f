"""Terms of contracts: what is refused, and by what name."""

import pickle

import pytest
from tidegate_core.perpetual import (
    MAX_VALUE,
    Collateral,
    Perpetual,
    Tier,
    deductions,
    tiers_from_rows,
)

UNIT = 10**6


def row(floor: int, cap: int, maintenance_ppm: int, max_leverage: int) -> dict[str, int]:
    return {
        "floor": floor * UNIT,
        "cap": cap * UNIT,
        "maintenance_ppm": maintenance_ppm,
        "max_leverage": max_leverage,
    }


def perpetual(**changes: object) -> Perpetual:
    terms: dict[str, object] = {
        "tiers": [Tier(100 * UNIT, 5_000, 100)],
        "tick_value": 10,
        "max_price": 1_000,
    }
    return Perpetual("BTC-PERP", **{**terms, **changes})


def test_a_table_of_rows_is_its_tiers():
    table = tiers_from_rows([row(0, 50, 4_000, 125), row(50, 600, 5_000, 100)])
    assert table == (Tier(50 * UNIT, 4_000, 125), Tier(600 * UNIT, 5_000, 100))
    assert deductions(table) == (0, 50_000)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([row(1, 50, 1, 1)], r"rows\[0\].floor is 1000000, a gap; allowed is 0"),
        (
            [row(0, 50, 1, 2), row(51, 60, 2, 1)],
            r"rows\[1\].floor is 51000000, a gap; allowed is 50000000",
        ),
        (
            [row(0, 50, 1, 2), row(49, 60, 2, 1)],
            r"rows\[1\].floor is 49000000, an overlap; allowed is 50000000",
        ),
        ([{"cap": UNIT}], r"rows\[0\] has \['cap'\]; it takes floor, cap, maintenance_ppm"),
        ([], "tiers has 0 rows; allowed are 1 to 16"),
        ([row(k, k + 1, k, 1) for k in range(17)], "tiers has 17 rows; allowed are 1 to 16"),
        (
            [row(0, 50, 4, 2), row(50, 50, 5, 1)],
            r"tiers\[1\].cap is 50000000; allowed are caps above 50000000",
        ),
        (
            [row(0, 50, 4, 2), row(50, 60, 4, 1)],
            r"tiers\[1\].maintenance_ppm is 4; allowed are rates above 4",
        ),
        (
            [row(0, 50, 4, 2), row(50, 60, 5, 3)],
            r"tiers\[1\].max_leverage is 3; allowed are 1 to 2",
        ),
    ],
)
def test_a_table_that_does_not_join_is_refused(rows, fault):
    with pytest.raises(ValueError, match=fault):
        tiers_from_rows(rows)


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ((0, 5_000, 100), "cap is 0; allowed are 1000000 to"),
        ((UNIT + 1, 5_000, 100), "cap is 1000001; allowed are multiples of 1000000"),
        ((UNIT, -1, 100), "maintenance_ppm is -1; allowed are 0 to 999999"),
        ((UNIT, 5_000, 0), "max_leverage is 0; allowed are 1 to 1000"),
        ((UNIT, 10_000, 100), "maintenance_ppm is 10000; allowed are rates below 1e6 / max_lev"),
    ],
)
def test_a_tier_out_of_bounds_is_refused(terms, fault):
    with pytest.raises(ValueError, match=fault):
        Tier(*terms)


def test_maintenance_may_come_as_close_to_initial_margin_as_it_can():
    assert Tier(UNIT, 9_999, 100).maintenance_ppm == 9_999


@pytest.mark.parametrize("cap", [1e6, True, "1000000", None])
def test_only_whole_numbers_are_caps(cap):
    with pytest.raises(TypeError, match=r"cap is .*; allowed are whole numbers"):
        Tier(cap, 5_000, 100)


@pytest.mark.parametrize(
    ("changes", "error", "fault"),
    [
        ({"tick_value": None}, TypeError, "tick_value is None; allowed are whole numbers"),
        ({"tick_value": 0}, ValueError, "tick_value is 0; allowed are 1 to"),
        ({"tick_value": 2**57}, ValueError, "tick_value is .*; allowed are 1 to 144115188075855"),
        ({"contract_value": 5}, ValueError, "contract_value is 5; a linear contract has none"),
        ({"inverse": True}, ValueError, "tick_value is 10; an inverse contract has none"),
        (
            {"inverse": True, "tick_value": None},
            TypeError,
            "contract_value is None; allowed are whole numbers",
        ),
        ({"inverse": 1}, TypeError, "inverse is 1; allowed are True and False"),
        ({"max_price": 0}, ValueError, "max_price is 0; allowed are 1 to"),
        ({"maker_ppm": -UNIT}, ValueError, "maker_ppm is -1000000; allowed are -999999 to"),
        ({"taker_ppm": 0.5}, TypeError, "taker_ppm is 0.5; allowed are whole numbers"),
        (
            {"maker_ppm": -6, "taker_ppm": 5},
            ValueError,
            "maker_ppm is -6 and taker_ppm 5; their sum must not be negative",
        ),
        ({"band_ppm": UNIT}, ValueError, "band_ppm is 1000000; allowed are 0 to 999999"),
        ({"tiers": []}, ValueError, "tiers has 0 rows; allowed are 1 to 16"),
    ],
)
def test_terms_out_of_bounds_are_refused(changes, error, fault):
    with pytest.raises(error, match=fault):
        perpetual(**changes)


def test_both_kinds_have_a_unit():
    assert perpetual().unit == 10
    inverse = perpetual(inverse=True, tick_value=None, contract_value=MAX_VALUE)
    assert inverse.unit == MAX_VALUE


def test_terms_are_values():
    terms = perpetual(maker_ppm=-5, taker_ppm=5)
    assert pickle.loads(pickle.dumps(terms)) == terms
    assert hash(perpetual(maker_ppm=-5, taker_ppm=5)) == hash(terms)
    assert terms != perpetual()


@pytest.mark.parametrize(
    ("amount", "price", "haircut", "expected"),
    [
        (2_000_000, 3_000_000_000, 100_000, 5_400_000_000),
        (1, 999_999, 0, 0),
        (3, 999_999, 500_000, 1),
        (-5_000_000, 10**9, 0, 0),
        (10**6, 10**9, UNIT, 0),
    ],
)
def test_collateral_counts_less_its_haircut(amount, price, haircut, expected):
    assert Collateral("ETH", haircut).value(amount, price) == expected


@pytest.mark.parametrize(
    ("asset", "haircut", "fault"),
    [
        ("", 0, "asset is ''; allowed are names"),
        ("ETH", UNIT + 1, "haircut_ppm is 1000001; allowed are 0 to 1000000"),
    ],
)
def test_collateral_out_of_bounds_is_refused(asset, haircut, fault):
    with pytest.raises(ValueError, match=fault):
        Collateral(asset, haircut)
