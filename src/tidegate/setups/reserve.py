"""States with reserves in four worlds: what may be set, and how each is built.

In `fund` one state buys what a policy tells it to. In `holders` eight states hold coins that one
source has paid for, and differ in what they bear. In `plans` eight states have announced a
purchase, a week apart; in `firm` they have the money in hand, and a date that binds.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final, Literal, Self

from pydantic import model_validator

from tidegate.agents.announcement import Anticipator
from tidegate.analysis.reserves import ReserveRisk
from tidegate.model import Market
from tidegate.scenario import Scenario
from tidegate.scenario.anticipation import AnticipationSpec
from tidegate.scenario.easing import EasingSpec
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.reserve_levers import Source
from tidegate.scenario.reserve_plan import FundingMix, PlanSpec
from tidegate.scenario.sovereign import SeizureSpec, StateSpec, StatesSpec
from tidegate.scenario.state_perils import PoliticsSpec
from tidegate.scenario.state_presets import load_state
from tidegate.setups.market import MarketParameters, moved_by_news
from tidegate.study.experiment import Timeline, parameter

__all__ = ["BILLION", "PURCHASE", "SETTLED", "ReserveParameters", "reserve_market", "timeline"]

BILLION: Final = 1e9
PURCHASE: Final = 30  # days of a purchase that is not done in one
SETTLED: Final = 60  # days after the start of such a purchase: it is over for a month
STATES: Final = 8  # of a world of many
APART: Final = 7  # days between their announcements
TOLERANCES: Final = tuple(0.05 * number for number in range(1, STATES + 1))


class ReserveParameters(MarketParameters):
    """What may be set."""

    accounts: int = parameter(
        2_000, "Simulated holders per venue", unit="accounts", source="resolution",
        ge=500, le=1_000_000,
    )  # fmt: skip
    days: int = parameter(
        225, "Days after the announcement", unit="days",
        source="the last postponed plan is carried out by then", ge=95, le=5000,
    )  # fmt: skip
    size: float = parameter(
        1.0, "Size of a fund, of all plans, of all that is held", unit="bn USD", source="KZ-N1",
        gt=0, le=1000,
    )  # fmt: skip
    lag_days: int = parameter(
        100, "Days from announcement to start", unit="days", source="KZ-N2: November to February",
        ge=10, le=100,
    )  # fmt: skip
    fall: float = parameter(
        0.3, "What news takes off value", unit="1", source="assumption", gt=0, lt=0.8
    )
    ahead: float = parameter(
        1.0, "Part of an announced purchase that others buy ahead of it", unit="1",
        source="assumption: the most that trading on the purchase can do", ge=0, le=1,
    )  # fmt: skip
    credibility: float = parameter(
        0.35, "Credibility of money and date of a vague plan", unit="1",
        source="assumption: Kazakhstan as announced", ge=0, le=1,
    )  # fmt: skip
    accountability: float = parameter(
        1.0, "How far those in office answer for losses", unit="1", source="assumption", ge=0, le=1
    )
    seized_weight: float = parameter(
        0.1, "Political cost of losing a dollar of crime's proceeds, a budgeted one 1", unit="1",
        source="assumption (KZ-H3)", ge=0, le=1,
    )  # fmt: skip
    freeze_rate: float = parameter(
        0.02, "Chance that reserves are frozen", unit="1/yr", source="assumption", ge=0, le=1
    )
    frozen: float = parameter(
        0.5, "Share of foreign exchange that a freeze reaches", unit="1",
        source="Russia, 2022: about half (general knowledge, not verified)", ge=0, le=1,
    )  # fmt: skip
    aversion: float = parameter(
        3.0, "Weight of variance in utility", unit="1", source="assumption", gt=0, le=100
    )
    volatility: float = parameter(
        0.5, "Volatility of BTC where prices are frozen", unit="1/sqrt(year)",
        source="42 % in 2025, 53 % in 2024", gt=0, le=5,
    )  # fmt: skip
    rest_volatility: float = parameter(
        0.05, "Volatility of other reserves", unit="1/sqrt(year)", source="assumption", ge=0, le=1
    )
    correlation: float = parameter(
        0.1, "Of BTC with other reserves", unit="1", source="BTC and gold: 0.05-0.15", ge=-1, le=1
    )
    share: float = parameter(
        0.1, "Share of reserves in coins when rates surprise", unit="1",
        source="half of what KZ-H11 spans", ge=0, le=1,
    )  # fmt: skip
    rate_bp: float = parameter(
        25.0, "Rise of rates that nobody expected", unit="bp", source="the FOMC's usual step",
        gt=0, le=500,
    )  # fmt: skip
    rest_response: float = parameter(
        -0.0002, "Response of other reserves to rates", unit="log per bp",
        source="bonds of two years' duration", ge=-0.01, le=0.01,
    )  # fmt: skip
    world: Literal["fund", "holders", "plans", "firm"] = parameter(
        "fund", "Which states there are", unit="", source="arms set it"
    )
    source: Source = parameter(
        "seizures", "Who has paid for what holders hold", unit="", source="arms set it"
    )

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if self.days < self.lag_days + SETTLED:
            raise ValueError(
                f"days is {self.days}; an announced purchase is over {self.lag_days + SETTLED} "
                "days after the announcement"
            )
        return self

    def scenario(self) -> Scenario:
        """Return the market with its states, and news that may move value."""
        spec = super().scenario()
        worlds = {
            "fund": self._fund,
            "holders": self._holders,
            "plans": self._plans,
            "firm": self._plans,
        }
        found = StatesSpec(
            states=worlds[self.world](spec),
            # A day's purchase is meant to be one, whatever its size.
            execution=ExecutionSpec(window_hours=6.0, participation=1.0),
        )
        return spec.model_copy(update={"easing": EasingSpec(), "states": found})

    def _fund(self, spec: Scenario) -> tuple[StateSpec, ...]:
        """Return a state that buys as a policy says, at once, with all the money it may need."""
        return (
            _state(
                "kz",
                plan=PlanSpec(funding_credibility=1.0, date_credibility=1.0),
                fx_usd=69.4 * BILLION,
                set_aside_usd=self.size * BILLION,
                budget_usd=self.size * BILLION,
                funding=_paid_by("seizures"),
                seizures=SeizureSpec(per_year=8.0, mean_usd=40e6, coins=0.0),
            ),
        )

    def _holders(self, spec: Scenario) -> tuple[StateSpec, ...]:
        """Return states that hold equal reserves from one source and bear losses unequally."""
        coins = self.size * BILLION / STATES / spec.asset.price
        return tuple(
            _state(
                f"s{number}",
                held_coins=coins,
                held_from=self.source,
                politics=PoliticsSpec(
                    seizures=self.seized_weight,
                    accountability=self.accountability,
                    tolerance=tolerance,
                ),
            )
            for number, tolerance in enumerate(TOLERANCES)
        )

    def _plans(self, spec: Scenario) -> tuple[StateSpec, ...]:
        """Return states whose plans are announced and as credible as one another."""
        usd = self.size * BILLION / STATES
        # Money and date count alike; they are multiplied.
        part = 1.0 if self.world == "firm" else math.sqrt(self.credibility)
        terms = PlanSpec(
            size_usd=usd, days=PURCHASE, funding_credibility=part, date_credibility=part
        )
        first = spec.start
        return tuple(
            _state(
                code,
                fx_usd=usd,
                funding=_paid_by("fx"),
                plan=terms.model_copy(
                    update={
                        "announced": first + dt.timedelta(day - self.lag_days),
                        "start": first + dt.timedelta(day),
                    }
                ),
            )
            for code, day in self.due.items()
        )

    @property
    def due(self) -> dict[str, int]:
        """Days of the run on which plans are due, by the code of the state."""
        last = self.warm_up_days + self.lag_days
        return {f"s{number}": last - APART * number for number in range(STATES)}

    def risk(self, frozen: float, volatility: float) -> ReserveRisk:
        """Return what a choice of the share in coins turns on.

        Parameters
        ----------
        frozen
            Share of foreign exchange that is frozen.
        volatility
            That of the market, where there is one, per year.
        """
        return ReserveRisk(
            crypto=volatility if self.matching else self.volatility,
            rest=self.rest_volatility,
            correlation=self.correlation,
            freeze_rate=self.freeze_rate,
            frozen=frozen,
            aversion=self.aversion,
        )


def _state(code: str, **changes: Any) -> StateSpec:
    """Return a state like Kazakhstan that has nothing of its own but what is said."""
    bare = StateSpec(code=code, name=code)
    kept = ("region", "energy_exports", "dollar_share", "imf_programme", "income_usd")
    like = load_state("kazakhstan-announced")
    return bare.model_copy(update={**{name: getattr(like, name) for name in kept}, **changes})


def _paid_by(source: Source) -> FundingMix:
    return FundingMix.model_validate({"budget": 0.0, source: 1.0})


def reserve_market(p: ReserveParameters, seed: int) -> Market:
    """Return a world at tick 0, with those who buy ahead of a purchase."""
    model = Market(p.scenario(), rng=seed)
    base: dict[str, Any] = {"venues": model.venues, "streams": model.streams, "clock": model.clock}
    ahead = Anticipator(
        model,
        path="anticipator",
        spec=AnticipationSpec(lever="reserve.size_usd", share=p.ahead, capital=p.size * BILLION),
        pending=model.board.pending,
        assets_usd=1,
        accounts={venue.name: venue.open_accounts() for venue in model.venues},
        books=model.books,
        execution=model.spec.execution,
        daily_volume=model.spec.asset.daily_volume,
        rounds=model.rounds,
        **base,
    )
    model.takers.append(ahead)
    model.funds.append(ahead)
    return moved_by_news(model)


def timeline(p: ReserveParameters) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))
