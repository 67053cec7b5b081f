"""Paired effects and the statistics that turn them into verdicts.

Two arms of a study share seeds, so the effect of a treatment is a column of paired
differences. How likely is a mean this large when the arm's label means nothing: a sign-flip
test, with Holm's correction within a family of claims. How large is the effect: a studentised
bootstrap interval at the level Holm's procedure leaves for the row (the percentile bootstrap is
too narrow for few pairs and heavy tails). Does it matter: the interval is held against the
smallest effect that matters, `delta`.

Everything is a pure function of its arguments: equal data always give equal figures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.scales import Scale
from tidegate.analysis.verdicts import (
    Direction,
    Interval,
    Verdict,
    decide,
    effect_bound,
    follows_from_assumption,
    overlooked,
)

__all__ = [
    "ALPHA",
    "FLIPS",
    "LEDGER_PAIRS",
    "RESAMPLES",
    "Comparison",
    "Direction",
    "Effect",
    "Floats",
    "Interval",
    "Judgement",
    "Verdict",
    "decide",
    "effect_bound",
    "equivalent",
    "follows_from_assumption",
    "holm",
    "holm_levels",
    "interval_of",
    "judge_family",
    "measure_effect",
    "overlooked",
    "paired_differences",
    "probability_interval",
    "sign_flip_p",
    "studentised_interval",
]

Floats = NDArray[np.float64]

ALPHA: Final = 0.05
FLIPS: Final = 10_000
RESAMPLES: Final = 10_000
LEDGER_PAIRS: Final = 64
FLAT: Final = 1e-2  # of the spread of a sample: below it a resample has none


@dataclass(frozen=True, slots=True)
class Effect:
    """A mean paired effect on its scale (a log ratio for `Scale.LOG`), alone in its family."""

    pairs: int
    missing: int
    mean: float
    interval: Interval
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A claim as the statistics see it: columns of paired runs and what is expected of them.

    The effect of `treated` against `control`, less those of the pairs in `beyond`: where there are
    any it is an interaction, what two things do together beyond what each does alone. Of a `share`
    no run can change by more than 1, so it is known what pairs that all agree may hide.
    """

    row: str
    treated: ArrayLike
    control: ArrayLike
    direction: Direction
    scale: Scale
    delta: float
    beyond: tuple[tuple[ArrayLike, ArrayLike], ...] = ()
    share: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.delta) and self.delta > 0):
            raise ValueError(f"delta of {self.row} is {self.delta!r}; it must be above 0")

    @property
    def happened(self) -> bool:
        """Whether any run of any arm differed from any other; without a run it is not known not to.

        Where none did, what the metric counts never took place, or always did.
        """
        arms = [arm for pair in ((self.treated, self.control), *self.beyond) for arm in pair]
        values = np.concatenate([np.asarray(arm, dtype=np.float64) for arm in arms])
        values = values[np.isfinite(values)]
        return not values.size or bool(np.ptp(values))

    def differences(self) -> tuple[Floats, int]:
        """Return what each seed says on the scale, and how many seeds lack a run."""
        if not self.beyond:
            return paired_differences(self.treated, self.control, self.scale)
        if self.scale is Scale.INDICATOR:
            raise ValueError(
                f"{self.row} is an interaction of an indicator; only levels and logs have one"
            )
        pairs = [(self.treated, self.control), *self.beyond]
        arms = np.array([np.asarray(arm, dtype=np.float64) for pair in pairs for arm in pair])
        present = np.isfinite(arms).all(axis=0)
        first, *others = (
            paired_differences(arms[at][present], arms[at + 1][present], self.scale)[0]
            for at in range(0, len(arms), 2)
        )
        for other in others:
            first = first - other
        return first, int(present.size - np.count_nonzero(present))


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one row of a family, with the figures it rests on."""

    row: str
    effect: Effect
    p_holm: float
    interval: Interval  # at the level that Holm's procedure leaves for this row
    verdict: Verdict
    happened: bool  # whether any run differed from any other


def paired_differences(
    treated: ArrayLike, control: ArrayLike, scale: Scale = Scale.LEVEL
) -> tuple[Floats, int]:
    """Return the paired differences on `scale` and how many pairs had no value.

    Parameters
    ----------
    treated, control
        One value a seed, in the same order of seeds; NaN where a run has no value.
    scale
        `Scale.LOG` needs values above 0, `Scale.INDICATOR` values of 0 or 1.
    """
    t = np.asarray(treated, dtype=np.float64)
    c = np.asarray(control, dtype=np.float64)
    if t.ndim != 1 or t.shape != c.shape:
        raise ValueError(
            f"treated has shape {t.shape} and control {c.shape}; both must be one column of "
            "the same length"
        )
    present = np.isfinite(t) & np.isfinite(c)
    t, c = t[present], c[present]
    missing = int(present.size - t.size)
    both = np.concatenate([t, c])
    if scale is Scale.LOG:
        if both.size and both.min() <= 0:
            raise ValueError(f"a metric on the log scale is {both.min():g}; it must be above 0")
        return np.log(t) - np.log(c), missing
    if scale is Scale.INDICATOR and not np.isin(both, (0.0, 1.0)).all():
        raise ValueError("an indicator must be 0 or 1 in every run")
    return t - c, missing


@lru_cache(maxsize=8)
def _sign_patterns(pairs: int, flips: int, seed: int) -> tuple[Floats, bool]:
    """Return rows of -1 and +1, and whether they are all the rows there are."""
    if 2**pairs <= flips:
        bits = np.arange(2**pairs)[:, None] >> np.arange(pairs) & 1
        return (1 - 2 * bits).astype(np.float64), True
    rng = np.random.Generator(np.random.PCG64([seed, pairs, 0]))
    return (1 - 2 * rng.integers(0, 2, size=(flips, pairs))).astype(np.float64), False


@lru_cache(maxsize=8)
def _resample_counts(pairs: int, resamples: int, seed: int) -> Floats:
    """Return how often each pair is drawn, one row a bootstrap resample."""
    rng = np.random.Generator(np.random.PCG64([seed, pairs, 1]))
    drawn = rng.integers(0, pairs, size=(resamples, pairs))
    drawn += np.arange(resamples)[:, None] * pairs
    counts = np.bincount(drawn.ravel(), minlength=resamples * pairs)
    return counts.reshape(resamples, pairs).astype(np.float64)


def sign_flip_p(differences: ArrayLike, *, flips: int = FLIPS, seed: int = 0) -> float:
    """Return the two-sided p of the mean when every difference could have had either sign.

    Exact, over all sign patterns, where these number no more than `flips`; otherwise drawn,
    with the observed pattern counted as one of the drawn so that p is never 0.
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.size == 0:
        return 1.0
    signs, exact = _sign_patterns(d.size, flips, seed)
    # einsum, not BLAS: the order of the sum must not depend on the number of threads.
    sums = np.abs(np.einsum("bn,n->b", signs, d))
    # Patterns that tie with the observed one up to rounding count as ties.
    reached = int(np.count_nonzero(sums >= abs(float(d.sum())) - 1e-12 * float(np.abs(d).sum())))
    return reached / len(sums) if exact else (reached + 1) / (len(sums) + 1)


def holm(p_values: ArrayLike) -> Floats:
    """Return p values adjusted by Holm's step-down procedure, in the order given."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def holm_levels(p_values: ArrayLike, alpha: float = ALPHA) -> Floats:
    """Return the share of `alpha` each row is tested at by Holm's procedure.

    The procedure stops at its first failure, so every row from there on is held to the
    share of that row. Rows of equal p are all held to the strictest of their shares: drawn p
    values are often equal, and the order of the claims must not matter.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    first = np.searchsorted(p[order], p[order])  # place of the first row of equal p
    shares = alpha / (p.size - first)
    failed = np.flatnonzero(p[order] > shares)
    if failed.size:
        shares[failed[0] :] = shares[failed[0]]
    levels = np.empty_like(p)
    levels[order] = shares
    return levels


def studentised_interval(
    differences: ArrayLike,
    *,
    level: float = 1 - ALPHA,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the studentised bootstrap interval of the mean.

    Pairs that all agree have an interval of no width, once they are as many as a sign-flip
    test needs to tell them from chance at this level; fewer have none (`overlooked` says what it
    may have missed). A resample with next to no spread (below `FLAT` of the sample's) has no t
    value; it counts as infinitely far out on the side of its mean, so data that are too discrete
    give an open interval instead of a false one.
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.size < 2:
        return Interval(math.nan, math.nan, level)
    mean = float(d.mean())
    centred = d - mean
    spread = float(d.std(ddof=1))
    if spread <= 1e-12 * float(np.abs(d).max()):
        enough = 2.0 ** (1 - d.size) <= min(1 - level, ALPHA)
        return Interval(mean, mean, level) if enough else Interval(math.nan, math.nan, level)
    counts = _resample_counts(d.size, resamples, seed)
    means = np.einsum("bn,n->b", counts, centred) / d.size
    squares = np.einsum("bn,n->b", counts, centred * centred)
    variances = (squares - d.size * means * means) / (d.size - 1)
    flat = variances <= (FLAT * spread) ** 2
    errors = np.sqrt(np.where(flat, 1.0, variances) / d.size)
    t = means / errors
    t[flat & (means > 1e-12 * spread)] = math.inf
    t[flat & (means < -1e-12 * spread)] = -math.inf
    tail = (1 - level) / 2
    left, right = np.quantile(t, [tail, 1 - tail], method="inverted_cdf")
    error = spread / math.sqrt(d.size)
    return Interval(mean - float(right) * error, mean - float(left) * error, level)


def probability_interval(differences: ArrayLike, *, level: float = 1 - ALPHA) -> Interval:
    """Return the interval of a change of probability from paired zeros and ones.

    Adjusted Wald after Bonett and Price: one run is added to each kind of discordant pair.
    The bootstrap cannot serve here, because pairs that all agree would have no spread and
    an interval of no width, however few they are.
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.size < 2:
        return Interval(math.nan, math.nan, level)
    size = d.size + 2
    up = (float(np.count_nonzero(d > 0)) + 1) / size
    down = (float(np.count_nonzero(d < 0)) + 1) / size
    error = math.sqrt((up + down - (up - down) ** 2) / size)
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return Interval(max(up - down - reach, -1.0), min(up - down + reach, 1.0), level)


def interval_of(
    differences: ArrayLike, scale: Scale, *, level: float = 1 - ALPHA, seed: int = 0
) -> Interval:
    """Return the interval that suits the scale of a metric."""
    if scale is Scale.INDICATOR:
        return probability_interval(differences, level=level)
    return studentised_interval(differences, level=level, seed=seed)


def measure_effect(
    treated: ArrayLike, control: ArrayLike, scale: Scale, *, seed: int = 0
) -> Effect:
    """Return the paired effect with its 95 % interval and its uncorrected p."""
    return _effect(*paired_differences(treated, control, scale), scale, seed)


def _effect(differences: Floats, missing: int, scale: Scale, seed: int) -> Effect:
    return Effect(
        pairs=differences.size,
        missing=missing,
        mean=float(differences.mean()) if differences.size else math.nan,
        interval=interval_of(differences, scale, seed=seed),
        p=sign_flip_p(differences, seed=seed),
    )


def equivalent(
    differences: ArrayLike,
    delta: float,
    scale: Scale = Scale.LEVEL,
    *,
    level: float = 1 - ALPHA,
    seed: int = 0,
) -> bool:
    """Tell whether two arms are the same: the interval lies inside +-`delta`."""
    return interval_of(differences, scale, level=level, seed=seed).within(
        effect_bound(delta, scale)
    )


def judge_family(
    comparisons: Sequence[Comparison], *, alpha: float = ALPHA, seed: int = 0
) -> list[Judgement]:
    """Return the verdicts on the rows of one family, corrected for one another by Holm."""
    found = [comparison.differences() for comparison in comparisons]
    effects = [
        _effect(*measured, row.scale, seed)
        for measured, row in zip(found, comparisons, strict=True)
    ]
    p_values = [e.p for e in effects]
    adjusted, shares = holm(p_values), holm_levels(p_values, alpha)
    judgements = []
    rows = zip(comparisons, found, effects, adjusted, shares, strict=True)
    for row, (differences, _), effect, p_holm, share in rows:
        interval = interval_of(differences, row.scale, level=1 - float(share), seed=seed)
        verdict = decide(
            interval,
            effect_bound(row.delta, row.scale),
            row.direction,
            hidden=overlooked(effect.pairs, interval.level) if row.share and effect.pairs else 0.0,
            happened=row.happened,
        )
        judgements.append(
            Judgement(row.row, effect, float(p_holm), interval, verdict, row.happened)
        )
    return judgements
