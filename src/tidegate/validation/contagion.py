"""S6 and S7: fire sales that make prices move together, and targets of leverage that feed them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from tidegate.validation.cases import Case, Equals, Kind
from tidegate.validation.reference import fire_sales


def covariance(_: Sequence[int]) -> dict[str, float]:
    """Two assets with unrelated fundamentals and one liquidated portfolio."""
    found = fire_sales.covariance(np.diag([4e-4, 4e-4]), np.full((2, 2), 0.2))
    correlation = found[0, 1] / np.sqrt(found[0, 0] * found[1, 1])
    return {
        "variance, first": float(found[0, 0]),
        "variance, second": float(found[1, 1]),
        "covariance": float(found[0, 1]),
        "correlation": float(correlation),
    }


def target_leverage(_: Sequence[int]) -> dict[str, float]:
    """One bank that goes back to its leverage after a shock."""
    sold = fire_sales.sale_to_target(assets=100.0, equity=20.0, shock=-0.05)
    return {"assets sold": sold, "return of the second round": -0.002 * sold}


CASES: Final = (
    Case(
        id="S6.1",
        kind=Kind.GOLDEN,
        about="Cont-Wagalath: covariance that selling one portfolio adds",
        expected={
            "variance, first": Equals(0.000756, 6),
            "variance, second": Equals(0.000756, 6),
            "covariance": Equals(0.000356, 6),
            "correlation": Equals(0.471, 3),
        },
        measure=covariance,
    ),
    Case(
        id="S6.2",
        kind=Kind.DIRECTIONAL,
        about="coins move together while positions on cross margin are liquidated",
        expected={},
        needs="an arm of the leveraged market with isolated margin only",
    ),
    Case(
        id="S7.1",
        kind=Kind.GOLDEN,
        about="Greenwood-Landier-Thesmar: sale to a target of leverage, and its price",
        expected={"assets sold": Equals(20.0), "return of the second round": Equals(-0.04)},
        measure=target_leverage,
    ),
    Case(
        id="S7.2",
        kind=Kind.DIRECTIONAL,
        about="tiered margin on all liquidates less than equity for one, at equal cost",
        expected={},
        needs="a policy that injects equity",
    ),
)
