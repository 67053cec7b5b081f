"""S25: what news of rates does to the price, and how coins go with shares and gold."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from tidegate.validation.cases import FEWEST_SEEDS, Ablation, Case, Cost, Kind, Within

if TYPE_CHECKING:
    from tidegate.scenario.macro import MacroSpec

STEP: Final = 25.0  # bp
MEETING: Final = dt.date(2026, 1, 14)
ACCOUNTS: Final = 500  # holders a venue
YEARS: Final = 5
WINDOW: Final = 30  # days
US_LINK: Final = "us-shares-to-btc"


def _close(seed: int, change: float, expected: float, *, channel: bool) -> float:
    """Return the log price at the close of the day of a meeting."""
    # Imported where it is used: few other tests need a whole market.
    from tidegate.model import Market
    from tidegate.scenario import HolderSpec, Scenario
    from tidegate.scenario.easing import EasingSpec, Meeting

    meeting = Meeting(day=MEETING, change_bp=change, expected_bp=expected)
    easing = EasingSpec(meetings=(meeting,))
    if not channel:
        easing = easing.model_copy(update={"response": 0.0})
    market = Market(Scenario(holders=HolderSpec(accounts=ACCOUNTS), easing=easing), rng=seed)
    market.run_days((MEETING - market.spec.start).days + 1)
    return math.log(market.price)


def _responses(
    seeds: Sequence[int], expected: float, *, channel: bool = True
) -> dict[str, ArrayLike]:
    """Return what a cut of 25 bp does to the day's close, % a bp, of which a part was expected."""
    found = []
    for seed in seeds:
        moved = [_close(seed, change, expected * change / STEP, channel=channel)
                 for change in (-STEP, 0.0)]  # fmt: skip
        found.append(100.0 * (moved[0] - moved[1]) / -STEP)
    return {"response, % a bp": found}


def to_rates(seeds: Sequence[int], *, channel: bool = True) -> dict[str, ArrayLike]:
    """Let nobody expect a cut, and all of it be expected."""
    surprised = _responses(seeds, 0.0, channel=channel)["response, % a bp"]
    expected = _responses(seeds, STEP, channel=channel)["response, % a bp"]
    return {"surprise, % a bp": surprised, "expected, % a bp": expected}


def deaf(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let values not answer to rates."""
    return to_rates(seeds, channel=False)


def _economy(*, linked: bool) -> MacroSpec:
    from tidegate.scenario.macro import LINKS, MacroSpec

    if linked:
        return MacroSpec()
    return MacroSpec(links=tuple(link for link in LINKS if link.name != US_LINK))


def correlations(seeds: Sequence[int], *, linked: bool = True) -> dict[str, ArrayLike]:
    """Correlate days of coins with those of shares and gold over five years."""
    from tidegate.analysis import macro, market
    from tidegate.model import Market
    from tidegate.scenario import HolderSpec, Scenario
    from tidegate.scenario.with_macro import with_macro

    bare = Scenario(step_seconds=86_400, holders=HolderSpec(accounts=ACCOUNTS))
    found: dict[str, list[float]] = {"lowest": [], "highest": [], "gold": []}
    for seed in seeds:
        world = Market(with_macro(bare, _economy(linked=linked)), rng=seed)
        world.run_days(365 * YEARS)
        frames = world.frames()
        price = np.log(market.daily(frames["bars"])["price"].to_numpy())
        factors = macro.by_day(frames["macro"])
        rolled = macro.rolling_correlation(price, factors["us_tech"].to_numpy(), WINDOW)
        found["lowest"].append(float(rolled.min()))
        found["highest"].append(float(rolled.max()))
        found["gold"].append(macro.correlation(price, factors["gold"].to_numpy()))
    return {
        "lowest with shares, 30 days": found["lowest"],
        "highest with shares, 30 days": found["highest"],
        "with gold, five years": found["gold"],
    }


def unlinked(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let shares do nothing to coins."""
    return correlations(seeds, linked=False)


CASES: Final = (
    Case(
        id="S25.1",
        kind=Kind.STATISTICAL,
        about="price response to a surprise of the policy rate",
        expected={
            "surprise, % a bp": Within(-0.35, -0.15, of_mean=True),
            "expected, % a bp": Within(-0.05, 0.05),
        },
        measure=to_rates,
        seeds=FEWEST_SEEDS,
        chunk=5,
        cost=Cost.FULL,
        ablations=(Ablation("values deaf to rates", deaf),),
    ),
    Case(
        id="S25.4",
        kind=Kind.STATISTICAL,
        about="correlation with shares and gold by horizon",
        expected={
            "lowest with shares, 30 days": Within(-1.0, 0.2),
            "highest with shares, 30 days": Within(0.8, 1.0),
            "with gold, five years": Within(0.0, 0.2),
        },
        measure=correlations,
        seeds=FEWEST_SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("shares do nothing to coins", unlinked),),
    ),
)
