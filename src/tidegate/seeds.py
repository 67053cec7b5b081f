"""Mesa's `rng` as the seed of a run: a number, or None for one that nobody chose."""

from __future__ import annotations

import secrets

from tidegate.streams import whole_seed

__all__ = ["seed_of"]

BITS = 53  # tables and JSON keep such numbers exactly


def seed_of(rng: object) -> int:
    """Return a model's `rng` as its seed; of None one that the operating system draws."""
    return secrets.randbits(BITS) if rng is None else whole_seed(rng)
