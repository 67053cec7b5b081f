"""Robberies of exchanges as in February 2025: what may be set, the market, and what is read off it.

Bybit and Infini keep clients' coins beside a listed fund with basis traders. The robbery is on a
Friday at 14:13 UTC, as that of 21 February 2025 was: in winter, as then, some minutes before the
fund's session opens, in summer time some after. What funds lose is read off the five sessions of
the week after in either case.
"""

from __future__ import annotations

import math
from typing import Any, Final

import polars as pl

from tidegate.analysis import exchange_runs, market
from tidegate.model import Market
from tidegate.policies.exchange_hack import ExchangeHack
from tidegate.report.summary import Metric
from tidegate.scenario import Scenario
from tidegate.scenario.carry_trade import CarryTradeSpec
from tidegate.scenario.deposit_presets import load_exchange, load_theft
from tidegate.scenario.deposit_terms import DepositorSpec, LawSpec
from tidegate.scenario.deposits import CustodialExchangeSpec, DepositsSpec
from tidegate.scenario.etf import EtfSpec
from tidegate.setups.market import MarketParameters, moved_by_news
from tidegate.study.experiment import Timeline, parameter
from tidegate.study.world import Frames

__all__ = ["METRICS", "HackParameters", "build", "measured", "robbery", "timeline"]

HOUR_OF_THEFT: Final = 14.22  # UTC, 21 February 2025
INFINI_AFTER: Final = 2.6  # days, from Bybit's robbery to Infini's
WEEK: Final = 7
GK: Final = "(general knowledge, not verified)"

METRICS: Final = (
    Metric.of("price", "price", "Price at the end", "USD"),
    Metric.level("fall", "Fall of the coin in a week, log", "%", delta=0.01),
    Metric.level("asked", "Asked back from exchanges", "bn USD", delta=0.2),
    Metric.of("probability", "failed", "Runs in which an exchange fails", "%"),
    Metric.of("probability", "outside", "Runs in which others pay or lend", "%"),
    Metric.level("kept", "Bybit's claims that stay", "%", delta=0.05),
    Metric.level("group_gap", "Asked by traditional clients, less natives", "%", delta=0.05),
    Metric.level("dilution", "Of the firm, to new shareholders", "%", delta=0.02),
    Metric.level("regained", "Of the loot, regained", "%", delta=0.02),
    Metric.level("fund_outflow", "Out of the fund in a week", "bn USD", delta=0.5),
    Metric.level("feared", "Of that wanted, by fear", "bn USD", delta=0.5),
    Metric.level("carried", "Of that wanted, by basis traders", "bn USD", delta=0.5),
    Metric.level("carry_over_fear", "Basis traders' part less fear's", "bn USD", delta=0.5),
)


class HackParameters(MarketParameters):
    """What may be set."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500,
        le=1_000_000,
    )  # fmt: skip
    warm_up_days: int = parameter(
        18, "Days before the robbery", unit="days", ge=5, le=2000,
        source="then it is on a Friday, 23 January 2026, and five sessions follow",
    )  # fmt: skip
    days: int = parameter(
        28, "Days after it", unit="days", source="new shareholders pay after 21", ge=22, le=2000
    )
    clients: int = parameter(
        1_000, "Simulated clients per exchange", unit="accounts", source="resolution", ge=50,
        le=100_000,
    )  # fmt: skip
    native_doubt: float = parameter(
        0.5, "Natives' doubt over that of traditional clients", unit="1",
        source="assumption (HACK-A8); an arm at 1", ge=0, le=2,
    )  # fmt: skip
    calmed: float = parameter(
        0.5, "Part of alarm that the management's word takes away", unit="1",
        source="assumption; an arm at half", ge=0, le=1,
    )  # fmt: skip
    hole_alarm: float = parameter(
        10.0, "Fear that a hole of all claims would add", unit="fear",
        source="assumption; an arm at half", ge=0, le=1_000,
    )  # fmt: skip
    gloom: float = parameter(
        1.0, "Fear that a fall of the coin adds", unit="fear per log fall",
        source="assumption", ge=0, le=100,
    )  # fmt: skip
    contagion: float = parameter(
        0.1, "Fear of other exchanges' clients, over that of the robbed one's", unit="1",
        source="assumption: no run on others was seen in February 2025", ge=0, le=1,
    )  # fmt: skip
    fund_fear: float = parameter(
        0.0167, "Of the fund, leaves in a session at fear 1", unit="1",
        source="fitted: 2.71 bn USD of 110 bn, 24-27 February 2025, read as fear alone", ge=0, le=1,
    )  # fmt: skip
    carry_share: float = parameter(
        0.08, "Of the fund, belongs to basis traders", unit="1",
        source=f"assumption: 8-10 of 110 bn USD {GK}; an arm at half", ge=0, le=1,
    )  # fmt: skip
    growth: float = parameter(
        0.05, "Growth of exchanges' profit that investors expect", unit="1/yr",
        source="assumption; arms at -5 % and 15 %", gt=-0.5, lt=0.25,
    )  # fmt: skip
    law: float = parameter(
        0.2, "Strength of the law", unit="1",
        source="assumption: no common framework (HACK-A9); an arm at 1", ge=0, le=1,
    )  # fmt: skip

    def exchange(self, name: str) -> CustodialExchangeSpec:
        """Return an exchange as it was, but for what investors expect."""
        found = load_exchange(name)
        rescue = found.rescue.model_copy(update={"growth": self.growth})
        return found.model_copy(update={"rescue": rescue})

    def scenario(self) -> Scenario:
        """Return the market with two exchanges, a fund and basis traders."""
        who = DepositorSpec(
            accounts=self.clients,
            native_doubt=self.native_doubt,
            calmed=self.calmed,
            hole_alarm=self.hole_alarm,
            gloom=self.gloom,
            contagion=self.contagion,
        )
        deposits = DepositsSpec(
            exchanges=(self.exchange("bybit"), self.exchange("infini")),
            depositors=who,
            law=LawSpec(strength=self.law),
            fund_fear=self.fund_fear,
        )
        parts = {
            "etf": EtfSpec(),
            "carry_trade": CarryTradeSpec(share=self.carry_share),
            "deposits": deposits,
        }
        return super().scenario().model_copy(update=parts)


def build(p: HackParameters, seed: int) -> Market:
    """Return a world at tick 0; where prices are frozen, news alone moves them."""
    return moved_by_news(Market(p.scenario(), rng=seed))


def timeline(p: HackParameters) -> Timeline:
    """Return when arms part and when all ends."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))


def robbery(p: HackParameters, name: str = "bybit", **changes: Any) -> ExchangeHack:
    """Return the robbery of an exchange as it was, but for some changes."""
    day = p.warm_up_days + HOUR_OF_THEFT / 24.0 + (INFINI_AFTER if name == "infini" else 0.0)
    theft = {**load_theft(name), **changes}
    return ExchangeHack(name=f"robbery-{name}", announcement_day=day, effective_day=day, **theft)


def measured(frames: Frames, p: HackParameters) -> dict[str, float]:
    """Return the metrics of one run, in the order of `METRICS`."""
    table, days = frames["deposits"], market.daily(frames["bars"])
    first, last = p.warm_up_days, p.warm_up_days + p.days
    eve = market.price_at(days, first - 1, window=1)
    flows = exchange_runs.fund_flows(
        frames["etf_holders"], p.scenario().start, first + 1, first + 1 + WEEK
    )
    bybit = table.filter(pl.col("exchange") == "bybit")
    return {
        "price": market.price_at(days, last - 1),
        "fall": math.log(eve / market.price_at(days, first + WEEK, window=1)),
        "asked": exchange_runs.asked(table, first, last),
        "failed": exchange_runs.failed(table, last),
        "outside": exchange_runs.outside(table, last),
        "kept": float(exchange_runs.at(bybit, last)["kept"].item()),
        "group_gap": exchange_runs.group_gap(table, first, last),
        "dilution": exchange_runs.new_owners(table, last),
        "regained": exchange_runs.regained(table, last),
        **flows,
        "carry_over_fear": flows["carried"] - flows["feared"],
    }
