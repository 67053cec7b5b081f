"""Listed firms that hold coins as a treasury, as data: who they are and how more are founded."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from tidegate.scenario.company_holders import ShareholdersSpec
from tidegate.scenario.company_terms import (
    GK,
    MOMENTS,
    BuybackSpec,
    CoinFactorSpec,
    CoinLoanSpec,
    ConvertibleSpec,
    IssuanceSpec,
    PlacementSpec,
    PreferredSpec,
)
from tidegate.scenario.etf import ListingSpec
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["FACTORS", "CompaniesSpec", "CompanyLevers", "CompanySpec", "FoundingSpec"]

BTC = "BTC"
MICRO = 1_000_000


class CompanyLevers(Frozen):
    """What law, index providers and events do to treasury companies."""

    listed: bool = Field(default=True, description="Whether the stock exchange trades them.")
    frozen: bool = Field(default=False, description="True: their shares are frozen.")
    friction: float = quantity(
        0.0,
        unit="1",
        source="none unless a policy sets it",
        about="Part of all foundings that rules prevent.",
        ge=0,
        le=1,
    )
    issue_floor: float = quantity(
        0.0,
        unit="mNAV",
        source="none unless a policy sets it (M15)",
        about="Below which no firm may sell shares at the market.",
        ge=0,
    )
    index_excluded: bool = Field(
        default=False,
        description="True: indices drop firms whose assets are coins (proposed at 50 %, M15).",
    )
    buyback: float = quantity(
        0.0,
        unit="market cap",
        source="none unless an event brings it",
        about="Buyback that firms announce, to be carried out at any mNAV from then on.",
        ge=0,
        le=2,
    )
    buyback_below: float | None = quantity(
        None, unit="mNAV", source="None: every firm announces it", ge=0,
        about="mNAV below which a firm announces it.",
    )  # fmt: skip
    scandal: int | None = quantity(
        None, unit="s", source="none unless an event brings it",
        about="Second at which the management of every firm fails.", ge=0,
    )  # fmt: skip


class CompanySpec(Frozen):
    """One firm: balance sheet, rules and shares."""

    name: str = Field(description="Name of the firm.", min_length=1)
    ticker: str = Field(description="Its share, an asset of the books.", min_length=1)
    coin: str = Field(default=BTC, description="The coin it holds: BTC or one of the factors.")
    coins: float = quantity(..., unit="coins", source="given", about="Held at first.", gt=0)
    shares: int = quantity(..., unit="shares", source="given", about="Outstanding at first.", gt=0)
    mnav: float = quantity(
        1.3,
        unit="mNAV",
        source="assumption; about 15 % of firms stood below 1 in October 2025 (M10)",
        about="(Market cap + debt - cash) over coins at the start; trading makes it from then on.",
        gt=0,
        le=50,
    )
    cash: float = quantity(0.0, unit="USD", source="none unless set", about="In the bank.", ge=0)
    costs: float = quantity(
        0.0, unit="USD/yr", source="none unless set", about="Costs of running the firm.", ge=0
    )
    reserve_days: float = quantity(
        30.0, unit="days", source="assumption", about="Bills for which cash is kept.", ge=0
    )
    staking: float = quantity(
        0.0, unit="1/yr", source="none unless set", about="Coins earned on coins.", ge=0, le=0.5
    )
    convertibles: tuple[ConvertibleSpec, ...] = ()
    preferreds: tuple[PreferredSpec, ...] = ()
    loan: CoinLoanSpec | None = Field(default=None, description="Against coins; None: no loan.")
    issuance: IssuanceSpec = IssuanceSpec()
    buyback: BuybackSpec = BuybackSpec()
    placement: PlacementSpec | None = Field(
        default=None, description="Shares under lock-up; None: there are none."
    )
    index_share: float = quantity(
        0.0, unit="share of all shares", source="none unless set", about="With index funds.", ge=0,
        lt=1,
    )  # fmt: skip
    scandal_hazard: float = quantity(
        0.0, unit="1/yr", source="off unless set", about="Rate at which management fails.", ge=0
    )

    @property
    def debt(self) -> float:
        """All that stands before its shares, USD."""
        bonds = sum(bond.usd for bond in self.convertibles)
        preferred = sum(stock.usd for stock in self.preferreds)
        return bonds + preferred + (0.0 if self.loan is None else self.loan.usd)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        placed = 0.0 if self.placement is None else self.placement.share
        if placed + self.index_share >= 1:
            raise ValueError(
                f"placement {placed} and index_share {self.index_share} must leave shares to others"
            )
        if self.staking and self.coin == BTC:
            raise ValueError(f"staking is {self.staking}; BTC earns none, it must be 0")
        return self


class FoundingSpec(Frozen):
    """Firms that may be founded: a wave that feeds on the success of those there are."""

    candidates: int = quantity(
        12, unit="firms", source="resolution: each stands for about ten", about="Who may.", ge=0,
        le=200,
    )  # fmt: skip
    hazard: float = quantity(
        0.05, unit="1/yr", source="assumption", about="Rate where shares trade at par.", ge=0
    )
    imitation: float = quantity(
        2.0,
        unit="1/yr per log mNAV",
        source="assumption: at twice the coins' value three in four are founded within a year; 228 "
        "firms were announced by October 2025 (M10)",
        about="Rate that the mean log mNAV of those listed adds, if it is positive.",
        ge=0,
    )
    raised: float = quantity(
        6.5e9,
        unit="USD",
        source="148 bn USD announced by 228 firms (M10), times ten (computed)",
        about="What one raises from its placement.",
        gt=0,
    )
    shell: float = quantity(
        0.1, unit="share of all shares", source=f"assumption: shells are small {GK}",
        about="Shares that trade from the first day.", gt=0, lt=1,
    )  # fmt: skip
    locked_days: float = quantity(
        90.0, unit="days", source=f"registration takes weeks to months {GK}", about="Lock-up.", ge=0
    )
    sells: float = quantity(
        0.5, unit="1", source="assumption", about="Part sold at its end.", ge=0, le=1
    )
    btc: float = quantity(
        0.5, unit="1", source="about half of new firms hold BTC (LEV-N3)", about="Chance.", ge=0,
        le=1,
    )  # fmt: skip


FACTORS = (
    CoinFactorSpec(name="ETH", price=4_371.0, beta=1.08, own_volatility=0.466, daily_volume=3e10),
    CoinFactorSpec(name="SOL", price=221.0, beta=1.18, own_volatility=0.986, daily_volume=8e9),
    CoinFactorSpec(name="DOGE", price=0.25, beta=1.24, own_volatility=1.196, daily_volume=3e9),
    CoinFactorSpec(name="XRP", price=2.8, beta=1.01, own_volatility=0.862, daily_volume=6e9),
    CoinFactorSpec(name="WLFI", price=0.2, beta=1.24, own_volatility=1.196, daily_volume=3e8),
)
"""Betas of daily returns and what they leave: sqrt(1 - rho^2) of each coin's volatility."""

FACTOR_SOURCES = {
    "beta": f"{MOMENTS}; WLFI has no history: DOGE's",
    "own_volatility": f"{MOMENTS}: volatility x sqrt(1 - rho^2); WLFI: DOGE's",
    "price": f"9 October 2025 for ETH and SOL; others {GK}",
    "daily_volume": f"autumn 2025 {GK}",
}


class CompaniesSpec(Frozen):
    """The sector: firms at the start, those that may follow, their holders and their exchange."""

    companies: tuple[CompanySpec, ...] = Field(description="Firms at the start.", min_length=1)
    factors: tuple[CoinFactorSpec, ...] = Field(
        default=FACTORS, description="Coins other than BTC; exogenous."
    )
    founding: FoundingSpec | None = Field(
        default=None, description="How more are founded; None: there are no more."
    )
    holders: ShareholdersSpec = ShareholdersSpec()
    listing: ListingSpec = ListingSpec(band=0.10)
    execution: ExecutionSpec = ExecutionSpec(funding_hours=0.0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        tickers = [firm.ticker for firm in self.companies]
        if len(set(tickers)) != len(tickers):
            raise ValueError(f"companies must have different tickers, got {tickers}")
        taken = {"USD", BTC} & set(tickers)
        if taken:
            raise ValueError(f"ticker is {taken.pop()!r}, which is no share")
        known = {BTC, *(factor.name for factor in self.factors)}
        for firm in self.companies:
            if firm.coin not in known:
                raise ValueError(f"coin of {firm.name} is {firm.coin!r}; known are {sorted(known)}")
        return self

    @property
    def tickers(self) -> tuple[str, ...]:
        """Shares that the books keep: of firms at the start, and of those that may follow."""
        candidates = 0 if self.founding is None else self.founding.candidates
        own = tuple(firm.ticker for firm in self.companies)
        return (*own, *(f"NEW{number}" for number in range(candidates)))
