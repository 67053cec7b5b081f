"""S5: the leverage cycle of Aymanns, Caccioli, Farmer and Tan, and loans against rising prices."""

from __future__ import annotations

import gc
import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.scales import Scale
from tidegate.validation.cases import Ablation, Case, Cost, Falls, Kind, Rises, Within
from tidegate.validation.reference.aymanns_farmer import STEP, Rule, simulate

Floats = NDArray[np.float64]

SEEDS: Final = 64
BURN_IN: Final = 100  # years
YEARS: Final = 1_100
SEGMENT: Final = 1_024  # steps over which a spectrum is taken
CYCLE: Final = (5.0, 25.0)  # years
FAST: Final = 2.0  # years: what is faster is noise

VALUE_AT_RISK: Final = Rule()
SLOWER: Final = Rule(speed=VALUE_AT_RISK.speed / 2)
# Levels that leave as much leverage on average.
COUNTERCYCLICAL: Final = Rule(cyclicality=0.5, level=5.85)
FIXED: Final = Rule(cyclicality=0.0, level=6.15)


def cycles(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Run a bank under value at risk, under a countercyclical rule, and one that is slower."""
    return _compared(seeds, VALUE_AT_RISK, COUNTERCYCLICAL, SLOWER)


def cycles_of_fixed_leverage(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Run banks of fixed leverage only."""
    return _compared(seeds, FIXED, FIXED, FIXED)


def _compared(
    seeds: Sequence[int], risk: Rule, counter: Rule, slower: Rule
) -> dict[str, ArrayLike]:
    paths = np.asarray(seeds, dtype=np.int64)
    prices, leverage = {}, {}
    for name, rule in (("risk", risk), ("counter", counter), ("slower", slower)):
        runs = simulate(rule, paths, YEARS)
        settled = round(BURN_IN / STEP)
        prices[name] = np.log(runs.prices[:, settled:])
        leverage[name] = np.clip(runs.leverage[:, settled:], 1.0, None)
    spread = {name: path.std(axis=1) for name, path in prices.items()}
    mean = {name: path.mean(axis=1) for name, path in leverage.items()}
    return {
        "peak of the spectrum, value at risk": _peaks(leverage["risk"]),
        "peak of the spectrum, countercyclical": _peaks(leverage["counter"]),
        "sd of log price, countercyclical over value at risk": spread["counter"] / spread["risk"],
        "ratio of mean leverages": mean["counter"] / mean["risk"],
        "largest fall in a year, half as fast": (_crash(prices["slower"]), _crash(prices["risk"])),
    }


def rising_prices(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let news lift prices where there are lenders."""
    return _loans(seeds, moves=True)


def prices_without_trend(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let prices go where they will."""
    return _loans(seeds, moves=False)


def _loans(seeds: Sequence[int], *, moves: bool) -> dict[str, ArrayLike]:
    loans, prices = zip(*(_changes(seed, moves=moves) for seed in seeds), strict=True)
    none = np.zeros(len(seeds))
    # Without a trend a ratio of two small changes says nothing: what loans grew by beyond prices.
    return {
        "change of loans, log": (loans, none),
        "change of loans beyond that of prices, log": (loans, prices),
    }


def _changes(seed: int, *, moves: bool) -> tuple[float, float]:
    """Return the changes of loans and of the price of collateral in a run, log."""
    from tidegate.analysis import crash, credit
    from tidegate.leveraged_model import LeveragedMarket
    from tidegate.scenario.lending import LendingSpec
    from tidegate.setups.trend import TrendParameters

    gc.collect()  # the world of the seed before
    p = TrendParameters()
    spec = p.scenario().model_copy(update={"lending": LendingSpec()})
    world = LeveragedMarket(spec, rng=seed, policies=p.news(p.move) if moves else ())
    world.run_until(p.end // p.step_seconds)
    frames = world.frames()
    falls = [crash.fall(frames["bars"], coin, p.first, p.end) for coin in ("BTC", "ETH")]
    return credit.stock_change(frames["credit"], p.first, p.end), -float(np.mean(falls))


def _peaks(leverage: Floats) -> Floats:
    """Return how far spectra rise in the cycle's band above what is slower, and what is faster."""
    count = leverage.shape[1] // SEGMENT
    parts = np.log(leverage[:, : count * SEGMENT]).reshape(len(leverage), count, SEGMENT)
    parts = (parts - parts.mean(axis=2, keepdims=True)) * np.hanning(SEGMENT)
    power = (np.abs(np.fft.rfft(parts, axis=2)) ** 2).mean(axis=1)[:, 1:]
    period = SEGMENT * STEP / np.arange(1, power.shape[1] + 1)
    within = (period >= CYCLE[0]) & (period <= CYCLE[1])
    slower, faster = period > CYCLE[1], (period < CYCLE[0]) & (period >= FAST)
    floor = np.maximum(power[:, slower].mean(axis=1), power[:, faster].mean(axis=1))
    peaks: Floats = power[:, within].max(axis=1) / floor
    return peaks


def _crash(prices: Floats) -> Floats:
    year = round(1.0 / STEP)
    falls: Floats = -(prices[:, year:] - prices[:, :-year]).min(axis=1)
    return falls


CASES: Final = (
    Case(
        id="S5.2",
        kind=Kind.DIRECTIONAL,
        about="rising prices raise loans more than in proportion",
        expected={
            "change of loans, log": Rises(),
            "change of loans beyond that of prices, log": Rises(),
        },
        measure=rising_prices,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("no trend in prices", prices_without_trend),),
    ),
    Case(
        id="S5.3",
        kind=Kind.STATISTICAL,
        about="leverage by value at risk has a cycle, a countercyclical rule has none",
        expected={
            "peak of the spectrum, value at risk": Within(2.0, math.inf),
            "peak of the spectrum, countercyclical": Within(0.0, 2.0),
            "sd of log price, countercyclical over value at risk": Within(0.0, 0.8),
            "ratio of mean leverages": Within(0.95, 1.05, of_mean=True),
        },
        measure=cycles,
        seeds=SEEDS,
        ablations=(Ablation("leverage fixed", cycles_of_fixed_leverage),),
    ),
    Case(
        id="S5.4",
        kind=Kind.DIRECTIONAL,
        about="slower adjustment, shallower crash",
        expected={"largest fall in a year, half as fast": Falls(Scale.LOG)},
        measure=cycles,
        seeds=SEEDS,
        ablations=(Ablation("leverage fixed", cycles_of_fixed_leverage),),
    ),
)
