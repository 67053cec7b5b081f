"""Credit against coins: who lends how much, on what terms, and how borrowers behave.

An unsecured loan is one that the lender may not call before what the borrower has is worth less
than the debt: a loan with a liquidation threshold of 1.
"""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.haircuts import HaircutSpec
from tidegate.scenario.loan_rates import LoanRatesSpec

__all__ = ["DEFAULT_KINDS", "LendingSpec", "LoanKind"]

GALAXY = "Galaxy: crypto lending, third quarter of 2025"
AAVE = "Aave v3 docs: half of the debt at a time, seized with a bonus"
CHAIN = "on-chain liquidation needs nobody's leave"


class LoanKind(Frozen):
    """One kind of lender: how much is lent, and what happens when collateral falls."""

    name: str
    on_chain: bool
    house: str = Field(
        default="", description="Lender that bears its losses with others of the name; empty: name."
    )
    stock: float = quantity(..., unit="USD", source=GALAXY, about="Loans at the start.", ge=0)
    mean_ltv: float = quantity(
        0.40,
        unit="1",
        source="assumption: half of what is allowed, so that a fall of 15-20 % liquidates about 1 %"
        " (Aave, 10 October 2025: about 180 M USD)",
        about="Mean of debt over collateral at the start.",
        gt=0,
        lt=1,
    )
    ltv_sd: float = quantity(
        0.10,
        unit="1",
        source="assumption: as for the mean",
        about="Standard deviation of debt over collateral, before it is cut off.",
        ge=0,
        le=1,
    )
    threshold: float = quantity(
        0.80,
        unit="1",
        source="assumption: between 0.78 and 0.83, usual on-chain for BTC and ETH",
        about="Debt over collateral from which on a loan is liquidated.",
        gt=0,
        le=1,
    )
    close_factor: float = quantity(
        0.5, unit="1", source=AAVE, about="Share of the debt that one sale repays.", gt=0, le=1
    )
    bonus: float = quantity(
        0.05,
        unit="1",
        source=AAVE + "; 5 % is usual for BTC and ETH",
        about="Penalty on what is repaid; the liquidator's.",
        ge=0,
        lt=1,
    )
    slip: float = quantity(
        0.05,
        unit="1",
        source="a liquidator does not sell at a loss: the bonus",
        about="How far below the price collateral is sold at most.",
        gt=0,
        lt=0.5,
    )
    grace_hours: float = quantity(
        0.0, unit="hours", source=CHAIN, about="From the margin call to the sale.", ge=0
    )
    equity: float = quantity(
        0.10,
        unit="1",
        source="assumption: a bank's order of magnitude",
        about="Losses that a lender survives, over its loans at the start.",
        ge=0,
    )
    unsecured: float = quantity(
        0.0,
        unit="1",
        source="the stock is of loans against coins; in 2021 desks also lent without",
        about="Share of the loans that are unsecured.",
        ge=0,
        le=1,
    )

    @property
    def lender(self) -> str:
        """Name of the lender whose equity bears its losses."""
        return self.house or self.name

    @model_validator(mode="after")
    def _can_be_repaid(self) -> Self:
        if self.mean_ltv >= self.threshold:
            raise ValueError(
                f"mean_ltv {self.mean_ltv:g} of {self.name!r} must be below its threshold "
                f"{self.threshold:g}"
            )
        return self

    def parts(self) -> tuple[Self, ...]:
        """Split into secured and unsecured loans, each a kind of its own."""
        if self.unsecured == 0.0:
            return (self,)
        secured = {
            "house": self.lender,
            "stock": self.stock * (1.0 - self.unsecured),
            "unsecured": 0.0,
        }
        open_ended = {
            "name": f"{self.name}, unsecured",
            "house": self.lender,
            "stock": self.stock * self.unsecured,
            "threshold": 1.0,
            "close_factor": 1.0,
            "bonus": 0.0,
            "unsecured": 0.0,
        }
        parts = self.model_copy(update=secured), self.model_copy(update=open_ended)
        return tuple(part for part in parts if part.stock > 0.0)


# Apps and desks: as reported. CDP stablecoins: what is left of 73.59 bn.
DEFAULT_KINDS = (
    LoanKind(name="apps", on_chain=True, stock=40.99e9),
    LoanKind(
        name="stablecoins", on_chain=True, stock=8.20e9, mean_ltv=0.35, ltv_sd=0.09, threshold=0.67
    ),
    LoanKind(
        name="desks",
        on_chain=False,
        stock=24.40e9,
        mean_ltv=0.45,
        threshold=0.85,
        close_factor=1.0,
        bonus=0.02,
        slip=0.10,
        grace_hours=12.0,
    ),
)


class LendingSpec(Frozen):
    """All credit against coins, and its borrowers."""

    kinds: tuple[LoanKind, ...] = DEFAULT_KINDS
    coin_shares: tuple[float, ...] = quantity(
        (0.46, 0.46, 0.06, 0.02),
        unit="1",
        source="assumption: lenders take BTC and ETH, hardly anything else",
        about="Debt by collateral coin.",
    )
    loans: int = quantity(
        3_000, unit="loans", source="resolution, not a scale", about="Simulated.", ge=1, le=10**6
    )
    size_sigma: float = quantity(
        1.5,
        unit="1",
        source="assumption: a few large loans, many small ones",
        about="Standard deviation of log debt.",
        ge=0,
        le=3,
    )
    review_minutes: float = quantity(
        60.0,
        unit="minutes",
        source="assumption: nobody looks at a loan every second",
        about="Time between two looks of a borrower at a loan.",
        gt=0,
    )
    draw_days: float = quantity(
        2.0,
        unit="days",
        source="assumption: days, as loans are drawn and coins bought by hand",
        about="Time in which a borrower returns to the LTV wanted when the price has risen.",
        gt=0,
    )
    reinvested: float = quantity(
        0.7,
        unit="1",
        source="assumption: most borrow against coins to hold more of them",
        about="Share of what is drawn that buys more collateral.",
        ge=0,
        le=1,
    )
    premium: float = quantity(
        0.005,
        unit="1",
        source="assumption: they are in no hurry",
        about="How far above the price borrowers buy at most.",
        gt=0,
        lt=0.5,
    )
    idle_band: float = quantity(
        0.02,
        unit="1",
        source="assumption: small gaps are not worth the fees",
        about="How far, relative, an LTV may lie below the one wanted before it is raised.",
        ge=0,
        lt=1,
    )
    funds: float = quantity(
        0.5,
        unit="1",
        source=GALAXY + ": the stock rose by 38.5 % in the quarter, so the cash was there",
        about="Cash of lenders that is not lent, over their loans.",
        ge=0,
    )
    alert: float = quantity(
        0.9,
        unit="1",
        source="assumption: a warning comes shortly before liquidation",
        about="LTV over the threshold from which on a borrower repays.",
        gt=0,
        le=1,
    )
    watching: float = quantity(
        0.5,
        unit="1",
        source="assumption: half watch their loan",
        about="Share of borrowers who repay when warned.",
        ge=0,
        le=1,
    )
    reserve: float = quantity(
        0.15,
        unit="1",
        source="assumption: liquid means of borrowers",
        about="Cash that a borrower has to repay with, over the debt at the start.",
        ge=0,
    )
    repay_hours: float = quantity(
        3.0,
        unit="hours",
        source="assumption: transfers to a lender take hours",
        about="Time in which a warned borrower returns to the LTV wanted.",
        gt=0,
    )

    interlent: float = quantity(
        0.1,
        unit="1",
        source="assumption: in 2022 lenders lent to each other, how much was never told in full",
        about="What a lender owes to others, over its loans; on-chain ones owe and lend nothing.",
        ge=0,
        le=1,
    )
    rates: LoanRatesSpec | None = Field(
        default=None, description="How borrowers answer a policy rate; None: they do not."
    )

    haircuts: HaircutSpec | None = Field(
        default=None, description="Haircuts that move; None: terms stay as they are."
    )
    recalls: bool = Field(
        default=False,
        strict=True,
        description="Whether a desk that fails has all its loans paid back at once.",
    )

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out answers and habits that are not there: no run without them depends on them."""
        written: dict[str, Any] = handler(self)
        for name in ("rates", "haircuts", "recalls"):
            if not getattr(self, name):
                written.pop(name, None)
        return written

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if not self.kinds or len({kind.name for kind in self.kinds}) != len(self.kinds):
            raise ValueError(f"kinds must be named, and differently; got {self.kinds}")
        if min(self.coin_shares, default=-1.0) < 0 or abs(sum(self.coin_shares) - 1.0) > 1e-9:
            raise ValueError(
                f"coin_shares is {self.coin_shares}; needed are values of 0 or more that sum to 1"
            )
        return self

    @property
    def stock(self) -> float:
        """Loans of all kinds at the start, USD."""
        return sum(kind.stock for kind in self.kinds)

    @property
    def on_chain_share(self) -> float:
        """Share of the loans that are on-chain."""
        return sum(kind.stock for kind in self.kinds if kind.on_chain) / self.stock

    def lenders(self) -> tuple[LoanKind, ...]:
        """Return the kinds with their unsecured loans apart."""
        return tuple(part for kind in self.kinds for part in kind.parts())
