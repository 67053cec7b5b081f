"""What studies of coins held for good, and of the leverage that calm invites, share.

Months of inflow do not fit into a market that is simulated by the second. They stand here as the
state in which they end: a share of all coins is held by who does not sell, so that makers and value
traders on spot are that much fewer, and prices are calmer, as far as the dial says so. Prices and
all sums of dollars are those of today: what the inflow did to the level of prices is left out, as
one news is a fall of so many per cent at any level. Makers and arbitrage do not grow with open
interest. Money that goes on coming in is in the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import polars as pl

from tidegate.policies.trade_shock import TradeShock
from tidegate.report.summary import Metric
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.rule_dial import RuleDial
from tidegate.scenario.spot_buyers import SpotBuyerSpec
from tidegate.setups.crash import BILLION, HOUR
from tidegate.setups.shock import BriefShockParameters
from tidegate.study.experiment import parameter

__all__ = ["INFLOW", "PatientParameters", "bought"]

INFLOW: Final = Metric.level("bought", "Bought by pension money in the run", "bn USD", delta=0.1)
MOST_LEVERAGE = 125
NAME = "pension"


class PatientParameters(BriefShockParameters):
    """One post, coins that are held for good, and leverage that follows volatility."""

    leverage_cap: int = parameter(
        10, "Most leverage at today's volatility", unit="x", source="Coinbase, July 2025", ge=1,
        le=125,
    )  # fmt: skip
    pension: float = parameter(
        0.04,
        "Share of all coins that pension money holds in the end",
        unit="1",
        source="a tenth of US savings in reach, 89 bn USD, over a cap of 2,200 bn (pension_entry)",
        gt=0,
        le=0.5,
    )
    thinning: float = parameter(
        1.0,
        "Spot depth and value traders lost per share of coins held, relative",
        unit="1",
        source="pension_entry: depth -3.7 % as 4 % of the coins are held",
        ge=0,
        le=2,
    )
    calming: float = parameter(
        4.0,
        "Fall of volatility per share of coins held",
        unit="log",
        source="assumption: all of the fall from 51-58 % to below 40 % a year is credited to 8 % of"
        " the coins that went to funds and treasuries; pension_entry finds none",
        ge=0,
        le=20,
    )
    answer: float = parameter(
        1.0,
        "How leverage permitted and open interest answer volatility, elasticity",
        unit="1",
        source="assumption: 1 keeps what a position risks in a day as it was (limits by volatility:"
        " Thurner, Farmer and Geanakoplos 2012)",
        ge=0,
        le=4,
    )
    inflow: float = parameter(
        1.0,
        "Pension money that goes on coming in",
        unit="bn USD/day",
        source="89 bn USD within 90 days, the fastest ramp of pension_entry",
        ge=0,
        le=100,
    )
    held: float = parameter(
        0.0, "Share of all coins held for good", unit="1", source="arms set it", ge=0, le=0.5
    )
    answered: float = parameter(
        0.0,
        "Share of coins whose calm leverage has answered",
        unit="1",
        source="arms set it",
        ge=0,
        le=0.5,
    )
    paid_in: bool = parameter(
        False, "Pension money goes on coming in", unit="", source="arms set it"
    )

    def calm(self, held: float) -> float:
        """Return volatility over today's where a share of the coins is held."""
        return math.exp(-self.calming * held)

    @property
    def looser(self) -> float:
        """What leverage permitted and open interest are over today's."""
        return math.exp(self.answer * self.calming * self.answered)

    def dial(self) -> RuleDial:
        """Return the most leverage that is permitted now."""
        cap = min(MOST_LEVERAGE, round(self.leverage_cap * self.looser))
        return super().dial().model_copy(update={"leverage_cap": cap})

    def scenario(self) -> LeveragedScenario:
        """Return the market of these parameters: leverage first, then what is left of the float."""
        spec = super().scenario()
        sums = {"one_sided": self.looser * spec.interest.one_sided}
        return self._with_held(
            spec.model_copy(update={"interest": spec.interest.model_copy(update=sums)})
        )

    def _with_held(self, spec: LeveragedScenario) -> LeveragedScenario:
        calm, left = self.calm(self.held), 1.0 - self.thinning * self.held
        coins = tuple(
            coin.model_copy(update={"own_volatility": calm * coin.own_volatility})
            for coin in spec.coins
        )
        changes = {
            "coins": coins,
            "news": spec.news.model_copy(update={"volatility": calm * spec.news.volatility}),
            "quotes": spec.quotes.model_copy(
                update={"spot_houses": left * spec.quotes.spot_houses}
            ),
            "buyers": self.buyers(),
        }
        return LeveragedScenario.model_validate({**dict(spec), **changes})

    def buyers(self) -> tuple[SpotBuyerSpec, ...]:
        """Return the pension money that is still coming in, evenly to the end."""
        hours = self.day.end / HOUR
        size = self.inflow * BILLION * hours / 24
        return (SpotBuyerSpec(name=NAME, size=size, hours=hours),) if self.paid_in and size else ()

    def post(self, held: float = 0.0) -> tuple[TradeShock, ...]:
        """Return the post, the same in dollars and noise whatever calm is."""
        return tuple(
            news.model_copy(update={"burst": news.burst / self.calm(held)}) for news in self.news()
        )


def bought(frames: Mapping[str, pl.DataFrame]) -> float:
    """Return what buyers on spot have spent by the end, USD."""
    rows = frames["buyers"]
    if not rows.height:
        return 0.0
    return float(rows.filter(pl.col("seconds") == rows["seconds"].max())["spent"].sum())
