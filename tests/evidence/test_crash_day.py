"""10 October 2025 as the default market lives it, on seeds that no fit has seen.

What is compared was fitted to, so this is a check of the fit's width, not a test of the model: the
bands say how close a run must come, the seeds say how often it does.
"""

from __future__ import annotations

import gc
import math
import os
import resource
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from tidegate.analysis import crash
from tidegate.leveraged_model import LeveragedMarket
from tidegate.setups.crash import CLOSE, CrashParameters

HOUR = 3_600
DEPTH_BEFORE = HOUR // 2
BURN_IN = 2.0  # hours, discarded
FROM_FOUR = 10.95  # hours from 04:00 UTC, where the window begins, to the first post
SEEDS = range(31_500, 31_540)
WIDE_SEEDS = range(32_200, 32_220)
SHARE = 0.8  # of the seeds that a band must hold

# Row, band, and the figure of the day.
BANDS: dict[str, tuple[float, float, str]] = {
    "worst 40 minutes, share of all": (0.60, 0.80, "0.70"),
    "longs' share": (0.80, 0.92, "0.84-0.87"),
    "liquidated over open interest": (0.05, 0.13, "0.087"),
    "first deleveraging, Hyperliquid, s": (20, 180, "61.7"),
    "ETH over BTC, day's close": (1.3, 2.2, "1.7"),
    "SOL over BTC": (1.5, 2.6, "2.0"),
    "small coins over BTC": (2.0, 4.0, "3.0"),
    "least depth of BTC": (0.10, 0.35, "0.10-0.35"),
    "fund used, Binance": (0.05, 0.25, "0.15"),
    "accounts hit, million": (1.0, 2.5, "1.6"),
    "mean liquidated, 1,000 USD": (8.0, 16.0, "11.8"),
    "longs between the posts, bn USD": (0.3, 2.0, "0.6"),
}


def day(accounts: int, step: int) -> CrashParameters:
    """Return 04:00 UTC to 04:00 UTC of the day after, behind a burn-in."""
    return CrashParameters(
        accounts=accounts,
        step_seconds=step,
        lead_hours=BURN_IN + FROM_FOUR,
        hours=24.0 - FROM_FOUR,
    )


def lived(job: tuple[int, int, int]) -> dict[str, float]:
    """Return the rows for a seed, a number of accounts and a tick."""
    seed, accounts, step = job
    p = day(accounts, step)
    gc.collect()  # the world of the seed before
    begun = time.perf_counter()
    world = LeveragedMarket(p.scenario(), rng=seed, policies=p.posts())
    world.run_until(p.day.end // step)
    took = time.perf_counter() - begun
    rows = measure(world, p)
    rows["run, s"] = took
    rows["memory, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return rows


def measure(world: LeveragedMarket, p: CrashParameters) -> dict[str, float]:
    """Return the rows of one run."""
    frames = world.frames()
    bars, events, exchanges = (frames[n] for n in ("bars", "liquidations", "exchanges"))
    first, second, end = p.day.first, p.day.second, p.day.end + 1
    start, close = round(BURN_IN * HOUR), first + CLOSE
    interest = world.spec.interest.one_sided
    btc = crash.fall(bars, "BTC", start, close)
    count, mean = crash.accounts_hit(events, start, end)
    falls = [crash.fall(bars, coin, start, close) / btc for coin in ("ETH", "SOL", "SMALL")]
    values = [
        crash.worst_window(events, start, end),
        crash.long_share(events, start, end),
        crash.liquidated(events, start, end) / interest,
        crash.adl_delay(events, "hyperliquid", start, end),
        *falls,
        crash.depth_trough(bars, "BTC", first - DEPTH_BEFORE, end),
        crash.fund_used(exchanges, "binance", start, end),
        count / 1e6,
        mean / 1e3,
        crash.liquidated(events, first, second, side="long") / 1e9,
    ]
    rows = dict(zip(BANDS, values, strict=True))
    total = crash.liquidated(events, start, end)
    shares = crash.losses_by_exchange(events, start, end)
    return {
        **rows,
        "BTC to its lowest": crash.fall(bars, "BTC", start, close, lowest=True),
        "BTC, day's close": btc,
        "small coins to their lowest": crash.fall(bars, "SMALL", start, close, lowest=True),
        "liquidated, bn USD": total / 1e9,
        "by deleveraging": crash.adl_share(events, start, end),
        **{f"at {name}": value / total for name, value in shares.items()},
    }


def told(rows: Sequence[dict[str, float]]) -> tuple[list[str], list[str]]:
    """Return lines of a table, and the rows whose band holds too few seeds."""
    lines = [f"{'':<36}{'band':>12}{'that day':>11}{'median':>9}{'range':>17}{'inside':>8}"]
    failed = []
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        known = values[~np.isnan(values)]
        low, high, actual = BANDS.get(name, (math.nan, math.nan, ""))
        inside = float(np.mean((values >= low) & (values <= high)))
        spread = f"{known.min():.3g} - {known.max():.3g}"
        band = f"{low:g} - {high:g}" if name in BANDS else ""
        held = f"{inside:.0%}" if name in BANDS else ""
        lines.append(
            f"{name:<36}{band:>12}{actual:>11}{np.median(known):>9.3g}{spread:>17}{held:>8}"
        )
        failed += [name] if name in BANDS and inside < SHARE else []
    return lines, failed


def live(
    everywhere: Callable[..., list[dict[str, float]]],
    commit_figures: Callable[..., Any],
    name: str,
    seeds: range,
    accounts: int,
    step: int,
) -> list[str]:
    """Run the seeds, commit the table and return the rows that fail."""
    rows = everywhere(lived, [(seed, accounts, step) for seed in seeds])
    lines, failed = told(rows)
    head = (
        f"04:00 to 04:00 UTC, 10 October 2025: {accounts} accounts, ticks of {step} s, "
        f"seeds {seeds.start}-{seeds.stop - 1}, {os.cpu_count()} at a time"
    )
    tail = [f"in fewer than {SHARE:.0%} of seeds: {', '.join(failed) or 'none'}"]
    commit_figures(name, "\n".join([head, "", *lines, "", *tail]))
    return failed


@pytest.mark.evidence
def test_the_day_lies_in_its_bands(everywhere: Any, commit_figures: Any) -> None:
    assert not live(everywhere, commit_figures, "crash_day", SEEDS, 100_000, 60)


@pytest.mark.evidence
def test_the_day_lies_in_its_bands_at_full_size_by_the_second(
    everywhere: Any, commit_figures: Any
) -> None:
    assert not live(everywhere, commit_figures, "crash_day_full", WIDE_SEEDS, 1_600_000, 1)
