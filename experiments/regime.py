"""Rules from strict to friendly while coins rise, then fall: did the boom need deregulation.

The news is that of `dat_cycle`: up, then down. Rules write one lever, the part of all foundings
that they prevent, so how many firms there are follows from what is assumed. What the market adds:
the money that they and those before them raise, the high and the fall of BTC, and who has losses.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from tidegate.analysis import companies, market
from tidegate.model import Market
from tidegate.policies.deregulation import Deregulation, LobbySpec
from tidegate.report.summary import Lead, Metric
from tidegate.scenario.company_holders import RetailShareSpec
from tidegate.setups.company import PATHS, company_market, paths, timeline
from tidegate.setups.company_cycle import DatCycle, cycle
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("formed", "Firms first listed after the first news", "", delta=2.0),
    Metric.level("money", "Money raised until the turn", "bn USD", delta=15.0),
    Metric.level("coins", "BTC that firms hold at the turn", "thousand", delta=20.0),
    Metric.level("high", "High of BTC, log over the start", "%", delta=0.05),
    Metric.level("fall", "Fall of BTC, from the turn to the low after it", "%", delta=0.02),
    Metric.level("share_fall", "Fall of shares from the turn to the end, median", "%", delta=0.05),
    Metric.level("losers", "Households that bought shares and have a loss", "million", delta=0.1),
)


class Regime(DatCycle):
    """What may be set."""

    strict: float = parameter(
        0.9, "Part of foundings that strict rules prevent", unit="1",
        source="assumption (Deregulation.strict_friction)", ge=0, le=1,
    )  # fmt: skip
    today: float = parameter(
        0.75, "Dial of today's rules", unit="1",
        source="assumption: friendly, and a regulator that worries about such firms (LEV-A10)",
        ge=0, le=1,
    )  # fmt: skip
    floor: float = parameter(
        1.5, "mNAV below which the arm `vote` lets no firm sell shares", unit="mNAV",
        source="assumption; a range of M15", gt=0, le=100,
    )  # fmt: skip
    loosened_after: int = parameter(
        52, "Days from the first news to deregulation in mid-run, if nobody pushes", unit="days",
        source="assumption: in the middle of the rise", ge=1, le=1000,
    )  # fmt: skip
    chance: float = parameter(
        1.0, "Chance of that deregulation, if nobody pushes", unit="1",
        source="assumption: 1, so that arms differ by its day alone", ge=0, le=1,
    )  # fmt: skip
    lobbying: float = parameter(
        1.0, "Lobbying in the arm that has it, of all that firms can do", unit="1",
        source="assumption", ge=0, le=1,
    )  # fmt: skip
    conflict: float = parameter(
        0.5, "Part of those who decide that gain by it, in that arm", unit="1",
        source="assumption; it moves the chance alone", ge=0, le=1,
    )  # fmt: skip
    read_beyond: ClassVar = {"loosened_after": 1}

    def rules(self, dial: float, floor: float | None = None) -> Deregulation:
        """Return rules from the first news on."""
        day = self.warm_up_days
        return Deregulation(
            name="rules", dial=dial, strict_friction=self.strict, strict_floor=floor,
            announcement_day=day, effective_day=day,
        )  # fmt: skip

    def loosening(self, lobby: LobbySpec) -> Deregulation:
        """Return deregulation in mid-run, announced with the first news."""
        day = self.warm_up_days
        return Deregulation(
            name="loosening", strict_friction=self.strict, lobby=lobby,
            announcement_day=day, effective_day=day + self.loosened_after,
            success_probability=self.chance,
        )  # fmt: skip


def arms(p: Regime) -> list[Arm]:
    """Return the cycle under rules from strict to friendly, and under rules that change."""
    strict, friendly = p.rules(0.0), p.rules(1.0)
    lobby = LobbySpec(effort=p.lobbying, conflict=p.conflict)
    led = [
        Arm("strict", "Strict rules", (*cycle(p), strict)),
        Arm("friendly", "Friendly rules", (*cycle(p), friendly)),
    ]
    beside = [
        Arm("today", "Today's rules", (*cycle(p), p.rules(p.today))),
        Arm("vote", "Strict, and no shares sold cheaply", (*cycle(p), p.rules(0.0, p.floor))),
        Arm("mid", "Strict, then friendly", (*cycle(p), strict, p.loosening(LobbySpec()))),
        Arm("lobbied", "The same, lobbied for", (*cycle(p), strict, p.loosening(lobby))),
    ]
    return [*led, *beside, *(arm.frozen_twin({"matching": False}) for arm in led)]


def measure(frames: Frames, p: Regime) -> Mapping[str, float]:
    """Return the metrics of one run."""
    table, first, turn, last = frames["companies"], p.warm_up_days, p.turn, p.last
    eve, top = companies.eve(table, first), companies.eve(table, turn)
    days = market.between(market.daily(frames["bars"]), first - 1, last + 1)
    price = days["price"].to_numpy()
    return {
        "formed": float(companies.founded(table, first, last)),
        "money": companies.money_in(table, first, top) / 1e9,
        "coins": companies.held(table, "BTC", top) / 1e3,
        "high": float(np.log(price.max() / price[0])),
        "fall": market.fall(market.between(days, turn - 1, last + 1)),
        "share_fall": companies.falls(table, top, last)["share_fall"],
        "losers": companies.households(table, eve, last, RetailShareSpec().ticket),
    }


def build(p: Regime, seed: int) -> Market:
    """Return a world at tick 0."""
    return company_market(p, seed)


EXPERIMENT = Experiment(
    name="regime",
    question="Do friendly rules make the boom in treasury companies, and the crash after it?",
    parameters=Regime,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="From strict to friendly rules", metrics=tuple(m.name for m in METRICS)),
    series=PATHS,
    record=paths,
    claims=("LEV-H24", "LEV-H24f", "LEV-H29", "LEV-H29h"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=Regime.scenario,
    quick={"days": 140, "fall_days": 70, "loosened_after": 35},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
