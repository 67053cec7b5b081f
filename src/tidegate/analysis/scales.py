"""Scales on which metrics are compared, and the smallest effects on them that matter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Scale(StrEnum):
    """How the values of a metric are compared."""

    LEVEL = "level"  # treated minus control
    LOG = "log"  # log ratio, for positive and skewed metrics; delta is a relative change
    INDICATOR = "indicator"  # zero or one in each run; the effect is a change of probability


@dataclass(frozen=True, slots=True)
class Measure:
    """The scale of a kind of metric and the smallest effect on it that matters."""

    scale: Scale
    delta: float


MEASURES: Final = {
    "price": Measure(Scale.LOG, 0.01),
    "volatility": Measure(Scale.LOG, 0.05),
    "liquidated": Measure(Scale.LOG, 0.10),
    "drawdown": Measure(Scale.LEVEL, 0.02),
    "kurtosis": Measure(Scale.LEVEL, 0.5),
    "adopters": Measure(Scale.LEVEL, 1.0),
    "probability": Measure(Scale.INDICATOR, 0.05),
}
