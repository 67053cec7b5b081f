"""The parts of a venue's rules: fees, mark and funding, collateral, breaker, outage."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import model_validator

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.tiers import PPM, PRESET

__all__ = [
    "BreakerRule",
    "CollateralRule",
    "FeeRule",
    "MarkMethod",
    "MarkRule",
    "OutageRule",
    "Overload",
    "Valuation",
]

MarkMethod = Literal["index", "median", "last"]
Valuation = Literal["own_book", "external_index", "redemption_value"]
Overload = Literal["queue", "refuse"]

DAY_HOURS: Final = 24
NO_BREAKER: Final = "assumption: none; studies set 5-20 % and 1-15 minutes"
FUNDING: Final = "Binance and Hyperliquid docs on funding: the formula is common to venues"


class FeeRule(Frozen):
    """What the two sides of a trade pay."""

    maker_ppm: int = quantity(
        ..., unit="1e-6 of notional", source=PRESET, about="Resting side.", ge=-1000, le=50_000
    )
    taker_ppm: int = quantity(
        ..., unit="1e-6 of notional", source=PRESET, about="Incoming side.", ge=0, le=50_000
    )

    @model_validator(mode="after")
    def _rebate_is_paid_by_the_taker(self) -> Self:
        if self.maker_ppm < -self.taker_ppm:
            raise ValueError(
                f"maker_ppm is {self.maker_ppm}; taker_ppm {self.taker_ppm} pays for rebates "
                f"down to {-self.taker_ppm}"
            )
        return self


class MarkRule(Frozen):
    """The price that values positions, and the funding that ties it to the index.

    ``index`` is the index plus the mean basis over the window; ``median`` the middle one of
    index with accrued funding, index with mean basis, and last trade; ``last`` the last trade.
    Funding per 8 h is premium + clamp(interest - premium, -clamp, +clamp), paid in parts.
    """

    method: MarkMethod = quantity(
        ..., unit="index | median | last", source=PRESET, about="How the mark is made."
    )
    basis_window_seconds: int = quantity(
        ...,
        unit="s",
        source=PRESET,
        about="Window of the mean basis; 0: the index alone.",
        ge=0,
        le=3600,
    )
    funding_hours: int = quantity(
        ..., unit="h", source=PRESET, about="Time between payments; divides a day.", ge=1, le=24
    )
    interest_ppm: int = quantity(
        100, unit="1e-6 per 8 h", source=FUNDING, about="Interest.", ge=-10_000, le=10_000
    )
    clamp_ppm: int = quantity(
        500,
        unit="1e-6 per 8 h",
        source=FUNDING,
        about="Bound of what interest adds; 0: funding is the premium.",
        ge=0,
        le=100_000,
    )
    cap_ppm: int | None = quantity(
        None,
        unit="1e-6 per payment",
        source="Binance: capped by the maintenance margin ratio",
        about="Bound of a payment; None: maintenance rate of the asset's first tier.",
        gt=0,
        le=PPM,
    )

    @model_validator(mode="after")
    def _payments_keep_the_time_of_day(self) -> Self:
        if DAY_HOURS % self.funding_hours:
            raise ValueError(
                f"funding_hours is {self.funding_hours}; allowed are 1, 2, 3, 4, 6, 8, 12, 24"
            )
        return self


class CollateralRule(Frozen):
    """An asset that counts towards margin beside the settlement asset."""

    asset: str
    haircut_ppm: int = quantity(
        ..., unit="1e-6 of value", source=PRESET, about="Part that does not count.", ge=0, le=PPM
    )
    valued_by: Valuation = quantity(
        ...,
        unit="own_book | external_index | redemption_value",
        source=PRESET,
        about="Whose price it is valued at.",
    )


class BreakerRule(Frozen):
    """Limits on how far and how fast the price may go."""

    band_ppm: int = quantity(
        0,
        unit="1e-6 of mark",
        source=NO_BREAKER,
        about="Orders further from the mark are refused; 0: no band.",
        ge=0,
        lt=PPM,
    )
    trigger_ppm: int = quantity(
        0,
        unit="1e-6 of mark",
        source=NO_BREAKER,
        about="Move within the window that pauses trading; 0: no pause.",
        ge=0,
        lt=PPM,
    )
    window_seconds: int = quantity(
        300, unit="s", source="assumption: five minutes", about="Window of the move.", ge=1
    )
    pause_seconds: int = quantity(
        0, unit="s", source=NO_BREAKER, about="Length of the pause.", ge=0, le=86_400
    )
    engine_runs_during_pause: bool = quantity(
        True,
        unit="yes/no",
        source="assumption: marks move on while trading pauses",
        about="Liquidation goes on during a pause.",
    )

    @model_validator(mode="after")
    def _a_trigger_needs_a_pause(self) -> Self:
        if (self.trigger_ppm > 0) != (self.pause_seconds > 0):
            raise ValueError(
                f"pause_seconds is {self.pause_seconds} with trigger_ppm {self.trigger_ppm}; "
                "allowed are both above 0 or both 0"
            )
        return self


class OutageRule(Frozen):
    """What gives when more is asked of the venue than it can do."""

    capacity_per_second: int | None = quantity(
        None,
        unit="orders/s",
        source="assumption: matching cores are said to have stayed up; studies of outages set it",
        about="Orders of the leveraged public that it takes in a second; None: any number.",
        ge=1,
    )
    overload: Overload = quantity(
        ..., unit="queue | refuse", source=PRESET, about="What happens to orders above capacity."
    )
    withdrawal_freeze_seconds: int = quantity(
        ..., unit="s", source=PRESET, about="Withdrawals stop so long after an overload.", ge=0
    )
    engine_runs_on: bool = quantity(
        True,
        unit="yes/no",
        source="Binance on 10 October 2025: core matching stayed up while users reported errors",
        about="Liquidation goes on while users cannot act.",
    )
    compensation: float = quantity(
        0.0,
        unit="1",
        source="none promised; Binance paid 283 M USD and more after 10 October 2025",
        about="Part that is paid, once the overload is over, of what liquidation cost who waited.",
        ge=0,
        le=1,
    )
