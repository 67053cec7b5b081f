"""Value, margin, liquidation and bankruptcy of one contract, against exact rational numbers.

Formulas of the venues: Binance support FAQ on the liquidation price of futures, Bybit help on
isolated margin and on auto-deleveraging, Gate and OKX help on liquidation, Hyperliquid docs.
"""

import copy
import math
import pickle
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tidegate_core.contract import ContractMath
from tidegate_core.perpetual import MAX_VALUE, Perpetual, Tier, deductions

MILLION = 10**6
USD = MILLION
CENT = 10**4
# Binance BTCUSDT, October 2024: cap in USD, maintenance rate in ppm, leverage, deduction in USD
BINANCE_BTC = [
    (50_000, 4_000, 125, 0),
    (600_000, 5_000, 100, 50),
    (3_000_000, 6_500, 75, 950),
    (12_000_000, 10_000, 50, 11_450),
    (70_000_000, 20_000, 25, 131_450),
    (100_000_000, 25_000, 20, 481_450),
    (230_000_000, 50_000, 10, 2_981_450),
    (480_000_000, 100_000, 5, 14_481_450),
    (600_000_000, 125_000, 4, 26_481_450),
    (800_000_000, 150_000, 3, 41_481_450),
    (1_200_000_000, 250_000, 2, 121_481_450),
    (1_800_000_000, 500_000, 1, 421_481_450),
]


def linear(tiers: list[Tier], tick_value: int = USD, max_price: int = 500_000) -> ContractMath:
    return ContractMath(
        Perpetual("linear", tiers=tiers, tick_value=tick_value, max_price=max_price)
    )


def inverse(tiers: list[Tier], contract_value: int, max_price: int = 10**9) -> ContractMath:
    return ContractMath(
        Perpetual(
            "inverse",
            tiers=tiers,
            contract_value=contract_value,
            inverse=True,
            max_price=max_price,
        )
    )


def one_tier(maintenance_ppm: int) -> list[Tier]:
    return [Tier(10**17, maintenance_ppm, max_leverage=1)]


def binance_btc() -> list[Tier]:
    return [Tier(cap * USD, rate, leverage) for cap, rate, leverage, _ in BINANCE_BTC]


def last_tick(price: Fraction, side: int) -> int:
    """Round an exact liquidation price to the last tick that is due."""
    return math.floor(price) if side > 0 else math.ceil(price)


# ---- golden cases -------------------------------------------------------------------------------


def test_bybit_inverse_long_at_7890_08_and_50x_is_bankrupt_at_7735_37():
    ticks = 10**4  # a dollar
    contract = inverse(one_tier(5_000), contract_value=MILLION * ticks)
    entry = contract.value(7_890_0800, 10**6)
    margin = contract.initial(-entry, 50)
    price = contract.bankruptcy_price(10**6, entry, margin)
    assert round(price / ticks, 2) == 7_735.37


@pytest.mark.parametrize(
    ("notional", "expected"),
    [
        (50_000, 200),
        (600_000, 2_950),
        (1_000_000, 5_550),
        (3_000_000, 18_550),
        (12_000_000, 108_550),
    ],
)
def test_maintenance_margin_of_binance_btc(notional, expected):
    assert linear(binance_btc()).maintenance(notional * USD) == expected * USD


def test_deductions_of_binance_btc():
    assert deductions(binance_btc()) == tuple(cum * USD for *_, cum in BINANCE_BTC)


@pytest.mark.parametrize("row", range(len(BINANCE_BTC) - 1))
def test_maintenance_margin_is_continuous_at_every_cap(row):
    contract = linear(binance_btc())
    cap, cum = BINANCE_BTC[row][0] * USD, deductions(binance_btc())
    below, above = (Fraction(cap * BINANCE_BTC[k][1], MILLION) - cum[k] for k in (row, row + 1))
    assert below == above == contract.maintenance(cap)
    assert (contract.tier(cap), contract.tier(cap + 1)) == (row, row + 1)
    assert 0 <= contract.maintenance(cap + 1) - contract.maintenance(cap) <= 1


def test_bybit_linear_isolated_long_at_100_000_and_10x_is_due_at_90_500():
    """Bybit counts maintenance on the value at entry, so it is a sum that the margin lacks."""
    contract = linear(one_tier(5_000))
    entry = contract.value(100_000, 1)
    cushion = contract.initial(entry, 10) - contract.maintenance(entry)
    assert contract.bankruptcy_price(1, entry, cushion) == 90_500


def test_hyperliquid_long_at_100_000_and_40x_is_due_at_98_734_18():
    contract = linear(one_tier(12_500), tick_value=100, max_price=10**10)  # of 0.0001
    entry = contract.value(100_000_0000, 1)
    price = contract.liquidation_price(1, entry, contract.initial(entry, 40))
    assert round(price / 10**4, 2) == 98_734.18


@pytest.mark.parametrize(("side", "expected"), [(1, 95_000), (-1, 105_000)])
def test_linear_bankruptcy_at_100_000_and_20x(side, expected):
    contract = linear(one_tier(5_000))
    entry = contract.value(100_000, side)
    assert contract.bankruptcy_price(side, entry, contract.initial(abs(entry), 20)) == expected


# ---- the venues' formulas -----------------------------------------------------------------------


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("row", range(len(BINANCE_BTC)))
@pytest.mark.parametrize("others", [0, -7_123, 3_211])
def test_binance_formula_in_every_tier(side, row, others):
    """(WB - TMM_other + UPNL_other + cum - side size entry) / (size MMR - side size)."""
    contract = linear(binance_btc())
    floor = BINANCE_BTC[row - 1][0] if row else 0
    cap, rate, _, cum = BINANCE_BTC[row]
    price, mmr = 9_876, Fraction(rate, MILLION)
    size = (floor + cap) // 2 // price
    wallet = 41 * size + 7_000
    # an entry 5 % away, and money that puts the price of liquidation into the middle of the tier
    entry = price + side * price // 20
    maintenance = int(price * size * mmr) - cum
    wallet = maintenance + abs(entry - price) * size - others + 1_234
    exact = (wallet + others + cum - side * size * entry) / (size * mmr - side * size)
    assert floor < exact * size <= cap, "the case is not in its tier"
    cost = contract.value(entry, side * size)
    found = contract.liquidation_price(side * size, cost, (wallet + others) * USD)
    assert found == last_tick(exact, side)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(("entry", "leverage", "extra"), [(64_321, 10, 0), (3_977, 25, 12_345)])
def test_bybit_isolated_formula(side, entry, leverage, extra):
    """Long: entry (1 - IMR + MMR) - extra / size; short: entry (1 + IMR - MMR) + extra / size."""
    contract, size, mmr = linear(one_tier(5_000)), 400, Fraction(5, 1000)
    exact = entry * (1 - side * (Fraction(1, leverage) - mmr)) - side * Fraction(extra, size)
    cost = contract.value(entry, side * size)
    margin = contract.initial(abs(cost), leverage) + extra * USD
    cushion = margin - contract.maintenance(abs(cost))
    # the worst price that still covers it, the next one to the last that is due unless exact
    covered = math.ceil(exact) if side > 0 else math.floor(exact)
    assert contract.bankruptcy_price(side * size, cost, cushion) == covered


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(("entry", "margin"), [(64_321, 2_000_000), (3_977, 99_999)])
def test_gate_and_okx_formula_with_the_fee_of_closing(side, entry, margin):
    """(entry -/+ margin / size) / (1 -/+ (MMR + taker fee)): the fee adds to the rate."""
    contract, size = linear(one_tier(4_000 + 500)), 400
    exact = (entry - side * Fraction(margin, size)) / (1 - side * Fraction(4_500, MILLION))
    cost = contract.value(entry, side * size)
    found = contract.liquidation_price(side * size, cost, margin * USD)
    assert found == last_tick(exact, side)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("price", [97_000, 100_000, 104_000])
def test_hyperliquid_formula_from_any_price(side, price):
    """Price - side margin_available / size / (1 - l side), l = MMR, whatever the price now."""
    contract, size, entry, margin = linear(one_tier(12_500)), 7, 100_000, 70_000
    rate = Fraction(12_500, MILLION)
    equity = margin + side * size * (price - entry)
    available = equity - rate * size * price
    exact = price - side * available / size / (1 - rate * side)
    cost = contract.value(entry, side * size)
    found = contract.liquidation_price(side * size, cost, margin * USD)
    assert found == last_tick(exact, side)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("leverage", [2, 10, 50, 100])
def test_inverse_formulas(side, leverage):
    """Bankruptcy entry L / (L +- 1), liquidation (1 +- MMR) times that (Bybit)."""
    contract = inverse(one_tier(5_000), contract_value=MILLION * 100)  # lots of 1 USD, cents
    size, entry, mmr = side * 10**9, 789_008, Fraction(5, 1000)
    cost = contract.value(entry, size)
    margin = contract.initial(abs(cost), leverage)
    bankrupt = Fraction(entry * leverage, leverage + side)
    solvent = math.ceil(bankrupt) if side > 0 else math.floor(bankrupt)
    assert contract.bankruptcy_price(size, cost, margin) == solvent
    due = last_tick(bankrupt * (1 + side * mmr), side)
    assert contract.liquidation_price(size, cost, margin) == due


@pytest.mark.parametrize("side", [1, -1])
def test_linear_bankruptcy_formula(side):
    contract, entry = linear(one_tier(5_000)), 64_321
    for leverage in range(2, 126):
        cost = contract.value(entry, side * 1_000)
        exact = Fraction(entry * (leverage - side), leverage)
        solvent = math.ceil(exact) if side > 0 else math.floor(exact)
        margin = contract.initial(abs(cost), leverage)
        assert contract.bankruptcy_price(side * 1_000, cost, margin) == solvent


# ---- against brute force ------------------------------------------------------------------------


class Oracle:
    """The definitions, in unbounded integers."""

    def __init__(self, terms: Perpetual) -> None:
        self.terms = terms
        self.lines = [
            (tier.maintenance_ppm, cum)
            for tier, cum in zip(terms.tiers, deductions(terms.tiers), strict=True)
        ]

    def value(self, price: int, size: int) -> int:
        if not self.terms.inverse:
            return price * size * self.terms.unit
        coins = abs(size) * self.terms.unit // price
        return -coins if size > 0 else coins

    def maintenance(self, notional: int) -> int:
        return max(-(-notional * rate // MILLION) - cum for rate, cum in self.lines)

    def is_due(self, price: int, size: int, entry: int, cushion: int) -> bool:
        value = self.value(price, size)
        return cushion + value - entry <= self.maintenance(abs(value))

    def is_solvent(self, price: int, size: int, entry: int, cushion: int) -> bool:
        return cushion + self.value(price, size) - entry >= 0


def scan(
    holds: Callable[[int], bool], last: Callable[[list[int]], int], max_price: int
) -> int | None:
    """Try every price there is."""
    prices = [price for price in range(1, max_price + 1) if holds(price)]
    return last(prices) if prices else None


def up_to(high: int) -> st.SearchStrategy[int]:
    """Draw 1 to `high`, small numbers as often as large ones."""
    tops = [10**k for k in range(1, len(str(high)))] + [high]
    return st.sampled_from(tops).flatmap(lambda top: st.integers(1, top))


@st.composite
def tables(draw: st.DrawFn, high: int) -> list[Tier]:
    """Draw convex tables, gentle or steep, with caps in whole units up to `high`."""
    count = draw(st.integers(1, 6))
    caps = draw(st.sets(up_to(high), min_size=count, max_size=count))
    steepest = draw(st.sampled_from([100, 50_000, 999_999]))
    rates = draw(st.sets(st.integers(0, steepest), min_size=count, max_size=count))
    return [
        Tier(cap * MILLION, rate, max_leverage=1)
        for cap, rate in zip(sorted(caps), sorted(rates), strict=True)
    ]


@st.composite
def contracts(draw: st.DrawFn, max_price: int, unit: int, cap: int) -> Perpetual:
    is_inverse = draw(st.booleans())
    return Perpetual(
        "drawn",
        tiers=draw(tables(cap)),
        max_price=draw(up_to(max_price)),
        inverse=is_inverse,
        **{"contract_value" if is_inverse else "tick_value": draw(up_to(unit))},
    )


@st.composite
def positions(draw: st.DrawFn, terms: Perpetual, sizes: int) -> tuple[int, int, int]:
    """Draw size, entry and cushion; cushions near nothing, near the value, or anything."""
    sizes = min(sizes, ContractMath(terms).max_size)
    size = draw(up_to(sizes)) * draw(st.sampled_from([1, -1]))
    entry = Oracle(terms).value(draw(st.integers(1, terms.max_price)), size)
    whole = abs(entry)
    cushion = draw(
        st.integers(-5, 5)
        | st.integers(-whole - 5, whole + 5)
        | st.integers(-whole // 50, whole // 10)
        | st.sampled_from([2**58, 2**60, 2**61, 2**62 - 1]).flatmap(
            lambda x: st.sampled_from([x, -x])
        )
    )
    return size, entry, cushion


@settings(max_examples=500)
@given(st.data())
def test_prices_are_those_of_a_scan(data: st.DataObject):
    terms = data.draw(contracts(max_price=80, unit=10**9, cap=5_000))
    size, entry, cushion = data.draw(positions(terms, sizes=1_000))
    contract, oracle = ContractMath(terms), Oracle(terms)
    due = scan(
        lambda price: oracle.is_due(price, size, entry, cushion),
        max if size > 0 else min,
        terms.max_price,
    )
    solvent = scan(
        lambda price: oracle.is_solvent(price, size, entry, cushion),
        min if size > 0 else max,
        terms.max_price,
    )
    assert contract.liquidation_price(size, entry, cushion) == due
    assert contract.bankruptcy_price(size, entry, cushion) == solvent


@settings(max_examples=500)
@given(st.data())
def test_prices_are_the_last_ones_at_any_scale(data: st.DataObject):
    """Whatever is due, or solvent, at a price is so on its whole side: one step decides."""
    terms = data.draw(contracts(max_price=10**9, unit=10**8, cap=10**11))
    size, entry, cushion = data.draw(positions(terms, sizes=2**57))
    contract, oracle = ContractMath(terms), Oracle(terms)
    step, highest = (1 if size > 0 else -1), terms.max_price
    far, near = (1, highest) if size > 0 else (highest, 1)

    due = contract.liquidation_price(size, entry, cushion)
    if due is None:
        assert not oracle.is_due(far, size, entry, cushion)
    else:
        assert oracle.is_due(due, size, entry, cushion)
        assert due == near or not oracle.is_due(due + step, size, entry, cushion)

    solvent = contract.bankruptcy_price(size, entry, cushion)
    if solvent is None:
        assert not oracle.is_solvent(near, size, entry, cushion)
    else:
        assert oracle.is_solvent(solvent, size, entry, cushion)
        assert solvent == far or not oracle.is_solvent(solvent - step, size, entry, cushion)


@settings(max_examples=1_000)
@given(st.data())
def test_the_right_line_of_the_table_is_found_near_its_caps(data: st.DataObject):
    """With a lot worth a micro-unit a tick, or 10^14 / price, one tick is one unit of notional."""
    table, size = data.draw(tables(40)), data.draw(st.sampled_from([1, -1]))
    contract = data.draw(
        st.sampled_from(
            [linear(table, 1, max_price=10**8), inverse(table, 10**14, max_price=10**8)]
        )
    )
    terms, oracle = contract.perpetual, Oracle(contract.perpetual)
    cap = data.draw(st.sampled_from([tier.cap for tier in terms.tiers]))
    away = data.draw(st.integers(-3, 3) | st.integers(-MILLION, MILLION) | st.integers(-cap, cap))
    notional, margin = cap + away, oracle.maintenance(cap + away)
    rising = (size > 0) != terms.inverse
    cushion = (margin - notional if rising else margin + notional) + data.draw(st.integers(-2, 2))
    due = contract.liquidation_price(size, 0, cushion)
    around = [1, terms.max_price] if due is None else [due - 1, due, due + 1]
    for price in (p for p in around if 1 <= p <= terms.max_price):
        expected = due is not None and (price <= due if size > 0 else price >= due)
        assert oracle.is_due(price, size, 0, cushion) == expected


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("is_inverse", [False, True])
def test_the_right_line_is_found_across_many_narrow_tiers(side, is_inverse):
    """Where maintenance is most of the notional, debt and bound are tiers apart."""
    rates = [0, 200_000, 500_000, 700_000, 800_000, 900_000]
    table = [Tier((k + 1) * MILLION, rate, max_leverage=1) for k, rate in enumerate(rates)]
    contract = inverse(table, 10**14, 10**10) if is_inverse else linear(table, 1, 10**8)
    oracle = Oracle(contract.perpetual)
    for notional in range(10_000, 8 * MILLION, 9_973):
        price = 10**14 // notional if is_inverse else notional
        value = contract.value(price, side)
        cushion = oracle.maintenance(abs(value)) - value
        due = contract.liquidation_price(side, 0, cushion)
        assert oracle.is_due(due, side, 0, cushion)
        assert not oracle.is_due(due + side, side, 0, cushion)


@given(st.data())
def test_margins_are_exact(data: st.DataObject):
    terms = data.draw(contracts(max_price=10**9, unit=10**8, cap=10**11))
    notional = data.draw(st.integers(0, MAX_VALUE) | st.integers(0, 10**13))
    contract, leverage = ContractMath(terms), data.draw(st.integers(1, 1_000))
    tier = next(
        (k for k, row in enumerate(terms.tiers) if notional <= row.cap), len(terms.tiers) - 1
    )
    rate, cum = terms.tiers[tier].maintenance_ppm, deductions(terms.tiers)[tier]
    assert contract.tier(notional) == tier
    assert contract.maintenance(notional) == math.ceil(Fraction(notional * rate, MILLION)) - cum
    assert contract.maintenance(notional) == Oracle(terms).maintenance(notional), "not convex"
    assert contract.initial(notional, leverage) == math.ceil(Fraction(notional, leverage))


@pytest.mark.parametrize("notional", [2**k + d for k in (42, 43, 44, 56) for d in (-1, 0, 1)])
def test_margins_are_exact_where_products_leave_64_bits(notional):
    contract = linear(one_tier(999_999))
    assert contract.maintenance(notional) == -(-notional * 999_999 // MILLION)


@given(st.data())
def test_values_are_exact_and_rise_with_the_price_for_a_long(data: st.DataObject):
    terms = data.draw(contracts(max_price=10**9, unit=10**8, cap=10**11))
    contract = ContractMath(terms)
    size = data.draw(st.integers(-contract.max_size, contract.max_size))
    price = data.draw(st.integers(1, terms.max_price))
    value = contract.value(price, size)
    assert value == Oracle(terms).value(price, size) == -contract.value(price, -size)
    assert contract.notional(price, size) == abs(value) <= MAX_VALUE
    if price < terms.max_price:
        assert (contract.value(price + 1, size) - value) * size >= 0


@given(size=st.integers(1, 10**6), entry=st.integers(1_000, 100_000), leverage=st.integers(1, 125))
@example(size=1, entry=100_000, leverage=125)
def test_liquidation_lies_between_entry_and_bankruptcy(size, entry, leverage):
    contract = linear(binance_btc(), tick_value=CENT, max_price=10**7)
    notional = contract.notional(entry, size)
    assume(leverage <= BINANCE_BTC[contract.tier(notional)][2])
    margin = contract.initial(notional, leverage)
    cost = contract.value(entry, size)
    due = contract.liquidation_price(size, cost, margin)
    bankrupt = contract.bankruptcy_price(size, cost, margin)
    assert bankrupt is not None
    assert (due or 0) + 1 >= bankrupt
    assert due is None or due < entry


# ---- the Python face ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (lambda c: c.value(0, 1), "price is 0; allowed are 1 to 1000"),
        (lambda c: c.value(1_001, 1), "price is 1001; allowed are 1 to 1000"),
        (lambda c: c.value(1, 2**57), "size is 144115188075855872; allowed are -1441"),
        (lambda c: c.tier(-1), "notional is -1; allowed are 0 to"),
        (lambda c: c.maintenance(2**57), "notional is 144115188075855872; allowed are"),
        (lambda c: c.initial(1, 0), "leverage is 0; allowed are 1 to 1000"),
        (lambda c: c.liquidation_price(0, 0, 0), "size is 0; allowed are the sizes of open"),
        (lambda c: c.bankruptcy_price(0, 0, 0), "size is 0; allowed are the sizes of open"),
        (lambda c: c.liquidation_price(1, 2**57, 0), "entry is 144115188075855872; allowed"),
        (lambda c: c.bankruptcy_price(1, 0, -(2**62)), "cushion is -4611686018427387904; allo"),
    ],
)
def test_arguments_out_of_bounds_are_named(call, fault):
    with pytest.raises(ValueError, match=fault):
        call(linear(one_tier(5_000), tick_value=100_000, max_price=1_000))


@pytest.mark.parametrize("size", [1.0, True, "1", None])
def test_only_whole_numbers_are_sizes(size):
    with pytest.raises(TypeError, match=r"size is .*; allowed are whole numbers"):
        linear(one_tier(5_000)).value(1, size)


def test_only_a_perpetual_is_a_contract():
    with pytest.raises(TypeError, match="perpetual is 'BTC'; allowed are instances of Perp"):
        ContractMath("BTC")


@pytest.mark.parametrize("same", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_computes_alike(same):
    contract = linear(binance_btc())
    twin = same(contract)
    assert twin.perpetual == contract.perpetual
    assert twin.liquidation_price(3, 3 * 10**11, 10**9) == contract.liquidation_price(
        3, 3 * 10**11, 10**9
    )
