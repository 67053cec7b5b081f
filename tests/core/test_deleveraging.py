"""Who gives up how much, against plain Python; and the policy that says so."""

import math
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidegate_core.deleveraging import allocate, haircuts, queue_score
from tidegate_core.waterfall import ADL_RULES, Waterfall

RULES = st.sampled_from(ADL_RULES)
SIZE = st.integers(1, 50) | st.integers(1, 2**40)
CASH = st.integers(-(10**12), 10**12)
POSITION = st.tuples(SIZE, CASH, CASH, st.integers(1, 10**12), st.integers(0, 10**13))
# size, pnl, entry, equity, notional
POSITIONS = st.lists(POSITION, max_size=12)


def columns(rows: list[tuple[int, ...]]) -> list[Any]:
    return [np.array(c, dtype=np.int64) for c in zip(*rows, strict=True)] or [
        np.empty(0, dtype=np.int64) for _ in range(5)
    ]


# ---- the same rules, obviously right ----------------------------------------------------------


def score(row: tuple[int, ...]) -> float:
    _, pnl, entry, equity, notional = row
    leverage = max(notional, 1) / equity
    ratio = pnl / max(abs(entry), 1)
    return ratio * leverage if pnl > 0 else ratio / leverage


def plain_queue(rows: list[tuple[int, ...]], chosen: list[int], quantity: int) -> list[int]:
    taken = [0] * len(rows)
    for j in sorted(chosen, key=lambda j: (-score(rows[j]), j)):
        taken[j] = min(quantity, rows[j][0])
        quantity -= taken[j]
    return taken


def plain_pro_rata(rows: list[tuple[int, ...]], quantity: int) -> list[int]:
    gainers = [j for j, row in enumerate(rows) if row[1] > 0]
    total = sum(rows[j][0] for j in gainers)
    if total <= quantity:
        rest = [j for j in range(len(rows)) if j not in gainers]
        taken = plain_queue(rows, rest, quantity - total)
        for j in gainers:
            taken[j] = rows[j][0]
        return taken
    taken = [0] * len(rows)
    for j in gainers:
        taken[j] = quantity * rows[j][0] // total
    for j in gainers[: quantity - sum(taken)]:
        taken[j] += 1
    return taken


def plain_levels(most: list[int], keys: list[float], quantity: int) -> list[int]:
    order = sorted(range(len(most)), key=lambda j: (-keys[j], j))
    total = weight = 0.0
    level = 0.0
    above: list[int] = []
    for j in order:
        if above and level >= keys[j]:
            break
        above.append(j)
        total += most[j]
        weight += most[j] / keys[j]
        level = (total - quantity) / weight
    taken, left = [0] * len(most), quantity
    for j in above:
        share = math.floor(most[j] - level * (most[j] / keys[j])) if level > 0 else most[j]
        taken[j] = max(0, min(share, most[j], left))
        left -= taken[j]
    while left and any(taken[j] < most[j] for j in above):
        for j in above:
            if left and taken[j] < most[j]:
                taken[j] += 1
                left -= 1
    return taken


def plain(rule: str, rows: list[tuple[int, ...]], quantity: int) -> list[int]:
    if rule == "queue":
        return plain_queue(rows, list(range(len(rows))), quantity)
    if rule == "pro_rata":
        return plain_pro_rata(rows, quantity)
    leverages = [max(row[4], 1) / row[3] for row in rows]
    return plain_levels([row[0] for row in rows], leverages, quantity)


# ---- allocate ---------------------------------------------------------------------------------


@settings(max_examples=400)
@given(rule=RULES, rows=POSITIONS, quantity=st.integers(0, 300) | st.integers(0, 2**42))
def test_allocation_equals_plain_python(
    rule: Any, rows: list[tuple[int, ...]], quantity: int
) -> None:
    taken = allocate(rule, quantity, *columns(rows)).tolist()
    assert taken == plain(rule, rows, quantity)
    assert sum(taken) == min(quantity, sum(row[0] for row in rows))
    assert all(0 <= q <= row[0] for q, row in zip(taken, rows, strict=True))


@pytest.mark.parametrize("rule", ADL_RULES)
def test_allocation_among_thousands_equals_plain_python(rule: Any) -> None:
    rng = np.random.default_rng(7)
    shape = (5_000, 5)
    rows = [tuple(int(x) for x in row) for row in rng.integers(1, 10**6, shape)]
    rows = [(size, pnl - 500_000, *rest) for size, pnl, *rest in rows]
    for quantity in (1, 12_345, 10**8, 10**12):
        taken = allocate(rule, quantity, *columns(rows)).tolist()
        assert taken == plain(rule, rows, quantity)


def test_score_of_half_gained_and_half_lost_at_four_times_leverage() -> None:
    assert queue_score(50_000, 100_000, 4.0) == 2.0
    assert queue_score(50_000, -100_000, 4.0) == 2.0  # a short's entry is negative
    assert queue_score(-50_000, 100_000, 4.0) == -0.125


def test_queue_takes_the_profitable_and_leveraged_first() -> None:
    # scores: 0.5 x 4 = 2, 0.5 x 2 = 1, -0.5 / 4, -0.5 / 10
    rows = [
        (10, -50, 100, 25, 100),
        (10, 50, 100, 50, 100),
        (10, -50, 100, 10, 100),
        (10, 50, 100, 25, 100),
    ]
    assert allocate("queue", 13, *columns(rows)).tolist() == [0, 3, 0, 10]
    assert allocate("queue", 33, *columns(rows)).tolist() == [3, 10, 10, 10]


def test_queue_breaks_ties_by_account() -> None:
    rows = [(5, 10, 100, 50, 100)] * 3
    assert allocate("queue", 7, *columns(rows)).tolist() == [5, 2, 0]


def test_pro_rata_shares_by_size_among_the_profitable() -> None:
    rows = [(10, 1, 9, 9, 9), (30, 1, 9, 9, 9), (60, -1, 9, 9, 9), (60, 1, 9, 9, 9)]
    # 17 of 100: 1.7, 5.1, 10.2; the floors leave one lot, which is the first one's
    assert allocate("pro_rata", 17, *columns(rows)).tolist() == [2, 5, 0, 10]
    assert allocate("pro_rata", 120, *columns(rows)).tolist() == [10, 30, 20, 60]


def test_water_filling_leaves_one_level_of_leverage() -> None:
    # leverages 10, 5 and 2: 40 lots bring the first down to 6, which is above the others
    rows = [(100, 0, 1, 10, 100), (100, 0, 1, 20, 100), (100, 0, 1, 50, 100)]
    assert allocate("water_filling", 40, *columns(rows)).tolist() == [40, 0, 0]
    taken = allocate("water_filling", 110, *columns(rows)).tolist()
    left = [Fraction(100 - q, e) for q, e in zip(taken, (10, 20, 50), strict=True)]
    assert left == [3, 3, 2]
    assert sum(taken) == 110
    assert allocate("water_filling", 999, *columns(rows)).tolist() == [100, 100, 100]


@given(rows=st.lists(POSITION, min_size=2, max_size=10), share=st.floats(0.01, 0.99))
def test_water_filling_never_leaves_who_gave_above_who_did_not(
    rows: list[tuple[int, ...]], share: float
) -> None:
    rows = [(s, p, n, e, s) for s, p, n, e, _ in rows]  # one price: notional = size
    quantity = int(sum(row[0] for row in rows) * share)
    taken = allocate("water_filling", quantity, *columns(rows)).tolist()
    gave = [
        Fraction(row[0] - q - 1, row[3])  # at least one lot less than the level, by rounding
        for row, q in zip(rows, taken, strict=True)
        if 0 < q < row[0]
    ]
    others = [Fraction(row[0], row[3]) for row, q in zip(rows, taken, strict=True) if q == 0]
    slack = Fraction(2, min(row[3] for row in rows))
    if gave and others:
        assert min(gave) + slack >= max(others) * Fraction(999_999, 1_000_000) - slack


def test_refusals_name_argument_and_value() -> None:
    good = columns([(1, 1, 1, 1, 1)])
    with pytest.raises(ValueError, match="rule is 'lottery'; allowed are queue, pro_rata"):
        allocate("lottery", 1, *good)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="quantity is -1"):
        allocate("queue", -1, *good)
    with pytest.raises(TypeError, match=r"quantity is 1\.5"):
        allocate("queue", 1.5, *good)  # type: ignore[arg-type]
    for name, at, value in (("sizes", 0, 0), ("equities", 3, 0), ("notionals", 4, -1)):
        bad = [c.copy() for c in good]
        bad[at][0] = value
        with pytest.raises(ValueError, match=rf"{name}\[0\] is {value}"):
            allocate("queue", 1, *bad)
    with pytest.raises(ValueError, match="pnls has 2 rows"):
        allocate("queue", 1, good[0], np.zeros(2, dtype=np.int64), *good[2:])
    with pytest.raises(ValueError, match="sizes sum to"):
        allocate("queue", 1, *columns([(2**62, 1, 1, 1, 1)]))
    with pytest.raises(ValueError, match="leverage is 0"):
        queue_score(1, 1, 0.0)
    with pytest.raises(ValueError, match="allowed are finite values above 0"):
        haircuts("queue", 1, good[0], np.array([math.nan]))
    with pytest.raises(ValueError, match="leverages has shape"):
        haircuts("queue", 1, good[0], np.ones(2))


# ---- haircuts ---------------------------------------------------------------------------------


@given(
    rule=RULES,
    rows=st.lists(st.tuples(SIZE, st.floats(0.01, 100)), max_size=12),
    shortfall=st.integers(0, 10**13),
)
def test_haircuts_cover_the_shortfall(
    rule: Any, rows: list[tuple[int, float]], shortfall: int
) -> None:
    profits = np.array([p for p, _ in rows], dtype=np.int64)
    leverages = np.array([x for _, x in rows], dtype=np.float64)
    taken = haircuts(rule, shortfall, profits, leverages)
    due = min(shortfall, sum(profits.tolist()))
    assert np.all((taken >= 0) & (taken <= profits))
    if rule == "queue":
        assert sum(taken.tolist()) >= due
        assert np.all((taken == 0) | (taken == profits))
        scores = profits * leverages
        given_up, spared = taken > 0, taken == 0
        if given_up.any():
            lowest = scores[given_up].min()
            assert not spared.any() or scores[spared].max() <= lowest
            # The last to be taken was needed; of several with its score, any may be that one.
            last = taken[given_up & (scores == lowest)].tolist()
            assert any(sum(taken.tolist()) - profit < due for profit in last)
    else:
        assert sum(taken.tolist()) == due


def test_excess_of_the_queue_is_largest() -> None:
    profits = np.array([700, 200, 100], dtype=np.int64)
    leverages = np.array([10.0, 20.0, 5.0])
    assert haircuts("queue", 300, profits, leverages).tolist() == [700, 0, 0]
    assert haircuts("pro_rata", 300, profits, leverages).tolist() == [210, 60, 30]
    # level: 200 + 700 - 300 over 200 / 20 + 700 / 10 is 7.5, which is above 5
    assert haircuts("water_filling", 300, profits, leverages).tolist() == [175, 125, 0]


# ---- the policy -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("fund", -1, "fund is -1; allowed are 0 to"),
        ("slice_ppm", 0, "slice_ppm is 0; allowed are 1 to 1000000"),
        ("slice_ppm", 1_000_001, "slice_ppm is 1000001"),
        ("cooldown_seconds", -1, "cooldown_seconds is -1"),
        ("tiers_down", 0, "tiers_down is 0"),
        ("vault_ppm", 0, "vault_ppm is 0"),
        ("adl_rule", "lottery", "adl_rule is 'lottery'; allowed are queue, pro_rata, water"),
        ("order", "limit", "order is 'limit'; allowed are ioc, market, none"),
        ("partial", None, "partial is None; allowed are none, slice, tier"),
    ],
)
def test_a_policy_refuses_by_name(field: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(Waterfall(), **{field: value})


@pytest.mark.parametrize(
    ("field", "value"), [("fund", 1.0), ("fund", True), ("vault", 1), ("slice_ppm", "1")]
)
def test_a_policy_never_rounds(field: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{field} is {value!r}"):
        replace(Waterfall(), **{field: value})


def test_every_field_of_a_policy_is_checked() -> None:
    for field in fields(Waterfall):
        with pytest.raises((TypeError, ValueError), match=f"{field.name} is <object"):
            replace(Waterfall(), **{field.name: object()})
