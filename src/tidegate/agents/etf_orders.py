"""Orders of baskets between authorised participants and the fund, on their way to settlement."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Creation"]


@dataclass(slots=True)
class Creation:
    """Shares that are due once their coins are in.

    Attributes
    ----------
    account : int
        The participant's account at the listed venue.
    shares : int
        What is issued.
    lots : int
        Coins due for them.
    due : int
        Second from which it settles.
    bought_by_agent : bool
        Cash order: the fund's agent has yet to deliver the coins.
    """

    account: int
    shares: int
    lots: int
    due: int
    bought_by_agent: bool
