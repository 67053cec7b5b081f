"""Exchanges of a market with leverage, and the public that trades there.

Values whose source is "calibrated" were fitted to quantities of 10 October 2025; a run that uses
them may not be tested on those quantities again.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = [
    "CALIBRATED",
    "DEFAULT_EXCHANGES",
    "ExchangeSpec",
    "LeveragedCrowdSpec",
    "OpenInterestSpec",
    "PerCoin",
    "Positive",
]

CALIBRATED = "calibrated: 10 October 2025"
Positive = Annotated[float, Field(gt=0)]
# Order of the coins in every tuple that has a value per coin: BTC, ETH, SOL, small coins.
PerCoin = tuple[Positive, ...]
# Accounts by leverage: 1-3x, 3-7x, above 7x.
PerClass = tuple[Positive, Positive, Positive]


class ExchangeSpec(Frozen):
    """One exchange, or a family of like ones: its rules by name and its share of the market."""

    name: str
    family: str = Field(description="Family of venue rules, as `load_family` knows it.")
    interest_share: float = quantity(
        ..., unit="1", source="per exchange", about="Share of open interest.", gt=0, le=1
    )
    spot_share: float = quantity(
        ..., unit="1", source="per exchange", about="Share of spot depth.", gt=0, le=1
    )
    houses: float = quantity(
        ..., unit="venues", source="per exchange", about="Real venues it stands for.", gt=0
    )
    coin_shares: PerCoin = quantity(
        (0.38, 0.27, 0.07, 0.28),
        unit="1",
        source="open interest by coin, 30 September 2025, less CME",
        about="Open interest by coin.",
    )
    out_of_reach: float = quantity(
        0.48,
        unit="1",
        source=CALIBRATED,
        about="Share of longs whose collateral no fall can exhaust.",
        ge=0,
        le=1,
    )
    hedged: float = quantity(
        0.74,
        unit="1",
        source=CALIBRATED,
        about="Share of shorts that hedge coins held elsewhere.",
        gt=0,
        le=1,
    )


# Shares of open interest: assumption, but for Hyperliquid's (13.8 bn of 190). Spot: volumes of
# 21:09-22:00 UTC, 10 October 2025 (Binance 11.8 bn of 28.6), the rest split by assumption.
DEFAULT_EXCHANGES = (
    ExchangeSpec(
        name="binance", family="binance-like", interest_share=0.30, spot_share=0.42, houses=4
    ),
    ExchangeSpec(name="bybit", family="bybit-like", interest_share=0.33, spot_share=0.26, houses=5),
    ExchangeSpec(name="okx", family="okx-like", interest_share=0.30, spot_share=0.26, houses=5),
    ExchangeSpec(
        name="hyperliquid",
        family="hyperliquid-like",
        interest_share=0.07,
        spot_share=0.06,
        houses=1,
        coin_shares=(0.35, 0.25, 0.10, 0.30),
        out_of_reach=0.12,
        hedged=0.57,
    ),
)


class OpenInterestSpec(Frozen):
    """Positions that are open at the start."""

    one_sided: float = quantity(
        190e9,
        unit="USD",
        source="Galaxy: 187.8 bn at the end of September 2025, 220 bn on 6 October",
        about="Open interest of all exchanges, one side.",
        gt=0,
    )
    class_shares: PerClass = quantity(
        (0.36, 0.48, 0.16),
        unit="1",
        source="open interest by leverage on Hyperliquid, December 2025",
        about="Share of reachable open interest at 1-3x, 3-7x and above.",
    )
    age_days: PerClass = quantity(
        (40.0, 8.0, 0.7),
        unit="days",
        source="assumption: the higher the leverage, the shorter the holding",
        about="Mean age of positions.",
    )


class LeveragedCrowdSpec(Frozen):
    """Retail traders on margin."""

    accounts: int = quantity(
        100_000,
        unit="accounts",
        source="resolution, not a scale",
        about="Simulated ones; each stands for real ones.",
        ge=1_000,
        le=20_000_000,
    )
    mean_notional: PerClass = quantity(
        (18_600.0, 15_100.0, 10_500.0),
        unit="USD",
        source=CALIBRATED + "; shape: mean liquidated notional 11.8 k USD",
        about="Mean position of a real account.",
    )
    size_sigma: float = quantity(
        1.9, unit="1", source=CALIBRATED, about="Sd of log account size.", gt=0, le=3
    )
    turn_days: PerClass = quantity(
        (10.0, 2.0, 0.24), unit="days", source=CALIBRATED, about="Mean life of a position."
    )
    nervous_turn: float = quantity(
        12.0,
        unit="1",
        source=CALIBRATED,
        about="Positions turn over at most this much faster when prices move.",
        ge=1,
        le=100,
    )
    return_hours: float = quantity(
        1.4, unit="hours", source=CALIBRATED, about="Mean time until the wiped come back.", gt=0
    )
    work_minutes: float = quantity(
        10.0,
        unit="minutes",
        source="assumption: who a simulated account stands for do not all come at once",
        about="Time in which an order is worked.",
        ge=0,
        le=240,
    )
    momentum: float = quantity(
        0.475,
        unit="1",
        source=CALIBRATED,
        about="How far a move of the last minutes tilts new high-leverage positions.",
        ge=0,
        le=0.5,
    )
    stops: float = quantity(
        0.30, unit="1", source="assumption", about="Share of positions with a stop.", ge=0, le=1
    )
    stop_range: tuple[float, float] = quantity(
        (0.35, 0.95),
        unit="1",
        source="assumption",
        about="Where stops lie, as a share of the way to liquidation.",
    )
    top_ups: float = quantity(
        0.15,
        unit="1",
        source="assumption: few watch their position around the clock",
        about="Share of accounts that add margin once, if they can reach the venue.",
        ge=0,
        le=1,
    )

    tolerance: float | None = quantity(
        None,
        unit="USD",
        source="assumption: no count of closed accounts is public",
        about="Loss in an outage after compensation beyond which a real account leaves its exchange"
        " for good; None: nobody does.",
        ge=0,
    )

    @model_validator(mode="after")
    def _lines_fit(self) -> Self:
        low, high = self.stop_range
        if not 0.0 < low <= high < 1.0:
            raise ValueError(f"stop_range must be 0 < low <= high < 1, got {self.stop_range}")
        if self.stops + self.top_ups > 1.0:
            raise ValueError(
                f"stops + top_ups must be at most 1 (nobody has both), "
                f"got {self.stops:g} + {self.top_ups:g}"
            )
        return self
