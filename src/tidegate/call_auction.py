"""A call auction: one price for all, the one at which most is traded. Exact integers.

Price: most volume; among those the least imbalance; among those nearest to the reference; and of
two as near the lower. Orders at better prices come first, and of equal ones the earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Call", "clear_call"]


@dataclass(frozen=True, slots=True)
class Call:
    """Result of a call: the price, None if nothing trades, and what each order gets."""

    price: int | None
    volume: int
    bought: tuple[int, ...]
    sold: tuple[int, ...]


def clear_call(
    bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]], reference: int
) -> Call:
    """Clear orders at one price.

    Parameters
    ----------
    bids, asks : sequence of (price, quantity)
        Limit orders in order of arrival, integers.
    reference : int
        Price to stay near to where several would do.

    Examples
    --------
    >>> clear_call([(101, 5), (99, 5)], [(98, 3), (100, 4)], reference=100)
    Call(price=100, volume=5, bought=(5, 0), sold=(3, 2))
    """
    nothing = Call(None, 0, (0,) * len(bids), (0,) * len(asks))
    if not bids or not asks:
        return nothing
    low, high = min(p for p, _ in asks), max(p for p, _ in bids)
    if low > high:
        return nothing
    # Between these prices neither side changes, so that the best price is one of them.
    prices = {low, high, min(max(reference, low), high)}
    prices.update(p + d for p, _ in bids for d in (0, 1) if low <= p + d <= high)
    prices.update(p + d for p, _ in asks for d in (-1, 0) if low <= p + d <= high)
    buyers = [(p, q) for p, q in bids if p >= low]
    sellers = [(p, q) for p, q in asks if p <= high]

    def merit(price: int) -> tuple[int, int, int, int]:
        demand = sum(q for p, q in buyers if p >= price)
        supply = sum(q for p, q in sellers if p <= price)
        return min(demand, supply), -abs(demand - supply), -abs(price - reference), -price

    best = max(prices, key=merit)
    volume = merit(best)[0]
    bought = _fill(bids, volume, lambda at: (-bids[at][0], at))
    sold = _fill(asks, volume, lambda at: (asks[at][0], at))
    return Call(best, volume, bought, sold)


def _fill(
    orders: Sequence[tuple[int, int]], volume: int, rank: Callable[[int], tuple[int, int]]
) -> tuple[int, ...]:
    filled = [0] * len(orders)
    for at in sorted(range(len(orders)), key=rank):
        filled[at] = min(orders[at][1], volume)
        volume -= filled[at]
    return tuple(filled)
