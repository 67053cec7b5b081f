"""Whether plans that have been opened to coins can be closed again.

The rule holds for two years and is reversed: from then on nobody may join, and those who offer
coins withdraw where the outcome gives them no reason to stay (`ReversalSpec`). What remains is
read five years later, beside plans that never were opened and plans that stay open: a gate would
bring back the first, and a ratchet leaves the second.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import market, saving
from tidegate.model import Market
from tidegate.policies.plan_rules import PlanReversal
from tidegate.report.summary import Lead, Metric
from tidegate.scenario.plan_sponsors import ReversalSpec, SponsorSpec
from tidegate.setups.market import PATHS, record_market
from tidegate.setups.pension import YEAR, PlanParameters
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.level("coins", "Coins of plans at the end, of all coins", "%", delta=0.01),
    Metric.level("open_then", "Assets whose plans offer coins at the reversal", "%", delta=0.05),
    Metric.level("open_now", "Assets whose plans offer coins at the end", "%", delta=0.05),
)


class PensionRatchet(PlanParameters):
    """What may be set."""

    days: int = parameter(
        7 * YEAR,
        "Days after the opening",
        unit="days",
        source="PEN-H22: five years after",
        ge=60,
        le=9000,
    )
    open_days: int = parameter(
        2 * YEAR, "Days until the reversal", unit="days", source="assumption", ge=20, le=8000
    )
    demanding: float = parameter(
        2.0,
        "Success that the most demanding sponsor needs to stay; the least needs 0",
        unit="1",
        source="ReversalSpec: at a neutral outcome half of the sponsors stay",
        gt=0,
    )

    def sponsors(self) -> SponsorSpec:
        """Return the sponsors, who ask so much of what they keep."""
        reversal = ReversalSpec(demanding=self.demanding)
        return super().sponsors().model_copy(update={"reversal": reversal})


def build(p: PensionRatchet, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def arms(p: PensionRatchet) -> list[Arm]:
    """Return plans never opened, opened, and opened and closed again."""
    opened = (p.opening(), p.harbour())
    reversed_ = (*opened, PlanReversal(**p.on(p.open_days)))
    listed = [
        Arm("closed", "Never opened"),
        Arm("reversed", "Opened, then reversed", reversed_),
        Arm("open", "Opened for good", opened),
    ]
    return [
        *listed,
        *(
            Arm(f"reversed-{word}", f"Reversed, sponsors {times:g} times as demanding", reversed_,
                {"demanding": times * p.demanding})
            for word, times in (("half", 0.5), ("double", 2.0))
        ),
        *(arm.frozen_twin({"matching": False}) for arm in listed),
    ]  # fmt: skip


def measure(frames: Frames, p: PensionRatchet) -> Mapping[str, float]:
    """Return the metrics of one run."""
    plans, last, asset = frames["plans"], p.last_day, p.scenario().asset
    eve = p.warm_up_days + p.open_days - 1
    return {
        "price": market.price_at(market.daily(frames["bars"]), last),
        "coins": saving.coins_of_plans(plans, last, lot=asset.lot, supply=asset.supply),
        "open_then": saving.listing_on(plans, eve),
        "open_now": saving.listing_on(plans, last),
    }


EXPERIMENT = Experiment(
    name="pension_ratchet",
    question="Once pension plans are open to coins, does closing them bring the old state back?",
    parameters=PensionRatchet,
    build=build,
    arms=arms,
    timeline=PensionRatchet.timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="What remains", metrics=("open_then", "open_now", "coins")),
    series=PATHS,
    record=record_market,
    claims=("PEN-H22", "PEN-H22b", "PEN-H22h"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=PensionRatchet.scenario,
    seeds=4,
    preview={"days": 6 * YEAR},
    quick={"plans": 50, "days": 4 * YEAR},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
