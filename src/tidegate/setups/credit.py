"""What studies of credit in a crash share: whose loans, on what terms, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import polars as pl

from tidegate.analysis import credit
from tidegate.report.summary import Metric
from tidegate.scenario.credit_makes import make_2022, make_2025
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.setups.crash import BILLION, Day
from tidegate.setups.shock import ShockParameters
from tidegate.study.experiment import parameter

__all__ = ["LENDERS", "CreditParameters", "measure_lenders"]

LOANS: Final = LendingSpec().loans
LENDERS: Final = (
    Metric.level("failed", "Lent by lenders who fail", "%", delta=0.05),
    Metric.level("losses", "Lenders' losses", "bn USD", delta=0.1),
    Metric.level("contagion", "Lost through other lenders", "bn USD", delta=0.1),
    Metric.level("defaults", "Loans that end in a loss", "%", delta=0.005),
    Metric.level("sold", "Collateral sold", "bn USD", delta=0.1),
    Metric.level("lent", "Change of what is lent", "%", delta=0.05),
)


class CreditParameters(ShockParameters):
    """One post, and lenders; an experiment adds its own."""

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
    equity: float = parameter(
        0.1, "Lenders' equity over loans", unit="1", source="assumption: as of banks", ge=0, le=1
    )
    interlent: float = parameter(
        0.1, "What desks owe each other, over loans", unit="1", source="assumption", ge=0, le=1
    )

    def scenario(self) -> LeveragedScenario:
        """Return the market with its lenders."""
        return super().scenario().model_copy(update={"lending": self.lending()})

    def lending(self) -> LendingSpec | None:
        """Return the lenders, if there are any."""
        stock, common = self.stock * BILLION, {"interlent": self.interlent, "equity": self.equity}
        if self.style == "2022":
            return make_2022(
                stock, unsecured=self.unsecured, thin=self.thin, grace_hours=self.grace, **common
            )
        if self.style == "2025":
            return make_2025(
                stock, cover=self.cover, grace_hours=self.grace, sells=self.sells, **common
            )
        return None


def measure_lenders(frames: Mapping[str, pl.DataFrame], day: Day) -> dict[str, float]:
    """Return the metrics of `LENDERS` for one run, from the news to the end."""
    loans, start, end = frames["credit"], day.first, day.end
    grown = {
        name: credit.since(loans, name, start, end)
        for name in ("bad_debt", "passed_on", "defaults", "sold")
    }
    return {
        "failed": credit.failed_share(loans, start, end),
        "losses": grown["bad_debt"] / BILLION,
        "contagion": grown["passed_on"] / BILLION,
        "defaults": grown["defaults"] / LOANS,
        "sold": grown["sold"] / BILLION,
        "lent": credit.stock_change(loans, start, end),
    }
