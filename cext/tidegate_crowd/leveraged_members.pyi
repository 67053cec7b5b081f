from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core.margin import MarginHouse
from typing_extensions import disjoint_base

from tidegate_crowd.intake import Intake
from tidegate_crowd.leveraged_terms import CrowdTerms

__all__ = ["LeveragedMembers"]

@disjoint_base
class LeveragedMembers:
    def __init__(
        self,
        contract: ArrayLike,
        group: ArrayLike,
        size: ArrayLike,
        margin_rate: ArrayLike,
        line_kind: ArrayLike,
        line: ArrayLike,
        *,
        marks: ArrayLike,
        first: int,
        key: int,
        now: float,
        terms: CrowdTerms,
        capacity: float | None = None,
        overload: Literal["queue", "refuse"] = "queue",
    ) -> None: ...
    @property
    def n(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def contracts(self) -> int: ...
    @property
    def key(self) -> int: ...
    @property
    def terms(self) -> CrowdTerms: ...
    @property
    def now(self) -> float: ...
    @property
    def intake(self) -> Intake: ...
    @property
    def totals(self) -> dict[str, int]: ...
    @property
    def waiting(self) -> tuple[int, int]: ...
    @property
    def clocks(self) -> NDArray[np.float64]: ...
    def columns(self) -> NDArray[np.void]: ...
    def lines(self, contract: int, way: int) -> dict[int, int]: ...
    def held_up(self, account: ArrayLike) -> NDArray[np.bool_]: ...
    def snapshot(self) -> bytes: ...
    def restore(self, data: bytes) -> None: ...
    def _check(self, house: MarginHouse | None = None) -> None: ...
