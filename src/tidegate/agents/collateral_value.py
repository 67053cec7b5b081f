"""At what price an exchange values a coin that it takes as collateral: three rules.

Prices are in the unit of margin engines, micro-USD per million lots, so that middles of books and
means are whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from tidegate_core.engine import Engine
from tidegate_core.mark import index_price

from tidegate.scenario.venue_parts import Valuation

__all__ = ["LOTS", "appraise", "book_price"]

LOTS: Final = 1_000_000  # to which prices refer
WEIGHTS: Final = 1_000  # that weights are rounded to parts of


def book_price(
    spot: Engine, instrument: int, tick_value: int, kind: Literal["mid", "last"], default: int
) -> int:
    """Return the price in a book, micro-USD per million lots.

    While a side is empty the middle is the last price, as far as the other side allows; a book
    that has seen neither trades nor quotes has the default.

    Parameters
    ----------
    spot : Engine
        Where it trades.
    instrument : int
        As what.
    tick_value : int
        Micro-USD of a tick on a lot.
    kind : {"mid", "last"}
        The middle of the book, or the price of the last trade; the middle before the first.
    default : int
        What it is without either.
    """
    unit = tick_value * LOTS
    bid, ask = spot.best_bid(instrument), spot.best_ask(instrument)
    last = spot.last_price(instrument)
    if kind == "last" and last is not None:
        return last * unit
    if bid is not None and ask is not None:
        return (bid + ask) * unit // 2
    price = default if last is None else last * unit
    if bid is not None:
        price = max(price, bid * unit)
    if ask is not None:
        price = min(price, ask * unit)
    return price


def appraise(
    rule: Valuation, own: int, elsewhere: Sequence[tuple[int, int]], redemption: int
) -> int:
    """Return the price that a rule gives a coin on one exchange.

    Parameters
    ----------
    rule : {"own_book", "external_index", "redemption_value"}
        The index is the mean of the other markets of the coin by weight, without those more than
        5 % off their median; where there are none it is redemption value.
    own : int
        Price in the exchange's own book.
    elsewhere : sequence of tuple
        Price and weight of each other market.
    redemption : int
        What the issuer pays.

    Examples
    --------
    >>> usd = 1_000_000 * LOTS  # a lot of one coin
    >>> appraise("external_index", 65 * usd, [(100 * usd, 3), (96 * usd, 1)], 100 * usd) / usd
    99.0
    """
    if rule == "own_book":
        return own
    if rule == "redemption_value" or not elsewhere:
        return redemption
    total = sum(weight for _, weight in elsewhere)
    prices = [max(1, round(price / LOTS)) for price, _ in elsewhere]
    return LOTS * index_price(prices, [round(WEIGHTS * w / total) for _, w in elsewhere])
