"""What a treasury company owes, issues, buys back and pays, as data."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = [
    "BuybackSpec",
    "CoinFactorSpec",
    "CoinLoanSpec",
    "ConvertibleSpec",
    "IssuanceSpec",
    "PlacementSpec",
    "PreferredSpec",
]

GK = "(general knowledge, not verified)"
MOMENTS = "daily bars of perpetuals, 2020-05-31 to 2025-09-30"


class CoinFactorSpec(Frozen):
    """A coin other than BTC: it follows BTC by a beta, and has luck of its own."""

    name: str = Field(description="Name of the coin.", min_length=1)
    price: float = quantity(..., unit="USD", source="given", about="Price at the start.", gt=0)
    beta: float = quantity(
        ..., unit="1", source="given", about="Log return for one of BTC.", ge=-5, le=5
    )
    own_volatility: float = quantity(
        ..., unit="1/sqrt(year)", source="given", about="What BTC does not explain.", ge=0, le=5
    )
    daily_volume: float = quantity(
        1e9, unit="USD/day", source="assumption", about="Spot volume: what a trade costs.", gt=0
    )


class ConvertibleSpec(Frozen):
    """Bonds that turn into shares where that is worth more than their face."""

    usd: float = quantity(..., unit="USD", source="given", about="Face value.", gt=0)
    coupon: float = quantity(
        0.005, unit="1/yr", source="assumption: near 0 for treasury firms", about="Coupon.", ge=0
    )
    conversion_price: float = quantity(
        ..., unit="USD/share", source="given", about="Face value for one share.", gt=0
    )
    maturity_days: float = quantity(
        1_500.0, unit="days", source="assumption", about="From the start to repayment.", gt=0
    )
    put_days: float | None = quantity(
        None,
        unit="days",
        source="none unless set",
        about="From the start to the day on which holders may ask for their money.",
        gt=0,
    )


class PreferredSpec(Frozen):
    """Shares with a fixed dividend and no maturity."""

    usd: float = quantity(..., unit="USD", source="given", about="Liquidation value.", gt=0)
    dividend: float = quantity(
        0.09, unit="1/yr", source="8 to 10 % (Strategy's STRK, STRF, STRD)", about="Dividend.", ge=0
    )


class CoinLoanSpec(Frozen):
    """A loan against coins: more of them at the call, and their sale where there are no more."""

    usd: float = quantity(..., unit="USD", source="given", about="What is owed.", gt=0)
    rate: float = quantity(
        0.08, unit="1/yr", source=f"about 7-11 % for loans against BTC {GK}", about="Interest.",
        ge=0,
    )  # fmt: skip
    start_ltv: float = quantity(
        0.5, unit="1", source=f"lenders give about half {GK}", about="Loan over pledged coins.",
        gt=0, lt=1,
    )  # fmt: skip
    call_ltv: float = quantity(
        0.7, unit="1", source=f"assumption: margin is called at 0.7 to 0.75 {GK}",
        about="At which more coins are asked for.", gt=0, lt=1,
    )  # fmt: skip
    sale_ltv: float = quantity(
        0.8, unit="1", source=f"assumption: coins are sold at 0.8 to 0.85 {GK}",
        about="At which it sells all that is owed to it, if there is no more to pledge.", gt=0,
        lt=1,
    )  # fmt: skip

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.start_ltv < self.call_ltv < self.sale_ltv:
            raise ValueError(
                f"start_ltv {self.start_ltv}, call_ltv {self.call_ltv} and sale_ltv "
                f"{self.sale_ltv} must rise in this order"
            )
        return self


class IssuanceSpec(Frozen):
    """When shares are sold at the market, and how many."""

    above: float = quantity(
        1.15,
        unit="mNAV",
        source="Strategy issued down to about 1.15 in late 2025; its rule of July 2025 named 2.5, "
        "and was loosened within weeks (M10)",
        about="Above this mNAV shares are sold to buy coins.",
        gt=0,
    )
    rate: float = quantity(
        0.0015,
        unit="market cap/session",
        source="Strategy: about 25 bn USD from October 2024 to October 2025 on a market cap of "
        "70-100 bn: 0.1-0.15 % a session (computed)",
        about="Shares sold in a session.",
        ge=0,
        le=0.1,
    )
    rich: float = quantity(
        2.5, unit="mNAV", source="Strategy's rule of 31 July 2025", about="Above it, more.", gt=0
    )
    rich_rate: float = quantity(
        0.003, unit="market cap/session", source="assumption: twice the rate", about="Sold then.",
        ge=0, le=0.1,
    )  # fmt: skip
    bills_above: float = quantity(
        1.0,
        unit="mNAV",
        source="Strategy's rule of 31 July 2025: below 2.5 for interest and dividends alone; below "
        "1 it would rather borrow or sell coins",
        about="Above it shares are sold to pay bills; below it coins are.",
        ge=0,
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.rich < self.above:
            raise ValueError(f"rich is {self.rich}; it must be at least above ({self.above})")
        return self


class BuybackSpec(Frozen):
    """When shares are bought back, with which money."""

    authorised_usd: float = quantity(
        0.0, unit="USD", source="none unless set", about="Most that is spent.", ge=0
    )
    below: float = quantity(
        1.0, unit="mNAV", source="ETHZilla and FG Nexus bought at discounts (M10)", about="Below.",
        gt=0,
    )  # fmt: skip
    rate: float = quantity(
        0.002,
        unit="market cap/session",
        source="assumption: FG Nexus bought 8 % of its shares within weeks",
        about="Bought in a session.",
        ge=0,
        le=0.1,
    )
    sells_coins: bool = quantity(
        True,
        unit="yes/no",
        source="ETHZilla sold 40 M USD of ETH, FG Nexus 32.7 M, for buybacks (M10)",
        about="Whether coins are sold where cash does not suffice.",
        strict=True,
    )


class PlacementSpec(Frozen):
    """Shares that were sold privately (PIPE) and may not be sold on for some time."""

    share: float = quantity(
        ..., unit="share of all shares", source="given", about="Shares placed.", gt=0, lt=1
    )
    price: float = quantity(
        ..., unit="USD/share", source="given", about="What was paid for them.", gt=0
    )
    locked_days: float = quantity(
        90.0,
        unit="days",
        source=f"until the shares are registered: weeks to months {GK}",
        about="From the start, or the founding, until they may be sold.",
        ge=0,
    )
    sells: float = quantity(
        0.5,
        unit="1",
        source="assumption: half are sold when they may be",
        about="Part that is sold then.",
        ge=0,
        le=1,
    )
    sessions: int = quantity(
        20, unit="sessions", source="assumption", about="Over how many.", ge=1, le=1_000
    )
