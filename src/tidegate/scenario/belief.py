"""The crowd's shared belief about value, with the values its calibration wrote."""

from __future__ import annotations

import math
import tomllib
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from tidegate_core.draws import exp, log
from tidegate_crowd.belief import Belief

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["FITTED", "BeliefSpec"]

Floats = NDArray[np.float64]

FITTED: Final[dict[str, Any]] = tomllib.loads(
    resources.files("tidegate.data").joinpath("belief.toml").read_text()
)["belief"]


def fitted(name: str, unit: str, about: str, **bounds: Any) -> Any:
    """Declare a field whose default is the calibration's."""
    return quantity(FITTED[name], unit=unit, source="docs/calibration.md", about=about, **bounds)


class BeliefSpec(Frozen):
    """News, sentiment, and horizon groups that are excited by moves.

    Each group revises its valuation by an amount proportional to how far the price is from its
    own moving average; a part of the revision is shared by the group (herding). The defaults are
    fitted to BTC to December 2023 (``tidegate calibrate``, docs/calibration.md).
    """

    horizons: int = fitted("horizons", "1", "Horizon groups, log-spaced.", ge=1, le=64)
    shortest_minutes: float = fitted("shortest_minutes", "minutes", "Shortest horizon.", gt=0)
    longest_days: float = fitted("longest_days", "days", "Longest horizon.", gt=0)
    fast_limit_hours: float = fitted(
        "fast_limit_hours", "hours", "Border between fast and slow groups.", gt=0
    )
    fast_weight: float = fitted("fast_weight", "1", "Feedback of the fast groups.", ge=0, lt=1)
    slow_weight: float = fitted("slow_weight", "1", "Feedback of the slow groups.", ge=0, lt=1)
    fast_saturation: float = fitted(
        "fast_saturation", "1", "Activity at which fast feedback is half saturated.", gt=0
    )
    slow_saturation: float = fitted(
        "slow_saturation", "1", "Activity at which slow feedback is half saturated.", gt=0
    )
    fast_tilt: float = fitted(
        "fast_tilt",
        "1",
        "Fast weights fall as the horizon to the power of minus this.",
        ge=-5,
        le=5,
    )
    slow_tilt: float = fitted("slow_tilt", "1", "Slow weights, likewise.", ge=-5, le=5)
    saturation_tilt: float = fitted(
        "saturation_tilt", "1", "Slow saturations, likewise from the border on.", ge=-5, le=5
    )
    news_share: float = fitted("news_share", "1", "Variance of news.", gt=0, le=1)
    asymmetry: float = fitted("asymmetry", "1", "Extra excitement of falls.", ge=-1, le=1)
    sentiment_days: float = fitted("sentiment_days", "days", "Memory of sentiment.", gt=0)
    haste: float = quantity(
        1.0,
        unit="1",
        source="misvaluation is corrected in trading time (assumption): as by Ane and Geman 2000",
        about="How much faster sentiment fades while the crowd moves; 0: by the calendar.",
        ge=0,
        le=1,
    )
    annual_volatility: float = fitted(
        "annual_volatility", "1/sqrt(year)", "Long-run scale.", gt=0, lt=5
    )
    mean_variance: float = fitted(
        "mean_variance", "1", "Mean variance over the long-run scale's: what counts as calm.", gt=0
    )
    mean_activity: float = fitted(
        "mean_activity", "1", "Mean of the root of that: volume is proportional to it.", gt=0
    )
    herding: float = quantity(
        1.0,
        unit="1",
        source="assumption: the stylised facts vanish without a shared part",
        about="Shared part of a horizon group's revisions.",
        ge=0,
        le=1,
    )
    excited: bool = Field(default=True, description="False switches the feedback off (ablation).")
    warm_up_days: int = quantity(
        150,
        unit="days",
        source="assumption: more than four of the longest horizons (32 days)",
        about="Belief clock before the start.",
        ge=0,
    )

    @property
    def calm_volatility(self) -> float:
        """Typical volatility of the market, per square root of a day."""
        return self.annual_volatility * math.sqrt(self.mean_variance / 365.0)

    def clock(self, key: int, price: float = 1.0) -> Belief:
        """Return a belief clock of this specification at consensus `price`, without a past."""
        shortest, longest = self.shortest_minutes / 1440.0, self.longest_days
        steps = max(self.horizons - 1, 1)
        ratio = log(longest / shortest)
        tau = np.array([shortest * exp(ratio * j / steps) for j in range(self.horizons)])
        border = self.fast_limit_hours / 24.0
        fast = tau < border
        weight = np.where(
            fast,
            _spread(self.fast_weight, tau, fast, self.fast_tilt),
            _spread(self.slow_weight, tau, ~fast, self.slow_tilt),
        )
        slow_saturation = self.slow_saturation * exp(-self.saturation_tilt * log(tau / border))
        return Belief(
            key,
            tau_days=tau,
            weight=weight,
            saturation=np.where(fast, self.fast_saturation, slow_saturation),
            news_share=self.news_share,
            asymmetry=self.asymmetry,
            sentiment_days=self.sentiment_days,
            annual_volatility=self.annual_volatility,
            haste=self.haste,
            herding=self.herding,
            excited=self.excited,
            log_price=log(price),
        )


def _spread(weight: float, tau: Floats, members: NDArray[np.bool_], tilt: float) -> Floats:
    """Spread a weight over the groups of a block, as a power of their horizons."""
    power: Floats = np.where(members, exp(-tilt * log(tau)), 0.0)
    return weight * power / max(float(power.sum()), np.finfo(float).tiny)
