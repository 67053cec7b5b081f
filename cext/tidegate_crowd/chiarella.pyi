from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import disjoint_base

from tidegate_crowd.valuation import Valuation

__all__ = ["Chiarella"]

@disjoint_base
class Chiarella(Valuation):
    trends: int
    reversion: float
    trend: float
    steepness: float
    attraction: float
    value_share: float
    annual_volatility: float

    def __init__(
        self,
        key: int,
        *,
        tau_days: ArrayLike,
        reversion: float,
        trend: float,
        steepness: float,
        annual_volatility: float,
        attraction: float = 0.0,
        weight: ArrayLike | None = None,
        value_share: float = 0.0,
        log_price: float = 0.0,
    ) -> None: ...
    @property
    def signal(self) -> float: ...
    @property
    def attention(self) -> float: ...
    @property
    def averages(self) -> NDArray[np.float64]: ...
    @property
    def weights(self) -> NDArray[np.float64]: ...
    @property
    def tau_days(self) -> NDArray[np.float64]: ...
