"""A day on each host's grid: who draws what, who goes short, hour by hour in whole kilowatts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegate.scenario.mining import HostSpec

__all__ = ["GridDay", "PowerGrid"]

MILLE = 1000
FIRST, EQUAL, LAST = 0, 1, 2

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class GridDay:
    """What a day came to, by host.

    Attributes
    ----------
    served
        kWh that miners got.
    wanted
        kWh that they would have taken.
    deficit_hours
        Hours in which others went short.
    rationed_hours
        Hours in which miners did.
    unserved
        kWh that others did not get.
    """

    served: Ints
    wanted: Ints
    deficit_hours: Ints
    rationed_hours: Ints
    unserved: Ints


class PowerGrid:
    """The grids of all hosts.

    Others' load follows the hour and the month; what mining adds is the same all day. A grid that
    cannot serve everybody serves by the host's priority: miners first, all in proportion, or
    miners last.

    Parameters
    ----------
    hosts : sequence of HostSpec
        Their grids.
    """

    def __init__(self, hosts: Sequence[HostSpec]) -> None:
        def column(values: list[int]) -> Ints:
            return np.array(values, dtype=np.int64)[:, None]

        self.capacity = column([int(host.grid_mw * MILLE) for host in hosts])  # kW
        peak = column([int(host.other_mw * MILLE) for host in hosts])
        hourly = np.array([[round(x * MILLE) for x in host.hourly] for host in hosts], np.int64)
        monthly = [[round(x * MILLE) for x in host.monthly] for host in hosts]
        # Others' load, kW: month by month, hosts by hours.
        self.others = tuple(
            peak * hourly * column([row[month] for row in monthly]) // MILLE**2
            for month in range(12)
        )

    def day(self, month: int, mining: Ints, priority: Ints) -> GridDay:
        """Run the 24 hours of a day.

        Parameters
        ----------
        month
            January is 1.
        mining
            kW that miners want, by host.
        priority
            0, 1 or 2 by host: miners first, in proportion, last.
        """
        others, capacity = self.others[month - 1], self.capacity
        wanted = mining[:, None]
        demand = others + wanted
        tight = demand > capacity
        if not tight.any():
            none = np.zeros(len(mining), dtype=np.int64)
            return GridDay(mining * 24, mining * 24, none, none, none)
        shares = wanted * capacity // np.maximum(demand, 1)
        left = np.maximum(capacity - others, 0)
        rationed = np.choose(priority[:, None], (np.minimum(wanted, capacity), shares, left))
        served = np.where(tight, np.minimum(rationed, wanted), wanted)
        unserved = np.maximum(others - (capacity - served), 0)
        return GridDay(
            served=served.sum(axis=1),
            wanted=mining * 24,
            deficit_hours=(unserved > 0).sum(axis=1),
            rationed_hours=(served < wanted).sum(axis=1),
            unserved=unserved.sum(axis=1),
        )
