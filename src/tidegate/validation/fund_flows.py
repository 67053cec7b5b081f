"""S3.3: what a regression of returns on a fund's flows says, beside what flows do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from tidegate.validation.cases import FEWEST_SEEDS, Ablation, Case, Cost, Kind, Within
from tidegate.validation.multiplier import permanent

DAYS: Final = 730
SESSIONS: Final = 5  # to a week
LEAST: Final = 3.0  # times the multiplier
LOUD: Final = 1.9e-4  # noise of flows that chase nothing, so that they are as large


def _slope(seed: int, *, chasing: bool) -> float:
    """Return the slope of weekly log returns on weekly flow over capitalisation."""
    # Imported where it is used: few other tests need a whole market.
    from tidegate.model import Market
    from tidegate.scenario import Scenario
    from tidegate.scenario.etf import EtfSpec
    from tidegate.scenario.share_holders import FlowSpec, ShareHolderSpec

    flow = FlowSpec() if chasing else FlowSpec(chase=0.0, noise=LOUD)
    market = Market(Scenario(etf=EtfSpec(holders=ShareHolderSpec(flow=flow))), rng=seed)
    market.run_days(DAYS)
    fund = market.frames()["etf"]
    price = (fund["nav"] / fund["claim"]).to_numpy()[SESSIONS - 1 :: SESSIONS]
    flows = fund["flow"].to_numpy()[: SESSIONS * len(price)].reshape(-1, SESSIONS).sum(axis=1)
    capitalisation = market.spec.asset.supply * price[:-1]
    return float(np.polyfit(flows[1:] / capitalisation, np.diff(np.log(price)), 1)[0])


def overstated(seeds: Sequence[int], *, chasing: bool = True) -> dict[str, ArrayLike]:
    """Compare the slope with the multiplier that pairs of runs of the same seed measure."""
    return {"slope over multiplier": [_slope(s, chasing=chasing) / permanent(s) for s in seeds]}


def of_blind_flows(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let flows chase nothing."""
    return overstated(seeds, chasing=False)


CASES: Final = (
    Case(
        id="S3.3",
        kind=Kind.STATISTICAL,
        about="regressing price on flow overstates what flow causes",
        expected={"slope over multiplier": Within(LEAST, np.inf)},
        measure=overstated,
        seeds=FEWEST_SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("chasing off", of_blind_flows),),
    ),
)
