"""What credit against coins makes of a crash: as it was in 2025, and as it was in 2022."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Lead
from tidegate.setups.crash import CRASH, PATHS, record_day
from tidegate.setups.credit import LENDERS, CreditParameters, measure_lenders
from tidegate.setups.shock import HARM, measure_harm, timeline
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames


class CreditCrash(CreditParameters):
    """What may be set."""


def build(p: CreditCrash, seed: int) -> LeveragedMarket:
    """Return a world at tick 0."""
    return LeveragedMarket(p.scenario(), rng=seed)


def arms(p: CreditCrash) -> list[Arm]:
    """Return makes of credit under the same news, and each without one of its mechanisms."""
    news = p.news()
    twice = tuple(post.model_copy(update={"size": 2.0 * post.size}) for post in news)
    old = {"style": "2022"}
    weak = {**old, "equity": p.equity / 5}
    return [
        Arm("none", "News, no lenders", news, {"style": "none"}),
        Arm("secured", "Credit as in 2025", news),
        Arm("unsecured", "Credit as in 2022", news, old),
        Arm("thin", "Credit as in 2025, thinner cover", news, {"cover": 0.15}),
        Arm("backed", "As in 2022, unsecured borrowers have twice it", news, {**old, "thin": 0.5}),
        Arm("weak", "As in 2022, a fifth of the equity", news, weak),
        Arm("weak-alone", "As in 2022, weak, no debts among them", news, {**weak, "interlent": 0}),
        Arm("wait", "As in 2025, nobody sells collateral", news, {"sells": False}),
        Arm("secured-double", "As in 2025, news twice as bad", twice),
        Arm("unsecured-double", "As in 2022, news twice as bad", twice, old),
        Arm("calm", "No news, credit as in 2025"),
    ]


def measure(frames: Frames, p: CreditCrash) -> Mapping[str, float]:
    """Return the metrics of one run."""
    return {**measure_harm(frames, p.day), **measure_lenders(frames, p.day)}


EXPERIMENT = Experiment(
    name="credit_crash",
    question="Which credit turns a crash into losses, and which into a chain of bankruptcies?",
    parameters=CreditCrash,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(*CRASH, *HARM, *LENDERS),
    measure=measure,
    lead=Lead(
        title="Lenders in the crash",
        metrics=("failed", "losses", "contagion", "defaults", "sold", "fall_btc"),
    ),
    series=PATHS,
    record=record_day,
    claims=("LEV-H15", "LEV-H15c", "LEV-H15r"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=CreditCrash.scenario,
    seeds=3,
    preview={"accounts": 10_000, "hours": 13.0},
    quick={"accounts": 4_000, "lead_hours": 0.25, "hours": 2.0, "grace": 1.0},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
