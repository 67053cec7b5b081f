"""Mined coins in whole lots: issued as the chain issues satoshi, split by work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from tidegate.agents.proof_of_work import Chain

__all__ = ["MinedCoins", "satoshi_per_lot", "split"]

SATOSHI = 100_000_000


class MinedCoins:
    """Turns a chain's satoshi into lots; what is less than a lot waits for the next day.

    Parameters
    ----------
    chain : Chain
        Issues the satoshi.
    satoshi : int
        Satoshi per lot.
    """

    def __init__(self, chain: Chain, satoshi: int) -> None:
        self.chain = chain
        self.satoshi = satoshi
        self.lots = 0  # issued since the start

    def mine(self, work: Sequence[int], seconds: int) -> list[int]:
        """Mine for some time; return lots by miner, who shares by hashrate.

        Parameters
        ----------
        work
            TH/s by miner.
        seconds
            How long.
        """
        self.chain.mine(sum(work), seconds)
        lots = self.chain.issued // self.satoshi - self.lots
        self.lots += lots
        return split(lots, work)


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split a whole number by whole weights: exact in sum, each less than one off its part."""
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    bounds = (amount * upto // total for upto in accumulate(weights, initial=0))
    return [high - low for low, high in pairwise(bounds)]


def satoshi_per_lot(lots: Iterable[float]) -> int:
    """Return the satoshi in venues' lots (coins), one whole number at all of them.

    Raises
    ------
    ValueError
        If lots differ, or are no whole number of satoshi.
    """
    found = sorted(set(lots))
    satoshi = round(found[0] * SATOSHI)
    if len(found) != 1 or satoshi < 1 or abs(found[0] * SATOSHI - satoshi) > 1e-6:
        raise ValueError(f"venues' lots must be one whole number of satoshi, got {found} coins")
    return satoshi
