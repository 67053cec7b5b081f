"""Whether the share of crypto in savings rises as younger cohorts take over.

An option of the menu is open for ten years. In one arm cohorts age: the young enter, who want
coins more, and the old leave and draw down what they have. In the other nobody ages, as if each
cohort were replaced by one like it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import market, saving
from tidegate.analysis.scales import Scale
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario, VenueSpec
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.savers import SaverSpec
from tidegate.setups.market import PATHS, record_market
from tidegate.setups.pension import YEAR, PlanParameters
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

YOUNG = ("entrants", "gen_z", "millennials_younger", "millennials_older")
METRICS = (
    Metric(name="share", title="Savings in coins", unit="%", scale=Scale.LOG, delta=0.05),
    Metric.level("young", "Savings that are the younger cohorts'", "%", delta=0.05),
    Metric.level("listing", "Assets whose plans offer coins", "%", delta=0.05),
    Metric.of("price", "price", "Price at the end", "USD"),
)


class PensionCohorts(PlanParameters):
    """What may be set."""

    days: int = parameter(
        10 * YEAR, "Days after the opening", unit="days", source="PEN-H23", ge=60, le=9000
    )
    turnover: bool = parameter(
        True, "False: nobody ages", unit="", source="the arms set it"
    )  # fmt: skip

    def scenario(self) -> Scenario:
        """Return the market on one venue, at which ten years are a fifth cheaper."""
        whole = VenueSpec(name="market", share=1.0)
        return super().scenario().model_copy(update={"venues": (whole,)})

    def population(self) -> PlanPopulationSpec:
        """Return the plans, whose savers age or not."""
        savers = SaverSpec(turnover=self.turnover)
        return super().population().model_copy(update={"savers": savers})


def build(p: PensionCohorts, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def arms(p: PensionCohorts) -> list[Arm]:
    """Return savers who do not age, and savers who do."""
    opened = (p.opening("menu"), p.harbour())
    listed = [
        Arm("still", "Nobody ages", opened, {"turnover": False}),
        Arm("turnover", "Cohorts take over from each other", opened),
    ]
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: PensionCohorts) -> Mapping[str, float]:
    """Return the metrics of one run."""
    savers, last = frames["savers"], p.last_day
    month = p.month(last)
    return {
        "share": saving.coin_share(savers, month),
        "young": saving.savings_share(savers, month, YOUNG),
        "listing": saving.listing_on(frames["plans"], last),
        "price": market.price_at(market.daily(frames["bars"]), last),
    }


EXPERIMENT = Experiment(
    name="pension_cohorts",
    question="Does the share of crypto in savings rise as younger cohorts take over?",
    parameters=PensionCohorts,
    build=build,
    arms=arms,
    timeline=PensionCohorts.timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="Who has the savings, and what of them is in coins", metrics=("share", "young")
    ),
    series=PATHS,
    record=record_market,
    claims=("PEN-H23",),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=PensionCohorts.scenario,
    seeds=4,
    quick={"plans": 50, "days": 5 * YEAR},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
