"""A discount makes firms sell coins, and the price that falls is their lenders' business too.

Coins fall by news of an assumed size. Firms may sell coins to buy back shares below their coins'
worth, and may owe against coins: each alone, both, and neither. How much they owe is an assumption
well above what was owed in 2025; an arm has that. It is the firms' own lenders who liquidate here.
The market with leverage lives for hours, shares trade in sessions for weeks: the two do not meet.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from tidegate.analysis import companies, market
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.scenario.companies import CompanySpec
from tidegate.scenario.company_terms import CoinLoanSpec
from tidegate.setups.company import (
    PATHS,
    CompanyParameters,
    company_market,
    fall,
    paths,
    timeline,
)
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.of("drawdown", "lowest", "Fall of BTC from the first news to its low", "%"),
    Metric.of("price", "price", "Price of BTC at the end", "USD"),
    Metric.level("forced", "Sales of coins for lenders", "bn USD", delta=0.5),
    Metric.level("sold", "Coins that firms sold", "bn USD", delta=0.5),
    Metric.level("returned", "Spent on buybacks", "bn USD", delta=0.5),
    Metric.level("mnav", "mNAV at the end, median", "", delta=0.05),
    Metric.level("share_fall", "Fall of shares, median", "%", delta=0.05),
    Metric.level("lender_loss", "Written off by lenders", "bn USD", delta=0.5),
)


class DatSecondRound(CompanyParameters):
    """What may be set."""

    fall: float = parameter(
        0.4, "What news takes off the value of BTC", unit="1",
        source="assumption: enough for the calls of loans at half", gt=0, lt=0.8,
    )  # fmt: skip
    fall_days: int = parameter(
        28, "Days over which it comes", unit="days", source="assumption", ge=7, le=1000
    )
    buyback: float = parameter(
        0.3, "Buyback that firms may carry out below their coins' worth, session by session",
        unit="market cap",
        source="assumption: more than there are sessions for, so that their pace decides",
        ge=0, le=2,
    )  # fmt: skip
    discount: float = parameter(
        0.9, "mNAV of firms at the start", unit="mNAV",
        source="assumption: below the coins, as one firm in six in October 2025 and more after it",
        gt=0, le=3,
    )  # fmt: skip
    borrowed: float = parameter(
        0.4, "Loans over the coins of firms without other debt", unit="1",
        source="assumption: four times the sector's (12 bn on about 120 bn USD)", ge=0, le=0.45,
    )  # fmt: skip

    def balanced(self, firm: CompanySpec, price: float) -> CompanySpec:
        """Return a firm of the sector with its loan, and at a discount."""
        if firm.debt or firm.coin != "BTC":
            return firm
        usd = self.borrowed * firm.coins * price
        loan = CoinLoanSpec(usd=usd) if usd else None
        return firm.model_copy(update={"loan": loan, "mnav": self.discount})


def arms(p: DatSecondRound) -> list[Arm]:
    """Return discount and loans, each alone, both, and neither."""
    down, kept, clear = fall(p), {"buyback": 0.0}, {"borrowed": 0.0}
    listed = [
        Arm("none", "Coins fall; no firm sells or owes", down, {**kept, **clear}),
        Arm("discount", "Firms sell coins below their worth", down, clear),
        Arm("loans", "Firms owe against coins", down, kept),
        Arm("both", "Both", down),
    ]
    real = Arm("both-real", "Both, a quarter of the debt", down, {"borrowed": p.borrowed / 4})
    return [*listed, real, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: DatSecondRound) -> Mapping[str, float]:
    """Return the metrics of one run."""
    table, last = frames["companies"], p.warm_up_days + p.days - 1
    first = companies.eve(table, p.warm_up_days)
    days = market.daily(frames["bars"])
    price = market.between(days, p.warm_up_days - 1, last + 1)["price"].to_numpy()
    found = companies.falls(table, first, last)
    called = companies.lenders(table, first, last)
    end = table.filter(pl.col("day") == table["day"].max())
    return {
        "lowest": float(1.0 - np.min(price) / price[0]),
        "price": market.price_at(days, last),
        "forced": called["forced"],
        "sold": float(end["sold_for"].sum()) / 1e9,
        "returned": float(end["returned"].sum()) / 1e9,
        "mnav": found["mnav"],
        "share_fall": found["share_fall"],
        "lender_loss": called["lender_loss"],
    }


def build(p: DatSecondRound, seed: int) -> Market:
    """Return a world at tick 0."""
    return company_market(p, seed)


def record(frames: Frames, p: DatSecondRound) -> pl.DataFrame:
    """Return the paths that the report draws."""
    return paths(frames, p)


EXPERIMENT = Experiment(
    name="dat_second_round",
    question="Do discounts and lenders together make treasury companies deepen a fall?",
    parameters=DatSecondRound,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="The second round",
        metrics=("lowest", "sold", "forced", "returned", "mnav", "share_fall"),
    ),
    series=PATHS,
    record=record,
    claims=("X5", "X5-H1"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=DatSecondRound.scenario,
    quick={"days": 40},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
