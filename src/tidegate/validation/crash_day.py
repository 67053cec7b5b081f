"""S26, and what else 10 October 2025 shows: the day as the leveraged market lives it.

The market was fitted to the rows of S26, so these check the width of the fit; they are no test of
the model. What the withdrawal of makers does to the same day was not fitted.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from numpy.typing import ArrayLike

from tidegate.analysis.scales import Scale
from tidegate.validation.cases import Ablation, Case, Cost, Expectation, Falls, Kind, Rises, Within

if TYPE_CHECKING:
    from tidegate.setups.crash import CrashParameters
    from tidegate.study.world import Frames

SEEDS: Final = 64
HOUR: Final = 3_600
BURN_IN: Final = 2.0  # hours, discarded
FROM_FOUR: Final = 10.95  # hours from 04:00 UTC, where the window begins, to the first post
COINS: Final = ("ETH", "SOL", "SMALL")


def crash_days(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live the day twice: as it is, and with makers who stay."""
    return _days(seeds, makers_stay=True)


def days_with_withdrawal(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live it once for both arms: makers withdraw in either."""
    return _days(seeds, makers_stay=False)


def _days(seeds: Sequence[int], *, makers_stay: bool) -> dict[str, ArrayLike]:
    day = [_figures(seed) for seed in seeds]
    other = [_figures(seed, withdrawal=0.0) for seed in seeds] if makers_stay else day
    found: dict[str, ArrayLike] = {name: [run[name] for run in day] for name in day[0]}
    btc = [run["BTC to its lowest"] for run in day]
    for coin in COINS:
        found[f"fall of {coin} beyond BTC's"] = [run[f"{coin} to its lowest"] for run in day], btc
    found["largest fall, makers stay"] = [run["BTC to its lowest"] for run in other], btc
    return found


def _figures(seed: int, **changes: float) -> dict[str, float]:
    """Return the rows of one run from 04:00 UTC to 04:00 UTC of the day after."""
    # Imported where it is used: no other test needs the leveraged market.
    from tidegate.leveraged_model import LeveragedMarket
    from tidegate.setups.crash import CrashParameters

    gc.collect()  # the world of the seed before
    p = CrashParameters(lead_hours=BURN_IN + FROM_FOUR, hours=24.0 - FROM_FOUR)
    p = p.model_copy(update=changes)
    world = LeveragedMarket(p.scenario(), rng=seed, policies=p.posts())
    world.run_until(p.day.end // p.step_seconds)
    return _rows(world.frames(), p, world.spec.interest.one_sided)


def _rows(frames: Frames, p: CrashParameters, interest: float) -> dict[str, float]:
    from tidegate.analysis import crash
    from tidegate.setups.crash import CLOSE

    bars, events, exchanges = (frames[n] for n in ("bars", "liquidations", "exchanges"))
    first, second, end = p.day.first, p.day.second, p.day.end + 1
    start, close = round(BURN_IN * HOUR), first + CLOSE
    btc = crash.fall(bars, "BTC", start, close)
    count, mean = crash.accounts_hit(events, start, end)
    return {
        "share of the worst 40 minutes": crash.worst_window(events, start, end),
        "longs' share": crash.long_share(events, start, end),
        "liquidated over open interest": crash.liquidated(events, start, end) / interest,
        "longs between the posts, bn USD": crash.liquidated(events, first, second, side="long")
        / 1e9,
        "delay to deleveraging, s": crash.adl_delay(events, "hyperliquid", start, end),
        "least depth over the start's": crash.depth_trough(bars, "BTC", first - HOUR // 2, end),
        "share of the fund": crash.fund_used(exchanges, "binance", start, end),
        "accounts, million": count / 1e6,
        "mean, 1,000 USD": mean / 1e3,
        **{
            f"{coin} over BTC at the close": crash.fall(bars, coin, start, close) / btc
            for coin in COINS
        },
        **{
            f"{coin} to its lowest": crash.fall(bars, coin, start, close, lowest=True)
            for coin in ("BTC", *COINS)
        },
    }


def _case(name: str, kind: Kind, about: str, expected: Mapping[str, Expectation]) -> Case:
    withdrawal = Ablation("makers withdraw in both arms", days_with_withdrawal)
    return Case(
        id=name,
        kind=kind,
        about=about,
        expected=expected,
        measure=crash_days,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(withdrawal,) if name == "S19.2" else (),
    )


_ROWS: Final[dict[str, tuple[str, dict[str, Expectation]]]] = {
    "S26.1": ("what was liquidated", {"share of the worst 40 minutes": Within(0.60, 0.80)}),
    "S26.3": ("longs' share of what was liquidated", {"longs' share": Within(0.80, 0.92)}),
    "S26.5": (
        "liquidated over open interest, and longs liquidated before the second post",
        {
            "liquidated over open interest": Within(0.05, 0.13),
            "longs between the posts, bn USD": Within(0.3, 2.0),
        },
    ),
    "S26.7": (
        "start of Hyperliquid's wave to its first deleveraging",
        {"delay to deleveraging, s": Within(20, 180)},
    ),
    "S26.9": (
        "falls of other coins over BTC's",
        {
            "ETH over BTC at the close": Within(1.3, 2.2),
            "SOL over BTC at the close": Within(1.5, 2.6),
            "SMALL over BTC at the close": Within(2.0, 4.0),
        },
    ),
    "S26.11": (
        "depth of BTC within 1 % at its lowest",
        {"least depth over the start's": Within(0.10, 0.35)},
    ),
    "S26.13": ("what Binance's fund paid", {"share of the fund": Within(0.05, 0.25)}),
    "S26.15": (
        "accounts liquidated, and their mean",
        {"accounts, million": Within(1.0, 2.5), "mean, 1,000 USD": Within(8.0, 16.0)},
    ),
}

CASES: Final = (
    *(
        _case(name, Kind.EVENT, f"10 October 2025, fitted: {about}", expected)
        for name, (about, expected) in _ROWS.items()
    ),
    _case(
        "S6.3",
        Kind.DIRECTIONAL,
        "in a crash, other coins fall further than BTC",
        {f"fall of {coin} beyond BTC's": Rises(Scale.LOG) for coin in COINS},
    ),
    _case(
        "S19.2",
        Kind.DIRECTIONAL,
        "with makers who stay, the crash is at least 30 % shallower",
        {"largest fall, makers stay": Falls(Scale.LOG, bound=math.log(0.7))},
    ),
)
