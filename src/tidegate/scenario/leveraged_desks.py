"""Desks of a market with leverage: quotes, value, basis, unwinding; and the news they follow.

Values whose source is "calibrated" were fitted to quantities of 10 October 2025; a run that uses
them may not be tested on those quantities again.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.leveraged_crowd import CALIBRATED, PerCoin

__all__ = ["BasisSpec", "NewsSpec", "QuoteSpec", "UnwindSpec", "ValueSpec"]


class QuoteSpec(Frozen):
    """Market makers: ladders of uniform density that thin out under stress."""

    depth: PerCoin = quantity(
        (50e6, 20e6, 6.25e6, 26e6),
        unit="USD",
        source="2.5 times the mean of large venues in October 2025 (BTC 20 M, ETH 8 M, SOL 2.5 M), "
        "factor and small coins " + CALIBRATED + "; Binance futures: about 190 M a side near it",
        about="Bids within 1 % of the mid of one real venue.",
    )
    spot_houses: float = quantity(
        11.0, unit="venues", source=CALIBRATED, about="Spot venues of that depth.", gt=0
    )
    levels: int = quantity(
        12, unit="per side", source="resolution", about="Quotes a side.", ge=2, le=64
    )
    half_spread: float = quantity(
        0.5e-4, unit="log price", source="Kaiko: one basis point", about="First quote.", gt=0
    )
    reach: float = quantity(
        0.10, unit="log price", source="assumption", about="Last quote.", gt=0, le=0.5
    )
    refill_seconds: float = quantity(
        150.0, unit="s", source=CALIBRATED, about="Time in which quotes return to value.", gt=0
    )
    requoting: float = quantity(
        0.3,
        unit="1",
        source="assumption: the rest is traffic that takes the makers' inventory off them",
        about="Part of that return that is mere re-quoting.",
        ge=0,
        le=1,
    )
    skew: float = quantity(
        0.1, unit="1", source="assumption", about="Shift of quotes by inventory.", ge=0, le=1
    )
    withdrawal: float = quantity(
        2.5, unit="1", source=CALIBRATED, about="Exponent of depth in volatility.", ge=0, le=5
    )
    tolerance: float = quantity(
        5.0, unit="1", source=CALIBRATED, about="Volatility over calm that is borne.", gt=0
    )
    floor: float = quantity(
        0.10,
        unit="1",
        source="measured troughs of 10-35 % of depth, 10 October 2025",
        about="Depth that never goes.",
        ge=0,
        le=1,
    )
    memory_seconds: float = quantity(
        351.0, unit="s", source=CALIBRATED, about="Half-life of the volatility estimate.", gt=0
    )
    horizon_seconds: float = quantity(
        60.0,
        unit="s",
        source="assumption: makers look beyond the bounce between their own quotes",
        about="Horizon over which volatility is measured.",
        ge=0,
    )
    fall_seconds: float = quantity(
        1.0, unit="s", source="cancelling is fast", about="Half-life of depth that leaves.", gt=0
    )
    return_seconds: float = quantity(
        900.0, unit="s", source=CALIBRATED, about="Time in which depth comes back.", gt=0
    )
    coupling: float = quantity(
        0.7,
        unit="1",
        source=CALIBRATED,
        about="Stress of other coins felt: the same firms quote them all.",
        ge=0,
        le=1,
    )
    inventory: float = quantity(
        8.6, unit="1", source=CALIBRATED, about="Largest inventory over the 1 % depth.", gt=0
    )

    @model_validator(mode="after")
    def _ladder_has_room(self) -> Self:
        if not self.reach > 2.0 * self.half_spread:
            raise ValueError(
                f"reach must be above 2 x half_spread ({2.0 * self.half_spread:g}), "
                f"got {self.reach:g}"
            )
        return self


class ValueSpec(Frozen):
    """Buyers who wait for a price below value, and holders who sell above it."""

    flow: tuple[Annotated[float, Field(ge=0)], ...] = quantity(
        (55e3, 8.5e3, 3e3, 2.2e3),
        unit="USD/s per 1 % and venue",
        source=CALIBRATED + "; prior: volume over volatility",
        about="Flow against a mispricing, spot.",
    )
    perpetuals: float = quantity(
        0.5, unit="1", source=CALIBRATED, about="The same on perpetuals, relative.", ge=0
    )
    width: float = quantity(
        0.103, unit="log price", source=CALIBRATED, about="Where the flow turns cubic.", gt=0
    )
    memory_seconds: float = quantity(
        800.0,
        unit="s",
        source=CALIBRATED,
        about="Time in which what is thought fair follows the price.",
        gt=0,
    )


class BasisSpec(Frozen):
    """Arbitrage between perpetuals and spot, and between exchanges."""

    speed: float = quantity(
        0.6, unit="1/s", source=CALIBRATED, about="Share of a gap closed.", ge=0, le=10
    )
    edge: float = quantity(
        5e-4, unit="log price", source="taker fees of two legs, top tier", about="Gap left.", ge=0
    )
    rate: float = quantity(
        0.5, unit="1 % depth per s", source=CALIBRATED, about="Most that is traded.", ge=0
    )
    capital: float = quantity(
        35e9,
        unit="USD per exchange",
        source="74 % of 190 bn of shorts hedge coins; who holds both sells the coins and buys back "
        "the short when that pays; a quarter an exchange",
        about="Half coins, half cash.",
        gt=0,
    )


class UnwindSpec(Frozen):
    """How insurance funds and vaults sell what they took over."""

    seconds: float = quantity(
        750.0, unit="s", source=CALIBRATED, about="Time constant of their positions.", gt=0
    )
    share: float = quantity(
        1.6e-3,
        unit="1/s",
        source=CALIBRATED,
        about="Most of the depth (USD per unit of log price) that is sold in a second.",
        gt=0,
        le=1,
    )


class NewsSpec(Frozen):
    """Common and own news that everybody's quotes follow at once."""

    volatility: float = quantity(
        0.0135,
        unit="per square root of a day",
        source="BTC, third quarter of 2025: 1.5 % a day, less what trading adds",
        about="Of BTC in calm.",
        ge=0,
        le=1,
    )
