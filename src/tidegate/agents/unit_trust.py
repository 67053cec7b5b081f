"""A unitised fund's register: whole units issued and redeemed at a price struck from its assets.

A newcomer pays the price rounded up, a leaver is paid the price rounded down: nobody who stays
ever pays for who comes or goes, and every unit belongs to somebody.
"""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np

from tidegate.agents.whole_columns import Whole, scaled, total

__all__ = ["PAR", "UNIT", "UnitTrust"]

UNIT = 1_000_000
"""Micro-units in a unit."""
PAR = 100_000_000
"""Price of the first unit: 100 USD in micro-USD."""
CHEAPEST = 10_000
"""Lowest price at which units are issued, micro-USD: a cent, one in ten thousand of par."""
DEAREST = 9 * 10**12
"""Highest price of a unit, micro-USD: products with `UNIT` stay within 63 bits."""


class UnitTrust:
    """Who holds how many units; the assets behind them are told by the caller.

    Parameters
    ----------
    shape : tuple of int
        Shape of the holders' column, such as plans by cohorts.

    Attributes
    ----------
    units : array of int64
        Micro-units by holder.
    outstanding : int
        Micro-units issued and not redeemed.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.units: Whole = np.zeros(shape, dtype=np.int64)
        self.outstanding = 0
        self._last = PAR

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = copy.copy(self)
        twin.units = self.units.copy()
        return twin

    def issue_price(self, assets: int) -> int:
        """Return what a new unit costs, micro-USD: assets per unit, rounded up."""
        if not self.outstanding:
            return max(CHEAPEST, self._last)
        return min(max(CHEAPEST, -(-assets * UNIT // self.outstanding)), DEAREST)

    def redemption_price(self, assets: int) -> int:
        """Return what a redeemed unit brings, micro-USD: assets per unit, rounded down."""
        if not self.outstanding:
            return self._last
        return min(max(0, assets * UNIT // self.outstanding), DEAREST)

    def value(self, assets: int) -> Whole:
        """Return what each holder would be paid for all units, micro-USD."""
        return scaled(self.units, self.redemption_price(assets), UNIT)

    def units_for(self, amounts: Whole, assets: int) -> Whole:
        """Return the units that a redemption of these amounts takes, no more than are held."""
        price = max(1, self.redemption_price(assets))
        return np.minimum(self.units, scaled(amounts, UNIT, price))

    def issue(self, amounts: Whole, assets: int) -> Whole:
        """Issue units for amounts of micro-USD, ``assets`` being those before; return them."""
        price = self.issue_price(assets)
        issued = scaled(amounts, UNIT, price)
        self.units += issued
        self.outstanding += total(issued)
        self._last = price
        return issued

    def redeem(self, units: Whole, assets: int) -> Whole:
        """Cancel units and return what each holder is owed, micro-USD.

        Raises
        ------
        ValueError
            If a holder has fewer units than are to be redeemed.
        """
        if (units < 0).any() or (units > self.units).any():
            raise ValueError("units to redeem must be in 0 .. what each holder has")
        price = self.redemption_price(assets)
        self.units -= units
        self.outstanding -= total(units)
        self._last = max(1, price)
        return scaled(units, price, UNIT)

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        assert (self.units >= 0).all()
        assert total(self.units) == self.outstanding
