"""The price at which a metal's market clears: flows, stocks and orders in one equation.

Mines give more and industry takes less at a higher price; dealers and investors hold less the
further the price is above their view of it. The price is the one at which what they want to hold,
what is used and what is bought equal what is there, what is mined and what is sold. In store is a
buffer: what a year brings decides where the price settles, the stock how fast it gets there.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_core.draws import exp

from tidegate.scenario.metals import MetalSpec

__all__ = ["Session", "clearing_price", "held_at", "mined_in", "used_in"]

YEAR = 31_557_600  # seconds
TONNE = 1_000_000  # grams
WIDEST = 8.0  # log price on either side of the first: a market that clears nowhere stops there
PRECISION = 1e-11


@dataclass(frozen=True, slots=True)
class Session:
    """What one clearing brings together.

    Attributes
    ----------
    stock
        Grams that dealers hold before it.
    normal
        Grams that they hold at the price of their view.
    view
        That view, log price over the first price.
    seconds
        Time since the last clearing.
    lost
        Share of supply that does not arrive.
    bids
        Money of those who buy at any price, USD.
    offers
        Grams of those who sell at any price.
    """

    stock: float
    normal: float
    view: float = 0.0
    seconds: float = 0.0
    lost: float = 0.0
    bids: float = 0.0
    offers: float = 0.0


def held_at(spec: MetalSpec, session: Session, log_price: float) -> float:
    """Return the grams that dealers want to hold at a price."""
    dear = spec.stock_elasticity * (log_price - session.view)
    return max(session.normal * (1.0 - dear), 0.0)


def mined_in(spec: MetalSpec, session: Session, log_price: float) -> float:
    """Return the grams that arrive at a price."""
    usual = spec.supply * TONNE * session.seconds / YEAR
    return usual * (1.0 - session.lost) * exp(spec.supply_elasticity * log_price)


def used_in(spec: MetalSpec, session: Session, log_price: float) -> float:
    """Return the grams that industry takes at a price."""
    usual = spec.supply * TONNE * session.seconds / YEAR
    return usual * exp(-spec.demand_elasticity * log_price)


def _missing(spec: MetalSpec, session: Session, log_price: float) -> float:
    """Return the grams that are wanted beyond those there are; it falls as the price rises."""
    bought = session.bids / (spec.price / 1_000.0) * exp(-log_price)
    wanted = held_at(spec, session, log_price) + used_in(spec, session, log_price) + bought
    return wanted - session.stock - mined_in(spec, session, log_price) - session.offers


def clearing_price(spec: MetalSpec, session: Session, near: float = 0.0) -> float:
    """Return the log price over the first one at which nothing is missing and nothing left over.

    Parameters
    ----------
    spec : MetalSpec
        The metal.
    session : Session
        What is brought together.
    near : float, optional
        Where to begin looking; it does not change what is found by more than `PRECISION`.
    """
    width = 0.01
    low, high = near - width, near + width
    while low > -WIDEST and _missing(spec, session, low) < 0.0:
        width *= 4.0
        low = max(low - width, -WIDEST)
    while high < WIDEST and _missing(spec, session, high) > 0.0:
        width *= 4.0
        high = min(high + width, WIDEST)
    while high - low > PRECISION:
        middle = 0.5 * (low + high)
        if middle <= low or middle >= high:
            break
        if _missing(spec, session, middle) > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
