"""Treasury companies while coins rise, then fall: is the swing larger, and who pays for it.

Both halves are news of an assumed size. What firms issue, buy and sell, who is founded and when,
and what placements are worth when they are unlocked come out. Arms in which firms only hold and
none is founded, and in which households may not buy shares, stand beside. What a lock-up costs is
asked of firms that are founded at a steady rate: they are the same with it and without.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import companies, market
from tidegate.model import Market
from tidegate.policies.base import LeverPolicy
from tidegate.report.summary import Lead, Metric
from tidegate.scenario.company_holders import RetailShareSpec
from tidegate.setups.company import PATHS, company_market, paths, timeline
from tidegate.setups.company_cycle import DatCycle, cycle
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("swing", "Swing of BTC, log of high over the low after it", "%", delta=0.02),
    Metric.level("high", "High of BTC, log over the start", "%", delta=0.01),
    Metric.level("tilt", "Coins bought before the turn less those after it", "bn USD", delta=1.0),
    Metric.level("losers", "Households that bought shares and have a loss", "million", delta=0.1),
    Metric.level("placement", "Return of placements as long after them as lock-ups last", "%",
                 delta=0.10),
    Metric.level("heavy", "Placements that have lost more than 30 % by then", "%", delta=0.10),
    Metric.level("founded", "Firms founded", "", delta=1.0),
    Metric.level("fell_more", "Firms that fell more than their coin, 60 days", "%", delta=0.05),
    Metric.level("mnav_turn", "mNAV at the turn, median", "", delta=0.05),
    Metric.level("mnav", "mNAV at the end, median", "", delta=0.05),
    Metric.of("volatility", "volatility", "Realised volatility", "%"),
)  # fmt: skip
STEADY = 1.0  # foundings a year and shell: those of the wave at a mean mNAV of 1.6


def arms(p: DatCycle) -> list[Arm]:
    """Return the cycle with firms as they are, and without what they do."""
    day = p.warm_up_days
    barred = LeverPolicy(
        name="barred", announcement_day=day, effective_day=day,
        levers={"companies.friction": 1.0, "companies.issue_floor": 1e6},
    )  # fmt: skip
    led = [
        Arm("idle", "Rise and fall, no firm issues or is founded", (*cycle(p), barred)),
        Arm("cycle", "Rise and fall, firms as they are", cycle(p)),
        Arm("flat", "No news, firms as they are"),
        Arm("closed", "Households may not buy shares", cycle(p), {"households": False}),
        Arm("steady", "Firms founded at a steady rate", cycle(p), {"steady": STEADY}),
        Arm("unlocked", "The same, placements without a lock-up", cycle(p),
            {"steady": STEADY, "locked": False}),
    ]  # fmt: skip
    beside = [Arm("double", "They issue twice as much", cycle(p), {"pace": 2.0 * p.pace})]
    return [*led, *beside, *(arm.frozen_twin({"matching": False}) for arm in led)]


def measure(frames: Frames, p: DatCycle) -> Mapping[str, float]:
    """Return the metrics of one run."""
    table, first, turn, last = frames["companies"], p.warm_up_days, p.turn, p.last
    eve, top = companies.eve(table, first), companies.eve(table, turn)
    days = market.between(market.daily(frames["bars"]), first - 1, last + 1)
    return {
        **market.swing(days),
        "tilt": companies.issuance_tilt(table, turn, p.half),
        "losers": companies.households(table, eve, last, RetailShareSpec().ticket),
        **companies.placements(table, first, round(p.locked_days)),
        "founded": float(companies.newcomers(table)),
        "fell_more": companies.falls(table, top, turn + 60)["fell_more"],
        "mnav_turn": companies.falls(table, eve, top)["mnav"],
        "mnav": companies.falls(table, eve, last)["mnav"],
        "volatility": market.calm(days)["volatility"],
    }


def build(p: DatCycle, seed: int) -> Market:
    """Return a world at tick 0."""
    return company_market(p, seed)


EXPERIMENT = Experiment(
    name="dat_cycle",
    question="Do treasury companies make the swing of coins larger, and who pays for it?",
    parameters=DatCycle,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="The cycle",
        metrics=("swing", "high", "tilt", "founded", "losers", "placement", "heavy", "fell_more"),
    ),
    series=PATHS,
    record=paths,
    claims=("LEV-H7", "LEV-H7p", "LEV-H8", "LEV-H23", "LEV-H23l"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=DatCycle.scenario,
    preview={"days": 130, "fall_days": 65},
    quick={"days": 120, "fall_days": 60},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
