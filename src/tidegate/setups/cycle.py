"""What studies of credit through a boom and a bust may set: the news, and who lends how."""

from __future__ import annotations

from typing import Any, Literal

from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario import Scenario
from tidegate.scenario.credit_makes import make_2022, make_2025
from tidegate.scenario.haircuts import HaircutSpec
from tidegate.scenario.lending import LendingSpec
from tidegate.setups.market import MarketParameters
from tidegate.study.experiment import Timeline, parameter

__all__ = ["CycleParameters", "timeline"]

BILLION = 1e9


class CycleParameters(MarketParameters):
    """What may be set."""

    accounts: int = parameter(
        1_000, "Simulated holders per venue", unit="accounts", source="resolution",
        ge=500, le=1_000_000,
    )  # fmt: skip
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution: loans look four times a day"
    )
    loans: int = parameter(
        1_500, "Simulated loans", unit="loans", source="resolution", ge=100, le=100_000
    )
    boom_days: int = parameter(
        120, "Days in which news lifts value", unit="days", source="assumption", ge=30, le=3_000
    )
    bust_days: int = parameter(
        30, "Days in which news takes it off", unit="days", ge=1, le=1_000,
        source="assumption: May to June 2022 took weeks",
    )  # fmt: skip
    after_days: int = parameter(
        60, "Days from there to the end", unit="days", source="desks' calls and sales are over",
        ge=5, le=1_000,
    )  # fmt: skip
    boom: float = parameter(
        0.4, "What the boom's news does to value", unit="log price of BTC", source="assumption",
        ge=0, le=2,
    )  # fmt: skip
    bust: float = parameter(
        0.8, "What the bust's takes off", unit="log price of BTC", ge=0, le=2,
        source="BTC lost 55 % from April to June 2022 (general knowledge, not verified)",
    )  # fmt: skip
    style: Literal["none", "2025", "2022"] = parameter(
        "2025", "Make of credit: split between lenders, and cover", unit="", source="arms set it"
    )
    stock: float = parameter(
        33.9, "Loans against BTC, either make", unit="bn USD", gt=0,
        source="46 % (assumption) of 73.59 bn USD: Galaxy, Q3 2025",
    )  # fmt: skip
    response: float = parameter(
        1.0, "Elasticity of haircuts in volatility; 0: they stay", unit="1", ge=-2, le=3,
        source="1: value at risk (Aymanns & Farmer 2015)",
    )  # fmt: skip
    moving: bool = parameter(True, "Haircuts move", unit="", source="False: a control")
    speed_days: float = parameter(
        5.0, "Time in which terms follow", unit="days", source="assumption", gt=0, le=365
    )
    competition: float = parameter(
        0.3, "Weight of the laxest rival's terms", unit="1", source="assumption", ge=0, le=1
    )
    unsecured: float = parameter(
        0.5, "Unsecured part of desks' loans, 2022", unit="1", ge=0, le=1,
        source="assumption: two of the largest lenders lent without or with partial collateral",
    )  # fmt: skip
    thin: float = parameter(
        0.85, "Debt over all they have of unsecured borrowers", unit="1", gt=0.1, lt=0.95,
        source="assumption: funds that had borrowed to hold coins",
    )  # fmt: skip
    equity: float = parameter(
        0.1, "Lenders' equity over loans", unit="1", source="assumption: as of banks", ge=0, le=1
    )
    interlent: float = parameter(
        0.1, "What desks owe each other, over loans", unit="1", source="assumption", ge=0, le=1
    )
    recalls: bool = parameter(
        True, "Desks that fail call all their loans", unit="",
        source="2022: lenders in bankruptcy sold what was pledged to them",
    )  # fmt: skip

    def scenario(self) -> Scenario:
        """Return the market with its lenders."""
        return super().scenario().model_copy(update={"credit": self.lending()})

    def lending(self) -> LendingSpec | None:
        """Return the lenders, if there are any."""
        haircuts = HaircutSpec(
            response=self.response, speed_days=self.speed_days, competition=self.competition
        )
        common: dict[str, Any] = {
            "coin_shares": (1.0,),
            "loans": self.loans,
            "interlent": self.interlent,
            "equity": self.equity,
            "recalls": self.recalls,
            "haircuts": haircuts if self.moving else None,
        }
        if self.style == "2022":
            terms = {"unsecured": self.unsecured, "thin": self.thin}
            return make_2022(self.stock * BILLION, **terms, **common)
        return make_2025(self.stock * BILLION, **common) if self.style == "2025" else None

    @property
    def peak(self) -> int:
        """Day on which the bust's news breaks."""
        return self.warm_up_days + self.boom_days

    @property
    def last(self) -> int:
        """The last day."""
        return self.peak + self.bust_days + self.after_days - 1

    def news(self) -> tuple[TradeShock, ...]:
        """Return the boom's news and the bust's."""
        return tuple(
            TradeShock(
                name=name, size=size, ramp_minutes=1_440.0 * days,
                announcement_day=day, effective_day=day,
            )
            for name, size, days, day in (
                ("boom", self.boom, self.boom_days, self.warm_up_days),
                ("bust", -self.bust, self.bust_days, self.peak),
            )
        )  # fmt: skip


def timeline(p: CycleParameters) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    days = p.last + 1 - p.warm_up_days
    return Timeline(p.warm_up_days * per_day, (p.last + 1) * per_day, float(days))
