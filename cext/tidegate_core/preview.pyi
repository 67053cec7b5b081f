from __future__ import annotations

from tidegate_core.engine import Engine

__all__ = ["depth_to", "impact"]

def impact(
    engine: Engine, instrument: int, side: int, quantity: int
) -> tuple[int, float, int | None]: ...
def depth_to(engine: Engine, instrument: int, side: int, price: int) -> int: ...
