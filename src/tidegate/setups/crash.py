"""What every study of a crash may set, measure and draw: 10 October 2025 as the day to live."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, Self

import polars as pl
from pydantic import model_validator

from tidegate.analysis import crash
from tidegate.policies.base import Policy
from tidegate.policies.trade_shock import TradeShock
from tidegate.report.summary import Metric, Series
from tidegate.scenario.leveraged import (
    DEFAULT_EXCHANGES,
    LeveragedCrowdSpec,
    LeveragedScenario,
    OpenInterestSpec,
    QuoteSpec,
)
from tidegate.scenario.rule_dial import RuleDial
from tidegate.study.experiment import Timeline, parameter
from tidegate.study.scenario_parameters import ScenarioParameters

__all__ = [
    "CRASH",
    "PATHS",
    "CrashParameters",
    "Day",
    "LeveragedParameters",
    "measure_crash",
    "record_crash",
    "record_day",
    "timeline",
]

HOUR, DAY = 3_600, 86_400
BILLION = 1e9
POSTS = 21_180  # seconds from the first post (14:57 UTC) to the second (20:50)
CLOSE = 32_580  # and to the end of the day
FIRST_DELTA = 0.02
EXCHANGES: Final = tuple(exchange.name for exchange in DEFAULT_EXCHANGES)

CRASH: Final = (
    Metric.level("fall_btc", "Largest fall, BTC", "%", delta=FIRST_DELTA),
    Metric.level("fall_eth", "Largest fall, ETH", "%", delta=FIRST_DELTA),
    Metric.level("fall_sol", "Largest fall, SOL", "%", delta=FIRST_DELTA),
    Metric.level("fall_small", "Largest fall, small coins", "%", delta=FIRST_DELTA),
    Metric.level("close_btc", "Fall at the end, BTC", "%", delta=FIRST_DELTA),
    Metric.level("liquidated", "Liquidated", "bn USD", delta=1.9),
    Metric.level("accounts", "Accounts liquidated", "million", delta=0.16),
    Metric.level("long_share", "Longs' share of it", "%", delta=0.05),
    Metric.level("adl_share", "Closed by deleveraging", "%", delta=0.05),
    Metric.level("fund_used", "Insurance fund used, Binance-like", "%", delta=0.05),
    Metric.level("depth_trough", "Least depth, BTC", "%", delta=0.05),
    Metric.level("recovered", "BTC regained of the fall", "%", delta=0.05),
    Metric.level("concentration", "Concentration by exchange", "", delta=0.05),
    Metric.level("adl_delay", "Start of its wave to deleveraging, Hyperliquid", "s", delta=20.0),
    *(Metric.level(f"at_{name}", f"Liquidated at {name}", "%", delta=0.05) for name in EXCHANGES),
)

PATHS: Final = (
    Series(name="BTC", title="BTC", unit="% of the start"),
    Series(name="ETH", title="ETH", unit="% of the start"),
    Series(name="SOL", title="SOL", unit="% of the start"),
    Series(name="SMALL", title="Small coins", unit="% of the start"),
    Series(name="liquidated", title="Liquidated per minute", unit="million USD"),
    Series(name="depth", title="Depth within 1 %, BTC", unit="million USD"),
)


class LeveragedParameters(ScenarioParameters):
    """Size, resolution and dials of the leveraged market."""

    accounts: int = parameter(
        100_000,
        "Simulated leveraged accounts of all exchanges",
        unit="accounts",
        source="resolution",
        ge=2_000,
        le=10_000_000,
    )
    step_seconds: int = parameter(
        60, "Length of a tick", unit="s", source="resolution", ge=1, le=3_600
    )
    lead_hours: float = parameter(
        2.0,
        "Hours before the first news",
        unit="h",
        source="burn-in: a ladder of positions thins out in its first hours",
        ge=0.1,
        le=240,
    )
    open_interest: float = parameter(
        190.0, "Open interest, one side", unit="bn USD", source="Galaxy, Q3 2025", gt=0, le=2_000
    )
    withdrawal: float = parameter(
        2.5, "Exponent with which makers withdraw", unit="1", source="calibrated", ge=0, le=5
    )
    stops: float = parameter(
        0.3, "Share of positions with a stop", unit="1", source="assumption", ge=0, le=0.85
    )
    leverage_cap: int = parameter(
        125,
        "Most leverage, where the venue allows it",
        unit="x",
        source="exchanges' tables: 40x to 125x",
        ge=1,
        le=125,
    )

    options_instead: ClassVar[Mapping[str, str]] = {"step_seconds": "--step-seconds"}

    def spans(self) -> dict[str, float]:
        """Return the seconds of every parameter that is a stretch of the run."""
        return {"lead_hours": self.lead_hours * HOUR}

    @model_validator(mode="after")
    def _stretches_have_ticks(self) -> Self:
        """Refuse stretches shorter than a tick, which would pass for one of its length."""
        for name, seconds in self.spans().items():
            if round(seconds) < self.step_seconds:
                raise ValueError(
                    f"--{name.replace('_', '-')} is {getattr(self, name):g}, which is "
                    f"{seconds:g} seconds; it must be a tick or more: --step-seconds is "
                    f"{self.step_seconds}"
                )
        return self

    def scenario(self) -> LeveragedScenario:
        """Return the market of these parameters."""
        return LeveragedScenario(
            step_seconds=self.step_seconds,
            crowd=LeveragedCrowdSpec(accounts=self.accounts, stops=self.stops),
            interest=OpenInterestSpec(one_sided=self.open_interest * BILLION),
            quotes=QuoteSpec(withdrawal=self.withdrawal),
            dial=self.dial(),
        )

    def dial(self) -> RuleDial:
        """Return what holds on every exchange."""
        return RuleDial(leverage_cap=self.leverage_cap)

    @property
    def first(self) -> int:
        """Second at which the first news breaks: a whole tick."""
        return round(self.lead_hours * HOUR) // self.step_seconds * self.step_seconds


class CrashParameters(LeveragedParameters):
    """The day as it was; an experiment adds its own."""

    hours: float = parameter(
        9.05, "Hours from the first post to the end", unit="h", source="to 24:00 UTC", ge=6, le=400
    )
    first_shock: float = parameter(
        -0.022,
        "What the first post did to value, log price of BTC",
        unit="1",
        source="calibrated: BTC fell by 2.7 %, what the market added included",
        ge=-1,
        le=0,
    )
    second_shock: float = parameter(
        -0.04,
        "What the second post did",
        unit="1",
        source="calibrated within 2.5-5 %",
        ge=-1,
        le=0,
    )
    burst: float = parameter(
        2.5, "Extra noise after it", unit="calm volatility", source="calibrated", ge=0, le=50
    )

    @property
    def day(self) -> Day:
        """When what happens."""
        first = self.first
        return Day(first, first + POSTS, first + round(self.hours * HOUR))

    def posts(self) -> tuple[Policy, ...]:
        """Return the two posts that broke the news."""
        day = self.day
        return (
            TradeShock(
                name="first_post",
                size=self.first_shock,
                ramp_minutes=90,
                announcement_day=day.first / DAY,
                effective_day=day.first / DAY,
            ),
            TradeShock(
                name="second_post",
                size=self.second_shock,
                burst=self.burst,
                announcement_day=day.second / DAY,
                effective_day=day.second / DAY,
            ),
        )


@dataclass(frozen=True, slots=True)
class Day:
    """Seconds of a run at which the two posts break, and at which it ends."""

    first: int
    second: int
    end: int


def timeline(p: CrashParameters) -> Timeline:
    """Return when arms part and when they end."""
    day = p.day
    return Timeline(
        day.first // p.step_seconds,
        day.end // p.step_seconds,
        (day.end - day.first) / DAY,
    )


class Dated(Protocol):
    """Parameters that know the day they live: of a crash, or of one shock."""

    @property
    def day(self) -> Day:
        """Its moments, s from the start."""
        ...


def measure_crash(frames: Mapping[str, pl.DataFrame], day: Day) -> dict[str, float]:
    """Return the metrics of `CRASH` for one run."""
    bars, events, exchanges = (frames[name] for name in ("bars", "liquidations", "exchanges"))
    start, end = day.first, day.end + 1
    falls = {
        f"fall_{coin.lower()}": crash.fall(bars, coin, start, end, lowest=True)
        for coin in ("BTC", "ETH", "SOL", "SMALL")
    }
    close = crash.fall(bars, "BTC", start, end)
    return {
        **falls,
        "close_btc": close,
        "liquidated": crash.liquidated(events, start, end) / BILLION,
        "accounts": crash.accounts_hit(events, start, end)[0] / 1e6,
        "long_share": crash.long_share(events, start, end),
        "adl_share": crash.adl_share(events, start, end),
        "fund_used": crash.fund_used(exchanges, "binance", start, end),
        "depth_trough": crash.depth_trough(bars, "BTC", start, end),
        "recovered": 1.0 - close / falls["fall_btc"] if falls["fall_btc"] > 0 else math.nan,
        "concentration": crash.concentration(events, start, end),
        "adl_delay": crash.adl_delay(events, "hyperliquid", start, end),
        **_split(events, start, end),
    }


def _split(events: pl.DataFrame, start: int, end: int) -> dict[str, float]:
    """Return each exchange's share of what was liquidated; NaN if nothing was."""
    sums = crash.losses_by_exchange(events, start, end)
    total = sum(sums.values())
    return {f"at_{n}": sums.get(n, 0.0) / total if total else math.nan for n in EXCHANGES}


def record_day(frames: Mapping[str, pl.DataFrame], p: Dated) -> pl.DataFrame:
    """Return the paths that a report draws of an experiment's day, as `record_crash` does."""
    return record_crash(frames, p.day)


def record_crash(frames: Mapping[str, pl.DataFrame], day: Day) -> pl.DataFrame:
    """Return the paths that a report draws, by day from the first post.

    A row every minute, or every tick where ticks are longer.
    """
    bars, events = frames["bars"], frames["liquidations"]
    paths = [
        crash.index(bars, coin).select(
            "seconds", (100 * pl.col("price") / pl.col("price").first()).alias(coin)
        )
        for coin in ("BTC", "ETH", "SOL", "SMALL")
    ]
    table = paths[0]
    for path in paths[1:]:
        table = table.join(path, on="seconds")
    table = table.filter(pl.col("seconds") % 60 == 0).sort("seconds")
    return (
        table.with_columns(
            pl.Series("liquidated", crash.per_minute(events, table["seconds"].to_numpy()) / 1e6),
            ((pl.col("seconds") - day.first) / DAY).alias("day"),
        )
        .join(_depth(bars), on="seconds", how="left")
        .sort("seconds")
        .select("day", "BTC", "ETH", "SOL", "SMALL", "liquidated", "depth")
    )


def _depth(bars: pl.DataFrame) -> pl.DataFrame:
    rows = bars.filter(pl.col("coin") == "BTC")
    return rows.group_by("seconds", maintain_order=True).agg(
        ((pl.col("bid_depth") + pl.col("ask_depth")).sum() / 1e6).alias("depth")
    )
