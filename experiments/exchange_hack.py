"""An exchange is robbed: who leaves, who pays, what fails, what a fund that was not robbed loses.

What is stolen, what clients doubt, who would lend and what law regains are assumed, each with its
source. Runs, failures and prices are results; where they are the same with prices frozen they
follow from the assumptions, and verdicts say so. Bybit's outflow with loans and words is fitted:
nothing here is decided by it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.model import Market
from tidegate.policies.base import LeverPolicy
from tidegate.policies.trade_shock import TradeShock
from tidegate.report.summary import Lead
from tidegate.setups import hack
from tidegate.setups.exchange_hack import ExchangeHackParameters, slide
from tidegate.setups.hack import METRICS, measured, robbery, timeline
from tidegate.setups.market import PATHS, record_market
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

LED_BY = ("asked", "failed", "outside", "kept", "dilution", "regained", "fund_outflow", "price")
SLIDE = 10  # weeks from the middle of December 2024 to 21 February 2025, nearly


def build(p: ExchangeHackParameters, seed: int) -> Market:
    """Return a world at tick 0, in which the basis may be about to slide."""
    world = hack.build(p, seed)
    world.apply(slide(p, p.slide_weeks, p.basis_high, p.basis_low))
    return world


def arms(p: ExchangeHackParameters) -> list[Arm]:
    """Return robberies with and without help, small and large, alone and in a row."""
    hack, infini = robbery(p), robbery(p, "infini")
    day = hack.effective_day
    basis = LeverPolicy(
        name="basis",
        announcement_day=day,
        effective_day=day,
        levers={"etf.basis_shift": -p.basis_fall},
    )
    bill = TradeShock(name="bill", announcement_day=day, effective_day=day, size=-p.bill)
    silent = robbery(p, statement=False, loans=False)
    covered = robbery(p, usd=1e9 * p.covered_usd)
    alone = robbery(p, "infini", outsiders=False)
    both = (hack, infini)
    large = {"infini_size": p.exchange("bybit").claims_usd / p.exchange("infini").claims_usd}
    fallen = f"{100 * p.basis_high:g} to {100 * p.basis_low:g} %"
    sliding = {"slide_weeks": SLIDE}
    listed = [
        Arm("none", "No robbery"),
        Arm("hack", "Bybit is robbed; loans, words", (hack,)),
        Arm("silent", "Neither loans nor words", (silent,)),
        Arm("loans", "Loans, no words", (robbery(p, statement=False),)),
        Arm("words", "Words, no loans", (robbery(p, loans=False),)),
        Arm("covered", f"Bybit loses {p.covered_usd:g} bn USD, less than its cash", (covered,)),
        Arm("infini", "Infini is robbed; its founder pays", (infini,)),
        Arm("infini-alone", "Infini is robbed; nobody pays", (alone,)),
        Arm("infini-large", "The same, were it as large as Bybit", (alone,), large),
        Arm("both", "Bybit, then Infini", both),
        Arm("alike", "Natives doubt like the others", (hack,), {"native_doubt": 1.0}),
        Arm("law", "Strong law", (hack,), {"law": 1.0}),
        Arm("bill", "A robbery that delays laws", (hack, bill)),
        Arm("slow", "Slow growth expected", (hack,), {"growth": -0.05}),
        Arm("fast", "Fast growth expected", (hack,), {"growth": 0.15}),
        Arm("fearless", "Holders of the fund fear nothing", (hack,), {"fund_fear": 0.0}),
        Arm("slide", f"The basis has slid from {fallen}", (hack,), sliding),
    ]  # fmt: skip
    beside = [
        Arm("slide-alone", "The same slide, no robbery", overrides=sliding),
        Arm("slide-half", "The same, half as many basis traders", (hack,),
            {**sliding, "carry_share": p.carry_share / 2}),
        Arm("basis", f"The basis falls by {100 * p.basis_fall:g} points at once", (hack, basis)),
        Arm("less-calmed", "Words calm half as much", (hack,), {"calmed": p.calmed / 2}),
        Arm("silent-half", "Neither, a hole alarms half as much", (silent,),
            {"hole_alarm": p.hole_alarm / 2}),
    ]  # fmt: skip
    return [*listed, *beside, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: ExchangeHackParameters) -> Mapping[str, float]:
    """Return the metrics of one run."""
    return measured(frames, p)


EXPERIMENT = Experiment(
    name="exchange_hack",
    question="An exchange is robbed: who runs, who pays, and what do funds lose that were not?",
    parameters=ExchangeHackParameters,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="Who ran, who paid, what was lost", metrics=LED_BY),
    series=PATHS,
    record=record_market,
    claims=(
        *("HACK-H1", "HACK-H1m", "HACK-H1r", "HACK-H2", "HACK-H2g", "HACK-H3", "HACK-H3l"),
        *("HACK-H3w", "HACK-H4", "HACK-H4o", "HACK-H5", "HACK-H6", "HACK-H6e", "HACK-H7"),
        *("HACK-H7p", "HACK-H9"),
    ),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=ExchangeHackParameters.scenario,
    seeds=4,
    preview={"warm_up_days": 18},
    quick={"days": 22, "clients": 500, "warm_up_days": 18},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
