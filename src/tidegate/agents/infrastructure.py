"""Standards that pensions pay for: custody losses and spreads by the share of coins they hold.

Pure functions of the share: whoever sets a hazard or a maker's spread asks them. What they say
is assumed, so that a claim which rests on them follows from the assumption.
"""

from __future__ import annotations

from tidegate_core.draws import exp

from tidegate.scenario.infrastructure import InfrastructureSpec

__all__ = ["Infrastructure"]


class Infrastructure(InfrastructureSpec):
    """How good custody and markets are, given who uses them."""

    def gain(self, share: float) -> float:
        """Return how much of the possible improvement a pension share brings, 0-1."""
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"share must be a share of all coins in [0, 1], got {share}")
        return 1.0 - exp(-self.strength * share / self.scale) if self.enabled else 0.0

    def custody_loss(self, share: float) -> float:
        """Return the share of coins in custody that is lost in a year."""
        return self.loss_rate * (1.0 - (1.0 - self.loss_floor) * self.gain(share))

    def spread_factor(self, share: float) -> float:
        """Return by what makers' spreads are multiplied."""
        return 1.0 - (1.0 - self.spread_floor) * self.gain(share)
