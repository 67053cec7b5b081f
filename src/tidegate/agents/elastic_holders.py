"""Holders whose demand falls with the price: a ladder of orders around what they would hold at.

They would hold what they have at value x exp((home - held) / (elasticity x home)). Who buys a
hundredth of all shares from holders of elasticity 1 moves the price by a hundredth, for good.
"""

from __future__ import annotations

import math

from tidegate_core import Kind, Side
from tidegate_core.draws import exp

from tidegate.listed_venue import ListedVenue

__all__ = ["RUNGS", "ElasticHolders"]

RUNGS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256)


class ElasticHolders:
    """All patient holders of one asset, in one account.

    Parameters
    ----------
    listed : ListedVenue
        Where they trade.
    account : int
        Theirs, endowed with units and cash.
    elasticity : float
        Units over those at home, per log price.
    """

    def __init__(self, listed: ListedVenue, account: int, elasticity: float) -> None:
        self.listed = listed
        self.account = account
        self.slope = elasticity * listed.shares_held(account)
        self.home = listed.shares_held(account)

    @property
    def centre(self) -> float:
        """Log distance from value at which they would hold what they have."""
        return (self.home - self.listed.shares_held(self.account)) / max(self.slope, 1.0)

    def quote(self, value: float, arrival: int, part: float = 1.0) -> None:
        """Send a ladder on both sides.

        Parameters
        ----------
        value : float
            What they think a unit is worth, USD.
        arrival : int
            Key of the first order; the others follow it.
        part : float
            Of them that is there.
        """
        listed, centre, below = self.listed, self.centre, 0.0
        free, cash = listed.shares(self.account), listed.cash(self.account)
        for number, rung in enumerate(RUNGS):
            size = int(part * self.slope * (rung - below))
            below = rung
            ask = math.ceil(value * exp(centre + rung) / listed.tick)
            bid = math.floor(value * exp(centre - rung) / listed.tick)
            offered = min(size, free)
            sought = min(size, cash // max(1, bid * listed.tick_value)) if bid > 0 else 0
            free -= offered
            cash -= sought * bid * listed.tick_value
            for side, price, quantity in ((Side.SELL, ask, offered), (Side.BUY, bid, sought)):
                listed.send(
                    self.account, side, price, quantity, Kind.LIMIT, arrival + 2 * number + side
                )
