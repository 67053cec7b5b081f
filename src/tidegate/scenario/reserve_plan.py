"""A reserve as planned: what it buys, who pays, how large, when, and how firm the promise is."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.reserve_levers import Source

__all__ = ["SOURCES", "AssetMix", "FundingMix", "PlanSpec"]

SOURCES: tuple[Source, ...] = ("seizures", "mining", "budget", "fx", "gold")
WHOLE = 1e-9


class _Shares(Frozen):
    """Shares that sum to 1."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        shares = dict(self)
        total = sum(shares.values())
        if abs(total - 1.0) > WHOLE:
            raise ValueError(f"{', '.join(shares)} must sum to 1, got {total:.7g}")
        return self


class AssetMix(_Shares):
    """What a reserve buys."""

    coins: float = quantity(
        1.0, unit="1", source="assumption", about="Coins in the state's own custody.", ge=0, le=1
    )
    etf: float = quantity(
        0.0, unit="1", source="assumption", about="Shares of spot ETFs on the coin.", ge=0, le=1
    )
    firms: float = quantity(
        0.0, unit="1", source="assumption", about="Shares of listed crypto firms.", ge=0, le=1
    )
    other: float = quantity(0.0, unit="1", source="assumption", about="Other coins.", ge=0, le=1)


class FundingMix(_Shares):
    """Who pays for a reserve."""

    seizures: float = quantity(
        0.0, unit="1", source="assumption", about="Proceeds of crime.", ge=0, le=1
    )
    mining: float = quantity(
        0.0, unit="1", source="assumption", about="Sales of mined coins.", ge=0, le=1
    )
    budget: float = quantity(1.0, unit="1", source="assumption", about="The budget.", ge=0, le=1)
    fx: float = quantity(
        0.0, unit="1", source="assumption", about="Foreign exchange reserves.", ge=0, le=1
    )
    gold: float = quantity(
        0.0, unit="1", source="assumption", about="The gain of revalued gold.", ge=0, le=1
    )


class PlanSpec(Frozen):
    """A fund that is announced, due on a date, and bought on a schedule."""

    size_usd: float = quantity(
        0.0, unit="USD", source="off unless a state says", about="Size announced.", ge=0, le=1e12
    )
    coins_per_day: float = quantity(
        0.0,
        unit="coins/day",
        source="off unless a state says",
        about="Coins a day in place of a size in USD; 0: the size holds.",
        ge=0,
    )
    announced: dt.date | None = Field(default=None, description="Day it is public; None: never.")
    start: dt.date | None = Field(
        default=None, description="Day buying is due; None: once peers have set an example."
    )
    days: int = quantity(
        90, unit="days", source="KZ-H1 spans 1-365", about="Length of the purchase.", ge=1, le=3650
    )
    urgency: float = quantity(
        0.0,
        unit="1/day",
        source="assumption: even; Almgren and Chriss (2000) call it kappa",
        about="How much earlier than evenly it buys.",
        ge=0,
        le=10,
    )
    lead_days: int = quantity(
        180,
        unit="days",
        source="assumption: Kazakhstan, November 2025 to April-May 2026",
        about="From adoption to the day buying is due where no date is named.",
        ge=0,
    )
    funding_credibility: float = quantity(
        0.5,
        unit="1",
        source="assumption",
        about="How sure the money is; 1: in hand.",
        ge=0,
        le=1,
    )
    date_credibility: float = quantity(
        0.5, unit="1", source="assumption", about="How firm the date is; 1: binding.", ge=0, le=1
    )
    wait_drawdown: float = quantity(
        0.15,
        unit="1",
        source="assumption: Kazakhstan waited after a fall of about a fifth (KZ-H20)",
        about="Fall since the announcement that makes a plan without credibility wait; 1: none.",
        ge=0,
        le=1,
    )
    wait_days: int = quantity(
        90,
        unit="days",
        source="Kazakhstan: early 2026 became April-May 2026 (KZ-H20); an assumption for others",
        about="Longest postponement.",
        ge=0,
    )
    shrink: float = quantity(
        2.5,
        unit="1",
        source="assumption of the size of one case: 0.5-1.0 bn became at most 350 M (KZ-H21)",
        about="Share of the size lost per unit of the deepest fall, without credibility.",
        ge=0,
        le=100,
    )
    dip: float = quantity(
        0.0,
        unit="1",
        source="off; a buyer of last resort",
        about="Fall since the announcement that it waits for before buying, at full size; 0: none.",
        ge=0,
        lt=1,
    )
    lapse_rate: float = quantity(
        0.3,
        unit="1/yr",
        source="assumption: plans of emerging markets often remain plans (KZ-A20)",
        about="Rate at which a plan without credibility lapses before it starts.",
        ge=0,
        le=100,
    )

    @property
    def credibility(self) -> float:
        """Credibility of money and date together."""
        return self.funding_credibility * self.date_credibility

    @property
    def present(self) -> bool:
        """Whether there is a plan at all."""
        return self.size_usd > 0.0 or self.coins_per_day > 0.0
