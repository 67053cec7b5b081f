"""The rules in force at each host: its own, as levers change them; columns by host."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegate.scenario.mining import HostSpec, MiningSpec
from tidegate.scenario.mining_levers import MiningLevers

__all__ = ["MiningTerms", "mining_terms"]

MICRO = 1_000_000
UNCAPPED = 10**12  # kW
PRIORITIES = ("first", "equal", "last")

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class MiningTerms:
    """What holds at each host today.

    Attributes
    ----------
    tax
        Micro-USD per kWh of private miners.
    priority
        Index into first, equal, last.
    cap_kw
        Most that private miners may draw; 0 where they are banned.
    state_kw
        Farms run by the state.
    sell_ppm
        Share of the state's coins sold as they are mined, parts per million.
    hardware_price
        USD per TH of new machines.
    hardware_supply
        TH/s of new machines that makers can deliver a day.
    """

    tax: Ints
    priority: Ints
    cap_kw: Ints
    state_kw: Ints
    sell_ppm: Ints
    hardware_price: float
    hardware_supply: int


def mining_terms(spec: MiningSpec, levers: MiningLevers) -> MiningTerms:
    """Return the terms of a scenario under levers.

    Raises
    ------
    ValueError
        If a lever names a host that the scenario does not have.
    """
    known = [host.name for host in spec.hosts]
    banned = {name.strip() for name in levers.banned.split(",") if name.strip()}
    named = banned | ({levers.host} if levers.host is not None else set())
    if not named <= set(known):
        raise ValueError(
            f"levers mining.host and mining.banned must name hosts among {known}, "
            f"got {sorted(named - set(known))}"
        )
    hosts = [_ruled(host, levers, host.name in banned) for host in spec.hosts]

    def column(values: list[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    return MiningTerms(
        tax=column([round(host.tax * MICRO) for host in hosts]),
        priority=column([PRIORITIES.index(host.priority) for host in hosts]),
        cap_kw=column([_cap(host) for host in hosts]),
        state_kw=column([int(host.state_mw * 1000) for host in hosts]),
        sell_ppm=column([round(host.sell_fraction * MICRO) for host in hosts]),
        hardware_price=spec.hardware.price * levers.hardware_price,
        hardware_supply=int(spec.hardware.supply * levers.hardware_supply * MICRO),
    )


def _ruled(host: HostSpec, levers: MiningLevers, banned: bool) -> HostSpec:
    """Return a host with the levers that are about it."""
    changes: dict[str, object] = {"banned": banned or host.banned}
    if levers.host == host.name:
        names = ("tax", "priority", "cap_mw", "state_mw", "sell_fraction")
        ours = {name: getattr(levers, name) for name in names}
        changes |= {name: value for name, value in ours.items() if value is not None}
    return host.model_copy(update=changes)


def _cap(host: HostSpec) -> int:
    if host.banned:
        return 0
    return UNCAPPED if host.cap_mw is None else int(host.cap_mw * 1000)
