"""The switching ecology: fundamentalists and chartists who change sides."""

from __future__ import annotations

from typing import Any, Final

from tidegate_core.draws import exp, log
from tidegate_crowd.switching import Switching

from tidegate.scenario.ecology import CrowdSpec, committed, fitted, spread
from tidegate.scenario.frozen import quantity

__all__ = ["SwitchingSpec"]

FITTED: Final = committed("switching")
PAPER: Final = "Franke and Westerhoff 2012, DCA-HPM, daily S&P 500 1980 to 2007"


def free(name: str, unit: str, about: str, **bounds: Any) -> Any:
    """Declare a field that was fitted."""
    return fitted(FITTED, name, unit, about, **bounds)


class SwitchingSpec(CrowdSpec):
    """Structural stochastic volatility: noise follows the share of chartists.

    The model of Franke and Westerhoff in continuous time, and three extensions, each with a value
    that switches it off: value moves (`value_share` 0), herds are finite in number (`herds` 0),
    members think again at several rates (`crowds` 1). Its own parameters start from the paper's.
    """

    crowds: int = quantity(
        FITTED["crowds"],
        unit="1",
        source="assumption: as few as give memory of hours and of weeks",
        about="Crowds that think again at different rates, log-spaced.",
        ge=1,
        le=32,
    )
    fastest_per_day: float = free(
        "fastest_per_day", "1/day", "Rate at which the fastest crowd thinks again.", gt=0, le=1e6
    )
    slowest_per_day: float = free(
        "slowest_per_day", "1/day", "Rate at which the slowest crowd does.", gt=0, le=1e6
    )
    herds: float = free(
        "herds", "1", "Independent herds in a crowd; 0 stands for infinitely many.", ge=0
    )
    tilt: float = free(
        "tilt", "1", "Slower crowds are larger: as large as rate to minus this.", ge=-1, le=1
    )
    reversion: float = quantity(
        FITTED["reversion"],
        unit="1/day",
        source="200 days, as in the other ecologies; the paper's mu phi is 0.0012",
        about="Fundamentalists' pull towards value.",
        ge=0,
        le=10,
    )
    trend: float = quantity(
        0.015,
        unit="1",
        source=f"{PAPER}: mu chi",
        about="Share of a day's trend that chartists add in a day.",
        ge=0,
        lt=1,
    )
    trend_days: float = quantity(
        1.0,
        unit="days",
        source=f"{PAPER}: trend of one day",
        about="Memory of chartists.",
        gt=0,
        le=1000,
    )
    calm_noise: float = free(
        "calm_noise", "1", "Noise of fundamentalists over that of chartists.", ge=0, le=1
    )
    predisposition: float = free("predisposition", "logit", "Liking of value of itself.")
    herding: float = free("herding", "logit", "Liking of what others do.", ge=0, le=100)
    misalignment: float = quantity(
        FITTED["misalignment"],
        unit="logit",
        source="the paper's 18.43 per squared log price, for prices as volatile as BTC",
        about="Dread of a misalignment of one daily scale; it grows with the square.",
        ge=0,
        le=100,
    )
    value_share: float = free("value_share", "1", "Variance of value over the scale's.", ge=0)
    annual_volatility: float = free(
        "annual_volatility", "1/sqrt(year)", "Scale: what chartists alone would make.", gt=0, lt=100
    )
    mean_variance: float = free("mean_variance", "1", "Mean variance over the scale's.", gt=0)
    mean_activity: float = free("mean_activity", "1", "Mean of the root of that.", gt=0)

    def clock(self, key: int, price: float = 1.0) -> Switching:
        """Return a clock of this specification at consensus `price`, without a past."""
        rates = spread(self.fastest_per_day, self.slowest_per_day, self.crowds)
        return Switching(
            key,
            rates_per_day=rates,
            size=[exp(-self.tilt * log(rate)) for rate in rates.tolist()],
            reversion=self.reversion,
            trend=self.trend,
            trend_days=self.trend_days,
            calm_noise=self.calm_noise,
            predisposition=self.predisposition,
            herding=self.herding,
            misalignment=self.misalignment,
            annual_volatility=self.annual_volatility,
            herds=self.herds,
            value_share=self.value_share,
            log_price=log(price),
        )
