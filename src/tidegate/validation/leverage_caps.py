"""S4.6: what leverage does to tails, asked of the market: caps on the leverage of perpetuals.

The five tests of S4 as they translate. Returns are those of BTC by the minute, over all exchanges.

- Tails grow with the cap, up to 10x: their kurtosis over calm and crash together. Beyond that
  the original saturates too. Its figures are its own.
- Calm hides risk: before the news prices move less under the higher cap, and tails are fatter.
- Falls are larger than rises: the worst minutes beyond the best ones, over what they are at 1x,
  for the news itself is a fall.
- A cap that follows volatility, 20x in a placid market and 7x in a nervous one, and a fixed one
  that leaves as much leverage on average: accounts liquidated when the news comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.facts import excess_kurtosis
from tidegate.analysis.scales import Scale
from tidegate.validation.cases import Ablation, Case, Cost, Falls, Kind, Rises, Within

Floats = NDArray[np.float64]
Figures = Mapping[str, float]

CAPS: Final = (1, 2, 5, 10, 20, 50)
MOST: Final = CAPS[-1]
GROWING: Final = tuple(pairwise(CAPS[:4]))
EXTREMES: Final = 5  # minutes of some 200
SEEDS: Final = 64
# Volatility of news over what it is, with the cap of the rule that follows it, and the fixed one.
STATES: Final = ((0.5, 20), (1.5, 7))
FIXED: Final = 10


def capped_crashes(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through one crash under each cap, and under both rules for caps."""
    return _compared([(_under_caps(seed), _under_rules(seed)) for seed in seeds])


def crashes_without_leverage(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through it at 1x, whatever the cap says."""
    runs = []
    for seed in seeds:
        plain, states = _crash(seed, 1), [_crash(seed, 1, calm) for calm, _ in STATES]
        runs.append((dict.fromkeys(CAPS, plain), (states, states)))
    return _compared(runs)


def _under_caps(seed: int) -> dict[int, Figures]:
    return {cap: _crash(seed, cap) for cap in CAPS}


def _under_rules(seed: int) -> tuple[list[Figures], list[Figures]]:
    """Return what happens in each state of the market, under the rule and the fixed cap."""
    return (
        [_crash(seed, cap, calm) for calm, cap in STATES],
        [_crash(seed, FIXED, calm) for calm, _ in STATES],
    )


def _crash(seed: int, cap: int, calm: float = 1.0) -> Figures:
    """Return the figures of one run under a cap, in a market so many times as volatile."""
    from tidegate.analysis import crash
    from tidegate.validation import crash_runs

    look, values = crash_runs.mean_leverage, crash_runs.volatility(calm)
    run = crash_runs.live(seed, look=look, scenario=values, leverage_cap=cap)
    day, bars = run.parameters.day, run.frames["bars"]
    returns, seconds = crash_runs.minute_returns(bars, "BTC")
    ordered = np.sort(returns)
    return {
        "kurtosis": excess_kurtosis(returns),
        "calm": float(returns[seconds <= day.first].std()),
        "gap": -float(ordered[:EXTREMES].mean()) - float(ordered[-EXTREMES:].mean()),
        "hit": crash.accounts_hit(run.frames["liquidations"], day.first, day.end + 1)[0],
        "leverage": run.before,
    }


def _compared(
    runs: Sequence[tuple[Mapping[int, Figures], tuple[Sequence[Figures], Sequence[Figures]]]],
) -> dict[str, ArrayLike]:
    def caps(name: str, cap: int) -> list[float]:
        return [by_cap[cap][name] for by_cap, _ in runs]

    def rules(name: str, rule: int) -> list[float]:
        return [float(np.mean([state[name] for state in both[rule]])) for _, both in runs]

    found: dict[str, ArrayLike] = {}
    for below, above in GROWING:
        pair = caps("kurtosis", above), caps("kurtosis", below)
        found[f"excess kurtosis, {below} to {above}"] = pair
    found[f"sd in calm, 1 to {MOST}"] = caps("calm", MOST), caps("calm", 1)
    for cap in CAPS[2:]:
        found[f"worst minutes beyond best, at {cap} over 1"] = caps("gap", cap), caps("gap", 1)
    found["accounts hit, cap by volatility"] = rules("hit", 0), rules("hit", 1)
    found["ratio of mean leverages"] = np.divide(rules("leverage", 0), rules("leverage", 1))
    return found


CASES: Final = (
    Case(
        id="S4.6",
        kind=Kind.DIRECTIONAL,
        about="the same in the market, with caps on the leverage of perpetuals",
        expected={
            **{f"excess kurtosis, {a} to {b}": Rises() for a, b in GROWING},
            f"sd in calm, 1 to {MOST}": Falls(Scale.LOG),
            **{f"worst minutes beyond best, at {cap} over 1": Rises() for cap in CAPS[2:]},
            "accounts hit, cap by volatility": Rises(Scale.LOG),
            "ratio of mean leverages": Within(0.97, 1.03, of_mean=True),
        },
        measure=capped_crashes,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("leverage off", crashes_without_leverage),),
    ),
)
