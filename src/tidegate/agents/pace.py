"""How fast a liquidation engine works."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Pace"]


@dataclass(slots=True)
class Pace:
    """Throughput of a liquidation engine, in real accounts; what is not used is not saved up."""

    per_second: float
    credit: float = 0.0

    def grant(self, seconds: float) -> int:
        """Return how many accounts may be worked on in a stretch of time."""
        self.credit = min(self.credit, 0.0) + self.per_second * seconds
        return max(int(self.credit), 0)

    def spend(self, accounts: int) -> None:
        """Take note of what was used; a step that cost more than was left is paid off later."""
        self.credit -= accounts
