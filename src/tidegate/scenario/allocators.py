"""Who moves risky money between themes, and who comes to coins in a recession."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["AllocatorSpec", "HavenSpec"]


class AllocatorSpec(Frozen):
    """Global allocators: money that is in crypto, American or Chinese technology, or safe.

    Each member looks back over a time of its own, leans to what did well, and comes nearer to its
    wish at every look. Coins here stand for all of crypto.
    """

    members: int = quantity(
        60, unit="members", source="resolution, not a scale", about="Members.", ge=2, le=5_000
    )
    assets_usd: float = quantity(
        1e12,
        unit="USD",
        source="assumption: with `crypto` they own 2 % of all coins, a third of what funds listed"
        " in the United States held at the end of 2025",
        about="Their assets at the start.",
        gt=0,
        le=5e12,
    )
    crypto: float = quantity(
        0.05, unit="1", source="assumption", about="Usual share of crypto.", gt=0, lt=1
    )
    us_tech: float = quantity(
        0.45, unit="1", source="assumption", about="Usual share of American technology.", gt=0, lt=1
    )
    china_tech: float = quantity(
        0.10, unit="1", source="assumption", about="Usual share of Chinese technology.", gt=0, lt=1
    )
    chase: float = quantity(
        1.0,
        unit="log odds per log return",
        source="assumption; sign: flows into listed BTC funds follow returns, correlation 0.4 with"
        " those of the day before",
        about="How far they lean to what did well; 0: they only rebalance.",
        ge=0,
        le=50,
    )
    shortest_days: float = quantity(
        20.0, unit="days", source="assumption: a month", about="Shortest look back.", ge=1
    )
    longest_days: float = quantity(
        250.0, unit="days", source="assumption: a year", about="Longest look back.", ge=1
    )
    decide_days: int = quantity(
        28, unit="days", source="assumption: each has its day in four weeks", about="Look.", ge=1
    )
    haste: float = quantity(
        0.5,
        unit="1",
        source="assumption: half of the way at a look",
        about="Part of the way to its wish that a member goes at a look.",
        gt=0,
        le=1,
    )
    fear: float = quantity(
        0.7,
        unit="1",
        source="assumption",
        about="Factor on the odds of risky themes while a recession is plain to see; 1: none.",
        gt=0,
        le=1,
    )
    wealth_sigma: float = quantity(
        1.0, unit="1", source="as holders", about="Spread of log assets of members.", ge=0, le=3
    )

    @model_validator(mode="after")
    def _something_is_safe(self) -> Self:
        if self.safe <= 0.0:
            raise ValueError(
                f"crypto, us_tech and china_tech must sum to less than 1, got {1.0 - self.safe:g}"
            )
        if self.longest_days < self.shortest_days:
            raise ValueError(
                f"longest_days must be >= shortest_days ({self.shortest_days:g}), "
                f"got {self.longest_days:g}"
            )
        return self

    @property
    def safe(self) -> float:
        """Usual share of what is safe."""
        return 1.0 - self.crypto - self.us_tech - self.china_tech


class HavenSpec(Frozen):
    """Savers to whom coins are a safety valve: they come once a recession is plain to see.

    That they do is an assumption. How many believe in it is the dial, and the price the result.
    """

    assets_usd: float = quantity(
        7e12,
        unit="USD",
        source="money market funds of the United States in 2025 (ICI, rounded)",
        about="What they have.",
        gt=0,
        le=1e13,
    )
    share: float = quantity(
        0.01, unit="1", source="assumption", about="Share for coins, if all believe.", ge=0, le=0.5
    )
    credibility: float = quantity(
        0.5,
        unit="1",
        source="assumption; it rests on the United States holding on to their pricing power",
        about="Share of them who believe that coins are safe when output falls.",
        ge=0,
        le=1,
    )
    outside: float = quantity(
        0.0,
        unit="1",
        source="assumption: nothing",
        about="Part of that demand that is there without a recession.",
        ge=0,
        le=1,
    )
    ramp_months: int = quantity(
        6, unit="months", source="assumption", about="Months in which they come or go.", ge=1, le=60
    )
