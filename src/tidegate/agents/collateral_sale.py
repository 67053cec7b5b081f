"""How those sell who must sell collateral: part of it in every round, a little below the bid."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tidegate_core import Kind, Side
from tidegate_core.draws import exp
from tidegate_core.engine import Engine

__all__ = ["Haste"]

USD = 0


@dataclass(frozen=True, slots=True)
class Haste:
    """How fast, and how far below the best bid.

    Attributes
    ----------
    seconds : float
        Time in which most of it is sold.
    slip : float
        How far below the best bid one sale goes.
    """

    seconds: float
    slip: float

    def part(self, lots: int, seconds: int) -> int:
        """Return how many lots are offered in a round of so many seconds."""
        return min(lots, math.ceil(lots * (1.0 - float(exp(-seconds / self.seconds)))))

    def sell(self, spot: Engine, instrument: int, account: int, lots: int) -> tuple[int, int]:
        """Offer lots that an account has; return lots sold and micro-USD that they brought."""
        bid = spot.best_bid(instrument)
        if bid is None or not lots:
            return 0, 0
        asset = spot.assets.index(spot.instruments[instrument].base)
        coins, cash = spot.free(account, asset), spot.free(account, USD)
        limit = max(1, math.ceil(bid * (1.0 - self.slip)))
        spot.submit(instrument, account, Side.SELL, limit, lots, Kind.IOC)
        return coins - spot.free(account, asset), spot.free(account, USD) - cash
