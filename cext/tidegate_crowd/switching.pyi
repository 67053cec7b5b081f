from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import disjoint_base

from tidegate_crowd.valuation import Valuation

__all__ = ["Switching"]

@disjoint_base
class Switching(Valuation):
    crowds: int
    reversion: float
    trend: float
    trend_days: float
    calm_noise: float
    predisposition: float
    herding: float
    misalignment: float
    herds: float
    value_share: float
    annual_volatility: float

    def __init__(
        self,
        key: int,
        *,
        rates_per_day: ArrayLike,
        reversion: float,
        trend: float,
        trend_days: float,
        calm_noise: float,
        predisposition: float,
        herding: float,
        misalignment: float,
        annual_volatility: float,
        herds: float = 0.0,
        size: ArrayLike | None = None,
        value_share: float = 0.0,
        log_price: float = 0.0,
    ) -> None: ...
    def liking(self, share: float, misalignment: float) -> float: ...
    @property
    def fundamental(self) -> float: ...
    @property
    def shares(self) -> NDArray[np.float64]: ...
    @property
    def average(self) -> float: ...
    @property
    def sizes(self) -> NDArray[np.float64]: ...
    @property
    def rates_per_day(self) -> NDArray[np.float64]: ...
