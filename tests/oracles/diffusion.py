"""Adoption by the book: plain loops over candidates, a network's rules word by word.

Knows nothing of tidegate but how a draw is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

__all__ = ["bass_share", "hazard_step", "kernel"]


def bass_share(p: float, q: float, start: float, years: float, steps: int = 20_000) -> float:
    """Solve dF/dt = (p + q F)(1 - F) from F(0) = start by the midpoint rule."""
    share, dt = start, years / steps
    for _ in range(steps):
        middle = share + (p + q * share) * (1 - share) * dt / 2
        share += (p + q * middle) * (1 - middle) * dt
    return share


def hazard_step(
    adopted: Sequence[bool],
    weights: Sequence[Sequence[float]],
    success: Sequence[float],
    drawdown: Sequence[float],
    friction: Sequence[float],
    luck: Callable[[int], float],
    years: float,
    *,
    p: float,
    q: float,
    d: float,
    aversion: float,
    retreat: float,
) -> list[bool]:
    """Return who has adopted after one step of Bass's hazard with success, loss and friction."""
    after = []
    for i, inside in enumerate(adopted):
        pull = 0.0
        for j, other in enumerate(adopted):
            if other:
                felt = success[j] if success[j] > 0 else aversion * success[j]
                pull += weights[i][j] * felt
        hazard = p + q * pull - d * drawdown[i] - friction[i]
        if inside:
            stays = math.exp(-retreat * max(-hazard, 0.0) * years)
            after.append(luck(i) <= stays)
        else:
            after.append(luck(i) < 1 - math.exp(-max(hazard, 0.0) * years))
    return after


def kernel(points: Sequence[Sequence[float]], widths: Sequence[float]) -> list[list[float]]:
    """Return Gaussian weights of all pairs, rows summing to 1, nobody a peer of oneself."""
    rows = []
    for a in points:
        row = []
        for b in points:
            squares = sum(((x - y) / w) ** 2 for x, y, w in zip(a, b, widths, strict=True))
            row.append(0.0 if a is b else math.exp(-squares / 2))
        total = sum(row)
        rows.append([x / total if total else 0.0 for x in row])
    return rows
