"""S20.3 to S20.5: whom states imitate, what a record does to them, and what a repeal leaves.

The reference configuration of each: thirty states alike but for one leader; eighteen in three
groups of endowments; a thousand plans with thresholds. What they do in a market is a claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.agents.diffusion import AdoptionNetwork
from tidegate.agents.peers import similarity_weights
from tidegate.scenario.diffusion import ImitationSpec, ThresholdSpec
from tidegate.streams import Streams
from tidegate.validation.cases import (
    FEWEST_PAIRS,
    FEWEST_SEEDS,
    Ablation,
    Case,
    Kind,
    Rises,
    Within,
)

MONTH: Final = 1 / 12
STATES: Final = 30
RECORD_MONTHS: Final = 24  # over which a leader's record is made, and then judged
YEARS: Final = 5
RETURN: Final = 0.2  # log return of the record, up or down
LOOKED_AT: Final = 10.0  # the leader, where another state is looked at once

GROUP: Final = 6  # states like the leader, less like it, and unlike it
ENDOWMENT: Final[dict[str, list[str] | list[float]]] = {
    "region": ["Central Asia"] * GROUP + ["Gulf"] * GROUP + ["elsewhere"] * GROUP,
    "energy_exports": [0.20] * GROUP + [0.25] * GROUP + [0.02] * GROUP,
    "dollar_stress": [0.6] * GROUP + [0.3] * GROUP + [0.1] * GROUP,
}
WIDTHS: Final = {"region": 1.0, "energy_exports": 0.1, "dollar_stress": 0.3}

PLANS: Final = 1_000
BEFORE, UNDER, AFTER = 0.05, -0.15, 0.05  # friction before a rule, under it, after its repeal


# -- what a record does ---------------------------------------------------------------------------


def _followers(seed: int, log_return: float, spec: ImitationSpec) -> int:
    """Return how many follow within five years when the leader's record is this."""
    names = [f"state/{number}" for number in range(STATES)]
    network = AdoptionNetwork(
        names,
        spec,
        streams=Streams(seed),
        path="states",
        influence=[LOOKED_AT, *[1.0] * (STATES - 1)],
        adopters=names[:1],
    )
    success = spec.success(log_return)
    for month in range(YEARS * 12):
        network.step(month, MONTH, success=success if month >= RECORD_MONTHS else 0.0)
    return network.count - 1


def records(seeds: Sequence[int], spec: ImitationSpec | None = None) -> dict[str, ArrayLike]:
    """Count followers of a leader that gained, stood still or lost."""
    rule = spec or ImitationSpec()
    lost, still, gained = (
        np.array([_followers(seed, size, rule) for seed in seeds], dtype=np.float64)
        for size in (-RETURN, 0.0, RETURN)
    )
    return {
        "followers, gain against none": (gained, still),
        "followers, none against loss": (still, lost),
        "reaction to loss against gain": (still - lost, gained - still),
    }


def records_felt_alike(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let a loss be felt as a gain is."""
    return records(seeds, ImitationSpec(loss_aversion=1.0))


# -- whom they look at ----------------------------------------------------------------------------


def _years_to_join(seed: int, weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return the mean years until each group's members join; the first state leads."""
    names = [f"state/{number}" for number in range(3 * GROUP)]
    spec = ImitationSpec(innovation=0.003, imitation=1.0)
    network = AdoptionNetwork(
        names, spec, streams=Streams(seed), path="alike", weights=weights, adopters=names[:1]
    )
    for quarter in range(60):
        network.step(quarter, 0.25)
    years = np.where(network.adopted, 0.25 * network.since, 15.0)
    years[0] = np.nan
    found: NDArray[np.float64] = np.nanmean(years.reshape(3, GROUP), axis=1)
    return found


def _order(seeds: Sequence[int], weights: NDArray[np.float64] | None) -> dict[str, ArrayLike]:
    near, less, far = np.array([_years_to_join(seed, weights) for seed in seeds]).T
    return {
        "years, less like against like": (less, near),
        "years, unlike against less": (far, less),
    }


def likeness(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Time how long states take that are like the leader, less like it and unlike it."""
    return _order(seeds, similarity_weights(ENDOWMENT, WIDTHS))


def no_likeness(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let all states look at all."""
    return _order(seeds, None)


# -- what a repeal leaves -------------------------------------------------------------------------


def repeal(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Measure shares before a rule that helps adoption, under it and after its repeal."""
    shares = np.array([_repealed(seed) for seed in seeds]).T
    return {"before": shares[0], "under the rule": shares[1], "after its repeal": shares[2]}


def _repealed(seed: int) -> list[float]:
    names = [f"plan/{number}" for number in range(PLANS)]
    network = AdoptionNetwork(names, ThresholdSpec(), streams=Streams(seed), path="plans")
    shares = []
    for stage, friction in enumerate((BEFORE, UNDER, AFTER)):
        for month in range(60):
            network.step(60 * stage + month, MONTH, friction=friction)
        shares.append(network.share)
    return shares


CASES: Final = (
    Case(
        id="S20.3",
        kind=Kind.DIRECTIONAL,
        about="the leader's return moves the number of adopters; losses more than gains",
        expected={
            "followers, gain against none": Rises(),
            "followers, none against loss": Rises(),
            "reaction to loss against gain": Rises(),
        },
        measure=records,
        seeds=4 * FEWEST_PAIRS,
        ablations=(Ablation("losses felt as gains are", records_felt_alike),),
    ),
    Case(
        id="S20.4",
        kind=Kind.DIRECTIONAL,
        about="who resembles the leader adopts first",
        expected={
            "years, less like against like": Rises(),
            "years, unlike against less": Rises(),
        },
        measure=likeness,
        seeds=FEWEST_PAIRS,
        ablations=(Ablation("likeness off", no_likeness),),
    ),
    Case(
        id="S20.5",
        kind=Kind.RIVAL,
        about="adoption by threshold: taking a rule back does not take the share back",
        expected={
            "before": Within(0.0, 0.05),
            "under the rule": Within(0.95, 1.0),
            "after its repeal": Within(0.9, 1.0),
        },
        measure=repeal,
        seeds=FEWEST_SEEDS,
    ),
)
