"""A bad case: an institution's public loss on coins, which others take as a warning."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["BadCase"]


class BadCase(NamedTuple):
    """Who lost what, and when it became public."""

    second: int
    institution: str
    loss: float
    """Share of the institution's assets."""
