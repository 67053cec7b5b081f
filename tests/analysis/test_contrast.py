"""The statistics against brute force, SciPy and their own promises."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tidegate.analysis.contrast import (
    ALPHA,
    Comparison,
    Direction,
    Interval,
    Judgement,
    Verdict,
    decide,
    equivalent,
    follows_from_assumption,
    holm,
    holm_levels,
    judge_family,
    measure_effect,
    overlooked,
    paired_differences,
    probability_interval,
    sign_flip_p,
    studentised_interval,
)
from tidegate.analysis.scales import MEASURES, Scale

finite = st.floats(-10, 10).map(lambda x: round(x, 3))


@given(st.lists(finite, min_size=1, max_size=9))
def test_sign_flip_is_exact_for_few_pairs(values):
    observed = abs(sum(values))
    patterns = list(itertools.product((1, -1), repeat=len(values)))
    sums = [abs(sum(s * v for s, v in zip(p, values, strict=True))) for p in patterns]
    expected = sum(total >= observed - 1e-9 for total in sums) / len(patterns)
    assert sign_flip_p(values) == pytest.approx(expected)


def test_sign_flip_agrees_with_scipy_where_it_is_drawn():
    values = np.random.default_rng(3).normal(0.3, 1, size=40)
    reference = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=50_000, vectorized=True
    )
    # Both are drawn: five standard errors of their difference.
    assert sign_flip_p(values) == pytest.approx(reference.pvalue, abs=0.021)


def test_sign_flip_is_never_zero_and_one_without_data():
    assert sign_flip_p(np.ones(64)) == pytest.approx(1 / 10_001)
    assert sign_flip_p([]) == 1.0


def _reject_step_down(p_values, alpha):
    """Holm's procedure as the textbook tells it."""
    rejected = set()
    for step, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[index] > alpha / (len(p_values) - step):
            break
        rejected.add(index)
    return rejected


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=8))
def test_holm_rejects_what_the_procedure_rejects(p_values):
    rejected = _reject_step_down(p_values, ALPHA)
    # Rounding in the product may decide a p exactly at its share; no verdict hangs on that.
    adjusted = holm(p_values)
    for index, value in enumerate(adjusted):
        if not math.isclose(value, ALPHA, rel_tol=1e-9):
            assert (value <= ALPHA) == (index in rejected)
    levels = holm_levels(p_values)
    assert levels.min() >= ALPHA / len(p_values) * (1 - 1e-12)
    assert levels.max() <= ALPHA
    for index, (p, level) in enumerate(zip(p_values, levels, strict=True)):
        assert (p <= level) == (index in rejected)


def test_holm_on_a_worked_example():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(holm_levels([0.01, 0.04, 0.03]), [0.05 / 3, 0.025, 0.025])
    # Equal p: the order of the claims does not matter, and all are held to the strictest share.
    np.testing.assert_allclose(holm_levels([0.0001, 0.0001, 0.03]), [0.05 / 3, 0.05 / 3, 0.05])
    np.testing.assert_allclose(holm_levels([0.0001] * 4), [0.05 / 4] * 4)


@pytest.mark.parametrize("pairs", [8, 64])
def test_studentised_interval_covers(pairs):
    rng = np.random.default_rng(11)
    runs = 600
    inside = sum(
        i.low <= 0 <= i.high
        for i in (studentised_interval(x, resamples=2_000) for x in rng.normal(size=(runs, pairs)))
    )
    assert 0.925 <= inside / runs <= 0.985


def test_studentised_interval_follows_skew_where_the_percentile_bootstrap_does_not():
    rng = np.random.default_rng(12)
    samples = rng.exponential(size=(400, 16)) - 1.0
    studentised = percentile = 0
    for sample in samples:
        interval = studentised_interval(sample, resamples=2_000)
        studentised += interval.low <= 0 <= interval.high
        plain = stats.bootstrap((sample,), np.mean, n_resamples=999, method="percentile", rng=rng)
        percentile += plain.confidence_interval.low <= 0 <= plain.confidence_interval.high
    assert studentised / 400 >= 0.90
    assert studentised > percentile


def test_studentised_interval_of_too_few_or_equal_pairs():
    assert math.isnan(studentised_interval([1.0]).low)
    assert math.isnan(studentised_interval([2.0] * 5).low)
    assert studentised_interval([2.0] * 6) == Interval(2.0, 2.0, 0.95)
    assert math.isnan(studentised_interval([2.0] * 2, level=0.5).low)
    assert math.isnan(studentised_interval([2.0] * 6, level=0.99).low)


def test_discrete_data_give_a_wide_interval_rather_than_a_false_one():
    assert studentised_interval([0.0] * 15 + [1.0]).high == math.inf


def test_probability_interval_covers_and_stays_open_for_agreeing_pairs():
    few, many = probability_interval([0.0] * 8), probability_interval([0.0] * 400)
    assert few.high > 0.2
    assert many.within(0.05)
    rng = np.random.default_rng(5)
    truth, inside = 0.1, 0
    for _ in range(500):
        differences = rng.choice([-1.0, 0.0, 1.0], p=[0.05, 0.8, 0.15], size=64)
        interval = probability_interval(differences)
        inside += interval.low <= truth <= interval.high
    assert 0.93 <= inside / 500 <= 0.985


def test_pairs_without_a_value_are_counted_and_left_out():
    effect = measure_effect([1.0, math.nan, 3.0], [0.5, 1.0, 2.5], Scale.LEVEL)
    assert (effect.pairs, effect.missing, effect.mean) == (2, 1, 0.5)


def test_log_scale_measures_a_ratio():
    differences, _ = paired_differences([110.0, 220.0], [100.0, 200.0], Scale.LOG)
    np.testing.assert_allclose(differences, math.log(1.1))


@pytest.mark.parametrize(
    ("treated", "control", "scale", "words"),
    [
        ([1.0], [1.0, 2.0], Scale.LEVEL, "same length"),
        ([1.0, 0.0], [1.0, 2.0], Scale.LOG, "above 0"),
        ([0.5], [1.0], Scale.INDICATOR, "0 or 1"),
    ],
)
def test_unusable_columns_are_refused(treated, control, scale, words):
    with pytest.raises(ValueError, match=words):
        paired_differences(treated, control, scale)


def test_a_claim_needs_a_size_that_matters():
    with pytest.raises(ValueError, match="delta of X-H1 is 0"):
        Comparison("X-H1", [1.0], [1.0], Direction.NONE, Scale.LEVEL, 0.0)


@pytest.mark.parametrize(
    ("low", "high", "direction", "expected"),
    [
        (1.1, 3.0, Direction.INCREASE, Verdict.SUPPORTED),
        (1.1, 3.0, Direction.DECREASE, Verdict.CONTRADICTED),
        (1.1, 3.0, Direction.NONE, Verdict.CONTRADICTED),
        (-3.0, -1.1, Direction.INCREASE, Verdict.CONTRADICTED),
        (-3.0, -1.1, Direction.DECREASE, Verdict.SUPPORTED),
        (-3.0, -1.1, Direction.NONE, Verdict.CONTRADICTED),
        (-0.9, 0.9, Direction.INCREASE, Verdict.NO_EFFECT),
        (-0.9, 0.9, Direction.NONE, Verdict.SUPPORTED),
        (0.2, 1.5, Direction.INCREASE, Verdict.UNDECIDED),
        (-1.5, 1.5, Direction.NONE, Verdict.UNDECIDED),
        (math.nan, math.nan, Direction.INCREASE, Verdict.UNDECIDED),
    ],
)
def test_verdicts_follow_from_the_interval(low, high, direction, expected):
    interval = Interval(low, high, 0.95)
    assert decide(interval, 1.0, direction) is expected


def _family(rng, effects, pairs, noise):
    """Return one family whose rows have the planted effects, in units of delta."""
    family = []
    for index, effect in enumerate(effects):
        control = rng.normal(size=pairs)
        treated = control + rng.normal(effect, noise, size=pairs)
        direction = (Direction.INCREASE, Direction.DECREASE)[index % 2]
        family.append(Comparison(f"X-H{index}", treated, control, direction, Scale.LEVEL, 1.0))
    return family


def _at_most_five_percent(errors, trials):
    """Tell whether an error rate is 5 % or less within sampling error."""
    return stats.binomtest(errors, trials, ALPHA, alternative="greater").pvalue > 0.01


def test_two_hundred_placebo_claims_are_not_given_a_sign():
    rng = np.random.default_rng(21)
    judgements = [j for _ in range(25) for j in judge_family(_family(rng, [0.0] * 8, 64, 4.0))]
    assert len(judgements) == 200
    false = sum(j.verdict in (Verdict.SUPPORTED, Verdict.CONTRADICTED) for j in judgements)
    assert _at_most_five_percent(false, 200)
    # Also where everything matters: intervals that leave 0 out, counted by row and by family.
    families = [judgements[i : i + 8] for i in range(0, 200, 8)]
    wrong = [[j.interval.low > 0 or j.interval.high < 0 for j in rows] for rows in families]
    assert _at_most_five_percent(sum(map(sum, wrong)), 200)
    assert _at_most_five_percent(sum(map(any, wrong)), 25)


def test_placebos_that_differ_in_nothing_are_found_to_have_no_effect():
    rng = np.random.default_rng(22)
    judgements = [j for _ in range(25) for j in judge_family(_family(rng, [0.0] * 8, 64, 1.0))]
    assert all(j.verdict is Verdict.NO_EFFECT for j in judgements)


def test_planted_effects_are_found_with_their_sign():
    rng = np.random.default_rng(23)
    signs = [2.0, 2.0, -2.0, -2.0] * 2
    found = wrong = 0
    for _ in range(25):
        for planted, judgement in zip(
            signs, judge_family(_family(rng, signs, 64, 2.0)), strict=True
        ):
            index = int(judgement.row.removeprefix("X-H"))
            expected = (planted > 0) == (index % 2 == 0)
            right = Verdict.SUPPORTED if expected else Verdict.CONTRADICTED
            found += judgement.verdict is right
            wrong += judgement.verdict not in (right, Verdict.UNDECIDED)
    assert found / 200 >= 0.8
    assert wrong == 0


def test_equivalence_is_an_interval_inside_delta():
    rng = np.random.default_rng(24)
    assert equivalent(rng.normal(0, 1, size=200), 0.5)
    assert not equivalent(rng.normal(0, 1, size=20), 0.1)
    assert not equivalent(rng.normal(1, 0.1, size=200), 0.5)


def test_relative_delta_is_a_log_ratio():
    control = np.full(64, 100.0)
    treated = control * np.exp(np.random.default_rng(1).normal(math.log1p(0.03), 1e-4, size=64))
    price = MEASURES["price"]
    [judgement] = judge_family(
        [Comparison("X-H1", treated, control, Direction.INCREASE, price.scale, price.delta)]
    )
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.effect.mean == pytest.approx(math.log1p(0.03), abs=1e-4)


def _judged(change: float, spread: float, direction: Direction = Direction.INCREASE) -> Judgement:
    control = np.linspace(99.0, 101.0, 64)
    treated = control + change + spread * np.linspace(-1.0, 1.0, 64)
    [judgement] = judge_family([Comparison("X-H1", treated, control, direction, Scale.LEVEL, 1.0)])
    return judgement


def _assumed(market: Judgement, frozen: Judgement) -> bool:
    return follows_from_assumption(market.verdict, market.interval, frozen.verdict, frozen.interval)


def test_a_verdict_that_prices_do_not_change_follows_from_assumption():
    supported, moved, wide = _judged(3.0, 0.1), _judged(0.2, 0.1), _judged(1.0, 3.0)
    assert _assumed(supported, supported)
    assert _assumed(moved, moved)
    assert not _assumed(supported, moved)
    assert not _assumed(wide, wide)  # both undecided


def test_twins_in_which_nothing_can_move_say_nothing_of_a_market_that_did():
    moved, still = _judged(0.2, 0.1), _judged(0.0, 0.0)
    assert moved.verdict is still.verdict is Verdict.NO_EFFECT
    assert not _assumed(moved, still)
    assert _assumed(still, still)  # accounts that no price enters
    arm = np.full(64, 5.0)  # a frozen price: nothing happened, so that no direction is decided
    [fixed] = judge_family([Comparison("X-H1", arm, arm, Direction.INCREASE, Scale.LEVEL, 1.0)])
    assert fixed.verdict is Verdict.UNDECIDED
    assert _assumed(still, fixed)
    assert not _assumed(moved, fixed)


def test_equal_data_give_equal_figures():
    rng = np.random.default_rng(31)
    family = _family(rng, [0.5, 2.0, 0.0], 32, 1.0)
    assert judge_family(family) == judge_family(family)


def test_an_outlier_among_near_ties_leaves_the_interval_open_not_absurd() -> None:
    differences = np.array([0.01, *np.linspace(0.0, 1e-9, 13)])
    interval = studentised_interval(differences)
    assert interval.high == math.inf
    assert -0.01 < interval.low < 0.0


def _two_by_two(rng, together, pairs=64):
    """Return arms neither, first, second, both, of which each alone adds 3 and -2."""
    neither = rng.normal(100.0, 5.0, size=pairs)
    first, second = (neither + alone + rng.normal(0, 0.3, pairs) for alone in (3.0, -2.0))
    both = neither + 1.0 + together + rng.normal(0, 0.3, pairs)
    return neither, first, second, both


@pytest.mark.parametrize(
    ("together", "verdict"),
    [(2.0, Verdict.SUPPORTED), (0.0, Verdict.NO_EFFECT), (-2.0, Verdict.CONTRADICTED)],
)
def test_an_interaction_is_what_two_things_do_beyond_what_each_does_alone(together, verdict):
    neither, first, second, both = _two_by_two(np.random.default_rng(31), together)
    alone = ((first, neither), (second, neither))
    row = Comparison("X-H1", both, neither, Direction.INCREASE, Scale.LEVEL, 1.0, alone)
    by_hand = (both - neither) - (first - neither) - (second - neither)
    differences, missing = row.differences()
    np.testing.assert_allclose(differences, by_hand, rtol=0, atol=1e-12)
    assert missing == 0
    [judgement] = judge_family([row])
    assert judgement.verdict is verdict
    assert judgement.effect.mean == pytest.approx(together, abs=0.3)


def test_an_interaction_on_a_log_scale_is_a_ratio_of_ratios_and_needs_all_its_arms():
    neither, first, second, both = _two_by_two(np.random.default_rng(32), 0.0)
    first[3], both[7], both[3] = math.nan, math.nan, math.nan
    alone = ((first, neither), (second, neither))
    row = Comparison("X-H1", both, neither, Direction.NONE, Scale.LOG, 0.05, alone)
    differences, missing = row.differences()
    assert missing == 2
    kept = np.isfinite(first) & np.isfinite(both)
    ratio = both * neither / (first * second)
    np.testing.assert_allclose(differences, np.log(ratio[kept]), rtol=0, atol=1e-12)


def test_an_indicator_has_no_interaction():
    arm = np.ones(4)
    row = Comparison("X-H1", arm, arm, Direction.NONE, Scale.INDICATOR, 0.1, ((arm, arm),))
    with pytest.raises(ValueError, match="X-H1 is an interaction of an indicator"):
        judge_family([row])


def test_what_is_rare_may_be_missed_by_pairs_that_all_agree() -> None:
    assert overlooked(64, 0.95) == pytest.approx(0.0457, abs=1e-4)  # about three in n
    assert (1 - overlooked(20, 0.99)) ** 20 == pytest.approx(0.01)


def _alike(pairs: int, direction: Direction, rows: int = 4, **terms: Any) -> Judgement:
    """Judge a family of rows whose runs vary from seed to seed and agree in every pair."""
    arm = np.linspace(0.2, 0.8, pairs)
    row = Comparison("X-H1", arm, arm, direction, terms.pop("scale", Scale.LEVEL), 0.05, **terms)
    return judge_family([row] * rows)[0]


@pytest.mark.parametrize(
    ("direction", "verdict"),
    [(Direction.NONE, Verdict.SUPPORTED), (Direction.INCREASE, Verdict.NO_EFFECT)],
)
def test_alike_pairs_prove_nothing_of_a_share_that_they_may_hide(
    direction: Direction, verdict: Verdict
) -> None:
    """In a family of four 64 pairs may miss what happens in 6.6 % of runs, 128 in 3.4 %."""
    assert _alike(64, direction, share=True).verdict is Verdict.UNDECIDED
    assert _alike(128, direction, share=True).verdict is verdict
    assert _alike(64, direction, rows=1, share=True).verdict is verdict  # 4.6 %
    assert _alike(64, direction).verdict is verdict  # of what has no bound nothing can be said


@pytest.mark.parametrize(("pairs", "verdict"), [(64, Verdict.UNDECIDED), (128, Verdict.SUPPORTED)])
def test_an_event_that_never_happened_needs_pairs_to_be_ruled_out(
    pairs: int, verdict: Verdict
) -> None:
    never = np.zeros(pairs)
    row = Comparison("X-H1", never, never, Direction.NONE, Scale.INDICATOR, 0.05)
    assert judge_family([row] * 16)[0].verdict is verdict


@pytest.mark.parametrize("value", [0.0, 5.0])
@pytest.mark.parametrize("pairs", [64, 128])
def test_what_never_happened_says_nothing_of_a_direction(pairs: int, value: float) -> None:
    """Nobody joined, or all waits were cut off at the end: no effect was looked at."""
    arm = np.full(pairs, value)
    arm[3] = math.nan
    directed = Comparison("X-H1", arm, arm, Direction.INCREASE, Scale.LEVEL, 1.0)
    [judged] = judge_family([directed])
    assert not judged.happened
    assert judged.verdict is Verdict.UNDECIDED
    [judged] = judge_family([dataclasses.replace(directed, direction=Direction.NONE)])
    assert judged.verdict is Verdict.SUPPORTED  # that nothing happens is what it says


def test_something_happened_where_one_run_of_any_arm_differs() -> None:
    never, once = np.zeros(8), np.zeros(8)
    once[5] = 1.0
    rest = (Direction.INCREASE, Scale.LEVEL, 1.0)
    assert Comparison("X-H1", once, never, *rest).happened
    assert Comparison("X-H1", once, once, *rest).happened
    assert Comparison("X-H1", never, never, *rest, ((once, never),)).happened
    assert not Comparison("X-H1", never, never, *rest, ((never, never),)).happened
    assert Comparison("X-H1", np.full(2, math.nan), np.full(2, math.nan), *rest).happened
