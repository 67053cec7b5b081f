"""The leverage cycle of Geanakoplos (2010): a long-lived asset between optimists and pessimists.

Agents h are uniform on 0 to 1 and give good news a probability of h at each of two dates. Each
starts with a unit of the asset and of cash. The asset pays 1 after any good news and `low` after
two bad ones. The most that can be borrowed without risk on a unit of it is its worst next price.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.optimize import brentq

__all__ = ["Equilibrium", "solve"]


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """Prices before and after bad news, and the marginal buyers there."""

    price: float
    price_after: float
    buyer: float
    buyer_after: float
    low: float

    @property
    def margin(self) -> float:
        """Share of the price that a buyer pays of their own, before the news."""
        return (self.price - self.price_after) / self.price

    @property
    def margin_after(self) -> float:
        """The same after bad news."""
        return (self.price_after - self.low) / self.price_after


def solve(low: float = 0.2) -> Equilibrium:
    """Find the marginal buyer who does not mind whether to buy now or to wait for bad news."""
    buyer = float(brentq(_advantage, low + 0.05, 1.0 - 1e-9, args=(low,), xtol=1e-14))
    return _prices(buyer, low)


def _prices(buyer: float, low: float) -> Equilibrium:
    """Clear both dates for a marginal buyer of the first.

    After bad news the buyers of the first date are wiped out. Of the others, those above
    `buyer_after` put all they have, and loans of `low`, into the whole supply.
    """

    def excess(after: float) -> float:
        price = after + (1 - after) * low
        return (buyer - after) / buyer * (1 + price) + low - price

    buyer_after = float(brentq(excess, 0.0, buyer, xtol=1e-14))
    price_after = buyer_after + (1 - buyer_after) * low
    # p = (1 - a)(1 + p) + p_after: what the optimists own, and loans of the worst next price.
    price = (1 - buyer + price_after) / buyer
    return Equilibrium(price, price_after, buyer, buyer_after, low)


def _advantage(buyer: float, low: float) -> float:
    """Return what the marginal buyer gains by buying on margin now instead of waiting."""
    found = _prices(buyer, low)
    now = buyer * (1 - found.price_after) / (found.price - found.price_after)
    waiting = buyer + (1 - buyer) * buyer * (1 - low) / (found.price_after - low)
    return now - waiting
