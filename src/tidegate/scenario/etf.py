"""An exchange-traded fund of coins as data: its terms, its market, those who arbitrage and hold it.

One fund stands for a whole sector of like ones.
"""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from tidegate.scenario.calendars import CALENDARS
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.share_holders import FlowSpec, ShareHolderSpec

__all__ = ["ApSpec", "EtfLevers", "EtfSpec", "FlowSpec", "ListingSpec", "ShareHolderSpec"]

GK = "(general knowledge, not verified)"


class EtfLevers(Frozen):
    """What law, the exchange and events do to the fund from one moment to the next."""

    creations: bool = Field(default=True, description="Whether baskets may be created.")
    redemptions: bool = Field(default=True, description="Whether baskets may be redeemed.")
    listed: bool = Field(default=True, description="Whether the stock exchange trades the fund.")
    frozen: bool = Field(
        default=False, description="True: the fund is frozen: no trade, creation or redemption."
    )
    basis_shift: float = quantity(
        0.0,
        unit="1/yr",
        source="none unless set; the basis of CME futures was 15 % in December 2024 and 4-5 % in "
        "February 2025 (HACK-H1r)",
        about="What the basis of futures is above, or below, what the coin's return makes it.",
        ge=-1,
        le=1,
    )
    hacked: int | None = quantity(
        None, unit="s", source="none unless set", about="Second of a hack of somebody else.", ge=0
    )


class ListingSpec(Frozen):
    """How the fund trades on its stock exchange."""

    calendar: str = Field(default="XNYS", description="Name of a trading calendar.")
    tick: float = quantity(0.01, unit="USD", source="Regulation NMS", about="Price step.", gt=0)
    opening: float = quantity(
        0.05, unit="1", source="assumption", about="Flow in the opening auction.", ge=0, le=1
    )
    closing: float = quantity(
        0.10,
        unit="1",
        source=f"closing auctions are about a tenth of US volume {GK}",
        about="Flow in the closing auction.",
        ge=0,
        le=1,
    )
    band: float = quantity(
        0.05,
        unit="1",
        source="limit up, limit down: tier 1 securities",
        about="Move of the premium at once that halts trading.",
        gt=0,
        lt=1,
    )
    halt_seconds: int = quantity(
        300, unit="s", source="limit up, limit down: five minutes", about="Length of a halt.", ge=0
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.calendar not in CALENDARS:
            raise ValueError(f"calendar is {self.calendar!r}; known are {sorted(CALENDARS)}")
        if self.opening + self.closing > 1:
            raise ValueError(
                f"opening {self.opening} and closing {self.closing} must not exceed 1 together"
            )
        return self


class ApSpec(Frozen):
    """Authorised participants: they alone create and redeem."""

    count: int = quantity(
        2, unit="1", source="assumption: few of those named are active", about="Firms.", ge=0, le=20
    )
    capital: float = quantity(
        3e9,
        unit="USD per firm",
        source="assumption: turns over the largest inflow of a day (1.4 bn USD) within T+1",
        about="A third each in coins, in cash at coin venues and in cash at the stock exchange.",
        gt=0,
    )
    edge: float = quantity(
        1e-4,
        unit="log price",
        source="assumption: as of arbitrage between venues",
        about="Gain demanded beyond costs.",
        ge=0,
    )
    impact: float = quantity(
        0.026,
        unit="log price",
        source="square-root law, prefactor 1 (Donier & Bonart, arXiv 1412.4503), 2.58 % a day",
        about="What hedging a whole day's volume of coins is expected to move; part of its price.",
        ge=0,
    )
    refill: float = quantity(
        0.05,
        unit="1/session",
        source="assumption: capital moves slowly (Duffie, Journal of Finance 65, 2010)",
        about="Part of lost capital that comes back, or of gains that is paid out, in a session.",
        ge=0,
        le=1,
    )
    lendable: float = quantity(
        0.05,
        unit="share of all shares",
        source="assumption",
        about="Shares that patient holders lend, all firms together.",
        ge=0,
        le=1,
    )
    borrow_fee: float = quantity(
        0.01, unit="1/yr", source="assumption: shares easily lent", about="Fee on a loan.", ge=0
    )
    execution: ExecutionSpec = ExecutionSpec(
        window_hours=0.25, participation=0.10, sweep=0.5, funding_hours=0.0
    )


class EtfSpec(Frozen):
    """Terms of the fund."""

    ticker: str = Field(default="ETF", description="Name of the asset in the books.", min_length=1)
    coins: float = quantity(
        1.49e6, unit="coins", source="CryptoRank, December 2025 (M8)", about="Held at first.", gt=0
    )
    coins_per_share: float = quantity(
        0.00057, unit="coins", source=f"about that of IBIT {GK}", about="At first.", gt=0
    )
    basket: int = quantity(
        40_000,
        unit="shares",
        source=f"IBIT {GK}; others 5,000 or 10,000 (SEC filings)",
        about="Least number of shares that is created or redeemed.",
        gt=0,
    )
    creation: Literal["in_kind", "cash"] = Field(
        default="in_kind",
        description="In kind (allowed by the SEC since July 2025), or cash: the fund's agent buys "
        "and sells the coins at the strike's price, and participants hedge with futures.",
    )
    sponsor_fee: float = quantity(
        0.0025,
        unit="1/yr",
        source=f"spot BTC funds {GK}",
        about="Taken daily in coins.",
        ge=0,
        lt=1,
    )
    order_fee: float = quantity(
        500.0, unit="USD per order", source=f"assumption {GK}", about="Paid to the sponsor.", ge=0
    )
    cash_spread: float = quantity(
        5e-4,
        unit="1",
        source="assumption: fees and spread of the agent's own trades",
        about="What the agent adds to, or takes off, the net asset value of a cash order.",
        ge=0,
        lt=0.1,
    )
    settlement_sessions: int = quantity(
        1, unit="sessions", source="T+1 in the US since May 2024", about="Order to shares.", ge=1
    )
    custody_hazard: float = quantity(
        0.0,
        unit="1/yr",
        source="off: no US fund's custodian has lost coins since January 2024",
        about="Rate at which the custodian loses coins.",
        ge=0,
    )
    custody_loss: float = quantity(
        0.1, unit="1", source="assumption: a hot part", about="Share lost then.", ge=0, le=1
    )
    issuer_hazard: float = quantity(
        0.0,
        unit="1/yr",
        source="off: none has failed",
        about="Rate of failure of the issuer.",
        ge=0,
    )
    issuer_freeze_days: float = quantity(
        90.0, unit="days", source="assumption", about="Time until a successor reopens it.", ge=0
    )
    issuer_loss: float = quantity(
        0.0,
        unit="1",
        source="the trust's coins are not the issuer's: bankruptcy-remote (SEC filings)",
        about="Share of the coins that a failure costs.",
        ge=0,
        le=1,
    )
    listing: ListingSpec = ListingSpec()
    participants: ApSpec = ApSpec()
    holders: ShareHolderSpec = ShareHolderSpec()

    def band(self, taker_ppm: float, price: float, size: float = 0.0) -> float:
        """Return how far from its value a share may trade before a basket pays, log price.

        Parameters
        ----------
        taker_ppm : float
            Fee where the coins trade, parts per million.
        price : float
            Value of a share, USD.
        size : float, optional
            Coins to be hedged, all participants together, as a part of a day's volume.
        """
        trading = self.cash_spread if self.creation == "cash" else taker_ppm * 1e-6
        ordering = self.order_fee / (self.basket * price)
        moving = self.participants.impact * math.sqrt(size)
        return trading + ordering + self.participants.edge + moving
