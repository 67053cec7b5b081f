"""What studies of strategies share: who is in the market, and the news that they live through."""

from __future__ import annotations

from typing import Literal

from tidegate.model import Market
from tidegate.policies.structural_damage import StructuralDamage
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario import Scenario
from tidegate.scenario.strategies import (
    ALTERNATIVES,
    BALANCED,
    BALANCED_COINS,
    BARBELL,
    DIP_BUYERS,
    HOLD,
    ONE_SIDED,
    DipSpec,
    OutsideSpec,
    PanicSpec,
    StrategiesSpec,
    StrategySpec,
)
from tidegate.setups.market import MarketParameters, moved_by_news
from tidegate.study.experiment import Timeline, parameter

__all__ = ["BILLION", "StrategyParameters", "strategy_market", "timeline"]

BILLION = 10**9
Watched = Literal["one_sided", "barbell", "dip", "balanced", "balanced_coins", "alternatives"]


class StrategyParameters(MarketParameters):
    """What may be set."""

    accounts: int = parameter(
        1_000, "Simulated holders per venue", unit="accounts", source="resolution",
        ge=500, le=1_000_000,
    )  # fmt: skip
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution: strategies decide once a day"
    )
    warm_up_days: int = parameter(
        40, "Days before the news", unit="days", source="longer than the month that is recent",
        ge=5, le=2_000,
    )  # fmt: skip
    days: int = parameter(
        180, "Days after the news", unit="days", source="assumption", ge=60, le=5_000
    )
    portfolios: int = parameter(
        4, "Simulated portfolios of each strategy", unit="1", source="resolution", ge=1, le=200
    )
    news: float = parameter(
        0.3, "What news does to value, up or down", unit="log price of BTC", gt=0, le=1,
        source="assumption: twice the fall of 10 October 2025, which was over within days",
    )  # fmt: skip
    nervous: int = parameter(
        110, "Money of those who are all in coins and may panic", unit="bn USD", gt=0, le=2_000,
        source="assumption: 5 % of all coins; holders of less than 155 days have more",
    )  # fmt: skip
    panic: float = parameter(
        0.5, "Share of their coins that they sell", unit="1", ge=0, le=1,
        source="assumption; 37 % of FTX's customer money ran (Chicago Fed Letter 479)",
    )  # fmt: skip
    dip_money: int = parameter(
        20, "Money of dip buyers", unit="bn USD", source="assumption: 1 % of the coins' value",
        gt=0, le=2_000,
    )  # fmt: skip
    trigger: float = parameter(
        0.2, "Fall from the month's high at which the middle one sells or buys", unit="1",
        source="assumption: more than the 15 % that happen in most half-years", gt=0, lt=1,
    )  # fmt: skip
    recovery: float = parameter(
        0.5, "Part of the fall whose regain makes dip buyers sell", unit="1", gt=0, le=2,
        source="10 October 2025: half was regained within three days",
    )  # fmt: skip
    value_lost: float = parameter(
        0.2, "What structural damage takes off value", unit="log price of BTC", ge=0, le=2,
        source="assumption: of the order of the week of FTX's failure",
    )  # fmt: skip
    seized: float = parameter(
        0.1, "Share of holdings at venues that it takes", unit="1", source="assumption", ge=0, le=1
    )
    yield_lost: float = parameter(
        0.2, "Share of dollars lent on chain that it takes", unit="1", source="assumption",
        ge=0, le=1,
    )  # fmt: skip
    correlation: float = parameter(
        0.54, "Of stocks and bonds with coins", unit="1", source="BTC and Nasdaq, 5 years",
        ge=-1, le=1,
    )  # fmt: skip
    stress_correlation: float = parameter(
        0.8, "The same while coins are in stress", unit="1", ge=-1, le=1,
        source="BTC and Nasdaq over 30 days, November 2025",
    )  # fmt: skip
    watched: Watched = parameter(
        "one_sided", "Strategy whose figures are taken", unit="", source="arms set it"
    )

    def scenario(self) -> Scenario:
        """Return the market with all strategies in it."""
        people = StrategiesSpec(
            strategies=self._strategies(),
            outside=OutsideSpec(
                correlation=self.correlation, stress_correlation=self.stress_correlation
            ),
        )
        return super().scenario().model_copy(update={"strategies": people})

    def _strategies(self) -> tuple[StrategySpec, ...]:
        panic = PanicSpec(fall=self.trigger, share=self.panic) if self.panic else None
        nervous = {"panic": panic, "assets_usd": self.nervous * BILLION}
        dip = {
            # Bets on falls of the warm-up would still run when the news comes, in some seeds.
            "dip": DipSpec(fall=self.trigger, recovery=self.recovery, start_day=self.warm_up_days),
            "assets_usd": self.dip_money * BILLION,
        }
        whole = (
            HOLD,
            ONE_SIDED.model_copy(update=nervous),
            BARBELL,
            DIP_BUYERS.model_copy(update=dip),
            BALANCED,
            BALANCED_COINS,
            ALTERNATIVES,
        )
        return tuple(s.model_copy(update={"portfolios": self.portfolios}) for s in whole)

    def moved(self, size: float) -> TradeShock:
        """Return news of a size, known within a day."""
        day = self.warm_up_days
        return TradeShock(size=size, ramp_minutes=1_440, announcement_day=day, effective_day=day)

    def damage(self) -> StructuralDamage:
        """Return what breaks with it."""
        day = self.warm_up_days
        return StructuralDamage(
            announcement_day=day,
            effective_day=day + 1,
            value_lost=-self.value_lost,
            seized=self.seized,
            yield_lost=self.yield_lost,
        )


def strategy_market(p: StrategyParameters, seed: int) -> Market:
    """Return a world at tick 0; where prices are frozen news alone moves them."""
    return moved_by_news(Market(p.scenario(), rng=seed))


def timeline(p: StrategyParameters) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))
