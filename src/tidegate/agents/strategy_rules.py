"""When a portfolio buys a fall, when it sells it again, and when it panics: prices in, orders out.

Nothing is traded here, and no luck is drawn: portfolios differ by the fall at which they act.
Prices are whole micro-USD, so that a rule decides the same everywhere.
"""

from __future__ import annotations

from enum import Enum

from tidegate.scenario.strategies import DipSpec, PanicSpec

__all__ = ["Closes", "DipRule", "Move", "PanicRule", "threshold"]


class Move(Enum):
    """What a rule asks for on a day."""

    NONE = "none"
    BUY = "buy"
    SELL = "sell"


def threshold(fall: float, spread: float, number: int, portfolios: int) -> float:
    """Return the fall at which one of some portfolios acts: evenly spread, in order.

    Examples
    --------
    >>> [round(threshold(0.2, 0.5, number, 4), 3) for number in range(4)]
    [0.125, 0.175, 0.225, 0.275]
    """
    return fall * (1.0 + spread * (2.0 * (number + 0.5) / portfolios - 1.0))


class Closes:
    """Daily closes, micro-USD, from the first day on."""

    def __init__(self) -> None:
        self._prices: list[int] = []

    @property
    def today(self) -> int:
        """Number of the last day that has closed; -1 before the first."""
        return len(self._prices) - 1

    @property
    def last(self) -> int:
        """The last close."""
        return self._prices[-1]

    @property
    def before(self) -> int:
        """The close before the last; the last one on the first day."""
        return self._prices[max(self.today - 1, 0)]

    def close(self, price: int) -> None:
        """Add a day's close, > 0."""
        if price <= 0:
            raise ValueError(f"price of a close must be > 0, got {price}")
        self._prices.append(price)

    def high(self, window: int, since: int = 0) -> int:
        """Return the highest of the last closes, of no day before `since`."""
        return max(self._prices[max(since, len(self._prices) - window, 0) :])

    def fall(self, window: int, since: int = 0) -> float:
        """Return the fall of the last close from that high, 0-1."""
        return 1.0 - self.last / self.high(window, since)


class DipRule:
    """Buys once a fall is deep enough, and sells when a part of it has been regained.

    Parameters
    ----------
    spec : DipSpec
        The habit.
    fall : float
        Fall at which this portfolio buys.

    Attributes
    ----------
    goal : int or None
        Price at which it sells what it has bought, micro-USD; None: it has bought nothing.
    """

    def __init__(self, spec: DipSpec, fall: float) -> None:
        self.spec, self.fall = spec, fall
        self.goal: int | None = None

    def decide(self, closes: Closes) -> Move:
        """Return what the last close asks for."""
        if closes.today < self.spec.start_day:
            return Move.NONE
        price = closes.last
        if self.goal is not None:
            if price < self.goal:
                return Move.NONE
            self.goal = None
            return Move.SELL
        top = closes.high(self.spec.window_days, self.spec.start_day)
        if 1.0 - price / top < self.fall:
            return Move.NONE
        self.goal = price + round(self.spec.recovery * (top - price))
        return Move.BUY


class PanicRule:
    """Sells once a fall is deep enough, and buys back after days without a new low.

    Parameters
    ----------
    spec : PanicSpec
        The habit.
    fall : float
        Fall at which this portfolio sells.
    """

    def __init__(self, spec: PanicSpec, fall: float) -> None:
        self.spec, self.fall = spec, fall
        self._low: int | None = None  # since it sold
        self._low_day = 0
        self._back = 0  # day on which it came back; what was before is forgotten

    @property
    def out(self) -> bool:
        """Whether it has sold and not come back."""
        return self._low is not None

    def decide(self, closes: Closes) -> Move:
        """Return what the last close asks for."""
        price, today = closes.last, closes.today
        if self._low is None:
            if closes.fall(self.spec.window_days, self._back) < self.fall:
                return Move.NONE
            self._low, self._low_day = price, today
            return Move.SELL
        if price < self._low:
            self._low, self._low_day = price, today
        if today - self._low_day < self.spec.calm_days:
            return Move.NONE
        self._low, self._back = None, today
        return Move.BUY
