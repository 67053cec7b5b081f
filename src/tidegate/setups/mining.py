"""What studies of mining may set: the network and its years, a state's soil, and wary miners."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self

from pydantic import model_validator

from tidegate.agents.miners import Miners
from tidegate.model import Market
from tidegate.scenario import Scenario
from tidegate.scenario.market import AssetSpec
from tidegate.scenario.mining import MiningSpec
from tidegate.scenario.mining_hosts import MAY_2021, YEAR_2026
from tidegate.setups.market import MarketParameters, served
from tidegate.study.experiment import Timeline, parameter

__all__ = ["MiningParameters", "MiningUncertainty", "StateMining", "sold_by_miners", "timeline"]


class MiningParameters(MarketParameters):
    """A market with miners, at a size that a year can afford; a study adds its own."""

    accounts: int = parameter(
        1_000, "Simulated holders per venue", unit="accounts", source="resolution", ge=500,
        le=1_000_000,
    )  # fmt: skip
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution; mining goes by days"
    )
    warm_up_days: int = parameter(
        30, "Days before the news", unit="days", source="assumption", ge=5, le=2000
    )
    days: int = parameter(
        365, "Days after the news", unit="days", source="assumption: a year", ge=60, le=3650
    )

    def mining(self) -> MiningSpec:
        """Return the network: that of early 2026."""
        return YEAR_2026

    def scenario(self) -> Scenario:
        """Return the market with miners."""
        return super().scenario().model_copy(update={"mining": self.mining()})


class StateMining(MiningParameters):
    """What may be set."""

    warm_up_days: int = parameter(
        30, "Days before the rules", unit="days", source="China's ban: end of May 2021", ge=5,
        le=2000,
    )  # fmt: skip
    days: int = parameter(
        365, "Days under the rules", unit="days", source="KZ-H7: a year", ge=60, le=3650
    )
    year: Literal["2021", "2026"] = parameter(
        "2021", "Hosts, machines, price and coins of which year", unit="",
        source="tidegate.scenario.mining_hosts",
    )  # fmt: skip
    tax: float = parameter(
        0.0023,
        "Tax on mining power",
        unit="USD/kWh",
        source="Kazakhstan from January 2022: 1 tenge",
        gt=0,
        le=0.1,
    )
    cap_mw: float = parameter(
        400.0, "Cap on mining, in the arm with one", unit="MW",
        source="what mining drew in Kazakhstan in May 2023", ge=0, le=1e5,
    )  # fmt: skip
    lost_load: float = parameter(
        1_500.0,
        "Cost of a MWh that others do not get",
        unit="USD/MWh",
        source="the lowest of EU households, 1.5 to 23 EUR/kWh (CEPA for ACER, 2018; general "
        "knowledge, not verified)",
        ge=0,
        le=1e6,
    )
    farm_mw: float = parameter(
        100.0, "Size of the state's farms", unit="MW", source="Bhutan before its plan of 600 MW",
        gt=0, le=1e4,
    )  # fmt: skip
    supply: float = parameter(
        0.4,
        "New machines that makers deliver, in 2021",
        unit="EH/s per day",
        source="network growth from December 2021 (194 EH/s) to May 2023 (some 370), rounded up",
        ge=0,
        le=100,
    )
    moving_cost: float = parameter(
        4.0, "Cost of moving a machine", unit="USD/TH",
        source="assumption: freight, customs, racks", ge=0, le=1_000,
    )  # fmt: skip

    @model_validator(mode="after")
    def _deliveries_of_the_year(self) -> Self:
        """Refuse deliveries of 2021 for another year, which would do nothing."""
        default = type(self).model_fields["supply"].default
        if self.year != "2021" and self.supply != default:
            raise ValueError(
                f"--supply is {self.supply:g}; with --year {self.year} it must stay {default:g}, "
                f"as makers deliver {YEAR_2026.hardware.supply:g} EH/s a day then"
            )
        return self

    def mining(self) -> MiningSpec:
        """Return the network of the year, with this cost of moving."""
        then = self.year == "2021"
        spec = MAY_2021 if then else YEAR_2026
        made = {"supply": self.supply} if then else {}
        changes = {
            "moving": spec.moving.model_copy(update={"cost": self.moving_cost}),
            "hardware": spec.hardware.model_copy(update=made),
        }
        return spec.model_copy(update=changes)

    def scenario(self) -> Scenario:
        """Return the market with miners, at the price of the year."""
        changes: dict[str, object] = {}
        if self.year == "2021":
            asset = AssetSpec(price=57_000.0, supply=18.7e6)
            changes = {"asset": asset, "start": dt.date(2021, 5, 1)}
        return Scenario.model_validate({**dict(super().scenario()), **changes})


class MiningUncertainty(MiningParameters):
    """What may be set."""

    uncertainty: float = parameter(
        1.0, "How uncertain times turn, from 0 to 1", unit="1", source="assumption", gt=0, le=1
    )
    hoard: float = parameter(
        0.30,
        "Share kept in calm of what bills leave over",
        unit="1",
        source="assumption: listed miners kept between none and most of 2024-25 production",
        ge=0,
        le=1,
    )
    hoard_response: float = parameter(
        0.50,
        "What full uncertainty adds to that share",
        unit="1",
        source="MIN-A9 states the sign; the size is an assumption",
        ge=0,
        le=2,
    )
    rig_price: float = parameter(
        2.0, "Factor on the price of machines", unit="1", source="assumption", gt=1, le=100
    )
    rig_supply: float = parameter(
        0.25, "Factor on what makers deliver", unit="1", source="assumption", ge=0, lt=1
    )
    lead_days: int = parameter(
        60,
        "From the order of a machine to its first hash",
        unit="days",
        source="assumption",
        ge=0,
        le=1000,
    )

    life_days: int = parameter(
        1_460, "Over which machines are written off", unit="days", ge=30, le=10_000,
        source="assumption: listed miners take three to five years (general knowledge, not "
        "verified)",
    )  # fmt: skip

    def mining(self) -> MiningSpec:
        """Return the network of early 2026 with these habits and this delivery."""
        hardware = YEAR_2026.hardware.model_copy(update={"lead_days": self.lead_days})
        habits = {"hoard": self.hoard, "hoard_response": self.hoard_response}
        return YEAR_2026.model_copy(update={"hardware": hardware, **habits})


def sold_by_miners(made: Market) -> Market:
    """Let miners sell at the price that stands where nothing is matched; leave any other market.

    Without a buyer they would pile up all their coins, in every frozen twin alike.

    Parameters
    ----------
    made
        A market at tick 0.

    Returns
    -------
    Market
        The same market.
    """
    if made.spec.matching:
        return made
    desks = [agent.desk for agent in made.institutions.agents if isinstance(agent, Miners)]
    return served(made, desks)


def timeline(p: MiningParameters) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))
