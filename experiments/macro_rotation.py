"""Debt, cuts, cheap AI, another theme, stagflation, recession: what each does to coins.

What news does to shares and premiums, and shares to coins, is assumed, each with its source; where
prices are frozen that alone moves them. What allocators and savers do with their money is theirs,
and what the price makes of it the market's.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import macro
from tidegate.policies.ai_cost_shock import AiCostShock
from tidegate.policies.base import Policy
from tidegate.policies.debt_worry import DebtWorry
from tidegate.policies.fiscal_cut import FiscalCut
from tidegate.policies.recession_call import RecessionCall
from tidegate.policies.stagflation import Stagflation
from tidegate.policies.theme_opening import ThemeOpening
from tidegate.report.summary import Lead, Metric
from tidegate.scenario import Scenario
from tidegate.scenario.allocators import AllocatorSpec, HavenSpec
from tidegate.setups.macro import WORTH, MacroParameters, build, log_levels, record, timeline
from tidegate.setups.macro import measure as measure_worth
from tidegate.setups.market import PATHS
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

LONG = 60  # days of a long change
METRICS = (
    *WORTH,
    Metric.level("crypto_share", "Crypto's share of allocators' risky money", "%", delta=0.005),
    Metric.level("flow", "Money of allocators into coins since the news", "bn USD", delta=0.5),
    Metric.level("bought", "The same with that of savers who seek safety", "bn USD", delta=1.0),
    Metric.level("long_less_short", "Likeness to shares less that to gold, 60 days less one", "",
                 delta=0.1),
)  # fmt: skip


class MacroRotation(MacroParameters):
    """What may be set."""

    chase: float = parameter(
        1.0, "How far allocators lean to what did well", unit="log odds per log return",
        source="assumption", ge=0, le=50,
    )  # fmt: skip
    odds: float = parameter(
        3.0, "Factor on the odds of Chinese technology, once open", unit="1", source="assumption",
        gt=0, le=100,
    )  # fmt: skip
    credibility: float = parameter(
        0.5, "Share of savers who believe that coins are safe in a recession", unit="1",
        source="assumption", ge=0, le=1,
    )  # fmt: skip
    cut: float = parameter(
        2.0, "Public spending that ends", unit="% of GDP", source="assumption", gt=0, le=20
    )
    gradual_months: float = parameter(
        12.0, "Length of a gradual cut", unit="months", source="assumption", gt=1, le=120
    )

    def scenario(self) -> Scenario:
        """Return the market within an economy, with allocators and savers who may come."""
        who = {
            "allocators": AllocatorSpec(chase=self.chase),
            "haven": HavenSpec(credibility=self.credibility),
        }
        return super().scenario().model_copy(update=who)


def arms(p: MacroRotation) -> list[Arm]:
    """Return no news, each kind of it, and worlds without the links that claims rest on."""
    when = {"announcement_day": p.warm_up_days, "effective_day": p.warm_up_days}

    def news(kind: type[Policy], **values: float) -> tuple[Policy]:
        return (kind.model_validate({**when, **values}),)

    unlinked, unbelieved = {"us_link": 0.0}, {"credibility": 0.0}
    shock, call = news(AiCostShock), news(RecessionCall)
    listed = [
        Arm("none", "No news"),
        Arm("debt", "Worry about debt: 100 bp more premium", news(DebtWorry)),
        Arm("abrupt", f"Spending of {p.cut:g} % of GDP ends within a month",
            news(FiscalCut, size=p.cut, months=1.0)),
        Arm("gradual", f"The same over {p.gradual_months:g} months",
            news(FiscalCut, size=p.cut, months=p.gradual_months)),
        Arm("ai", "Cheap AI", shock),
        Arm("china", "Chinese technology opens", news(ThemeOpening, odds=p.odds)),
        Arm("stagflation", "Stagflation", news(Stagflation)),
        Arm("recession", f"A recession; {100 * p.credibility:g} % of savers believe", call),
        Arm("unbelieved", "A recession; nobody believes", call, unbelieved),
        Arm("none-unlinked", "No news; shares do nothing to coins", (), unlinked),
        Arm("ai-unlinked", "Cheap AI; shares do nothing to coins", shock, unlinked),
        Arm("fading", "No news; what shares do to coins wears off in two months", (),
            {"us_fade_days": 60.0}),
    ]  # fmt: skip
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: MacroRotation) -> Mapping[str, float]:
    """Return the metrics of one run."""
    first = p.warm_up_days - 1
    money, haven = frames["allocators"], frames["haven"]["flow"]
    flow = (money["flow"][-1] - money["flow"][first]) / 1e9
    price, shares = log_levels(frames, "us_tech")
    _, gold = log_levels(frames, "gold")
    return {
        **measure_worth(frames, p),
        "crypto_share": macro.risky_share(money, first + p.days),
        "flow": flow,
        "bought": flow + (haven[-1] - haven[first]) / 1e9,
        "long_less_short": macro.horizon_difference(price, shares, gold, long=LONG),
    }


EXPERIMENT = Experiment(
    name="macro_rotation",
    question="What do debt, cuts, cheap AI, other themes and recessions do to coins?",
    parameters=MacroRotation,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="What is assumed, and what the market makes of it",
        metrics=("price", "assumed", "added", "drawdown", "flow", "bought"),
    ),
    series=PATHS,
    record=record,
    claims=(
        "MAC-H2", "MAC-H3", "MAC-H4", "MAC-H4u", "MAC-H5", "MAC-H5p", "MAC-H11", "MAC-H14",
        "MAC-H14p", "MIN-H5", "MIN-H5f",
    ),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=MacroRotation.scenario,
    preview={"days": 240},
    quick={"days": 120},
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
