"""What states do about mining, and what happens to its machines: regimes and shocks as policies.

Laissez-faire sets no tax, no cap and equal rights to power; management sets a tax, puts miners
last and caps their load; a ban ends private mining. A state that leads runs farms of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue
from tidegate.scenario.mining_levers import Priority

__all__ = [
    "HardwareShock",
    "LaissezFaire",
    "ManagedMining",
    "MinersUncertainty",
    "MiningBan",
    "StateFarms",
]


class _MiningPolicy(Policy):
    """A policy about one host: levers know one at a time, that of the last such policy."""

    host: str = Field(default="kazakhstan", description="Host it is about.", min_length=1)


class LaissezFaire(_MiningPolicy):
    """No tax and equal rights to power; what the host capped before stays capped."""

    name: str = Field(default="laissez_faire", description="Name, unique in a run.", min_length=1)

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers of a state that leaves miners alone."""
        return {
            "mining.host": self.host,
            "mining.tax": 0.0,
            "mining.priority": "equal",
            "mining.cap_mw": None,
        }


class ManagedMining(_MiningPolicy):
    """A tax on power, miners last in line for it, and a cap on their load."""

    name: str = Field(default="managed_mining", description="Name, unique in a run.", min_length=1)
    tax: float = quantity(
        0.0023,
        unit="USD/kWh",
        source="Kazakhstan from January 2022: 1 tenge at 435 tenge/USD; 10 were proposed",
        about="Levy on mining power.",
        ge=0,
        le=1,
    )
    priority: Priority = Field(default="last", description="Who goes short when the grid does.")
    cap_mw: float | None = quantity(
        400.0,
        unit="MW",
        source="Kazakhstan, May 2023: what mining drew then",
        about="Most that private miners may draw; None: no cap.",
        ge=0,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers of a state that manages mining."""
        return {
            "mining.host": self.host,
            "mining.tax": self.tax,
            "mining.priority": self.priority,
            "mining.cap_mw": self.cap_mw,
        }


class MiningBan(Policy):
    """A ban on private mining; it replaces the list of hosts that ban it."""

    name: str = Field(default="mining_ban", description="Name, unique in a run.", min_length=1)
    hosts: str = Field(
        default="china", description="All hosts that ban mining from then on, by commas."
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever that bans."""
        return {"mining.banned": self.hosts}


class StateFarms(_MiningPolicy):
    """Farms run by the state, and the share of their coins that it sells as they come."""

    name: str = Field(default="state_farms", description="Name, unique in a run.", min_length=1)
    state_mw: float = quantity(
        100.0, unit="MW", source="Bhutan before its plan of 600 MW", about="Size.", ge=0, le=1e6
    )
    sell_fraction: float = quantity(
        0.0,
        unit="1",
        source="KZ-A3: kept as a reserve; KZ-H5 spans 0-1",
        about="Share sold.",
        ge=0,
        le=1,
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers of a state that mines."""
        return {
            "mining.host": self.host,
            "mining.state_mw": self.state_mw,
            "mining.sell_fraction": self.sell_fraction,
        }


class HardwareShock(Policy):
    """Machines turn dear and scarce, as when trade in chips is restricted."""

    name: str = Field(default="hardware_shock", description="Name, unique in a run.", min_length=1)
    price: float = quantity(
        2.0, unit="1", source="assumption", about="Factor on their price.", gt=0, le=100
    )
    supply: float = quantity(
        0.25, unit="1", source="assumption", about="Factor on deliveries.", ge=0, le=100
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers of the shock."""
        return {"mining.hardware_price": self.price, "mining.hardware_supply": self.supply}


class MinersUncertainty(Policy):
    """Uncertain times, in which miners keep more of what they mine."""

    name: str = Field(
        default="miners_uncertainty", description="Name, unique in a run.", min_length=1
    )
    uncertainty: float = quantity(
        1.0, unit="1", source="assumption", about="From 0 (calm) to 1.", ge=0, le=1
    )

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the lever."""
        return {"mining.uncertainty": self.uncertainty}
