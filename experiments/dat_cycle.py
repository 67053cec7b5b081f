"""Treasury companies while coins rise, then fall: is the swing larger, and who pays for it.

Both halves are news of an assumed size. What firms issue, buy and sell, who is founded and when,
and what placements are worth when they are unlocked come out. Arms in which firms only hold and
none is founded, and in which households may not buy shares, stand beside. What a lock-up costs is
asked of firms that are founded at a steady rate: they are the same with it and without.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from tidegate.analysis import companies, market
from tidegate.company_study import (
    PATHS,
    CompanyParameters,
    company_market,
    news,
    paths,
    timeline,
)
from tidegate.model import Market
from tidegate.policies.base import LeverPolicy, Policy
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.companies import CompaniesSpec, CompanySpec, FoundingSpec
from tidegate.scenario.company_holders import RetailShareSpec, ShareholdersSpec
from tidegate.scenario.company_terms import IssuanceSpec
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

FIRMS = ("Strategy", "Forward Industries", "BTC 0", "BTC 2", "BTC 3", "ETH 0")
NEW = pl.col("company").str.starts_with("NEW")
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
HEAVY = -0.3  # return from which on a placement has lost heavily


class DatCycle(CompanyParameters):
    """What may be set."""

    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        12, "Length of a tick", unit="h", source="resolution: months of sessions"
    )
    days: int = parameter(
        210, "Days after the first news", unit="days", source="assumption: half up, half down",
        ge=120, le=5000,
    )  # fmt: skip
    fall_days: int = parameter(
        105, "Days of each half", unit="days", source="assumption", ge=60, le=2000
    )
    rise: float = parameter(
        0.5, "What news adds to the value of BTC in the first half", unit="1",
        source="BTC from April to October 2025: from about 80 to 122 thousand USD", gt=0, le=5,
    )  # fmt: skip
    pace: float = parameter(
        1.0, "What firms issue, over what is assumed", unit="1", source="arms set it", ge=0, le=10
    )
    candidates: int = parameter(
        20, "Shells that may be founded", unit="firms", source="resolution: each stands for five",
        ge=0, le=100,
    )  # fmt: skip
    raised: float = parameter(
        3.25, "What one raises", unit="bn USD",
        source="148 bn USD announced by 228 firms until October 2025, times five", gt=0, le=100,
    )  # fmt: skip
    dearer: float = parameter(
        1.5, "mNAV of firms at the start over that of October 2025", unit="1",
        source="Strategy: about 2 in spring 2025 (general knowledge, not verified), 1.35 then",
        gt=0, le=10,
    )  # fmt: skip
    locked_days: float = parameter(
        60.0, "Lock-up of placements", unit="days", source="weeks to months (general knowledge, "
        "not verified)", ge=0, le=1000,
    )  # fmt: skip
    locked: bool = parameter(
        True, "False: placements may be sold at once", unit="", source="arms set it"
    )
    steady: float = parameter(
        0.0, "Rate of foundings that heeds no price; 0: a wave that does", unit="1/yr", ge=0, le=20,
        source="arms set it",
    )  # fmt: skip
    households: bool = parameter(
        True, "False: households may not buy such shares", unit="", source="arms set it"
    )

    def scenario(self) -> Scenario:
        """Return the market with fewer firms, and shells."""
        spec = super().scenario()
        assert spec.companies is not None
        kept = tuple(firm for firm in spec.companies.companies if firm.name in FIRMS)
        found = CompaniesSpec(
            companies=kept,
            holders=spec.companies.holders,
            founding=self.founding(),
        )
        return spec.model_copy(update={"companies": found})

    def founding(self) -> FoundingSpec:
        """Return how firms are founded."""
        rate = {"hazard": self.steady, "imitation": 0.0} if self.steady else {}
        return FoundingSpec(
            candidates=self.candidates,
            raised=self.raised * 1e9,
            locked_days=self.locked_days if self.locked else 0.0,
            **rate,
        )

    def firm(self, firm: CompanySpec, price: float) -> CompanySpec:
        """Return a firm of the sector as dear, and issuing as fast, as is set."""
        made, rule = super().firm(firm, price), firm.issuance
        paced = {"rate": rule.rate * self.pace, "rich_rate": rule.rich_rate * self.pace}
        issuance = IssuanceSpec.model_validate({**dict(rule), **paced})
        ratio = firm.mnav * self.dearer
        return made.model_copy(update={"issuance": issuance, "mnav": ratio})

    def shareholders(self) -> ShareholdersSpec:
        """Return who holds shares."""
        holders = super().shareholders()
        if self.households:
            return holders
        nobody = RetailShareSpec(chase=0.0, noise=0.0)
        return holders.model_copy(update={"retail": nobody, "retail_share": 0.0})


def cycle(p: DatCycle) -> tuple[Policy, ...]:
    """Return news that lifts coins, and then the news of the fall."""
    turn = p.warm_up_days + p.days // 2
    up = news(math.log1p(p.rise), p.warm_up_days, p.days // 2)
    return (*up, *news(math.log1p(-p.fall), turn, p.days - p.days // 2))


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
    table, first = frames["companies"], p.warm_up_days
    turn, last = first + p.days // 2, first + p.days - 1
    days = market.daily(frames["bars"])
    price = np.log(market.between(days, first, last + 1)["price"].to_numpy())
    at = int(np.argmax(price))
    half = p.days // 2
    placed = companies.placement_returns(table, first, round(p.locked_days))
    return {
        "swing": float(price[at] - price[at:].min()),
        "high": float(price[at] - price[0]),
        "tilt": companies.issuance_tilt(table, turn, half),
        "losers": companies.households(table, first, last, RetailShareSpec().ticket),
        # Where nobody placed anything nobody lost anything.
        "placement": float(placed.mean()) if len(placed) else 0.0,
        "heavy": float((placed < HEAVY).mean()) if len(placed) else 0.0,
        "founded": float(table.filter(NEW)["company"].n_unique()),
        "fell_more": companies.falls(table, turn, turn + 60)["fell_more"],
        "mnav_turn": companies.falls(table, first, turn)["mnav"],
        "mnav": companies.falls(table, first, last)["mnav"],
        "volatility": market.calm(market.between(days, first, last + 1))["volatility"],
    }


def build(p: DatCycle, seed: int) -> Market:
    """Return a world at tick 0."""
    return company_market(p, seed)


def record(frames: Frames, p: DatCycle) -> pl.DataFrame:
    """Return the paths that the report draws."""
    return paths(frames, p)


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
    record=record,
    claims=("LEV-H7", "LEV-H7p", "LEV-H8", "LEV-H23", "LEV-H23l"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=DatCycle.scenario,
    preview={"days": 130, "fall_days": 65},
    quick={"days": 120, "fall_days": 60},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
