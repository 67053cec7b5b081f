"""What a cap on leverage does to a crash, and a domestic venue with 10x beside the others."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead
from tidegate.scenario.domestic_venue import with_domestic_venue
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.setups.crash import CRASH, PATHS, record_day
from tidegate.setups.shock import HARM, ShockParameters, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

CAPS = (125, 50, 20, 10, 5, 2, 1)


class LeverageCap(ShockParameters):
    """What may be set."""

    onshore: float = parameter(
        0.0,
        "Open interest of a domestic 10x venue over that of all others",
        unit="1",
        source="arms set `entry`; 0 is today, 1.4 of 29 bn USD on 10 October 2025 a start",
        ge=0,
        le=1,
    )
    entry: float = parameter(
        0.1, "What the arms with such a venue set", unit="1", source="assumption", gt=0, le=1
    )
    moved: float = parameter(
        0.0,
        "Part of it that comes from the other exchanges; the rest is new",
        unit="1",
        source="unknown: arms set 0, 1/2 and 1",
        ge=0,
        le=1,
    )
    calm: float = parameter(
        1.0, "Volatility of news in calm, over what it was", unit="1",
        source="1 is the third quarter of 2025", gt=0, le=10,
    )  # fmt: skip

    def scenario(self) -> LeveragedScenario:
        """Return the market with its domestic venue, if there is one."""
        spec = super().scenario()
        news = spec.news.model_copy(update={"volatility": self.calm * spec.news.volatility})
        coins = tuple(
            coin.model_copy(update={"own_volatility": self.calm * coin.own_volatility})
            for coin in spec.coins
        )
        spec = spec.model_copy(update={"news": news, "coins": coins})
        return with_domestic_venue(spec, self.onshore, self.moved) if self.onshore else spec


def build(p: LeverageCap, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: LeverageCap) -> list[Arm]:
    """Return the caps under one shock, domestic venues, calm days, and caps that follow calm."""
    news = p.news()

    def cap(times: int) -> Arm:
        return Arm(f"cap-{times}", f"{times}x", news, {"leverage_cap": times})

    entry, placid = {"onshore": p.entry}, {"calm": p.calm / 2}
    return [
        *(cap(times) for times in CAPS),
        Arm("domestic-new", "A domestic 10x venue, all of it new", news, {**entry, "moved": 0.0}),
        Arm("domestic-half", "A domestic 10x venue, half of it new", news, {**entry, "moved": 0.5}),
        Arm(
            "domestic-moved", "A domestic 10x venue, none of it new", news, {**entry, "moved": 1.0}
        ),
        Arm("calm", "125x, no news", overrides={"leverage_cap": 125}),
        Arm("calm-2", "2x, no news", overrides={"leverage_cap": 2}),
        Arm("placid-fixed", "Half the volatility, 10x", news, {**placid, "leverage_cap": 10}),
        Arm("placid-target", "Half the volatility, so 20x", news, {**placid, "leverage_cap": 20}),
    ]


def measure(frames: Frames, p: LeverageCap) -> Mapping[str, float]:
    """Return the metrics of one run."""
    return measure_harm(frames, p.day)


EXPERIMENT = Experiment(
    name="leverage_cap",
    question="What does a cap on leverage do to a crash, and a domestic venue that offers 10x?",
    parameters=LeverageCap,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*CRASH, *HARM),
    measure=measure,
    lead=Lead(
        title="The same news under other caps",
        metrics=("fall_btc", "liquidated", "users_loss", "wiped", "median_return", "interest"),
    ),
    series=PATHS,
    record=record_day,
    claims=("LEV-H2", "LEV-H4", "LEV-H4r", "LEV-H19", "LEV-H26", "PEN-H6"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=LeverageCap.scenario,
    seeds=4,
    preview={"accounts": 12_000, "lead_hours": 0.75, "hours": 1.5},
    quick={"accounts": 6_000, "lead_hours": 0.75, "hours": 0.75},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
