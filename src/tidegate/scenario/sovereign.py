"""States as data: what they own, what they plan, who pays, and what makes them give up.

One `StateSpec` a state; `tidegate.scenario.state_presets` reads those that come with the package.
Every mechanism can be switched off by its rate, its strength or its share.
"""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import Field, model_validator

from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.reserve_levers import Source

__all__ = [
    "OUNCES_PER_TONNE",
    "SOURCES",
    "AssetMix",
    "CustodySpec",
    "FundingMix",
    "LenderSpec",
    "PlanSpec",
    "PoliticsSpec",
    "SanctionSpec",
    "SeizureSpec",
    "StateMiningSpec",
    "StateSpec",
    "StatesSpec",
]

SOURCES: tuple[Source, ...] = ("seizures", "mining", "budget", "fx", "gold")
OUNCES_PER_TONNE = 32_150.7466
"""Troy ounces in a tonne: 1e6 g over 31.1034768 g."""
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


class SeizureSpec(Frozen):
    """Proceeds of crime: a compound Poisson process of lumps."""

    per_year: float = quantity(
        0.0, unit="1/yr", source="off unless a state says", about="Cases a year.", ge=0, le=365
    )
    mean_usd: float = quantity(
        50e6, unit="USD", source="assumption", about="Mean proceeds of a case.", ge=0, le=1e11
    )
    spread: float = quantity(
        1.0,
        unit="1",
        source="assumption: a few cases make most of the money",
        about="Standard deviation of the log of a case's proceeds.",
        ge=0,
        le=3,
    )
    coins: float = quantity(
        0.2,
        unit="1",
        source="assumption: most proceeds are cash and property",
        about="Share that comes as coins, and is kept; the rest comes as cash.",
        ge=0,
        le=1,
    )

    @property
    def yearly_usd(self) -> float:
        """Mean proceeds of a year, USD."""
        return self.per_year * self.mean_usd


class StateMiningSpec(Frozen):
    """What the state's own farms bring."""

    coins_per_day: float = quantity(
        0.0,
        unit="coins/day",
        source="off unless a state says; farms may be simulated elsewhere",
        about="Coins a day that arrive without a simulated farm.",
        ge=0,
        le=450,
    )
    sell_fraction: float = quantity(
        0.0, unit="1", source="KZ-H5 spans 0-1", about="Share of them sold.", ge=0, le=1
    )
    block_coins: float = quantity(
        0.0,
        unit="coins",
        source="assumption: sold as they come",
        about="Coins that must have gathered before a sale.",
        ge=0,
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
        365, unit="days", source="assumption", about="Longest postponement.", ge=0
    )
    shrink: float = quantity(
        2.5,
        unit="1",
        source="assumption of the size of one case: 0.5-1.0 bn became at most 350 M (KZ-H21)",
        about="Share of the size lost per unit of the deepest fall, without credibility.",
        ge=0,
        le=100,
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


class PoliticsSpec(Frozen):
    """What a loss costs those in office, by who paid, and how much of it they bear."""

    seizures: float = quantity(
        0.1,
        unit="1",
        source="assumption: money never budgeted is cheap to lose (KZ-H3)",
        about="Political cost of losing a dollar of it.",
        ge=0,
        le=1,
    )
    mining: float = quantity(0.3, unit="1", source="assumption", about="Likewise.", ge=0, le=1)
    budget: float = quantity(
        1.0, unit="1", source="the unit of political cost", about="Likewise.", ge=0, le=1
    )
    fx: float = quantity(0.7, unit="1", source="assumption", about="Likewise.", ge=0, le=1)
    gold: float = quantity(
        0.3, unit="1", source="assumption: a paper gain", about="Likewise.", ge=0, le=1
    )
    accountability: float = quantity(
        1.0,
        unit="1",
        source="assumption",
        about="How far those in office answer for losses; 0: not at all.",
        ge=0,
        le=1,
    )
    tolerance: float = quantity(
        0.3,
        unit="1",
        source="assumption: a crash of an ordinary bear market is too much for a budget",
        about="Political cost, as a budgeted loss over what was paid, that is borne.",
        ge=0,
        le=1,
    )
    patience_days: int = quantity(
        30, unit="days", source="assumption", about="Days it is borne beyond that.", ge=1
    )
    never_sells: bool = quantity(
        False,
        unit="yes/no",
        source="off; US order of 6 March 2025 for its reserve",
        about="True: no loss makes it sell.",
        strict=True,
    )


class LenderSpec(Frozen):
    """A lender who sets conditions."""

    loan_to_gdp: float = quantity(
        0.0, unit="1", source="off unless a state says", about="Loan over GDP.", ge=0, le=2
    )
    strength: float = quantity(
        1.0, unit="1", source="assumption", about="How much the conditions bind.", ge=0, le=1
    )
    rate: float = quantity(
        20.0,
        unit="1/yr",
        source="assumption: El Salvador, 4 % of GDP, amended its law after a month (KZ-H9)",
        about="Rate of reversal per unit of loan over GDP, at full strength and depth.",
        ge=0,
    )
    compliance: float = quantity(
        1.0,
        unit="1",
        source="assumption; El Salvador bought on (KZ-H10)",
        about="Share of purchases that stop at the reversal.",
        ge=0,
        le=1,
    )


class SanctionSpec(Frozen):
    """The risk that others freeze what they can reach: foreign exchange and ETF shares."""

    rate: float = quantity(
        0.0, unit="1/yr", source="off unless a state says", about="Rate of a freeze.", ge=0, le=10
    )
    share: float = quantity(
        0.5,
        unit="1",
        source="Russia, 2022: about half of its reserves (general knowledge, not verified)",
        about="Share that it reaches.",
        ge=0,
        le=1,
    )


class CustodySpec(Frozen):
    """The risk of losing what is held: keys and thieves, or custodians and issuers."""

    direct_rate: float = quantity(
        0.0, unit="1/yr", source="off unless a state says", about="Losses of keys.", ge=0, le=10
    )
    direct_loss: float = quantity(
        0.5, unit="1", source="assumption", about="Share of the coins lost then.", ge=0, le=1
    )
    etf_rate: float = quantity(
        0.0, unit="1/yr", source="off unless a state says", about="Failures.", ge=0, le=10
    )
    etf_loss: float = quantity(
        0.2, unit="1", source="assumption", about="Share of the ETF holding lost then.", ge=0, le=1
    )
    etf_fee: float = quantity(
        0.0025,
        unit="1/yr",
        source="spot BTC ETF, 0.25 % (general knowledge, not verified)",
        about="Yearly cost of an ETF holding.",
        ge=0,
        lt=1,
    )


class StateSpec(Frozen):
    """One state."""

    code: str = Field(description="Short stable name, 'kz': part of the key of its draws.")
    name: str = Field(description="Name.", min_length=1)
    region: str = Field(default="", description="Region, for likeness among peers.")
    energy_exports: float = quantity(
        0.0, unit="1", source="per state", about="Energy's share of exports.", ge=0, le=1
    )
    dollar_share: float = quantity(
        0.6,
        unit="1",
        source="IMF COFER, world average 57-60 % (general knowledge, not verified)",
        about="Dollar share of reserves.",
        ge=0,
        le=1,
    )
    imf_programme: bool = quantity(
        False, unit="yes/no", source="per state", about="Whether it has one.", strict=True
    )
    income_usd: float = quantity(
        10_000.0, unit="USD per head", source="per state", about="GDP per head.", ge=0
    )
    fx_usd: float = quantity(
        0.0, unit="USD", source="per state", about="Foreign exchange reserves.", ge=0, le=5e12
    )
    gold_tonnes: float = quantity(0.0, unit="t", source="per state", about="Gold.", ge=0, le=1e5)
    gold_book: float = quantity(
        42.22, unit="USD/oz", source="US statutory price", about="Price it is carried at.", ge=0
    )
    gold_price: float = quantity(
        2_920.0, unit="USD/oz", source="market, February-March 2025", about="Its price.", ge=0
    )
    budget_usd: float = quantity(
        0.0,
        unit="USD/yr",
        source="off unless a state says",
        about="Money that the budget grants the fund a year.",
        ge=0,
        le=1e12,
    )
    set_aside_usd: float = quantity(
        0.0,
        unit="USD",
        source="off unless a state says",
        about="Money in the fund at the start, from its sources by their shares.",
        ge=0,
        le=1e12,
    )
    held_coins: float = quantity(
        0.0, unit="coins", source="per state", about="Coins held at the start.", ge=0, le=2e6
    )
    held_from: Source = Field(default="seizures", description="Where those came from.")
    legal_tender: bool = quantity(
        False, unit="yes/no", source="per state", about="Full adoption.", strict=True
    )
    depth: float = quantity(
        0.1,
        unit="1",
        source="assumption: a lender minds a small reserve a tenth as much as legal tender",
        about="How much of full adoption the design amounts to if it is not legal tender.",
        ge=0,
        le=1,
    )
    plan: PlanSpec = PlanSpec()
    funding: FundingMix = FundingMix()
    mix: AssetMix = AssetMix()
    seizures: SeizureSpec = SeizureSpec()
    mining: StateMiningSpec = StateMiningSpec()
    politics: PoliticsSpec = PoliticsSpec()
    lender: LenderSpec = LenderSpec()
    sanctions: SanctionSpec = SanctionSpec()
    custody: CustodySpec = CustodySpec()

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.code or "/" in self.code or "\0" in self.code:
            raise ValueError(f"code must be non-empty and without '/', got {self.code!r}")
        return self

    @property
    def path(self) -> str:
        """Stable path, the key of its draws and the prefix of its accounts."""
        return f"state/{self.code}"

    @property
    def gold_gain_usd(self) -> float:
        """What revaluing all gold from book to market price would bring, USD."""
        gain = max(self.gold_price - self.gold_book, 0.0)
        return self.gold_tonnes * OUNCES_PER_TONNE * gain


class StatesSpec(Frozen):
    """All states of a run, and how they trade and watch each other."""

    states: tuple[StateSpec, ...] = ()
    execution: ExecutionSpec = ExecutionSpec(window_hours=6.0)
    custody_hours: float = quantity(
        24.0, unit="h", source="assumption", about="Coins between venues and custody.", ge=0
    )
    firm_beta: float = quantity(
        1.05,
        unit="1",
        source="five-day beta of listed holders of coins to the coin",
        about="Beta of crypto firms' shares to the coin.",
        ge=0,
        le=5,
    )
    other_beta: float = quantity(
        1.0,
        unit="1",
        source="assumption: other coins move with the coin",
        about="Beta of other coins to the coin.",
        ge=0,
        le=5,
    )
    visible_days: int = quantity(
        180,
        unit="days",
        source="assumption; 2026-27 is the record that peers judge (KZ-N10)",
        about="Days after its start before peers judge a reserve by its return.",
        ge=0,
    )
    return_scale: float = quantity(
        0.5,
        unit="1",
        source="assumption",
        about="Return that counts as the success of an average product.",
        gt=0,
    )
    coin_friction: float = quantity(
        0.05,
        unit="1/yr",
        source="assumption: law on custody of coins has to be made first (KZ-H15)",
        about="What holds a state back that would hold coins itself.",
        ge=0,
    )
    etf_friction: float = quantity(
        0.0,
        unit="1/yr",
        source="assumption: securities law exists (KZ-H15)",
        about="What holds a state back that would buy listed securities.",
        ge=0,
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        codes = [state.code for state in self.states]
        if len(set(codes)) != len(codes):
            raise ValueError(f"states must have different codes, got {codes}")
        return self
