"""Basis trades in a listed fund: held while futures pay more than cash, unwound when they do not.

The basis is not traded here. It follows the coin's return of some weeks, as measured, plus a shift
that a policy may post. The futures' side of the trade is with the rest of the world: only the
fund's shares move, and with them the coins behind them.
"""

from __future__ import annotations

from tidegate_core.draws import log

from tidegate.scenario.carry_trade import CarryTradeSpec

__all__ = ["CarryTrade", "wanted_share"]


def wanted_share(spec: CarryTradeSpec, basis: float) -> float:
    """Return the share of the fund that basis trades want to hold at a basis, 1/yr."""
    excess = (basis - spec.hurdle) / (spec.usual - spec.hurdle)
    return spec.share * min(max(excess, 0.0), spec.most)


class CarryTrade:
    """What basis traders hold of one fund.

    Parameters
    ----------
    spec : CarryTradeSpec
        How they decide.
    outstanding : int
        Shares of the fund at the start, of which they hold their part.

    Attributes
    ----------
    shares : int
        What they hold, decided.
    basis : float
        At the last decision, 1/yr.
    """

    def __init__(self, spec: CarryTradeSpec, outstanding: int) -> None:
        self.spec = spec
        self.outstanding = outstanding
        self.shares = int(spec.share * outstanding)
        self.basis = spec.usual
        self._prices: list[tuple[int, float]] = []  # day, price at the opening

    def decide(self, day: int, price: float, shift: float) -> int:
        """Return the shares to buy in a session; below 0, to sell.

        Parameters
        ----------
        day : int
            Number of the day; sessions come in order.
        price : float
            Of the coin, USD.
        shift : float
            Of the basis, for other reasons than returns, 1/yr.
        """
        self._prices.append((day, price))
        while len(self._prices) > 1 and self._prices[1][0] <= day - self.spec.days:
            self._prices.pop(0)
        change = log(price / self._prices[0][1])
        self.basis = self.spec.usual + self.spec.slope * change + shift
        aim = int(wanted_share(self.spec, self.basis) * self.outstanding)
        step = int((aim - self.shares) * self.spec.speed)
        self.shares += step
        return step
