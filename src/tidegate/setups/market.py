"""What every study of the whole market may set, measure and draw, and what moves frozen prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, Literal, Self, TypeVar

import polars as pl
from pydantic import model_validator

from tidegate.agents.easing import CentralBank
from tidegate.agents.frozen_counterparty import FrozenCounterparty
from tidegate.agents.macro_economy import MacroEconomy
from tidegate.agents.news_prices import NewsPrices
from tidegate.agents.trading_desk import TradingDesk
from tidegate.analysis import flows, market
from tidegate.model import Market
from tidegate.report.summary import Metric, Series
from tidegate.scenario import BeliefSpec, ChiarellaSpec, HolderSpec, Scenario, SwitchingSpec
from tidegate.study.experiment import parameter
from tidegate.study.scenario_parameters import ScenarioParameters
from tidegate.study.world import Frames

__all__ = ["CALM", "PATHS", "MarketParameters", "moved_by_news", "record_market", "served"]

Institution = TypeVar("Institution")

# What `analysis.market.calm` measures.
CALM: Final = (
    Metric.of("volatility", "volatility", "Realised volatility", "%"),
    Metric.of("kurtosis", "kurtosis", "Excess kurtosis, daily", ""),
    Metric.of("drawdown", "drawdown", "Maximum drawdown", "%"),
    Metric.of("volatility", "depth", "Depth within 1 %", "USD"),
)
# What `record_market` records.
PATHS: Final = (
    Series(name="price", title="Price", unit="USD"),
    Series(name="depth", title="Depth within 1 %", unit="million USD"),
    Series(name="float", title="Coins the crowd holds", unit="%"),
    Series(name="outside", title="Coins that institutions hold", unit="%"),
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
    # Parameters that are days after the announcement, and how many days beyond each are read.
    read_beyond: ClassVar[Mapping[str, int]] = {}

    @model_validator(mode="after")
    def _reads_within_the_run(self) -> Self:
        """Refuse a run that ends before what is measured of it: it would be over fewer days."""
        values = vars(self)  # not dict(): a parameter may be called `keys`
        for name, more in self.read_beyond.items():
            least, days = values[name] + more, values["days"]
            if least > days:
                raise ValueError(
                    f"{name} is {values[name]}; then days must be {least} or more, and are {days}"
                )
        return self

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


def moved_by_news(made: Market) -> Market:
    """Let news alone move the prices of a market that matches nothing; leave any other as it is.

    The control of every study whose arms differ in news: without it a frozen twin would stand
    still, and what the news does by assumption would look like the market's doing.

    Parameters
    ----------
    made
        A market at tick 0. Traders whom a study adds must be in it already.

    Returns
    -------
    Market
        The same market.
    """
    if made.spec.matching:
        return made
    news = NewsPrices(
        made,
        path="news",
        bank=_one(made, CentralBank),
        economy=_one(made, MacroEconomy),
        news=made.board.news,
        venues=made.venues,
        streams=made.streams,
        clock=made.clock,
    )
    made.takers.append(news)
    return made


def served(made: Market, desks: Sequence[TradingDesk], *, sells: bool = False) -> Market:
    """Let desks trade at the price that stands where nothing is matched; leave any other market.

    The control of studies of what trading brings: without a counterparty no twin holds or sells
    anything, and what a path of news does to who trades on it would look like the market's doing.

    Parameters
    ----------
    made
        A market at tick 0.
    desks
        Who is served.
    sells
        Whether they may buy too.

    Returns
    -------
    Market
        The same market.
    """
    if made.spec.matching:
        return made
    made.takers.append(
        FrozenCounterparty(
            made,
            path="counterparty",
            desks=desks,
            books=made.books,
            sells=sells,
            venues=made.venues,
            streams=made.streams,
            clock=made.clock,
        )
    )
    return made


def record_market(frames: Frames, p: MarketParameters) -> pl.DataFrame:
    """Return the paths that reports draw, by day from the announcement."""
    supply = p.scenario().asset.supply
    return flows.daily_paths(market.daily(frames["bars"]), p.warm_up_days, supply)


def _one(made: Market, kind: type[Institution]) -> Institution | None:
    return next((agent for agent in made.institutions.agents if isinstance(agent, kind)), None)
