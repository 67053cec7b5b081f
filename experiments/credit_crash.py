"""What credit against coins makes of a crash: as it was in 2025, and as it was in 2022."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from tidegate.analysis import credit
from tidegate.crash_study import BILLION, CRASH, PATHS, record_crash
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead, Metric
from tidegate.scenario.credit_makes import make_2022, make_2025
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.shock_study import HARM, ShockParameters, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("failed", "Lent by lenders who fail", "%", delta=0.05),
    Metric.level("losses", "Lenders' losses", "bn USD", delta=0.1),
    Metric.level("contagion", "Lost through other lenders", "bn USD", delta=0.1),
    Metric.level("defaults", "Loans that end in a loss", "%", delta=0.005),
    Metric.level("sold", "Collateral sold", "bn USD", delta=0.1),
    Metric.level("lent", "Change of what is lent", "%", delta=0.05),
)


LOANS = LendingSpec().loans


class CreditCrash(ShockParameters):
    """What may be set."""

    hours: float = parameter(
        16.0, "Hours from the news to the end", unit="h", source="desks sell after 12", gt=0, le=240
    )
    style: Literal["none", "2025", "2022"] = parameter(
        "2025", "Make of credit: split between lenders, and cover", unit="", source="arms set it"
    )
    stock: float = parameter(
        73.59, "Loans against coins, either make", unit="bn USD", source="Galaxy, Q3 2025", gt=0
    )
    cover: float = parameter(
        0.0, "Higher debt over collateral than in the make", unit="1", source="arms", ge=0, le=0.25
    )
    unsecured: float = parameter(
        0.5, "Unsecured part of desks' loans, 2022", unit="1", ge=0, le=1,
        source="assumption: two of the largest lenders lent without or with partial collateral",
    )  # fmt: skip
    thin: float = parameter(
        0.85, "Debt over all they have of unsecured borrowers", unit="1", gt=0.1, lt=0.95,
        source="assumption: funds that had borrowed to hold coins",
    )  # fmt: skip
    grace: float = parameter(
        12.0,
        "From a desk's margin call to the sale",
        unit="h",
        source="assumption",
        ge=0,
        le=10_000,
    )
    sells: bool = parameter(True, "Collateral is sold, 2025", unit="", source="False: a control")
    interlent: float = parameter(
        0.1, "What desks owe each other, over loans", unit="1", source="assumption", ge=0, le=1
    )

    def scenario(self) -> LeveragedScenario:
        """Return the market with its lenders."""
        return super().scenario().model_copy(update={"lending": self.lending()})

    def lending(self) -> LendingSpec | None:
        """Return the lenders, if there are any."""
        stock, common = self.stock * BILLION, {"interlent": self.interlent}
        if self.style == "2022":
            return make_2022(
                stock, unsecured=self.unsecured, thin=self.thin, grace_hours=self.grace, **common
            )
        if self.style == "2025":
            return make_2025(
                stock, cover=self.cover, grace_hours=self.grace, sells=self.sells, **common
            )
        return None


def build(p: CreditCrash, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: CreditCrash) -> list[Arm]:
    """Return makes of credit under the same news, and each without one of its mechanisms."""
    news = p.news()
    twice = tuple(post.model_copy(update={"size": 2.0 * post.size}) for post in news)
    old = {"style": "2022"}
    return [
        Arm("none", "News, no lenders", news, {"style": "none"}),
        Arm("secured", "Credit as in 2025", news),
        Arm("unsecured", "Credit as in 2022", news, old),
        Arm("thin", "Credit as in 2025, thinner cover", news, {"cover": 0.15}),
        Arm("backed", "As in 2022, unsecured borrowers have twice it", news, {**old, "thin": 0.5}),
        Arm(
            "unlinked", "As in 2022, lenders owe each other nothing", news, {**old, "interlent": 0}
        ),
        Arm("wait", "As in 2025, nobody sells collateral", news, {"sells": False}),
        Arm("secured-double", "As in 2025, news twice as bad", twice),
        Arm("unsecured-double", "As in 2022, news twice as bad", twice, old),
        Arm("calm", "No news, credit as in 2025"),
    ]


def measure(frames: Frames, p: CreditCrash) -> Mapping[str, float]:
    """Return the metrics of one run."""
    loans, start, end = frames["credit"], p.day.first, p.day.end
    grown = {
        name: credit.since(loans, name, start, end)
        for name in ("bad_debt", "passed_on", "defaults", "sold")
    }
    return {
        **measure_harm(frames, p.day),
        "failed": credit.failed_share(loans, start, end),
        "losses": grown["bad_debt"] / BILLION,
        "contagion": grown["passed_on"] / BILLION,
        "defaults": grown["defaults"] / LOANS,
        "sold": grown["sold"] / BILLION,
        "lent": credit.stock_change(loans, start, end),
    }


def record(frames: Frames, p: CreditCrash) -> pl.DataFrame:
    """Return the paths that the report draws."""
    return record_crash(frames, p.day)


EXPERIMENT = Experiment(
    name="credit_crash",
    question="Which credit turns a crash into losses, and which into a chain of bankruptcies?",
    parameters=CreditCrash,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*CRASH, *HARM, *METRICS),
    measure=measure,
    lead=Lead(
        title="Lenders in the crash",
        metrics=("failed", "losses", "contagion", "defaults", "sold", "fall_btc"),
    ),
    series=PATHS,
    record=record,
    claims=("LEV-H15", "LEV-H15c", "LEV-H15r"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=CreditCrash.scenario,
    seeds=4,
    quick={"accounts": 4_000, "lead_hours": 0.25, "hours": 2.0, "grace": 1.0},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
