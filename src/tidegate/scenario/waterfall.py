"""A venue's liquidation waterfall, in USD and seconds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal

from tidegate_core.waterfall import Waterfall

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.tiers import PPM, PRESET

__all__ = ["WaterfallRule"]

Partial = Literal["none", "slice", "tier"]
LiquidationOrder = Literal["ioc", "market", "none"]
Surplus = Literal["client", "fund"]
AdlRule = Literal["queue", "pro_rata", "water_filling"]
AdlTrigger = Literal["empty", "drawdown", "never"]
AdlPrice = Literal["bankruptcy", "mark"]
BeyondVault = Literal["adl", "book"]

MICRO: Final = 1_000_000
HYPERLIQUID: Final = "Hyperliquid docs, liquidations: hyperliquid.gitbook.io"
OKX: Final = "OKX help pages on liquidation and deleveraging"
NO_VAULT: Final = "most venues have a fund and no vault"
AMOUNT: Final = {"ge": 0, "le": 10**12}


class WaterfallRule(Frozen):
    """What happens to whoever falls below maintenance margin, and how fast.

    Defaults are the values of a step where it is known best; a venue that does without the step
    leaves them unused (``partial="none"`` uses no slice).
    """

    throughput_per_second: int = quantity(
        ...,
        unit="liquidations/s",
        source=PRESET,
        about="Steps the liquidation engine takes in a second; what waits, waits in a queue.",
        ge=1,
    )
    cancel_orders: bool = quantity(
        True,
        unit="yes/no",
        source="Binance, OKX and Bybit help pages: resting orders are cancelled first",
        about="Cancel a target's orders before its position is touched.",
    )
    partial: Partial = quantity(
        ..., unit="none | slice | tier", source=PRESET, about="How much of a position goes at once."
    )
    slice_ppm: int = quantity(
        200_000,
        unit="1e-6 of the position",
        source=HYPERLIQUID,
        about="Share of a large position that goes first.",
        ge=1,
        le=PPM,
    )
    slice_above_usd: int = quantity(
        100_000, unit="USD", source=HYPERLIQUID, about="Notional of a large position.", **AMOUNT
    )
    cooldown_seconds: int = quantity(
        ..., unit="s", source=PRESET, about="Wait after a partial liquidation.", ge=0, le=86_400
    )
    tiers_down: int = quantity(
        2, unit="tiers", source=OKX, about="By how many tiers a step goes down.", ge=1, le=16
    )
    whole_below_tier: int = quantity(
        1,
        unit="tier, the lowest is 0",
        source=OKX,
        about="Positions in this tier and lower ones go whole.",
        ge=0,
        le=16,
    )
    order: LiquidationOrder = quantity(
        ...,
        unit="ioc | market | none",
        source=PRESET,
        about="What goes to the book: down to bankruptcy, as far as the fund bears, or nothing.",
    )
    clearance_ppm: int = quantity(
        ...,
        unit="1e-6 of notional",
        source=PRESET,
        about="Fee on what the book took, to the fund.",
        ge=0,
        le=PPM,
    )
    surplus: Surplus = quantity(
        ..., unit="client | fund", source=PRESET, about="Who keeps what is left of a target."
    )
    adl_rule: AdlRule = quantity(
        "queue",
        unit="queue | pro_rata | water_filling",
        source="Binance, Bybit, BitMEX: profit times leverage decides",
        about="Who is deleveraged.",
    )
    adl_trigger: AdlTrigger = quantity(
        ...,
        unit="empty | drawdown | never",
        source=PRESET,
        about="What the fund must have come to before others are deleveraged.",
    )
    drawdown_ppm: int = quantity(
        300_000, unit="1e-6 of the peak", source=OKX, about="Fall of the fund.", ge=0, le=PPM
    )
    drawdown_seconds: int = quantity(
        28_800, unit="s", source=OKX, about="How long a peak of the fund counts.", ge=0, le=10**9
    )
    adl_price: AdlPrice = quantity(
        ..., unit="bankruptcy | mark", source=PRESET, about="Price of deleveraging."
    )
    adl_cancels_orders: bool = quantity(
        ..., unit="yes/no", source=PRESET, about="Cancel the orders of whoever is deleveraged."
    )
    vault: bool = quantity(
        False, unit="yes/no", source=NO_VAULT, about="A vault takes over before the fund does."
    )
    vault_ppm: int = quantity(
        666_667,
        unit="1e-6 of maintenance margin",
        source=HYPERLIQUID,
        about="Equity below which the vault takes over.",
        ge=1,
        le=PPM,
    )
    vault_capacity_usd: int = quantity(
        0, unit="USD", source=NO_VAULT, about="Gross notional the vault holds at most.", **AMOUNT
    )
    vault_funds_usd: int = quantity(
        0, unit="USD", source=NO_VAULT, about="Cash of the vault at the start.", **AMOUNT
    )
    beyond_vault: BeyondVault = quantity(
        "adl",
        unit="adl | book",
        source=HYPERLIQUID,
        about="Whom the vault cannot take: deleverage others, or go on to book and fund.",
    )
    fund_usd: int = quantity(
        ..., unit="USD", source=PRESET, about="Insurance fund at the start.", **AMOUNT
    )

    def to_core(self, price: float = 1.0) -> Waterfall:
        """Return the waterfall as the margin engine takes it: amounts in micro-units.

        Parameters
        ----------
        price
            USD that a unit of the settlement asset is worth.
        """
        unit = Decimal(str(price))
        terms: dict[str, Any] = {}
        for field, value in self.model_dump(exclude={"throughput_per_second"}).items():
            in_usd = field.endswith("_usd")
            terms[field.removesuffix("_usd")] = int(value * MICRO / unit) if in_usd else value
        return Waterfall(**terms)
