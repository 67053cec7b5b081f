from __future__ import annotations

from typing import Any, Self

from typing_extensions import disjoint_base

from tidegate_crowd.crowd import Behaviour

__all__ = ["Fcn"]

@disjoint_base
class Fcn(Behaviour):
    def __new__(
        cls,
        fundamental_price: float,
        *,
        sigma: float = 0.001,
        weights: tuple[float, float, float] = (1.0, 0.0, 1.0),
        reversion: tuple[int, int] = (50, 100),
        window: tuple[int, int] = (100, 200),
        max_margin: float = 0.1,
        size: int = 1,
    ) -> Self: ...
    @property
    def fundamental_price(self) -> float: ...
    @property
    def sigma(self) -> float: ...
    @property
    def size(self) -> int: ...
    @property
    def weights(self) -> tuple[float, float, float]: ...
    @property
    def reversion(self) -> tuple[int, int]: ...
    @property
    def window(self) -> tuple[int, int]: ...
    @property
    def max_margin(self) -> float: ...
    def expected_price(
        self, member: int, price: float, past_price: float, noise: float
    ) -> float: ...
    def horizon(self, member: int) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
