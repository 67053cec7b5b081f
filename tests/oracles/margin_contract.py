"""What a perpetual contract is worth and asks for, in Python ints and exact fractions.

Shares no code with the core: values are written out from their definitions, prices are found by
searching, and the deduction of a tier is summed over the table each time it is asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate_core.perpetual import Collateral, Perpetual

MILLION = 1_000_000
BILLION = 1_000_000_000


def sign(number: int) -> int:
    return (number > 0) - (number < 0)


def divided(amount: int, part: int, whole: int) -> int:
    """Give part/whole of an amount, rounded towards zero."""
    return sign(amount) * (abs(amount) * part // whole)


def fee(notional: int, ppm: int) -> int:
    """Round a fee down and a rebate down: in favour of whoever pays."""
    return sign(ppm) * (notional * abs(ppm) // MILLION)


class Terms:
    """The arithmetic of one contract."""

    def __init__(self, contract: Perpetual) -> None:
        self.contract = contract
        self.tiers = contract.tiers
        self.inverse = contract.inverse
        self.factor = contract.unit
        self.max_price = contract.max_price
        self.maker_ppm = contract.maker_ppm
        self.taker_ppm = contract.taker_ppm
        self.band_ppm = contract.band_ppm
        self.deductions = [self.deduction(k) for k in range(len(self.tiers))]

    def value(self, price: int, size: int) -> int:
        """Give the signed value of lots at a price."""
        if self.inverse:
            return -sign(size) * (abs(size) * self.factor // price)
        return price * size * self.factor

    def deduction(self, tier: int) -> int:
        """Sum what makes maintenance continuous from tier to tier."""
        exact = Fraction(0)
        for lower, upper in zip(self.tiers[:tier], self.tiers[1 : tier + 1], strict=True):
            step = upper.maintenance_ppm - lower.maintenance_ppm
            exact += Fraction(lower.cap * step, MILLION)
        assert exact.denominator == 1, "caps are whole units"
        return int(exact)

    def tier(self, notional: int, people: int = 1) -> int:
        """Give the tier of the notional of each of some equal accounts."""
        for k, tier in enumerate(self.tiers):
            if -(-notional // people) <= tier.cap:
                return k
        return len(self.tiers) - 1

    def maintenance(self, notional: int, people: int = 1) -> int:
        k = self.tier(notional, people)
        rate = self.tiers[k].maintenance_ppm
        return -(-notional * rate // MILLION) - people * self.deductions[k]

    def initial(self, notional: int, leverage: int) -> int:
        return -(-notional // leverage)

    def needed(self, notional: int, leverage: int) -> int:
        """Give what an order that opens this notional reserves: margin and the higher fee."""
        ppm = max(self.maker_ppm, self.taker_ppm, 0)
        return self.initial(notional, leverage) - (-notional * ppm // MILLION)

    def band(self, mark: int) -> tuple[int, int]:
        """Give the lowest and highest price that orders may have."""
        if not self.band_ppm or not mark:
            return 1, self.max_price
        low = ceil(Fraction(mark * (MILLION - self.band_ppm), MILLION))
        high = floor(Fraction(mark * (MILLION + self.band_ppm), MILLION))
        return max(low, 1), min(high, self.max_price)

    def bankruptcy(self, size: int, entry: int, cushion: int) -> int | None:
        """Give the worst price at which cushion + PnL of the position is not negative."""

        def solvent(price: int) -> bool:
            return cushion + self.value(price, size) - entry >= 0

        prices = range(1, self.max_price + 1)
        if size > 0:  # grows with the price: the first that is solvent
            found = bisect_left(prices, True, key=solvent)
            return prices[found] if found < len(prices) else None
        found = bisect_left(prices, True, key=lambda price: not solvent(price))
        return prices[found - 1] if found else None

    def trigger_between(
        self, low: int, high: int, size: int, entry: int, cushion: int
    ) -> int | None:
        """Give the last price in a range at which a position is due, by looking at all of them."""
        due = [
            price
            for price in range(low, high + 1)
            if cushion + self.value(price, size) - entry
            <= self.maintenance(abs(self.value(price, size)))
        ]
        if not due:
            return None
        return max(due) if size > 0 else min(due)

    def lots_within(self, cap: int, price: int) -> int:
        """Give the most lots whose notional at a price is at most a cap."""
        if self.inverse:  # floor(lots * C / price) <= cap
            return ((cap + 1) * price - 1) // self.factor
        return cap // (price * self.factor)


def collateral_value(amount: int, price: int, collateral: Collateral) -> int:
    """Value a holding after its haircut; debts and what has no price are worth nothing."""
    if amount <= 0:
        return 0
    gross = amount * price // MILLION
    return gross * (MILLION - collateral.haircut_ppm) // MILLION


def collateral_covering(need: int, held: int, price: int, collateral: Collateral) -> int:
    """Give the smallest amount worth at least `need`, or all that is held."""
    return bisect_left(
        range(held), need, key=lambda amount: collateral_value(amount, price, collateral)
    )
