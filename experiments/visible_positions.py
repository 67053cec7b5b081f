"""Whether positions that all can see invite a hunter of liquidations, and what that costs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from tidegate.analysis import crash, hunting
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.liquidation_freeze import LiquidationFreeze
from tidegate.report.summary import Lead, Metric
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.predator import PredatorSpec
from tidegate.setups.crash import BILLION, CRASH, PATHS, record_day
from tidegate.setups.shock import HARM, ShockParameters, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("liquidated_there", "Liquidated at the venue", "bn USD", delta=0.1),
    Metric.level("fall_there", "Mean fall of its perpetuals", "%", delta=0.02),
    Metric.level("profit", "The hunter's profit", "million USD", delta=5.0),
    Metric.level("hunts", "Hunts", "", delta=1.0),
)


class VisiblePositions(ShockParameters):
    """What may be set."""

    exchange: Literal["binance", "bybit", "okx", "hyperliquid"] = parameter(
        "hyperliquid", "Where the hunter is", unit="", source="the venue with a public ledger"
    )
    hunter: Literal["off", "blind", "sees"] = parameter(
        "sees", "A hunter of liquidations, and what it sees", unit="", source="arms set it"
    )
    capital: float = parameter(
        150.0, "Its cash", unit="million USD", source="assumption: a large account", gt=0
    )
    guess: float = parameter(
        0.06, "Part of open interest that a blind one takes to be due", unit="1", ge=0, le=1,
        source="10 October 2025, Hyperliquid: 150 M USD of BTC per 1 %, of 4.7 bn",
    )  # fmt: skip
    threshold: float = parameter(
        1.0, "Forced sales over depth from which it hunts", unit="1", ge=0,
        source="a cascade feeds itself where forced sales exceed depth",
    )  # fmt: skip
    linked: float = parameter(
        1.0, "Part of other venues' depth that it counts as in its way", unit="1", ge=0, le=1,
        source="assumption: arbitrage takes seconds, a push a minute",
    )  # fmt: skip

    def scenario(self) -> LeveragedScenario:
        """Return the market with its hunter, if there is one."""
        return super().scenario().model_copy(update={"predator": self.predator()})

    def predator(self) -> PredatorSpec | None:
        """Return the hunter."""
        if self.hunter == "off":
            return None
        return PredatorSpec(
            exchange=self.exchange,
            visible=self.hunter == "sees",
            capital=1e6 * self.capital,
            guess=self.guess,
            threshold=self.threshold,
            linked=self.linked,
        )


def build(p: VisiblePositions, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: VisiblePositions) -> list[Arm]:
    """Return hunters with and without sight, in news and calm, and with nobody to be hunted."""
    news, at = p.news(), p.first / 86_400
    freeze = (*news, LiquidationFreeze(announcement_day=at, effective_day=at))
    off, blind, sees = ({"hunter": hunter} for hunter in ("off", "blind", "sees"))
    bold = {**sees, "linked": 0.0}  # takes the venue for an island, and so hunts in calm too
    eager = p.threshold / 4
    return [
        Arm("off", "News, no hunter", news, off),
        Arm("blind", "News, a hunter who sees open interest", news, blind),
        Arm("sees", "News, a hunter who sees liquidation prices", news, sees),
        Arm("bold", "News, it sees and disregards others", news, bold),
        Arm(
            "eager", "News, it sees, from a quarter of the gain", news, {**sees, "threshold": eager}
        ),
        Arm("off-frozen", "News, nobody liquidated, no hunter", freeze, off),
        Arm("sees-frozen", "News, nobody liquidated, it sees", freeze, sees),
        Arm("calm-off", "No news, no hunter", overrides=off),
        Arm("calm-blind", "No news, it sees open interest", overrides=blind),
        Arm("calm-sees", "No news, it sees", overrides=sees),
        Arm("calm-bold", "No news, it sees and disregards others", overrides=bold),
    ]


def measure(frames: Frames, p: VisiblePositions) -> Mapping[str, float]:
    """Return the metrics of one run: harm at the hunter's venue."""
    hunts, (start, end) = frames["hunts"], (p.day.first, p.day.end)
    there = frames["liquidations"].filter(exchange=p.exchange)
    return {
        **measure_harm(frames, p.day, exchange=p.exchange),
        "liquidated_there": crash.liquidated(there, start, end + 1) / BILLION,
        "fall_there": hunting.mean_fall(frames["bars"], p.exchange, start, end),
        "profit": hunting.gained(hunts, "profit", start, end) / 1e6,
        "hunts": hunting.gained(hunts, "hunts", start, end),
    }


EXPERIMENT = Experiment(
    name="visible_positions",
    question="Do liquidation prices that all can see protect a venue, or invite a hunter?",
    parameters=VisiblePositions,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*CRASH, *HARM, *METRICS),
    measure=measure,
    lead=Lead(
        title="The venue and its hunter",
        metrics=("liquidated_there", "fall_there", "profit", "hunts", "wiped", "fall_btc"),
    ),
    series=PATHS,
    record=record_day,
    claims=("LEV-H18", "LEV-H18r", "LEV-H18d"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=VisiblePositions.scenario,
    seeds=4,
    quick={"accounts": 6_000, "lead_hours": 0.75, "hours": 0.75},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
