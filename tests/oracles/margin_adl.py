"""Who is deleveraged, and by how much: sorted lists and exact fractions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass(frozen=True)
class Claim:
    """A counterparty that deleveraging may reach; sizes without sign."""

    account: int
    size: int
    pnl: int
    entry: int
    equity: int
    notional: int

    @property
    def leverage(self) -> float:
        return float(self.notional or 1) / float(self.equity)

    @property
    def score(self) -> float:
        gain = float(self.pnl) / float(abs(self.entry) or 1)
        return gain * self.leverage if self.pnl > 0 else gain / self.leverage


Taken = list[tuple[Claim, int]]


def by_score(claims: Sequence[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: (-claim.score, claim.account))


def by_leverage(claims: Sequence[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: (-claim.leverage, claim.account))


def queue(quantity: int, claims: Sequence[Claim]) -> Taken:
    """Take the best ranked whole, one after the other."""
    taken = []
    for claim in by_score(claims):
        lots = min(quantity, claim.size)
        if lots:
            taken.append((claim, lots))
        quantity -= lots
    return taken


def pro_rata(quantity: int, claims: Sequence[Claim]) -> Taken:
    """Take from whoever gains in proportion to size; from the others if that is not enough."""
    gaining = sorted((c for c in claims if c.pnl > 0), key=lambda claim: claim.account)
    total = sum(claim.size for claim in gaining)
    if total <= quantity:
        others = [claim for claim in claims if claim.pnl <= 0]
        return [(claim, claim.size) for claim in gaining] + queue(quantity - total, others)
    shares = [floor(Fraction(quantity * claim.size, total)) for claim in gaining]
    return rounded_up(quantity, gaining, shares)


def water_level(quantity: int, claims: Sequence[Claim]) -> Fraction:
    """Find the leverage that nobody keeps more of: sum of max(0, size - level * room) = quantity.

    `room` is the size that a counterparty's equity carries at leverage 1.
    """
    for count in range(1, len(claims) + 1):
        ranked = claims[:count]
        size = sum(claim.size for claim in ranked)
        level = Fraction(size - quantity) / sum(room(claim) for claim in ranked)
        if count == len(claims) or level >= exact_leverage(claims[count]):
            return level
    raise AssertionError("there is always a level")


def room(claim: Claim) -> Fraction:
    return Fraction(claim.equity * claim.size, claim.notional or 1)


def exact_leverage(claim: Claim) -> Fraction:
    return Fraction(claim.notional or 1, claim.equity)


def water_filling(quantity: int, claims: Sequence[Claim]) -> Taken:
    """Lower the highest leverages to one level."""
    ranked = by_leverage(claims)
    if sum(claim.size for claim in ranked) <= quantity:
        return [(claim, claim.size) for claim in ranked]
    level = water_level(quantity, ranked)
    shares = [floor(max(Fraction(0), claim.size - level * room(claim))) for claim in ranked]
    return rounded_up(quantity, ranked, shares)


def rounded_up(quantity: int, claims: Sequence[Claim], shares: list[int]) -> Taken:
    """Hand out the lots that rounding left, one each in the order of the claims."""
    left = quantity - sum(shares)
    while left:
        for k, claim in enumerate(claims):
            if left and shares[k] < claim.size:
                shares[k] += 1
                left -= 1
    return [(claim, lots) for claim, lots in zip(claims, shares, strict=True) if lots]


RULES = {"queue": queue, "pro_rata": pro_rata, "water_filling": water_filling}
