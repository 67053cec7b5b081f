"""Savers' money beside their units: whatever leaves the one arrives in the other, to the micro-USD.

Savings outside coins and what was paid for coins, net, always sum to those of the start, plus
what was saved and earned, less what was drawn.
"""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tidegate.agents.savers import Savers
from tidegate.agents.sleeve import Sleeve
from tidegate.agents.whole_columns import PPB, Whole, scaled, total

__all__ = ["PlanHoldings"]

MICRO = 1_000_000


class PlanHoldings:
    """The savings of all plans, in coins and not.

    Parameters
    ----------
    savers : Savers
        Who own them.
    sleeve : Sleeve
        Holds the coins; its units are theirs.
    btc_share : float
        Share of a flow into coins that buys BTC; the rest buys other coins, elsewhere, which are
        taken to move with BTC.

    Attributes
    ----------
    in_default : bool
        Whether it is the default fund that holds the sleeve.
    paid : array of int64
        Micro-USD paid for coins less what their sale brought.
    planned : int
        The part of it that buys BTC, without rebalancing.
    elsewhere : int
        The part of it that buys other coins.
    saved, earned, drawn : int
        Micro-USD that paydays brought, that money outside coins earned, and that the retired took
        out of all their savings.
    """

    def __init__(self, savers: Savers, sleeve: Sleeve, btc_share: float) -> None:
        self.savers, self.sleeve = savers, sleeve
        self.in_default = False
        self.paid: Whole = np.zeros(savers.shape, dtype=np.int64)
        self.planned = 0
        self.elsewhere = 0
        self.saved = self.earned = self.drawn = 0
        self._start = total(savers.other)
        self._btc = round(btc_share * MICRO)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = copy.copy(self)
        twin.savers = copy.deepcopy(self.savers, memo)
        twin.sleeve = copy.deepcopy(self.sleeve, memo)
        twin.paid = self.paid.copy()
        return twin

    # -- what there is ------------------------------------------------------------------------

    @property
    def units(self) -> Whole:
        """Micro-units of the sleeve."""
        return self.sleeve.trust.units

    @property
    def coins(self) -> Whole:
        """What coins are worth, BTC and others, micro-USD."""
        return scaled(self.sleeve.trust.value(self.sleeve.assets), MICRO, self._btc)

    @property
    def pool(self) -> Whole:
        """The money of which the sleeve is a part, coins included."""
        within = self.savers.default if self.in_default else self.savers.other
        return within + self.coins

    def units_for(self, amounts: Whole) -> Whole:
        """Return the units whose sale brings amounts of micro-USD, all coins together."""
        return self.sleeve.trust.units_for(scaled(amounts, self._btc, MICRO), self.sleeve.assets)

    # -- what moves ---------------------------------------------------------------------------

    def buy(self, amounts: Whole, *, new: bool = True) -> None:
        """Buy coins for amounts of savings, no more than there is.

        Parameters
        ----------
        amounts
            Micro-USD, >= 0.
        new
            Whether it is new money; rebalancing is not.
        """
        savers = self.savers
        amounts = np.minimum(amounts, savers.default if self.in_default else savers.other)
        btc = scaled(amounts, self._btc, MICRO)
        if not btc.any():
            return
        self.sleeve.subscribe(btc)
        savers.move(amounts, default=self.in_default)
        self._book(amounts, btc, 1, new)

    def sell(self, units: Whole, *, new: bool = True) -> Whole | None:
        """Sell units; savings get what they bring, with the other coins, and it is returned."""
        if not units.any():
            return None
        btc = self.sleeve.redeem(units)
        amounts = scaled(btc, MICRO, self._btc)
        self.savers.move(-amounts, default=self.in_default)
        self._book(amounts, btc, -1, new)
        return amounts

    def sell_share(self, shares: Whole) -> Whole | None:
        """Sell shares of units, ppb."""
        return self.sell(scaled(self.units, shares, PPB))

    def _book(self, amounts: Whole, btc: Whole, sign: int, new: bool) -> None:
        self.paid += sign * amounts
        self.elsewhere += sign * (total(amounts) - total(btc))
        self.planned += sign * total(btc) if new else 0

    def save(self, amounts: Whole, into_default: int) -> None:
        """Add contributions, of which a share in ppb goes to default funds."""
        self.saved += total(amounts)
        self.savers.save(amounts, into_default)

    def grow(self, rate: int) -> None:
        """Let the money that is not in coins earn a return, ppb."""
        self.earned += self.savers.grow(rate)

    def retire(self) -> None:
        """Let the retired draw their month's part of everything."""
        rates = self.savers.drawdown_rates()
        self.drawn += self.savers.draw(rates)
        proceeds = self.sell_share(rates[None, :, None])
        if proceeds is not None:
            self.savers.move(proceeds, default=self.in_default)
            self.drawn += total(proceeds)

    def rebalance(self, weights: Whole, who: NDArray[np.bool_], *, band: int) -> None:
        """Return columns to their weights, ppb of the pool, that are further off than a band.

        Parameters
        ----------
        weights
            By column, ppb.
        who
            Plans in question.
        band
            Drift that is left alone, ppb of the pool.
        """
        held, pool = self.coins, self.pool
        gap = scaled(pool, weights, PPB) - held
        gap[np.abs(gap) <= scaled(pool, band, PPB)] = 0
        gap[~who] = 0
        if gap.any():
            self.buy(np.maximum(gap, 0), new=False)
            self.sell(self.units_for(np.maximum(-gap, 0)), new=False)

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.sleeve._check()
        assert (self.savers.other >= 0).all()
        assert (self.savers.default >= 0).all()
        assert (self.savers.default <= self.savers.other).all()
        savings = total(self.savers.other) + int(self.paid.sum())
        assert savings == self._start + self.saved + self.earned - self.drawn
