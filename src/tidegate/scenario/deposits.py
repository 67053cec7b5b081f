"""Exchanges that keep clients' coins and cash, and what becomes of them when they are robbed.

Shares of clients' claims are shares of their value at the start. Coins stand for all coins: what a
real exchange holds in several is held here in one, at its price.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from tidegate.scenario.deposit_terms import DepositorSpec, LawSpec, LoanSpec, RescueSpec
from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["CustodialExchangeSpec", "DepositsSpec"]

GK = "(general knowledge, not verified)"


class CustodialExchangeSpec(Frozen):
    """One exchange: what it owes its clients, where it keeps that, and what it does when robbed."""

    name: str = Field(
        description="Name, unique in a scenario; that of its claims in the books.",
        pattern=r"^[a-z][a-z0-9-]*$",
    )
    claims_usd: float = quantity(
        16.9e9,
        unit="USD",
        source="tracked assets of Bybit's clients before 21 February 2025 (M7)",
        about="What clients own at the start, backed in full.",
        ge=1e6,
        le=2e11,
    )
    clients: int = quantity(
        1_000_000,
        unit="clients",
        source="assumption: 350,000 requests (M7) came with about a third of all claims",
        about="Clients with a balance worth a withdrawal.",
        gt=0,
    )
    coin_share: float = quantity(
        0.6,
        unit="1",
        source="assumption: of 5.7 bn USD that left Bybit more than 2.3 bn were USDT (M7)",
        about="Share of claims that are coins; the rest is cash.",
        ge=0,
        le=1,
    )
    hot: float = quantity(
        0.2,
        unit="share of claims",
        source="assumption: first-day outflows of 13-15 % were paid without new signatures",
        about="Reserves that can be paid out at once; refilled to that share.",
        ge=0,
        le=1,
    )
    cold_hours: float = quantity(
        12.0,
        unit="h",
        source="assumption: signers in several places; all of Bybit's requests took 12 h (M7)",
        about="From when cold reserves are called until the first of them can be paid out.",
        ge=0,
        le=720,
    )
    cold_daily: float = quantity(
        0.25,
        unit="share of claims per day",
        source="assumption: about 3 bn USD of 16.9 bn were freed within a day (M7)",
        about="What can be brought out of cold storage in a day.",
        gt=0,
        le=100,
    )
    cash_usd: float = quantity(
        0.85e9,
        unit="USD",
        source="0.7-1.0 bn USD, the estimate of Bybit's cash (HACK-N2)",
        about="The firm's own cash: it bears losses first.",
        ge=0,
        le=2e11,
    )
    capacity: float = quantity(
        30_000.0,
        unit="requests/h",
        source="more than 350,000 requests in about 12 h (M7)",
        about="Requests that are checked and paid in an hour.",
        gt=0,
    )
    statement_hours: float | None = quantity(
        1.5,
        unit="h",
        source="Bybit: theft 14:13, first post 15:44 UTC (M7)",
        about="From the news until the management speaks; None: it never does.",
        ge=0,
    )
    suspends: bool = Field(
        default=False,
        strict=True,
        description="True: withdrawals are suspended when what can be paid runs out.",
    )
    loans: tuple[LoanSpec, ...] = Field(
        default=(), description="Bridge loans it can draw, if a loss is not covered."
    )
    rescue: RescueSpec = RescueSpec()

    @model_validator(mode="after")
    def _hot_within(self) -> Self:
        if self.hot > 0 and self.claims_usd * self.hot < 1.0:
            raise ValueError(f"hot {self.hot} of {self.claims_usd} USD is less than a dollar")
        return self


class DepositsSpec(Frozen):
    """Exchanges that hold what clients own, the clients, and the law."""

    exchanges: tuple[CustodialExchangeSpec, ...] = Field(
        default=(CustodialExchangeSpec(name="bybit"),), min_length=1, description="In order."
    )
    depositors: DepositorSpec = DepositorSpec()
    law: LawSpec = LawSpec()
    grace_hours: float = quantity(
        72.0,
        unit="h",
        source="FTX stopped paying on 8 November 2022 and filed on the 11th",
        about="Time for which a request may wait for money before the exchange has failed.",
        gt=0,
        le=2_160,
    )
    suspension_days: float = quantity(
        14.0,
        unit="days",
        source=f"assumption: Celsius suspended for 31 days before it filed, Voyager for 4 {GK}",
        about="Days of suspension in all after which the exchange has failed.",
        gt=0,
        le=365,
    )
    pause_hours: float = quantity(
        24.0,
        unit="h",
        source="assumption: a night to count and to bring coins in",
        about="Least time of a suspension.",
        ge=0,
        le=720,
    )
    fund_fear: float = quantity(
        0.0167,
        unit="share of the fund per session, at fear 1",
        source="fitted: 2.71 bn USD of about 110 bn left US funds in the four sessions from 24 to "
        "27 February 2025 (own sum), read as fear alone; a rival reading is the end of basis "
        "trades",
        about="What holders of a listed fund take out for fear of a robbery elsewhere.",
        ge=0,
        le=1,
    )

    @model_validator(mode="after")
    def _different(self) -> Self:
        names = [exchange.name for exchange in self.exchanges]
        if len(set(names)) != len(names):
            raise ValueError(f"exchanges must have different names, got {names}")
        return self
