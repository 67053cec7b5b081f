"""Portfolios by strategy as data: what each keeps, when it buys a fall, and when it panics.

A strategy is a mix of four legs (coins, safe yield on chain, stocks and bonds, private assets;
what is left is cash), how it is kept up, and up to two habits: bets on falls, and panic.
"""

from __future__ import annotations

from typing import Final, Self

from pydantic import Field, model_validator

from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.frozen import Frozen, quantity

__all__ = [
    "ALTERNATIVES",
    "BALANCED",
    "BALANCED_COINS",
    "BARBELL",
    "DIP_BUYERS",
    "HOLD",
    "ONE_SIDED",
    "DipSpec",
    "OutsideSpec",
    "PanicSpec",
    "StrategiesSpec",
    "StrategySpec",
    "YieldSpec",
]

SPREAD: Final = "assumption: portfolios are not all alike, and their orders do not come at once"


class DipSpec(Frozen):
    """Bets on falls: a fixed part after a fall from the recent high, sold on recovery."""

    fall: float = quantity(
        0.15,
        unit="1",
        source="assumption: 10 October 2025 took 15 % off BTC from high to low",
        about="Fall from the recent high after which the middle portfolio buys.",
        gt=0,
        lt=1,
    )
    spread: float = quantity(
        0.5, unit="1", source=SPREAD, about="Width of the falls around it, either way.", ge=0, lt=1
    )
    window_days: int = quantity(
        30, unit="days", source="assumption: a month is recent", about="Recent.", ge=1, le=3_650
    )
    part: float = quantity(
        0.5,
        unit="1",
        source="assumption: half of what one has is put in, the rest is kept",
        about="Part of its wealth that a portfolio puts in, once a fall.",
        gt=0,
        le=1,
    )
    recovery: float = quantity(
        0.5,
        unit="1",
        source="half of the fall of 10 October 2025 was regained within three days (MAC-H12)",
        about="Part of the fall whose regain makes it sell.",
        gt=0,
        le=2,
    )
    start_day: int = quantity(
        0,
        unit="day of the run",
        source="0: from the start",
        about="Day on which it begins to watch; falls before it are none of its bets.",
        ge=0,
        le=100_000,
    )


class PanicSpec(Frozen):
    """Who sells a fall, and comes back once it has been calm for a while."""

    fall: float = quantity(
        0.15,
        unit="1",
        source="assumption: falls of this size make news",
        about="Fall from the recent high at which the middle portfolio sells.",
        gt=0,
        lt=1,
    )
    spread: float = quantity(
        0.5, unit="1", source=SPREAD, about="Width of the falls around it, either way.", ge=0, lt=1
    )
    window_days: int = quantity(
        30, unit="days", source="assumption: a month is recent", about="Recent.", ge=1, le=3_650
    )
    share: float = quantity(
        0.5,
        unit="1",
        source="assumption; 37 % of FTX's customer money ran in 2022 (Chicago Fed Letter 479)",
        about="Share of its coins that a portfolio sells.",
        gt=0,
        le=1,
    )
    calm_days: int = quantity(
        21,
        unit="days",
        source="assumption: weeks until nerves are back",
        about="Days without a new low after which it buys back.",
        ge=1,
        le=3_650,
    )
    execution: ExecutionSpec = Field(
        default=ExecutionSpec(
            window_hours=6.0, participation=1.0, sweep=1.0, protection=0.05, funding_hours=1.0
        ),
        description="How it sells: a panic takes all that it sees, down to 5 % below the price.",
    )


class StrategySpec(Frozen):
    """One strategy and those who follow it."""

    name: str = Field(description="Name, unique.", pattern=r"^[a-z_]+$")
    portfolios: int = quantity(
        8, unit="1", source="resolution: of equal size", about="Portfolios.", ge=1, le=1_000
    )
    assets_usd: int = quantity(
        20_000_000_000,
        unit="USD",
        source="assumption: about 1 % of the coins' value, so that it shows and does not rule",
        about="What all of them have at the start.",
        gt=0,
        le=9 * 10**12,
    )
    coins: float = quantity(0.0, unit="1", source="mix", about="Weight of coins.", ge=0, le=1)
    yielding: float = quantity(
        0.0, unit="1", source="mix", about="Weight of dollars lent on chain.", ge=0, le=1
    )
    outside: float = quantity(
        0.0, unit="1", source="mix", about="Weight of stocks and bonds, 60 to 40.", ge=0, le=1
    )
    private: float = quantity(
        0.0, unit="1", source="mix", about="Weight of private assets.", ge=0, le=1
    )
    rebalance_days: int | None = quantity(
        None,
        unit="days",
        source="None: what it has is left alone",
        about="Days between two looks at the weights.",
        ge=1,
        le=3_650,
    )
    band: float = quantity(
        0.1,
        unit="1",
        source="assumption: small gaps are not worth the fees",
        about="How far, relative, coins may be off their weight at a look.",
        ge=0,
        lt=1,
    )
    dip: DipSpec | None = Field(default=None, description="Bets on falls; None: none.")
    panic: PanicSpec | None = Field(default=None, description="Panic; None: it holds on.")

    @model_validator(mode="after")
    def _one_whole(self) -> Self:
        total = self.coins + self.yielding + self.outside + self.private
        if total > 1.0 + 1e-9:
            raise ValueError(f"weights of {self.name!r} must sum to at most 1, got {total:g}")
        if self.panic is not None and self.rebalance_days is not None:
            raise ValueError(f"{self.name!r} panics, so rebalance_days must be None")
        if self.yielding > 0.0 and self.outside > 0.0:
            raise ValueError(
                f"{self.name!r} has {self.yielding:g} lent and {self.outside:g} in stocks and "
                "bonds; one of them must be 0, as idle dollars go back to one place"
            )
        return self

    @property
    def cash(self) -> float:
        """Weight of idle dollars."""
        return max(0.0, 1.0 - self.coins - self.yielding - self.outside - self.private)


class YieldSpec(Frozen):
    """Dollars lent on chain at a rate that is called safe."""

    rate: float = quantity(
        0.045,
        unit="1/yr",
        source="Sky savings rate on USDS, 4.5 % for most of 2025; Aave's supply of USDS 4.65 % over"
        " the year to November 2025 (aavescan)",
        about="What it pays.",
        ge=0,
        le=1,
    )


class OutsideSpec(Frozen):
    """Stocks, bonds and private assets: what they do, and how much they have in common with coins.

    Their joint distribution with coins is assumed: coins lead in the arithmetic, not in the world.
    """

    growth: float = quantity(
        0.064,
        unit="1/yr",
        source="J.P. Morgan, Long-Term Capital Market Assumptions 2025: USD 60/40",
        about="Expected return of stocks and bonds, 60 to 40.",
        ge=-1,
        le=1,
    )
    volatility: float = quantity(
        0.10, unit="1/sqrt(yr)", source="assumption: usual for 60/40", about="Theirs.", gt=0, le=1
    )
    private_growth: float = quantity(
        0.099,
        unit="1/yr",
        source="the same: private equity",
        about="Expected return of private assets.",
        ge=-1,
        le=1,
    )
    private_volatility: float = quantity(
        0.20,
        unit="1/sqrt(yr)",
        source="assumption: that of shares at least, once appraisals do not smooth it",
        about="Theirs.",
        gt=0,
        le=2,
    )
    private_correlation: float = quantity(
        0.8, unit="1", source="assumption", about="With stocks and bonds.", ge=-1, le=1
    )
    coin_volatility: float = quantity(
        0.5,
        unit="1/sqrt(yr)",
        source="BTC: 53 % in 2024, 42 % in 2025 (LEV-H30)",
        about="What a usual day of coins is measured by.",
        gt=0,
        le=5,
    )
    correlation: float = quantity(
        0.54, unit="1", source="BTC and Nasdaq over 5 years", about="With coins.", ge=-1, le=1
    )
    stress_correlation: float = quantity(
        0.80,
        unit="1",
        source="BTC and Nasdaq over 30 days, November 2025",
        about="With coins while they are in stress.",
        ge=-1,
        le=1,
    )
    stress_fall: float = quantity(
        0.15,
        unit="1",
        source="assumption: as for panic",
        about="Fall of coins from the high of 30 days from which on they are in stress.",
        gt=0,
        lt=1,
    )
    rate: float = quantity(
        0.04, unit="1/yr", source="T-bills, 2025, rounded", about="Riskless.", ge=0, le=1
    )


HOLD: Final = StrategySpec(name="hold", coins=0.5)
ONE_SIDED: Final = StrategySpec(name="one_sided", coins=1.0, panic=PanicSpec())
BARBELL: Final = StrategySpec(
    name="barbell",
    coins=0.25,
    yielding=0.75,
    rebalance_days=30,
    dip=DipSpec(fall=0.25, spread=0.2, part=0.05, recovery=1.0),
)
DIP_BUYERS: Final = StrategySpec(name="dip", dip=DipSpec())
BALANCED: Final = StrategySpec(name="balanced", outside=1.0, rebalance_days=90)
BALANCED_COINS: Final = StrategySpec(
    name="balanced_coins", coins=0.005, outside=0.995, rebalance_days=90
)
ALTERNATIVES: Final = StrategySpec(
    name="alternatives", coins=0.02, private=0.08, outside=0.90, rebalance_days=90
)


class StrategiesSpec(Frozen):
    """Strategies that compete in one market."""

    strategies: tuple[StrategySpec, ...] = Field(
        default=(HOLD, ONE_SIDED, BARBELL, DIP_BUYERS, BALANCED, BALANCED_COINS, ALTERNATIVES),
        description="Strategies, each with its portfolios.",
    )
    safe: YieldSpec = YieldSpec()
    outside: OutsideSpec = OutsideSpec()
    execution: ExecutionSpec = ExecutionSpec(window_hours=6.0, funding_hours=1.0)

    @model_validator(mode="after")
    def _names(self) -> Self:
        names = [strategy.name for strategy in self.strategies]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"strategies must be named, and differently; got {names}")
        return self
