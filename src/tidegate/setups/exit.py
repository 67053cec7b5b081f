"""What a study of exits may set: how much leaves by which route, and the state that leaves.

The state leaves a tranche every fortnight (`tidegate.agents.route_exits`), of coins, of shares of a
listed fund, or of both.
"""

from __future__ import annotations

from typing import Literal

from tidegate.agents.route_exits import RouteExits
from tidegate.model import Market
from tidegate.scenario import Scenario
from tidegate.scenario.etf import EtfSpec
from tidegate.scenario.exits import ExitSpec
from tidegate.setups.market import MarketParameters
from tidegate.study.experiment import Timeline, parameter

__all__ = ["ExitParameters", "exit_market", "timeline"]


class ExitParameters(MarketParameters):
    """A market with a listed fund, and exits that go on for a year."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500,
        le=1_000_000,
    )  # fmt: skip
    step_hours: Literal[1, 2, 3, 4, 6] = parameter(
        6, "Length of a tick", unit="h", source="resolution: exits wait for hours"
    )
    warm_up_days: int = parameter(
        28, "Days before exits begin", unit="days", source="assumption", ge=7, le=2000
    )
    days: int = parameter(
        364, "Days of exits", unit="days", source="assumption: a year", ge=56, le=5000
    )
    fund: float = parameter(
        0.0, "Share held in the fund", unit="1", source="arms set 0, 1/2 and 1", ge=0, le=1
    )
    exit_coins: float = parameter(
        3_200.0, "Size of an exit", unit="coins",
        source="Kazakhstan's cap of 350 M USD, early 2026", gt=0, le=20_000,
    )  # fmt: skip
    custody_hours: float = parameter(
        24.0, "From a decision until own coins can be sold", unit="h",
        source="assumption: signatures, and coins to venues", ge=0, le=96,
    )  # fmt: skip
    outage_hours: float = parameter(
        48.0, "For which the largest venue is down", unit="h",
        source="assumption: hours on 10 October 2025, for good at FTX", ge=0, le=192,
    )  # fmt: skip

    def exits(self) -> ExitSpec:
        """Return the exits, the last of which ends before the run does."""
        return ExitSpec(
            coins=self.exit_coins,
            fund=self.fund,
            first_day=self.warm_up_days,
            count=self.days // (7 * ExitSpec().weeks) - 1,
            custody_hours=self.custody_hours,
            outage_hours=self.outage_hours,
        )

    def scenario(self) -> Scenario:
        """Return the market with a fund."""
        return super().scenario().model_copy(update={"etf": EtfSpec()})


def exit_market(p: ExitParameters, seed: int) -> Market:
    """Return a world at tick 0, with a state that leaves again and again."""
    made = Market(p.scenario(), rng=seed)
    assert made.institutions.etf is not None
    leaver = RouteExits(
        made,
        path="exits",
        spec=p.exits(),
        etf=made.institutions.etf,
        accounts={venue.name: venue.open_accounts() for venue in made.venues},
        books=made.books,
        daily_volume=made.spec.asset.daily_volume,
        rounds=made.rounds,
        venues=made.venues,
        streams=made.streams,
        clock=made.clock,
    )
    made.takers.append(leaver)
    made.institutions.add(leaver, exits=leaver.frame)
    return made


def timeline(p: ExitParameters) -> Timeline:
    """Return when exits begin and when all ends."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))
