from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import disjoint_base

from tidegate_crowd.valuation import Valuation

__all__ = ["Belief"]

@disjoint_base
class Belief(Valuation):
    groups: int
    news_share: float
    asymmetry: float
    sentiment_days: float
    annual_volatility: float
    haste: float
    herding: float
    excited: bool

    def __init__(
        self,
        key: int,
        *,
        tau_days: ArrayLike,
        weight: ArrayLike,
        saturation: ArrayLike,
        news_share: float,
        asymmetry: float,
        sentiment_days: float,
        annual_volatility: float,
        haste: float = 0.0,
        herding: float = 1.0,
        excited: bool = True,
        log_price: float = 0.0,
    ) -> None: ...
    @property
    def excitement(self) -> float: ...
    @property
    def averages(self) -> NDArray[np.float64]: ...
    @property
    def tau_days(self) -> NDArray[np.float64]: ...
    @property
    def weights(self) -> NDArray[np.float64]: ...
    @property
    def saturations(self) -> NDArray[np.float64]: ...
