"""What it does to a crash, and to whom, that an exchange values collateral by its own book."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Literal

import polars as pl

from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.base import Policy
from tidegate.policies.outage import Outage, Recovery
from tidegate.report.summary import Lead
from tidegate.scenario.collateral_coins import CollateralSpec
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.setups.collateral import COLLATERAL, RATIOS, measure_collateral, record_collateral
from tidegate.setups.crash import CRASH, DAY, PATHS, CrashParameters, measure_crash, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

VENUE = "binance"


class CollateralValuation(CrashParameters):
    """What may be set."""

    valued_by: Literal["own_book", "external_index", "redemption_value"] = parameter(
        "own_book", "Whose price collateral is valued at", unit="", source="10 October 2025"
    )
    holdings: float = parameter(
        1.0, "Coins that back positions", unit="times the default",
        source="assumption: three times what was liquidated", ge=0, le=10,
    )  # fmt: skip
    redemption: float = parameter(
        1.0, "Capital and channel of those who redeem", unit="times the default",
        source="assumption", ge=0, le=1_000,
    )  # fmt: skip
    freeze_after: float = parameter(
        28.0, "Minutes from the second post to the freeze of withdrawals", unit="min",
        source="Binance: transfers degraded from 21:18 UTC", ge=0, le=1_440,
    )  # fmt: skip
    freeze_minutes: float = parameter(
        100.0, "Length of the freeze", unit="min", source="users' claim", gt=0, le=1_440
    )

    def scenario(self) -> LeveragedScenario:
        """Return the market of these parameters, with the coins."""
        spec = CollateralSpec(valued_by=self.valued_by)
        spec = spec.backing(self.holdings).redeeming(self.redemption)
        return LeveragedScenario.model_validate({**dict(super().scenario()), "collateral": spec})

    def freeze(self) -> tuple[Policy, ...]:
        """Return that nothing leaves the exchange for a time."""
        begin = (self.day.second + round(60 * self.freeze_after)) / DAY
        end = begin + round(60 * self.freeze_minutes) / DAY
        shut = Outage(exchange=VENUE, users=False, announcement_day=begin, effective_day=begin)
        return shut, Recovery(announcement_day=end, effective_day=end)


def build(p: CollateralValuation, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: CollateralValuation) -> list[Arm]:
    """Return the day under three rules of value, and what else could have made it."""
    posts = p.posts()
    frozen = (*posts, *p.freeze())
    return [
        Arm("own", "Valued by the exchange's own book", frozen),
        Arm("index", "Valued by an index", frozen, {"valued_by": "external_index"}),
        Arm("redemption", "Valued at redemption", frozen, {"valued_by": "redemption_value"}),
        Arm("open", "Own book, withdrawals never frozen", posts),
        Arm("redeemable", "Own book, ten times the redemption", frozen, {"redemption": 10.0}),
        Arm("unused", "Nothing backed by such coins", frozen, {"holdings": 0.0}),
        Arm("calm", "No news"),
    ]


def measure(frames: Frames, p: CollateralValuation) -> Mapping[str, float]:
    """Return the metrics of one run."""
    return {**measure_crash(frames, p.day), **measure_collateral(frames, p.day, VENUE)}


def record(frames: Frames, p: CollateralValuation) -> pl.DataFrame:
    """Return the paths that the report draws."""
    return record_collateral(frames, p.day, VENUE)


EXPERIMENT = Experiment(
    name="collateral_valuation",
    question="What does valuing collateral by an exchange's own book do to a crash?",
    parameters=CollateralValuation,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*COLLATERAL, *CRASH),
    measure=measure,
    lead=Lead(
        title="Coins that were collateral, and who had them",
        metrics=("least_usde", "gap_usde", "gap_wbeth", "backed", "taken_usde", "due"),
    ),
    series=(*PATHS, *RATIOS),
    record=record,
    scenario=CollateralValuation.scenario,
    seeds=4,
    preview={"accounts": 60_000, "lead_hours": 1.0, "hours": 8.0},
    quick={"accounts": 4_000, "lead_hours": 0.25, "hours": 7.0},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
