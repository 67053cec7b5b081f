"""A robbery and bad news of the economy, alone and together: whether they are more than their sum.

The news takes an assumed share off value for good; the robbery is Bybit's. What they do together
beyond the sum of each alone is the result. Arms with more tidings, and with clients whom a falling
coin does not frighten, show where it comes from.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.policies.trade_shock import TradeShock
from tidegate.report.summary import Lead
from tidegate.setups.hack import METRICS, HackParameters, build, measured, robbery, timeline
from tidegate.setups.market import PATHS, record_market
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

LED_BY = ("fall", "fund_outflow", "feared", "carried", "asked", "failed", "price")
AFTER = 3  # days from the robbery to the news: a Monday


class MacroHack(HackParameters):
    """What may be set."""

    macro: float = parameter(
        0.10, "What the news takes off value", unit="log price",
        source="assumption: two thirds of BTC's fall from 20 to 26 February 2025, 15.6 %",
        gt=0, le=1,
    )  # fmt: skip
    news_days: float = parameter(
        3.0, "Until all know it", unit="days", source="24 to 26 February 2025", gt=0, le=30
    )
    tidings: int = parameter(
        4, "Pieces of bad news of that size, a week apart, where there are many", unit="1",
        source="assumption: deficits, tariffs, dear shares, dear dollars (MAC-H17)", ge=2, le=4,
    )  # fmt: skip


def news(p: MacroHack, number: int = 0) -> TradeShock:
    """Return a piece of bad news; the first comes on the Monday after the robbery."""
    day = p.warm_up_days + AFTER + 7 * number
    return TradeShock(
        name=f"news-{number}",
        announcement_day=day,
        effective_day=day,
        size=-p.macro,
        ramp_minutes=1440.0 * p.news_days,
    )


def arms(p: MacroHack) -> list[Arm]:
    """Return the robbery, the news, both, and neither; many tidings; and no gloom."""
    hack, macro = robbery(p), news(p)
    many = tuple(news(p, number) for number in range(p.tidings))
    calm, fearless = {"gloom": 0.0}, {"fund_fear": 0.0}
    listed = [
        Arm("none", "Neither robbery nor news"),
        Arm("hack", "Bybit is robbed", (hack,)),
        Arm("macro", "Bad news of the economy", (macro,)),
        Arm("both", "A robbery and bad news", (hack, macro)),
        Arm("tidings", f"{p.tidings} pieces of bad news", many),
        Arm("tidings-hack", "And a robbery", (hack, *many)),
        Arm("both-calm", "Both; a fall frightens no client", (hack, macro), calm),
        Arm("both-fearless", "Both; holders of the fund fear nothing", (hack, macro), fearless),
    ]
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed[:6])]


def measure(frames: Frames, p: MacroHack) -> Mapping[str, float]:
    """Return the metrics of one run."""
    return measured(frames, p)


EXPERIMENT = Experiment(
    name="macro_hack",
    question="A robbery and bad news of the economy: do they do more together than each alone?",
    parameters=MacroHack,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="Falls, outflows, failures", metrics=LED_BY),
    series=PATHS,
    record=record_market,
    claims=("HACK-H8", "MAC-H17", "MAC-H17h", "X4"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=MacroHack.scenario,
    quick={"days": 22, "clients": 500},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
