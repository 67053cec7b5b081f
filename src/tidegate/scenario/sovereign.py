"""States as data: what they own, what comes to them, and how they trade and watch each other.

One `StateSpec` a state; `tidegate.scenario.state_presets` reads those that come with the package.
Every mechanism can be switched off by its rate, its strength or its share.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from tidegate_core.draws import log

from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.reserve_levers import Source
from tidegate.scenario.reserve_plan import AssetMix, FundingMix, PlanSpec
from tidegate.scenario.state_perils import CustodySpec, LenderSpec, PoliticsSpec, SanctionSpec

__all__ = ["OUNCES_PER_TONNE", "SeizureSpec", "StateMiningSpec", "StateSpec", "StatesSpec"]

OUNCES_PER_TONNE = 32_150.7466
"""Troy ounces in a tonne: 1e6 g over 31.1034768 g."""


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
    held_etf: float = quantity(
        0.0,
        unit="coins",
        source="off unless a state says",
        about="Behind ETF shares held at the start.",
        ge=0,
        le=2e6,
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

    @property
    def attributes(self) -> dict[str, tuple[float, ...] | tuple[str, ...]]:
        """By what states are alike, a column each; income as its logarithm."""
        states = self.states
        return {
            "region": tuple(state.region for state in states),
            "energy_exports": tuple(state.energy_exports for state in states),
            "dollar_share": tuple(state.dollar_share for state in states),
            "imf_programme": tuple(float(state.imf_programme) for state in states),
            "income": tuple(log(max(state.income_usd, 1.0)) for state in states),
        }
