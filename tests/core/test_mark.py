"""Index, mark price and funding against exact rational numbers."""

import copy
import pickle
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate_core.mark import (
    MAX_PRICE,
    MAX_TIME,
    MAX_WEIGHT,
    FundingClock,
    MarkPrice,
    funding_rate,
    index_price,
    premium,
)

PPB, HOUR = 10**9, 3_600
PERCENT = PPB // 100
PRICES = st.integers(1, 1_000) | st.integers(50_000, 70_000) | st.integers(1, MAX_PRICE)
RATES = st.integers(-PERCENT, PERCENT) | st.integers(-PPB, PPB)
STEPS = st.integers(1, 5) | st.integers(1, 200) | st.integers(1, 200_000)


def nearest(x: Fraction | int) -> int:
    """Round to the nearest, ties away from zero."""
    size = (2 * abs(Fraction(x)) + 1) // 2
    return int(size if x >= 0 else -size)


def clamp(x: Fraction | int, bound: int) -> Fraction:
    return Fraction(max(-bound, min(x, bound)))


# ---- index --------------------------------------------------------------------------------------


def exact_index(prices: Sequence[int], weights: Sequence[int], ppm: int) -> int:
    half = Fraction(sum(weights), 2)
    median = min(
        p for p in prices if sum(w for q, w in zip(prices, weights, strict=True) if q <= p) >= half
    )
    near = [
        (p, w)
        for p, w in zip(prices, weights, strict=True)
        if abs(p - median) <= Fraction(ppm, 10**6) * median
    ]
    return nearest(Fraction(sum(p * w for p, w in near), sum(w for _, w in near)))


@given(
    st.lists(st.tuples(PRICES, st.integers(0, MAX_WEIGHT // 12)), min_size=1, max_size=12).filter(
        lambda venues: any(w for _, w in venues)
    ),
    st.sampled_from([0, 1_000, 50_000, 10**6]),
)
def test_the_index_is_exact(venues, ppm):
    prices, weights = zip(*venues, strict=True)
    assert index_price(prices, weights, ppm) == exact_index(prices, weights, ppm)


def test_one_venue_gone_astray_does_not_move_the_index():
    calm = index_price([100_000, 100_040, 99_980], [1, 1, 1])
    for astray in (1, 65_000, 94_000, 106_000, MAX_PRICE):
        assert index_price([100_000, 100_040, 99_980, astray], [1, 1, 1, 1]) == nearest(
            Fraction(300_020, 3)
        )
    assert calm == 100_007


def test_an_outlier_is_one_beyond_the_bound():
    assert index_price([100_000, 100_000, 105_000], [1, 1, 2]) == 102_500
    assert index_price([100_000, 100_000, 105_001], [1, 1, 2]) == 100_000


@pytest.mark.parametrize(
    ("prices", "weights", "fault"),
    [
        ([1, 2], [1], "prices has 2 venues and weights 1; allowed are 1 to 64"),
        ([], [], "prices has 0 venues and weights 0; allowed are 1 to 64"),
        ([1, 0], [1, 1], r"prices\[1\] is 0; allowed are 1 to"),
        ([1, 2], [1, -1], r"weights\[1\] is -1; allowed are 0 to"),
        ([1, 2], [0, 0], "sum of weights is 0; allowed are 1 to"),
        ([1, 2], [MAX_WEIGHT, 1], "sum of weights is 1048577; allowed are 1 to 1048576"),
    ],
)
def test_venues_out_of_bounds_are_named(prices, weights, fault):
    with pytest.raises(ValueError, match=fault):
        index_price(prices, weights)


# ---- mark ---------------------------------------------------------------------------------------


def mean_basis(samples: Sequence[tuple[int, int]], window: int) -> Fraction:
    """Weigh each basis by the seconds of the window since the sample before it, if there is one."""
    now = samples[-1][0]
    times = [now - window, *(time for time, _ in samples)]
    total = 0
    for (begin, end), (_, basis) in zip(pairwise(times), samples, strict=True):
        total += basis * max(0, end - max(begin, now - window))
    return Fraction(total, window)


@given(
    st.integers(1, 60) | st.integers(1, 86_400),
    st.integers(1, 24),
    RATES,
    st.lists(
        st.tuples(STEPS, PRICES, st.none() | PRICES, st.none() | PRICES), min_size=1, max_size=60
    ),
)
def test_the_mark_is_the_exact_median(window, hours, rate, steps):
    mark = MarkPrice("median", window_seconds=window, funding_hours=hours)
    mark.set_rate(rate)
    time, basis, samples = 0, 0, []
    for step, index, mid, last in steps:
        time += step
        basis = basis if mid is None else mid - index
        samples.append((time, basis))
        interval = hours * HOUR
        left = Fraction(interval - time % interval, interval)
        p1 = index + nearest(index * Fraction(rate, PPB) * left)
        p2 = index + nearest(mean_basis(samples, window))
        expected = sorted([p1, p2, p2 if last is None else last])[1]
        assert mark.update(time, index, mid, last) == mark.mark == max(1, expected)
        assert mark.basis == p2 - index
        mark._check()


@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(1, 50), st.integers(-500, 500)), min_size=1, max_size=30),
)
def test_steps_of_any_length_agree(window, runs):
    """A basis that stays the same is the same whether it is told once or every second."""
    coarse, fine = MarkPrice(window_seconds=window), MarkPrice(window_seconds=window)
    time = 0
    for seconds, basis in runs:
        for second in range(time + 1, time + seconds + 1):
            told = fine.update(second, 10_000, 10_000 + basis, 10_000)
        time += seconds
        assert coarse.update(time, 10_000, 10_000 + basis, 10_000) == told
        assert coarse.basis == fine.basis


def test_a_step_longer_than_the_window_leaves_the_present_sample():
    mark = MarkPrice(window_seconds=30)
    for second in range(100):
        mark.update(second, 1_000, 900, 1_000)
    mark.update(99 + 30, 1_000, 1_200, 1_000)
    assert mark.basis == 200


def test_the_basis_is_the_mean_of_thirty_samples_a_second_apart():
    mark, bases = MarkPrice(), [(7 * second) % 41 - 11 for second in range(200)]
    for second, basis in enumerate(bases):
        mark.update(second, 50_000, 50_000 + basis, 50_000)
        if second >= 29:
            assert mark.basis == nearest(Fraction(sum(bases[second - 29 : second + 1]), 30))


def test_the_same_time_again_replaces_the_sample():
    once, again = MarkPrice(), MarkPrice()
    for second in range(0, 100, 7):
        again.update(second, 1_000, 1_100, 990)
        again.update(second, 1_000, 1_300, 990)
        assert again.update(second, 1_010, 1_000 + second, 995) == once.update(
            second, 1_010, 1_000 + second, 995
        )
        again._check()
    assert again.basis == once.basis


@pytest.mark.parametrize("outlier", [1, 5_000, 90_000, MAX_PRICE])
@pytest.mark.parametrize("where", ["last", "basis", "rate"])
def test_the_median_is_insensitive_to_one_outlier(where, outlier):
    """With two of the three at 50,000 and at 50,010 the mark stays between them."""
    mark = MarkPrice(window_seconds=1)
    mid, last = 50_010, 50_000
    if where == "last":
        last = outlier
    elif where == "basis":
        mid = outlier
    else:
        mark.set_rate(PPB if outlier > 50_000 else -PPB)
    assert 50_000 <= mark.update(0, 50_000, mid, last) <= 50_010


def test_price_one_fades_to_the_index_as_funding_comes_near():
    mark = MarkPrice(funding_hours=8)
    mark.set_rate(PERCENT)
    # P2 far above and a trade far below, or the other way round, leave P1 in the middle
    marks = [mark.update(hour * HOUR, 100_000, 200_000, 1) for hour in (0, 2, 4, 6)] + [
        mark.update(8 * HOUR - 1, 100_000, 200_000, 1)
    ]
    assert marks == [101_000, 100_750, 100_500, 100_250, 100_000]
    assert mark.update(8 * HOUR, 100_000, 200_000, 1) == 101_000


@pytest.mark.parametrize(
    ("method", "last", "expected"), [("index", 70, 60), ("last", 70, 70), ("last", None, 60)]
)
def test_other_methods(method, last, expected):
    assert MarkPrice(method).update(5, 60, 90, last) == expected


def test_without_a_trade_or_a_mid_the_mark_is_defined():
    mark = MarkPrice()
    assert mark.mark is None
    assert mark.update(0, 1_000) == 1_000
    assert mark.update(1, 1_000, 1_060) == 1_000 + 2
    assert mark.update(2, 2_000) == 2_000 + 4, "the basis stays what it last was"


def test_a_mark_is_at_least_a_tick():
    mark = MarkPrice(window_seconds=100)
    mark.update(0, 1_000, 1, 1_000)
    assert mark.update(1, 10, 1, 1) == 1
    assert mark.update(2, 10) == 1


# ---- funding ------------------------------------------------------------------------------------


def exact_rate(mean: int, hours: int, interest: int, bound: int, cap: int) -> int:
    return int(clamp(nearest((mean + clamp(interest - mean, bound)) * Fraction(hours, 8)), cap))


@pytest.mark.parametrize(
    ("premium_percent", "rate_percent"),
    [("0", "0.01"), ("0.03", "0.01"), ("0.10", "0.05"), ("-0.10", "-0.05")],
)
def test_golden_funding_rates(premium_percent, rate_percent):
    found = funding_rate(int(Fraction(premium_percent) * PERCENT))
    assert found == Fraction(rate_percent) * PERCENT


def test_the_rate_is_flat_for_premiums_of_minus_4_to_6_basis_points():
    flat = [p for p in range(-1_000_000, 1_000_001, 10_000) if funding_rate(p) == 100_000]
    assert flat == list(range(-400_000, 600_001, 10_000))
    assert funding_rate(600_001) == 100_001
    assert funding_rate(-400_001) == 99_999


@given(
    RATES,
    st.integers(1, 24),
    RATES,
    st.integers(0, PERCENT),
    st.integers(0, PERCENT) | st.just(PPB),
)
def test_rates_are_exact(mean, hours, interest, bound, cap):
    assert funding_rate(mean, hours, interest, bound, cap) == exact_rate(
        mean, hours, interest, bound, cap
    )


def test_a_rate_is_scaled_to_its_interval_and_capped():
    assert funding_rate(1_000_000, funding_hours=1) == 62_500
    assert funding_rate(1_000_000, funding_hours=4) == 250_000
    assert funding_rate(50_000_000, cap_ppb=4_000_000) == 4_000_000
    assert funding_rate(-50_000_000, cap_ppb=4_000_000) == -4_000_000


@given(PRICES, st.none() | PRICES, st.none() | PRICES)
def test_premiums_are_exact(index, bid, ask):
    excess = max(0, (bid or 0) - index) - (0 if ask is None else max(0, index - ask))
    exact = Fraction(excess, index)
    assert premium(index, bid, ask) == nearest(clamp(exact, 1) * PPB)


@given(
    st.integers(1, 24),
    st.integers(0, 10**6),
    st.lists(st.tuples(STEPS, RATES), min_size=1, max_size=40),
)
def test_fundings_take_the_mean_premium_over_time(hours, start, steps):
    clock = FundingClock(hours, start=start)
    interval, time, begin, held = hours * HOUR, start, start, []
    for step, ppb in steps:
        due, count = 0, 0
        end, now = (time // interval + 1) * interval, time + step
        while end <= now:
            held.append((end - time, ppb))
            mean = nearest(Fraction(sum(s * p for s, p in held), end - begin))
            rate = exact_rate(mean, hours, 100_000, 500_000, PPB)
            due, count, held = due + rate, count + 1, []
            time = begin = end
            end += interval
        held.append((now - time, ppb))
        time, before = now, clock.fundings
        assert clock.update(now, ppb) == (due if count else None)
        assert clock.fundings - before == count
        assert clock.next_funding == end
        assert not count or clock.rate_ppb == rate
        clock._check()


def test_funding_is_due_at_the_very_second():
    clock = FundingClock(8)
    due = {hour: clock.update(hour * HOUR, 1_000_000) for hour in range(1, 25)}
    assert {hour: rate for hour, rate in due.items() if rate is not None} == {
        8: 500_000,
        16: 500_000,
        24: 500_000,
    }
    assert clock.next_funding == 32 * HOUR


def test_a_day_at_once_pays_what_its_three_intervals_pay():
    clock = FundingClock()
    assert clock.update(86_400, 1_000_000) == 1_500_000
    assert (clock.fundings, clock.rate_ppb) == (3, 500_000)


def test_the_longest_step_is_no_longer_to_compute():
    clock = FundingClock(1, cap_ppb=PPB)
    assert clock.update(MAX_TIME, PPB) == MAX_TIME // HOUR * funding_rate(PPB, 1)
    clock._check()


# ---- both: the Python face ----------------------------------------------------------------------


def used_mark() -> MarkPrice:
    mark = MarkPrice("median", window_seconds=7, funding_hours=4)
    mark.set_rate(-12_345)
    for second in range(0, 50, 3):
        mark.update(second, 1_000 + second, 1_003 - second, 999)
    return mark


def used_clock() -> FundingClock:
    clock = FundingClock(4, interest_ppb=77, clamp_ppb=88_000, cap_ppb=99_000, start=5)
    clock.update(20_000, 123_456)
    return clock


def restored(kind: type, data: bytes) -> Any:
    fresh = kind()
    fresh.restore(data)
    return fresh


COPIES: list[Callable[[Any], Any]] = [
    lambda x: x.copy(),
    copy.deepcopy,
    lambda x: pickle.loads(pickle.dumps(x)),
    lambda x: restored(type(x), x.snapshot()),
]


@pytest.mark.parametrize("same", COPIES)
def test_a_copied_mark_price_goes_on_alike_and_alone(same):
    mark = used_mark()
    twin, before = same(mark), mark.snapshot()
    twin._check()
    assert twin.snapshot() == before
    assert repr(twin) == repr(mark)
    ahead = [twin.update(50 + k, 1_100, 1_090 + 11 * k, 1_200) for k in range(20)]
    assert mark.snapshot() == before
    assert [mark.update(50 + k, 1_100, 1_090 + 11 * k, 1_200) for k in range(20)] == ahead
    assert len(set(ahead)) > 5


@pytest.mark.parametrize("same", COPIES)
def test_a_copied_funding_clock_goes_on_alike_and_alone(same):
    clock = used_clock()
    twin, before = same(clock), clock.snapshot()
    twin._check()
    assert twin.snapshot() == before
    ahead = [twin.update(20_000 + 900 * k, 40_000 * k) for k in range(40)]
    assert clock.snapshot() == before
    assert [clock.update(20_000 + 900 * k, 40_000 * k) for k in range(40)] == ahead
    assert twin.rate_ppb == clock.rate_ppb == 99_000


@pytest.mark.parametrize("used", [used_mark, used_clock])
def test_a_damaged_snapshot_is_refused_and_changes_nothing(used):
    good = used()
    data = good.snapshot()
    refused = 0
    for at in range(len(data)):
        damaged = data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :]
        target = type(good)()
        before = target.snapshot()
        try:
            target.restore(damaged)
        except ValueError:
            refused += 1
            assert target.snapshot() == before
        else:
            target._check()
    assert refused > len(data) // 2
    with pytest.raises(ValueError, match="data is not a snapshot of a"):
        good.restore(data[:-1])


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (lambda m: m.update(47, 1, 1, 1), "time is 47; allowed are times from the last update"),
        (lambda m: m.update(-1, 1, 1, 1), "time is -1; allowed are 0 to"),
        (lambda m: m.update(60, 0, 1, 1), "index is 0; allowed are 1 to 4398046511104"),
        (lambda m: m.update(60, 1, 0, 1), "mid is 0; allowed are 1 to"),
        (lambda m: m.update(60, 1, 1, MAX_PRICE + 1), "last is 4398046511105; allowed are"),
        (lambda m: m.set_rate(PPB + 1), "rate_ppb is 1000000001; allowed are -1000000000"),
        (lambda _: MarkPrice("mean"), "method is 'mean'; allowed are median, index, last"),
        (lambda _: MarkPrice(window_seconds=0), "window_seconds is 0; allowed are 1 to 86400"),
        (lambda _: MarkPrice(funding_hours=25), "funding_hours is 25; allowed are 1 to 24"),
        (lambda _: FundingClock(cap_ppb=-1), "cap_ppb is -1; allowed are 0 to"),
        (lambda _: FundingClock(clamp_ppb=PPB + 1), "clamp_ppb is 1000000001; allowed are"),
        (lambda _: used_clock().update(19_999, 0), "time is 19999; allowed are times from the"),
        (lambda _: used_clock().update(30_000, -PPB - 1), "premium_ppb is -1000000001; allowed"),
        (lambda _: funding_rate(0, interest_ppb=2 * PPB), "interest_ppb is 2000000000; allowed"),
        (lambda _: premium(0), "index is 0; allowed are 1 to"),
        (lambda _: premium(5, impact_bid=0), "impact_bid is 0; allowed are 1 to"),
    ],
)
def test_a_refused_argument_is_named_and_changes_nothing(call, fault):
    mark = used_mark()
    before = mark.snapshot()
    with pytest.raises(ValueError, match=fault):
        call(mark)
    assert mark.snapshot() == before


@pytest.mark.parametrize("price", [1.5, True, "1"])
def test_only_whole_numbers_are_prices(price):
    with pytest.raises(TypeError, match=r"index is .*; allowed are whole numbers"):
        MarkPrice().update(0, price)
