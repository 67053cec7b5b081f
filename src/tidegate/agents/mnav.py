"""What a treasury company's shares stand for: mNAV, dilution, covenants. Plain arithmetic.

mNAV is enterprise value over coins here: (market cap + debt - cash) / coins' value. The premium of
a share is its price over what the coins and cash leave for it once debts are paid; without debt
and cash the two are the same.
"""

from __future__ import annotations

__all__ = [
    "accretion",
    "conversion_shares",
    "covenant_sale",
    "equity_per_share",
    "interest",
    "mnav",
    "placement_shares",
    "share_price",
]

MICRO = 1_000_000
YEAR_DAYS = 365
PPB = 1_000_000_000
LEAST = 0.02  # of the coins: what shares of a firm are worth at the least, as an option


def mnav(cap: float, debt: float, cash: float, coins: float) -> float:
    """Return enterprise value over coins; all in USD.

    Examples
    --------
    >>> mnav(cap=120.0, debt=10.0, cash=5.0, coins=100.0)
    1.25
    """
    if coins <= 0.0:
        raise ValueError(f"coins is {coins} USD; mNAV needs some")
    return (cap + debt - cash) / coins


def share_price(ratio: float, debt: float, cash: float, coins: float, shares: int) -> float:
    """Return the price at which a firm has an mNAV, USD a share."""
    cap = ratio * coins - debt + cash
    if cap <= 0.0:
        raise ValueError(
            f"mnav is {ratio}; with debts of {debt:.6g} and coins of {coins:.6g} USD the shares "
            f"are worth nothing: it must be above {(debt - cash) / coins:.3g}"
        )
    return cap / shares


def equity_per_share(coins: float, cash: float, debt: float, shares: int) -> float:
    """Return what coins and cash leave for a share, USD; never less than a fiftieth of its coins.

    A share may be given up, but never costs its holder more: what is left where debts exceed the
    coins is the chance that they do not tomorrow, and the floor stands for it.
    """
    return max(coins + cash - debt, LEAST * coins) / max(1, shares)


def accretion(ratio: float, issued: float) -> float:
    """Return by how much coins per share rise when shares are sold to buy coins.

    Parameters
    ----------
    ratio : float
        Market cap over coins of a firm without debt and cash.
    issued : float
        Shares sold, as a part of those there were.

    Examples
    --------
    >>> accretion(2.0, 0.1)  # a tenth more shares buy a fifth more coins
    0.09090909090909083
    """
    return (1.0 + issued * ratio) / (1.0 + issued) - 1.0


def interest(face: int, rate: float, days: int) -> int:
    """Return what a debt costs over some days, in the unit of its face, rounded down."""
    return face * round(rate * PPB) * days // (YEAR_DAYS * PPB)


def conversion_shares(face: int, price: float) -> int:
    """Return the shares into which bonds of a face in micro-USD turn, rounded down."""
    return int(face / (price * MICRO))


def placement_shares(usd: float, price: float) -> int:
    """Return the shares that a placement sells, rounded down."""
    return int(usd / price)


def covenant_sale(owed: int, collateral: int, target: float) -> int:
    """Return what must be sold and paid back for a loan to come down to a ratio, micro-USD.

    A sale lowers loan and collateral alike: (owed - x) / (collateral - x) = target.

    Examples
    --------
    >>> covenant_sale(owed=80, collateral=100, target=0.5)
    60
    """
    if not 0.0 <= target < 1.0:
        raise ValueError(f"target is {target}; allowed are ratios from 0 to below 1")
    return min(owed, max(0, -int((target * collateral - owed) // (1.0 - target))))
