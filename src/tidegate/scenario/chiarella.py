"""The trend ecology: value traders, trend followers and noise traders."""

from __future__ import annotations

from typing import Any, Final

from tidegate_core.draws import exp, log
from tidegate_crowd.chiarella import Chiarella

from tidegate.scenario.ecology import CrowdSpec, committed, fitted, spread
from tidegate.scenario.frozen import quantity

__all__ = ["ChiarellaSpec"]

FITTED: Final = committed("chiarella")


def free(name: str, unit: str, about: str, **bounds: Any) -> Any:
    """Declare a field that was fitted."""
    return fitted(FITTED, name, unit, about, **bounds)


class ChiarellaSpec(CrowdSpec):
    """Value against trend among noise traders.

    The extended Chiarella model of Majewski, Ciliberti and Bouchaud, and two extensions, each
    with a value that switches it off: trends on several horizons (`trends` 1), and noise traders
    who come when there is a trend (`attraction` 0). Without the latter volatility does not
    cluster.
    """

    trends: int = quantity(
        FITTED["trends"],
        unit="1",
        source="assumption: a little more than one a decade",
        about="Horizons of trends, log-spaced; with one it is the longest.",
        ge=1,
        le=32,
    )
    shortest_minutes: float = free("shortest_minutes", "minutes", "Shortest horizon.", gt=0)
    longest_days: float = free("longest_days", "days", "Longest horizon.", gt=0)
    reversion: float = quantity(
        FITTED["reversion"],
        unit="1/day",
        source="assumption: mispricings of 200 days, as the belief's sentiment",
        about="Value traders' pull.",
        gt=0,
        le=10,
    )
    trend: float = free(
        "trend", "daily scales/day", "Most that trend followers add in a day.", ge=0, le=100
    )
    steepness: float = free(
        "steepness",
        "1",
        "How soon trend followers are all in: inverse of that trend.",
        ge=0,
        le=100,
    )
    attraction: float = free(
        "attraction", "1", "Noise traders that a full trend adds, over the usual.", ge=0, le=100
    )
    tilt: float = free(
        "tilt",
        "1",
        "Shorter trends draw more: a trend over tau draws tau to minus this.",
        ge=0,
        le=1,
    )
    value_share: float = free("value_share", "1", "Variance of value over the scale's.", ge=0)
    annual_volatility: float = free(
        "annual_volatility", "1/sqrt(year)", "Scale: noise that is always there.", gt=0, lt=10
    )
    mean_variance: float = free("mean_variance", "1", "Mean variance over the scale's.", gt=0)
    mean_activity: float = free("mean_activity", "1", "Mean of the root of that.", gt=0)

    def clock(self, key: int, price: float = 1.0) -> Chiarella:
        """Return a clock of this specification at consensus `price`, without a past."""
        tau = spread(self.longest_days, self.shortest_minutes / 1440.0, self.trends)
        return Chiarella(
            key,
            tau_days=tau,
            weight=[exp(-self.tilt * log(days)) for days in tau.tolist()],
            reversion=self.reversion,
            trend=self.trend,
            steepness=self.steepness,
            annual_volatility=self.annual_volatility,
            attraction=self.attraction,
            value_share=self.value_share,
            log_price=log(price),
        )
