"""Bills, the dollar's turns, words of leading people: what each does to coins, and to reserves.

What bills do to yields, yields to the dollar, and the dollar to coins is assumed, each with its
source; where prices are frozen that alone moves them. So the price follows from assumption as far
as frozen twins say the same, and what the market adds stands beside.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import macro, market
from tidegate.policies.bill_share import BillShare
from tidegate.policies.dollar_turn import DollarTurn
from tidegate.policies.leader_message import LeaderMessage
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.reserve_defence import ReserveDefenceSpec
from tidegate.setups.macro import WORTH, MacroParameters, build, record, timeline
from tidegate.setups.macro import measure as measure_worth
from tidegate.setups.market import PATHS
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    *WORTH,
    Metric.level("phase_gap", "Return of the first half less that of the second, log", "%",
                 delta=0.05),
    Metric.level("reserve_loss", "Loss realised on reserves abroad", "%", delta=0.001),
)  # fmt: skip


class DollarCycle(MacroParameters):
    """What may be set."""

    days: int = parameter(
        360, "Days after the news", unit="days", source="assumption: two halves of a cycle", ge=60
    )
    bills_pp: float = parameter(
        3.0, "Deficit financed by bills in place of notes", unit="pp of GDP",
        source="half of what came in 2023-24", gt=0, le=50,
    )  # fmt: skip
    turn: float = parameter(
        0.1, "Move of the dollar", unit="log", source="DXY in the first half of 2025", gt=0, le=1
    )
    quick_days: float = parameter(
        10.0, "Length of a quick turn", unit="days", source="assumption", gt=0, le=60
    )
    said: float = parameter(
        0.03, "Fall of the dollar that a leading person announces", unit="log",
        source="assumption", gt=0, le=1,
    )  # fmt: skip
    maturity: float = parameter(
        0.25, "Average life of the paper that central banks abroad hold", unit="years",
        source="Treasury bills", gt=0, le=30,
    )  # fmt: skip

    def scenario(self) -> Scenario:
        """Return the market within an economy, and central banks abroad."""
        banks = ReserveDefenceSpec(maturity_years=self.maturity)
        return super().scenario().model_copy(update={"reserve_defence": banks})


def arms(p: DollarCycle) -> list[Arm]:
    """Return no news, bills, a cycle of the dollar, turns of two speeds, words, and pressure."""
    start, half = p.warm_up_days, p.days / 2.0

    def turn(name: str, change: float, days: float, after: float = 0.0) -> DollarTurn:
        day = start + after
        return DollarTurn(
            name=name, announcement_day=day, effective_day=day, change=change, days=days
        )

    def words(credibility: float) -> LeaderMessage:
        return LeaderMessage(
            announcement_day=start, effective_day=start, dollar=-p.said, credibility=credibility
        )

    bills = BillShare(announcement_day=start, effective_day=start, change_pp=p.bills_pp)
    strong = turn("strong", p.turn, half)
    cycle = (strong, turn("weak", -2.0 * p.turn, half, after=half))
    listed = [
        Arm("none", "No news"),
        Arm("bills", f"{p.bills_pp:g} % of GDP more in bills", (bills,)),
        Arm("cycle", f"The dollar gains {100 * p.turn:g} %, then loses twice that", cycle),
        Arm("quick", f"It loses {100 * p.turn:g} % in {p.quick_days:g} days",
            (turn("weak", -p.turn, p.quick_days),)),
        Arm("slow", f"The same in {half:g} days", (turn("weak", -p.turn, half),)),
        Arm("believed", "A leading person talks the dollar down, and is believed", (words(1.0),)),
        Arm("doubted", "One in ten believes", (words(0.1),)),
        Arm("pressure", "Bills and a strong dollar", (bills, strong)),
        Arm("pressure-notes", "The same; central banks abroad hold notes of three years",
            (bills, strong), {"maturity": 3.0}),
        Arm("none-notes", "No news; they hold such notes", (), {"maturity": 3.0}),
    ]  # fmt: skip
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: DollarCycle) -> Mapping[str, float]:
    """Return the metrics of one run."""
    days, first = market.daily(frames["bars"]), p.warm_up_days - 1
    start, middle, end = (days["price"][first + part * p.days // 2] for part in range(3))
    return {
        **measure_worth(frames, p),
        "phase_gap": math.log(middle / start) - math.log(end / middle),
        "reserve_loss": macro.reserve_loss(frames["reserve_defence"]),
    }


EXPERIMENT = Experiment(
    name="dollar_cycle",
    question="What do bills, turns of the dollar and leading people's words do to coins?",
    parameters=DollarCycle,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="What is assumed, and what the market makes of it",
        metrics=("price", "assumed", "added", "volatility", "phase_gap", "reserve_loss"),
    ),
    series=PATHS,
    record=record,
    claims=("MAC-H1", "MAC-H8", "MAC-H9", "MAC-H10", "MAC-H15", "MAC-H15n"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=DollarCycle.scenario,
    quick={"days": 120},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
