"""Treasury companies under news: what may be set, the sector as it was, and how worlds are built.

News is that of rates: it moves what coins are worth by a sum that is assumed, in weekly pieces. In
frozen twins coins move by that news alone, and shares keep the premium that they have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, Self

import polars as pl
from pydantic import model_validator

from tidegate.agents.mnav import share_price
from tidegate.analysis import market
from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.rate_decision import RateDecision
from tidegate.report.summary import Series
from tidegate.scenario import Scenario
from tidegate.scenario.companies import FACTORS, CompaniesSpec, CompanySpec
from tidegate.scenario.company_holders import (
    ArbitrageurSpec,
    InstitutionSpec,
    RetailShareSpec,
    ShareholdersSpec,
)
from tidegate.scenario.company_presets import load_company, typical
from tidegate.scenario.company_terms import BuybackSpec
from tidegate.scenario.easing import EasingSpec
from tidegate.setups.market import MarketParameters, moved_by_news
from tidegate.study.experiment import Timeline, parameter

__all__ = [
    "PATHS",
    "CompanyParameters",
    "company_market",
    "fall",
    "news",
    "paths",
    "sector",
    "timeline",
]

WEEK: Final = 7
RATIOS: Final = (1.5, 0.9, 1.2, 1.8, 1.1, 1.35)  # mNAV of typical firms; one in six below 1
BTC_USD: Final = 5e9  # coins of a typical firm: seven such make 0.32 M BTC of 1.06 M
OTHERS: Final = {"ETH": 3e9, "SOL": 1e9, "DOGE": 0.5e9, "XRP": 0.5e9}

# What `paths` records.
PATHS: Final = (
    Series(name="price", title="Price of BTC", unit="USD"),
    Series(name="mnav", title="Median mNAV", unit=""),
    Series(name="share", title="Median share, start = 1", unit=""),
    Series(name="coins", title="BTC that firms hold", unit="thousand"),
)


def sector(price: float) -> tuple[CompanySpec, ...]:
    """Return a sector like that of October 2025: sixteen firms, half of them with BTC.

    Parameters
    ----------
    price : float
        USD per BTC at the start.
    """
    firms = [load_company(name) for name in ("strategy", "miner-pivot", "forward", "alt5")]
    firms += [typical(n, "BTC", BTC_USD, price, mnav=RATIOS[n]) for n in range(6)]
    coins = ("ETH", "SOL", "ETH", "DOGE", "ETH", "XRP")
    firms += [typical(n, coin, OTHERS[coin], price, mnav=RATIOS[n]) for n, coin in enumerate(coins)]
    return tuple(firms)


class CompanyParameters(MarketParameters):
    """What may be set."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution",
        ge=500, le=1_000_000,
    )  # fmt: skip
    warm_up_days: int = parameter(
        14, "Days before the news", unit="days", source="assumption", ge=7, le=2000
    )
    days: int = parameter(
        68, "Days after the first news", unit="days", source="9 October to 16 December 2025",
        ge=30, le=5000,
    )  # fmt: skip
    firms: int = parameter(
        16, "Firms of the sector, in its order", unit="firms", source="resolution", ge=3, le=16
    )
    fall: float = parameter(
        0.3, "What news takes off the value of BTC", unit="1",
        source="BTC fell by 29 % from 9 October to 16 December 2025", gt=0, lt=0.8,
    )  # fmt: skip
    fall_days: int = parameter(
        56, "Days over which it comes, in weekly pieces", unit="days", source="assumption: most of "
        "those days", ge=7, le=1000,
    )  # fmt: skip
    chase: float = parameter(
        0.22, "Households' answer to a share's returns", unit="float per log return",
        source="fitted to 27 listed names (docs/companies.md)", ge=0, le=2,
    )  # fmt: skip
    holders: float = parameter(
        0.5, "Elasticity of institutions that hold shares", unit="float per log premium",
        source="assumption (docs/companies.md)", gt=0, le=20,
    )  # fmt: skip
    exit: float = parameter(
        0.3, "Institutions' demand that a scandal costs", unit="1", source="assumption", ge=0, le=1
    )
    arbitrage: float = parameter(
        0.02, "Arbitrageurs' capital", unit="market cap", source="assumption", ge=0, le=1
    )
    sells: bool = parameter(
        True, "False: no firm ever sells a coin for a buyback", unit="", source="arms set it"
    )
    buyback: float = parameter(
        0.0, "Buyback that every firm may carry out below its coins' value, session by session",
        unit="market cap", source="none unless an arm sets it", ge=0, le=2,
    )  # fmt: skip
    buyback_rate: float = parameter(
        BuybackSpec().rate, "Most that a firm buys back in a session, however much it may",
        unit="market cap", source="assumption: FG Nexus bought 8 % of its shares within weeks",
        ge=0, le=0.1,
    )  # fmt: skip

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if self.fall_days > self.days:
            raise ValueError(
                f"fall_days is {self.fall_days}; the run ends {self.days} days after the news"
            )
        return self

    def scenario(self) -> Scenario:
        """Return the market with the sector, and news that may move value."""
        spec = super().scenario()
        price = spec.asset.price
        firms = [self.firm(firm, price) for firm in sector(price)[: self.firms]]
        found = CompaniesSpec(companies=tuple(firms), holders=self.shareholders())
        return spec.model_copy(update={"easing": EasingSpec(), "companies": found})

    def shareholders(self) -> ShareholdersSpec:
        """Return who holds shares."""
        return ShareholdersSpec(
            retail=RetailShareSpec(chase=self.chase),
            institutions=InstitutionSpec(elasticity=self.holders, exit=self.exit),
            arbitrage=ArbitrageurSpec(capital=self.arbitrage),
        )

    def firm(self, firm: CompanySpec, price: float) -> CompanySpec:
        """Return a firm of the sector as it is here; no scandals of its own.

        Parameters
        ----------
        firm : CompanySpec
            As it was in October 2025.
        price : float
            USD per BTC at the start.
        """
        made = self.balanced(firm, price)
        coins = self.coins_usd(made, price)
        cap = share_price(made.mnav, made.debt, made.cash, coins, 1)  # of all shares as one
        rule = BuybackSpec(
            authorised_usd=self.buyback * cap,
            sells_coins=self.sells,
            rate=self.buyback_rate,
        )
        return made.model_copy(update={"buyback": rule, "scandal_hazard": 0.0})

    def balanced(self, firm: CompanySpec, price: float) -> CompanySpec:
        """Return a firm with the balance sheet, the premium and the rules that it has here."""
        return firm

    @staticmethod
    def coins_usd(firm: CompanySpec, price: float) -> float:
        """Return what a firm's coins are worth at the start, USD."""
        if firm.coin == "BTC":
            return firm.coins * price
        return firm.coins * CompanyParameters.price_of(firm.coin)

    @staticmethod
    def price_of(coin: str) -> float:
        """Return the price at the start of a coin other than BTC, USD."""
        return next(factor.price for factor in FACTORS if factor.name == coin)


def news(total: float, start: int, days: int) -> tuple[Policy, ...]:
    """Return news that in sum moves the log value of BTC, in weekly pieces.

    Parameters
    ----------
    total : float
        Log change of value, all pieces together.
    start : int
        Day of the first.
    days : int
        Over which they come.
    """
    easing = EasingSpec()
    pieces = max(1, days // WEEK)
    bp = total / pieces / (easing.response * (1.0 + easing.drift))
    return tuple(
        RateDecision(
            name=f"news_{start}_{number}",
            announcement_day=start + WEEK * number,
            effective_day=start + WEEK * number,
            cut_bp=-bp,
            surprise_share=1.0,
        )
        for number in range(pieces)
    )


def fall(p: CompanyParameters, part: float = 1.0) -> tuple[Policy, ...]:
    """Return the news of the fall, or of a part of it."""
    return news(math.log1p(-p.fall * part), p.warm_up_days, p.fall_days)


def company_market(p: CompanyParameters, seed: int) -> Market:
    """Return a world at tick 0; where prices are frozen, news moves them."""
    return moved_by_news(Market(p.scenario(), rng=seed))


def timeline(p: CompanyParameters) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))


def paths(frames: Mapping[str, pl.DataFrame], p: CompanyParameters) -> pl.DataFrame:
    """Return the paths that the report draws, by day from the first news; sessions only."""
    days = market.daily(frames["bars"]).select("day", "price")
    table = frames["companies"].sort("day")
    first = table.group_by("company").agg(pl.col("price").first().alias("first"))
    sessions = (
        table.join(first, on="company")
        .group_by("day", maintain_order=True)
        .agg(
            pl.col("mnav").median(),
            (pl.col("price") / pl.col("first")).median().alias("share"),
            (pl.col("coins").filter(pl.col("coin") == "BTC").sum() / 1e3).alias("coins"),
        )
    )
    return (
        days.join(sessions, on="day", how="inner")
        .with_columns(pl.col("day") - p.warm_up_days)
        .sort("day")
    )
