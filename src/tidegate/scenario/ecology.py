"""Who forms the crowd's valuation: the ecology of traders, one field of the scenario."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from tidegate_core.draws import exp, log
from tidegate_crowd.valuation import Valuation

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["ECOLOGIES", "CrowdSpec", "Ecology", "EcologySpec", "committed", "fitted", "spread"]

Ecology = Literal["fcn", "switching", "chiarella"]
ECOLOGIES: tuple[Ecology, ...] = get_args(Ecology)


class EcologySpec(Protocol):
    """What the market asks of an ecology, whichever it is."""

    @property
    def calm_volatility(self) -> float:
        """Typical volatility of the market, per square root of a day."""

    @property
    def mean_variance(self) -> float:
        """Mean of the relative variance: what counts as calm."""

    @property
    def mean_activity(self) -> float:
        """Mean of its root: volume is proportional to it."""

    @property
    def warm_up_days(self) -> int:
        """Past that the clock needs."""

    def clock(self, key: int, price: float = 1.0) -> Valuation:
        """Return the clock of the crowd's valuation, without a past."""


def committed(name: str) -> dict[str, Any]:
    """Return the values that calibration wrote for an ecology."""
    text = resources.files("tidegate.data").joinpath(f"{name}.toml").read_text()
    table: dict[str, Any] = tomllib.loads(text)[name]
    return table


def fitted(values: Mapping[str, Any], name: str, unit: str, about: str, **bounds: Any) -> Any:
    """Declare a field whose default is the calibration's."""
    return quantity(values[name], unit=unit, source="docs/ecologies.md", about=about, **bounds)


def spread(shortest: float, longest: float, count: int) -> NDArray[np.float64]:
    """Return `count` values from the first bound to the second, even in logs."""
    steps = max(count - 1, 1)
    ratio = log(longest / shortest)
    return np.array([shortest * exp(ratio * k / steps) for k in range(count)])


class CrowdSpec(Frozen):
    """Base of the ecologies beside the belief: what they have in common.

    `mean_variance` and `mean_activity` are the fitted crowd's own means; a specification that
    changes it should state them anew.
    """

    annual_volatility: float
    mean_variance: float
    mean_activity: float
    warm_up_days: int = quantity(
        150,
        unit="days",
        source="as the belief's, docs/calibration.md",
        about="Clock before the start.",
        ge=0,
    )

    @property
    def calm_volatility(self) -> float:
        """Typical volatility of the market, per square root of a day."""
        return self.annual_volatility * math.sqrt(self.mean_variance / 365.0)
