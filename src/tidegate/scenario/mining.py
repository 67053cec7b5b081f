"""Mining as data: the protocol, machines, the hosts that power them, and what moves them.

A host is a country or region with one power price and one grid. Its rules (tax, priority, cap,
ban) are scenario values that the levers of `mining_levers` can override.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.mining_levers import Priority

__all__ = [
    "HardwareSpec",
    "HostSpec",
    "MiningSpec",
    "MovingSpec",
    "ProtocolSpec",
    "RigSpec",
]

BITCOIN = "Bitcoin's consensus rules"
HOURS, MONTHS = 24, 12
EVENING_PEAK = (
    *(0.82, 0.80, 0.78, 0.77, 0.78, 0.80, 0.85, 0.90, 0.93, 0.95, 0.95, 0.95),
    *(0.95, 0.94, 0.94, 0.94, 0.96, 0.98, 1.00, 1.00, 0.98, 0.95, 0.90, 0.86),
)
WINTER_PEAK = (1.00, 0.99, 0.94, 0.88, 0.84, 0.83, 0.84, 0.84, 0.85, 0.90, 0.96, 0.99)


class ProtocolSpec(Frozen):
    """How coins are issued: block by block, halving by halving."""

    first_subsidy: int = quantity(
        5_000_000_000, unit="satoshi", source=BITCOIN, about="Issued by each of the first blocks."
    )
    halving_blocks: int = quantity(
        210_000, unit="blocks", source=BITCOIN, about="Blocks from halving to halving.", gt=0
    )
    block_seconds: int = quantity(
        600, unit="s", source=BITCOIN, about="Time between blocks that difficulty aims at.", gt=0
    )
    retarget_blocks: int = quantity(
        2016, unit="blocks", source=BITCOIN, about="Blocks from retarget to retarget.", gt=0
    )
    clamp: int = quantity(
        4, unit="1", source=BITCOIN, about="Most that one retarget changes difficulty by.", ge=1
    )
    height: int = quantity(
        931_000,
        unit="blocks",
        source="January 2026, from a block in ten minutes (3.125 BTC a block since April 2024)",
        about="Blocks mined before the start.",
        ge=0,
    )


class RigSpec(Frozen):
    """One class of machines."""

    name: str
    joules: float = quantity(
        ..., unit="J/TH", source="makers' data sheets", about="Energy per hash.", gt=0, le=10_000
    )
    share: float = quantity(
        ..., unit="1", source="assumption", about="Share of the hashrate at the start.", ge=0, le=1
    )


class HostSpec(Frozen):
    """Where machines can stand: power, grid and law."""

    name: str = Field(min_length=1)
    share: float = quantity(
        ..., unit="1", source="per host", about="Share of the hashrate at the start.", ge=0, le=1
    )
    power_price: float = quantity(
        ..., unit="USD/kWh", source="per host", about="What miners pay for power.", ge=0, le=1
    )
    grid_mw: float = quantity(
        ..., unit="MW", source="per host", about="What the grid can deliver.", gt=0, le=1e7
    )
    other_mw: float = quantity(
        ..., unit="MW", source="per host", about="Everybody else's load at its peak.", ge=0, le=1e7
    )
    hourly: tuple[float, ...] = quantity(
        EVENING_PEAK,
        unit="share of peak",
        source="assumption: the usual evening peak",
        about="Others' load by hour of the host's own day; miners' is the same all day.",
        min_length=HOURS,
        max_length=HOURS,
    )
    monthly: tuple[float, ...] = quantity(
        WINTER_PEAK,
        unit="share of peak",
        source="assumption: a northern grid that heats",
        about="Others' load by month.",
        min_length=MONTHS,
        max_length=MONTHS,
    )
    sites_slack: float = quantity(
        0.10,
        unit="1",
        source="assumption",
        about="Room for machines at the start, beyond what stands there.",
        ge=0,
    )
    build_mw: float = quantity(
        3.0,
        unit="MW/day",
        source="Kazakhstan 2021: 500 to 1,500 MW in a year",
        about="Sites built a day while those there are full and power pays.",
        ge=0,
    )
    tax: float = quantity(
        0.0, unit="USD/kWh", source="none unless stated", about="Levy on mining power.", ge=0, le=1
    )
    priority: Priority = Field(
        default="equal", description="Who goes short when the grid does: first, equal, last."
    )
    cap_mw: float | None = quantity(
        None, unit="MW", source="none unless stated", about="Most that miners may draw.", ge=0
    )
    banned: bool = Field(default=False, strict=True, description="True: private mining is illegal.")
    state_mw: float = quantity(
        0.0, unit="MW", source="none unless stated", about="Farms run by the state.", ge=0
    )
    sell_fraction: float = quantity(
        0.0,
        unit="1",
        source="KZ-A3: coins kept as a reserve",
        about="Share of the state's coins that it sells as they are mined.",
        ge=0,
        le=1,
    )

    @model_validator(mode="after")
    def _shares_of_a_peak(self) -> Self:
        for name, values in (("hourly", self.hourly), ("monthly", self.monthly)):
            if not all(0.0 <= value <= 2.0 for value in values):
                raise ValueError(f"{name} of {self.name} must be within 0..2, got {values}")
        return self


class HardwareSpec(Frozen):
    """New machines: all of the most efficient class."""

    price: float = quantity(
        16.0, unit="USD/TH", source="2025 list prices, rounded", about="Price at the door.", gt=0
    )
    supply: float = quantity(
        1.0,
        unit="EH/s per day",
        source="network growth of 2025, about 250-350 EH/s a year, rounded up",
        about="Most that makers deliver.",
        ge=0,
    )
    lead_days: int = quantity(
        60, unit="days", source="assumption: order to first hash", about="Delivery.", ge=0
    )
    payback_days: float = quantity(
        540.0,
        unit="days",
        source="assumption: buyers ask for 18 months",
        about="Nothing is ordered that pays back later; twice the margin orders all there is.",
        ge=0,
    )


class MovingSpec(Frozen):
    """How machines move from host to host."""

    speed: float = quantity(
        0.03,
        unit="1/day",
        source="assumption: a banned host empties within a quarter, as China in 2021",
        about="Share of those better off elsewhere that leave a day.",
        ge=0,
        le=1,
    )
    cost: float = quantity(
        4.0, unit="USD/TH", source="assumption: freight, customs, racks", about="Of a move.", ge=0
    )
    delay_days: int = quantity(
        90,
        unit="days",
        source="China 2021: banned in May and June, network recovered by December (CCAF)",
        about="From switching off to switching on.",
        ge=0,
    )
    loss: float = quantity(
        0.05, unit="1", source="assumption: breakage, theft", about="Share lost.", ge=0, le=1
    )
    horizon_days: float = quantity(
        365.0, unit="days", source="assumption", about="Gain that is weighed against cost.", gt=0
    )


class MiningSpec(Frozen):
    """The network's miners at the start of a run."""

    hosts: tuple[HostSpec, ...] = Field(min_length=1, description="Where there is hashrate.")
    rigs: tuple[RigSpec, ...] = Field(min_length=1, description="Classes of machines.")
    protocol: ProtocolSpec = ProtocolSpec()
    hardware: HardwareSpec = HardwareSpec()
    moving: MovingSpec = MovingSpec()
    hashrate: float = quantity(
        1_050.0, unit="EH/s", source="network, end of 2025", about="At the start.", gt=0, le=1e6
    )
    overhead: float = quantity(
        0.10, unit="1", source="CBECI's best guess of PUE 1.10", about="Cooling and losses.", ge=0
    )
    power_share: float = quantity(
        0.81,
        unit="1",
        source="Cambridge 2025 survey: power 45 of 55.5 USD/MWh",
        about="Power's share of running costs; taxes come on top.",
        gt=0,
        le=1,
    )
    exit_speed: float = quantity(
        0.25,
        unit="1/day",
        source="assumption: days, not weeks",
        about="Share of machines that lose money switched off a day.",
        gt=0,
        le=1,
    )
    entry_speed: float = quantity(
        0.10,
        unit="1/day",
        source="assumption: slower than switching off",
        about="Share of idle machines that would earn switched on a day.",
        gt=0,
        le=1,
    )
    memory_days: float = quantity(
        30.0,
        unit="days",
        source="assumption",
        about="Over which miners average how much power they got.",
        ge=1,
    )
    hoard: float = quantity(
        0.30,
        unit="1",
        source="assumption: listed miners kept between none and most of 2024-25 production",
        about="Share kept in calm of what bills leave over.",
        ge=0,
        le=1,
    )
    hoard_response: float = quantity(
        0.50,
        unit="1",
        source="MIN-A9 states the sign; the size is an assumption",
        about="What full uncertainty adds to that share.",
        ge=0,
        le=2,
    )
    deposit_hours: float = quantity(
        1.0, unit="h", source="six confirmations", about="Coins to a venue.", ge=0
    )

    @model_validator(mode="after")
    def _whole_network(self) -> Self:
        for what, parts in (("hosts", self.hosts), ("rigs", self.rigs)):
            names = [part.name for part in parts]
            if len(set(names)) != len(names):
                raise ValueError(f"{what} must have different names, got {names}")
            total = sum(part.share for part in parts)
            if abs(total - 1.0) > 1e-9:
                raise ValueError(f"shares of {what} must sum to 1, got {total:.6g}")
        return self
