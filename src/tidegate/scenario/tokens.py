"""Stocks as tokens as data: a stock with trading hours, its token without, and who trades both.

One stock stands for a basket of large shares. Its token is a claim on one share in custody, and
trades at a crypto venue round the clock. What the world thinks a share is worth moves by news, at
any hour; what people pay for one is the market's.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from tidegate.scenario.etf import ListingSpec
from tidegate.scenario.frozen import Frozen, quantity

__all__ = [
    "CashRaiserSpec",
    "StockSpec",
    "TokenDealerSpec",
    "TokenLoanSpec",
    "TokenPublicSpec",
    "TokensLevers",
    "TokensSpec",
]

GK = "(general knowledge, not verified)"
OCTOBER = "10 October 2025: S&P 500 -2.7 %, BTC -7.2 % (closes; MT Newswires, price tables)"


class TokensLevers(Frozen):
    """Which of the two markets an authority halts, and when."""

    halt: Literal["none", "stock", "both"] = Field(
        default="none", description="Whom a halt binds: nobody, the stock exchange, or both."
    )
    halt_from: int | None = quantity(
        None, unit="s", source="none unless a policy sets one", about="Second it begins.", ge=0
    )
    halt_hours: float = quantity(
        0.0, unit="h", source="none unless a policy sets one", about="How long.", ge=0, le=8_760
    )

    def halted(self, second: int) -> str:
        """Return whom a halt binds at a second."""
        if self.halt_from is None or not 0 <= second - self.halt_from < 3600.0 * self.halt_hours:
            return "none"
        return self.halt


class StockSpec(Frozen):
    """The stock: what it is worth by news alone, and who holds it."""

    ticker: str = Field(default="STOCK", description="Name in the books.", min_length=1)
    price: float = quantity(100.0, unit="USD", source="a unit", about="At the start.", gt=0)
    cap: float = quantity(
        300e9,
        unit="USD",
        source="assumption: a basket of shares of which issuers make tokens (50-60 names)",
        about="All shares at the start.",
        gt=0,
        le=5e12,
    )
    volatility: float = quantity(
        0.0082,
        unit="log price/sqrt(session)",
        source="13 % a year, S&P 500 over 2020-25",
        about="News of its own, from close to close.",
        ge=0,
        le=0.2,
    )
    closed_pace: float = quantity(
        0.05,
        unit="1",
        source=f"variance while shut over variance while open, per hour: French & Roll (1986) {GK}",
        about="How fast news comes while the exchange is shut.",
        ge=0,
        le=1,
    )
    beta: float = quantity(
        0.37,
        unit="log price of the stock per log price of BTC",
        source=OCTOBER,
        about="What posted news does to it.",
        ge=-5,
        le=5,
    )
    elasticity: float = quantity(
        1.0,
        unit="shares/outstanding per log price",
        source="multiplier about 1 of single stocks (Gabaix & Koijen, NBER 28967, on the micro "
        f"level) {GK}",
        about="Slope of holders' demand.",
        gt=0,
        le=50,
    )
    noise: float = quantity(
        2e-4,
        unit="shares/outstanding per sqrt(session)",
        source="assumption: moves the price by about two basis points",
        about="Net flow for reasons of its own.",
        ge=0,
        le=0.1,
    )
    listing: ListingSpec = ListingSpec()


class TokenDealerSpec(Frozen):
    """Authorised dealers: they alone mint and burn, and they quote the token round the clock."""

    capital: float = quantity(
        0.05,
        unit="share of the tokens' value",
        source="assumption",
        about="Of each of dealer and arbitrageur: half in tokens, half in cash.",
        gt=0,
        le=1,
    )
    spread_open: float = quantity(
        1e-3,
        unit="log price",
        source="assumption: a fee of minting or burning and a gain",
        about="Half-spread while the exchange trades.",
        ge=0,
        lt=0.2,
    )
    spread_shut: float = quantity(
        1e-2,
        unit="log price",
        source="assumption: outside hours there is no hedge and spreads are wide (press reports)",
        about="Half-spread while it does not.",
        ge=0,
        lt=0.5,
    )
    limit: float = quantity(
        0.25,
        unit="1",
        source="assumption",
        about="Part of its tokens and cash that it trades while it cannot hedge.",
        ge=0,
        le=1,
    )
    tolerance: float = quantity(
        0.02, unit="1", source="assumption", about="Limit of its hedges off the price.", gt=0, lt=1
    )


class TokenPublicSpec(Frozen):
    """Who holds tokens: people with crypto accounts."""

    elasticity: float = quantity(
        1.0,
        unit="tokens/outstanding per log gap",
        source="assumption: that of holders of the stock",
        about="Slope of their demand in the gap between token and stock.",
        gt=0,
        le=50,
    )
    weekend: float = quantity(
        0.3,
        unit="1",
        source="xStocks: on-chain volume at week-ends at most 30 % of a weekday's",
        about="Part of them that trades at week-ends.",
        gt=0,
        le=1,
    )
    noise: float = quantity(
        5e-3,
        unit="tokens/outstanding per sqrt(day)",
        source="assumption: thin books; AAPLx was 12 % off on 3 July 2025 (press)",
        about="Net flow for reasons of its own, on a weekday.",
        ge=0,
        le=0.5,
    )


class CashRaiserSpec(Frozen):
    """Holders of shares who want out after bad news, and sell what is open."""

    pressure: float = quantity(
        0.1,
        unit="shares/outstanding per log of news",
        source=f"assumption: flows out of equity funds are about a tenth of a month's fall {GK}",
        about="Shares, and tokens, that their holders want to sell.",
        ge=0,
        le=2,
    )
    coins: float = quantity(
        40e9,
        unit="USD per log of news",
        source="assumption: nobody has measured it; experiments have half and double",
        about="Coins that holders of shares sell while their exchange is shut.",
        ge=0,
        le=1e12,
    )
    window_hours: float = quantity(
        6.0, unit="h", source="assumption: about a session", about="Their haste.", gt=0, le=1_000
    )
    fade_hours: float = quantity(
        48.0,
        unit="h",
        source="assumption: half of the wish is gone after two days of waiting",
        about="Half-life of a wish that cannot be carried out.",
        gt=0,
        le=1e6,
    )


class TokenLoanSpec(Frozen):
    """Loans on margin against coins and tokens together: what passes a fall from one to another."""

    accounts: int = quantity(
        200, unit="accounts", source="resolution", about="Borrowers.", ge=1, le=100_000
    )
    pledged: float = quantity(
        0.3, unit="1", source="assumption", about="Part of all tokens pledged.", ge=0, le=0.9
    )
    coins: float = quantity(
        9e9,
        unit="USD",
        source="assumption: an eighth of the 73.6 bn USD lent against crypto (Galaxy, Q3 2025)",
        about="Coins pledged beside the tokens, at the start.",
        ge=0,
        le=1e12,
    )
    ltv_low: float = quantity(
        0.3, unit="1", source="assumption", about="Least loan over collateral.", gt=0, lt=1
    )
    ltv_high: float = quantity(
        0.65, unit="1", source="assumption", about="Most at the start.", gt=0, lt=1
    )
    call: float = quantity(
        0.75,
        unit="1",
        source=f"on-chain lenders' thresholds, about 0.75-0.85 {GK}",
        about="Loan over collateral at which the lender sells.",
        gt=0,
        lt=1,
    )
    target: float = quantity(
        0.60, unit="1", source="assumption", about="To what it sells it down.", gt=0, lt=1
    )
    slip: float = quantity(
        0.02, unit="1", source="assumption", about="How far below a price it sells.", gt=0, lt=1
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.ltv_low <= self.ltv_high < self.call:
            raise ValueError(
                f"ltv_low {self.ltv_low} <= ltv_high {self.ltv_high} < call {self.call} must hold"
            )
        if self.target >= self.call:
            raise ValueError(f"target {self.target} must be below call {self.call}")
        return self


class TokensSpec(Frozen):
    """A stock and its token."""

    ticker: str = Field(default="TOKEN", description="The token's name.", min_length=1)
    share: float = quantity(
        7e-4,
        unit="1",
        source="225 M USD of xStocks; per stock an assumption",
        about="Part of all shares that is in custody behind tokens at the start.",
        ge=1e-6,
        le=0.5,
    )
    tick: float = quantity(0.01, unit="USD", source="as the stock's", about="Price step.", gt=0)
    stock: StockSpec = StockSpec()
    dealer: TokenDealerSpec = TokenDealerSpec()
    public: TokenPublicSpec = TokenPublicSpec()
    raisers: CashRaiserSpec | None = Field(
        default=None, description="Who sells after bad news whatever is open; None: nobody."
    )
    loans: TokenLoanSpec | None = Field(
        default=None, description="Loans against coins and tokens; None: none."
    )

    @model_validator(mode="after")
    def _two_names(self) -> Self:
        if self.ticker == self.stock.ticker:
            raise ValueError(f"ticker is {self.ticker!r}; the stock has that name")
        return self
