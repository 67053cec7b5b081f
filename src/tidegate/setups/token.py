"""What studies of tokenised stocks share: the market with a stock, its token, and a calendar."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from typing import Any, Final, Literal

import polars as pl

from tidegate.analysis import tokens
from tidegate.policies.trade_shock import TradeShock
from tidegate.report.summary import Series
from tidegate.scenario import Scenario
from tidegate.scenario.etf import ListingSpec
from tidegate.scenario.tokens import CashRaiserSpec, StockSpec, TokenLoanSpec, TokensSpec
from tidegate.setups.market import MarketParameters
from tidegate.study.experiment import Timeline, parameter
from tidegate.study.world import Frames

__all__ = ["NOBODY", "TOKEN_PATHS", "TokenParameters", "record_tokens"]

NOBODY: Final = 1e-6  # of all shares: so few tokens that there might be none
HOUR: Final = 3_600
DAY: Final = 86_400
TOKEN_PATHS: Final = (
    Series(name="stock", title="Stock, last price", unit="USD"),
    Series(name="token", title="Token", unit="USD"),
    Series(name="coin", title="BTC", unit="thousand USD"),
)


class TokenParameters(MarketParameters):
    """A market with a tokenised stock; the run's day of news is a day of October 2025."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500, le=10**6
    )
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        1, "Length of a tick", unit="h", source="resolution: sessions are hours"
    )
    warm_up_days: int = parameter(
        11, "Days before the day of the news", unit="days", source="assumption", ge=7, le=2000
    )
    days: int = parameter(
        6, "Days from the day of the news on", unit="days", source="assumption", ge=5, le=500
    )
    share: float = parameter(
        0.05,
        "Part of the stock's shares that trades as tokens",
        unit="1",
        source="assumption: far above today's 0.0007; arms have that and others",
        ge=1e-6,
        le=0.5,
    )
    loans: bool = parameter(
        True, "Whether lenders take tokens and coins as one collateral", unit="", source="arms"
    )
    pressure: float = parameter(
        1.0,
        "Times the usual pressure of those who raise cash after bad news",
        unit="1",
        source="assumption; arms have none, half and double",
        ge=0,
        le=10,
    )
    calendar: Literal["XNYS", "24/7"] = parameter(
        "XNYS", "Hours of the stock exchange", unit="", source="arms"
    )
    beta: float = parameter(
        StockSpec().beta,
        "What news that moves BTC by one does to the stock, log",
        unit="1",
        source="10 October 2025: S&P 500 -2.7 %, BTC -7.2 %",
        ge=0,
        le=2,
    )

    @abstractmethod
    def day_zero(self) -> dt.date:
        """Return the day of the news."""

    def scenario(self) -> Scenario:
        """Return the market with a stock and its token."""
        usual = CashRaiserSpec()
        raisers = usual.model_copy(
            update={
                "pressure": usual.pressure * self.pressure,
                "coins": usual.coins * self.pressure,
            }
        )
        spec = TokensSpec(
            share=self.share,
            stock=StockSpec(beta=self.beta, listing=ListingSpec(calendar=self.calendar)),
            loans=TokenLoanSpec() if self.loans else None,
            raisers=raisers if self.pressure else None,
        )
        start = self.day_zero() - dt.timedelta(days=self.warm_up_days)
        return super().scenario().model_copy(update={"start": start, "tokens": spec})

    def timeline(self) -> Timeline:
        """Return when arms part, midnight before the news, and when they end."""
        per_day = self.scenario().ticks_per_day
        first = self.warm_up_days
        return Timeline(first * per_day, (first + self.days) * per_day, float(self.days))

    def second(self, day: int, hour: float) -> int:
        """Return the second of an hour (UTC) some days after the day of the news."""
        return (self.warm_up_days + day) * DAY + round(hour * HOUR)

    def on(self, day: int, hour: float) -> dict[str, Any]:
        """Return the dates of a policy that is public and decided at that time."""
        at = self.second(day, hour) / DAY
        return {"announcement_day": at, "effective_day": at}

    def news(self, size: float, day: int, hour: float, name: str = "news") -> TradeShock:
        """Return news that moves what coins are worth by `size`, log, and the stock by its beta."""
        return TradeShock(name=name, size=size, ramp_minutes=18.0, **self.on(day, hour))


def record_tokens(frames: Frames, p: TokenParameters) -> pl.DataFrame:
    """Return the paths that reports draw, by day from midnight before the news."""
    path = tokens.joined(frames["tokens"], frames["bars"])
    origin = p.second(0, 0.0)
    return path.filter(pl.col("seconds") > origin - DAY).select(
        ((pl.col("seconds") - origin) / DAY).alias("day"),
        pl.col("stock", "token"),
        (pl.col("coin") / 1e3).alias("coin"),
    )
