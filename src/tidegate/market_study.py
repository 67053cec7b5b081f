"""What every study of the whole market may set, measure and draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

from tidegate.report.summary import Metric, Series
from tidegate.scenario import BeliefSpec, ChiarellaSpec, HolderSpec, Scenario, SwitchingSpec
from tidegate.study.experiment import parameter
from tidegate.study.scenario_parameters import ScenarioParameters

__all__ = ["CALM", "PATHS", "MarketParameters"]

# What `analysis.market.calm` measures.
CALM: Final = (
    Metric.of("volatility", "volatility", "Realised volatility", "%"),
    Metric.of("kurtosis", "kurtosis", "Excess kurtosis, daily", ""),
    Metric.of("drawdown", "drawdown", "Maximum drawdown", "%"),
    Metric.of("volatility", "depth", "Depth within 1 %", "USD"),
)
# What `analysis.flows.daily_paths` records.
PATHS: Final = (
    Series(name="price", title="Price", unit="USD"),
    Series(name="depth", title="Depth within 1 %", unit="million USD"),
    Series(name="float", title="Coins the crowd holds", unit="%"),
    Series(name="outside", title="Coins pension funds hold", unit="%"),
)


class MarketParameters(ScenarioParameters):
    """Size, resolution and dials of the market; an experiment adds its own."""

    elasticity: float = parameter(
        0.2,
        "Holders' elasticity, the dial of the permanent multiplier (about 1 / elasticity)",
        unit="supply per log price",
        source="multiplier 5: Gabaix & Koijen (NBER 28967)",
        ge=0.01,
        le=2.0,
    )
    accounts: int = parameter(
        10_000,
        "Simulated holders per venue",
        unit="accounts",
        source="resolution",
        ge=500,
        le=1_000_000,
    )
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        6, "Length of a tick", unit="h", source="resolution"
    )
    warm_up_days: int = parameter(
        60, "Days before the announcement", unit="days", source="assumption", ge=5, le=2000
    )
    belief_warm_up_days: int = parameter(
        150,
        "Days of the crowd's clock before the start, whoever forms its valuation",
        unit="days",
        source="burn-in: more than four of the longest horizons (32 days), an assumption",
        ge=0,
        le=2000,
    )
    matching: bool = parameter(
        True,
        "False freezes prices (the control arms)",
        unit="",
        source="arms set it: twins show what follows from assumption",
    )

    options_instead: ClassVar[Mapping[str, str]] = {"step_seconds": "--step-hours"}

    def scenario(self) -> Scenario:
        """Return the market of these parameters."""
        return Scenario(
            step_seconds=3600 * self.step_hours,
            holders=HolderSpec(accounts=self.accounts, elasticity=self.elasticity),
            belief=BeliefSpec(warm_up_days=self.belief_warm_up_days),
            switching=SwitchingSpec(warm_up_days=self.belief_warm_up_days),
            chiarella=ChiarellaSpec(warm_up_days=self.belief_warm_up_days),
            matching=self.matching,
        )
