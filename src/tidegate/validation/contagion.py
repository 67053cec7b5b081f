"""S6 and S7: fire sales that make prices move together, and targets of leverage that feed them.

In the market S6 is asked of coins whose values have nothing in common. News lowers small
coins alone; who holds BTC on the same margin has to sell it too. Isolated, nobody has to.

S7 compares one crash under flat margin, in which the largest account is given more equity as the
news breaks, with the same under tiered margin. Both cost what tiers add to everybody's margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.scales import Scale
from tidegate.validation.cases import Ablation, Case, Cost, Equals, Falls, Kind, Rises
from tidegate.validation.reference import fire_sales

SEEDS: Final = 64
SHOCK: Final = -0.1  # log value of BTC where its beta is 1: small coins' is 1.6
BAR: Final = 5  # minutes


def covariance(_: Sequence[int]) -> dict[str, float]:
    """Two assets with unrelated fundamentals and one liquidated portfolio."""
    found = fire_sales.covariance(np.diag([4e-4, 4e-4]), np.full((2, 2), 0.2))
    correlation = found[0, 1] / np.sqrt(found[0, 0] * found[1, 1])
    return {
        "variance, first": float(found[0, 0]),
        "variance, second": float(found[1, 1]),
        "covariance": float(found[0, 1]),
        "correlation": float(correlation),
    }


def target_leverage(_: Sequence[int]) -> dict[str, float]:
    """One bank that goes back to its leverage after a shock."""
    sold = fire_sales.sale_to_target(assets=100.0, equity=20.0, shock=-0.05)
    return {"assets sold": sold, "return of the second round": -0.002 * sold}


def correlations(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let small coins fall where some hold them and BTC on one margin."""
    return _correlations(seeds, cross=True)


def correlations_isolated(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let them fall where each coin has a margin of its own."""
    return _correlations(seeds, cross=False)


def _correlations(seeds: Sequence[int], *, cross: bool) -> dict[str, ArrayLike]:
    rows = [_correlation(seed, cross=cross) for seed in seeds]
    before, within = zip(*rows, strict=True)
    return {"correlation of BTC and small coins": (within, before)}


def _correlation(seed: int, *, cross: bool) -> tuple[float, float]:
    """Return correlations by five minutes in the hour before the news, and from it on."""
    from tidegate.validation import crash_runs
    from tidegate.validation.portfolios import UNRELATED, CrossMarket, IsolatedMarket

    market = CrossMarket if cross else IsolatedMarket
    run = crash_runs.live(seed, market=market, scenario=UNRELATED, shock=SHOCK, burst=0.0)
    coins = [crash_runs.minute_returns(run.frames["bars"], coin)[0] for coin in ("BTC", "SMALL")]
    bars = np.array([_bars(returns) for returns in coins])
    news = (run.parameters.first - crash_runs.HALF_HOUR) // (60 * BAR)
    early, late = np.corrcoef(bars[:, :news])[0, 1], np.corrcoef(bars[:, news:])[0, 1]
    return float(early), float(late)


def _bars(returns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of so many minutes each."""
    whole = len(returns) // BAR * BAR
    sums: NDArray[np.float64] = returns[:whole].reshape(-1, BAR).sum(axis=1)
    return sums


def interventions(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through a crash under tiered margin, and with equity for one account instead."""
    rows = [_interventions(seed) for seed in seeds]
    return {"liquidated, tiers over equity for one": tuple(zip(*rows, strict=True))}


def no_interventions(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Live through it under flat margin, without equity for anybody."""
    liquidated = [_liquidated(seed, "flat", 0.0) for seed in seeds]
    return {"liquidated, tiers over equity for one": (liquidated, liquidated)}


def _interventions(seed: int) -> tuple[float, float]:
    cost = max(0.0, _margin(seed, "tiered") - _margin(seed, "flat"))
    return _liquidated(seed, "tiered", 0.0), _liquidated(seed, "flat", cost)


def _margin(seed: int, rule: str) -> float:
    """Return what the public has put up for its positions at the start, USD."""
    from tidegate.leveraged_model import LeveragedMarket
    from tidegate.setups.shock import ShockParameters
    from tidegate.validation.crash_runs import ACCOUNTS

    dial: dict[str, Any] = {"dial.margin": rule}
    world = LeveragedMarket(ShockParameters(accounts=ACCOUNTS).scenario(), rng=seed, **dial)
    return sum(float(e.margin.positions()["margin"].sum()) for e in world.exchanges) / 1e6


def _liquidated(seed: int, rule: str, injection: float) -> float:
    from tidegate.analysis import crash
    from tidegate.policies.equity_injection import EquityInjection
    from tidegate.setups.shock import ShockParameters
    from tidegate.validation import crash_runs

    at = ShockParameters().first / 86_400
    policy = EquityInjection(amount=injection, announcement_day=at, effective_day=at)
    run = crash_runs.live(
        seed, policies=[policy] if injection else (), scenario={"dial.margin": rule}
    )
    day = run.parameters.day
    return crash.liquidated(run.frames["liquidations"], day.first, day.end + 1)


CASES: Final = (
    Case(
        id="S6.1",
        kind=Kind.GOLDEN,
        about="Cont-Wagalath: covariance that selling one portfolio adds",
        expected={
            "variance, first": Equals(0.000756, 6),
            "variance, second": Equals(0.000756, 6),
            "covariance": Equals(0.000356, 6),
            "correlation": Equals(0.471, 3),
        },
        measure=covariance,
    ),
    Case(
        id="S6.2",
        kind=Kind.DIRECTIONAL,
        about="coins move together while positions on cross margin are liquidated",
        expected={"correlation of BTC and small coins": Rises(bound=0.15)},
        measure=correlations,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("margin isolated", correlations_isolated),),
    ),
    Case(
        id="S7.1",
        kind=Kind.GOLDEN,
        about="Greenwood-Landier-Thesmar: sale to a target of leverage, and its price",
        expected={"assets sold": Equals(20.0), "return of the second round": Equals(-0.04)},
        measure=target_leverage,
    ),
    Case(
        id="S7.2",
        kind=Kind.DIRECTIONAL,
        about="tiered margin on all liquidates less than equity for one, at equal cost",
        expected={"liquidated, tiers over equity for one": Falls(Scale.LOG)},
        measure=interventions,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("neither", no_interventions),),
    ),
)
