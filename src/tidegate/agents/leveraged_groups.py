"""Who is in the leveraged public: groups by leverage, their habits, and a contract's interest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from tidegate_core.perpetual import Perpetual

__all__ = ["GROUPS", "LONG", "SHORT", "ContractInterest", "CrowdGroup", "Habits", "Line"]

MILLION = 1_000_000
LONG, SHORT = 1, -1


def _require(
    name: str, value: float, *, low: float = 0.0, high: float = 1.0, strict: bool = False
) -> None:
    if not (low < value if strict else low <= value) or not value <= high or math.isinf(value):
        raise ValueError(f"{name} is {value}; allowed are {low} to {high}")


class Line(IntEnum):
    """What waits at a price of a position's own."""

    NONE = 0
    STOP = 1
    TOP_UP = 2


@dataclass(frozen=True, slots=True)
class CrowdGroup:
    """Accounts of similar leverage; numbers are of real accounts.

    Parameters
    ----------
    interest : float
        Share of the crowd's open interest, relative to the other groups.
    leverage : (float, float or None)
        Lowest and highest; None: what the contract allows. Interest is uniform in 1 / leverage,
        so uniform in the distance to liquidation.
    mean_notional : float
        USD.
    mean_age : float
        Days since entry of the positions ever opened; survivors are younger.
    turn : float
        Days between renewals of a position in calm.
    trend : float
        How far the chance that a new position is long can move from 1/2 with momentum.
    """

    interest: float
    leverage: tuple[float, float | None]
    mean_notional: float
    mean_age: float
    turn: float
    trend: float = 0.0

    def __post_init__(self) -> None:
        low, high = self.leverage
        if not low >= 1.0 or (high is not None and not high > low):
            raise ValueError(f"leverage is {self.leverage}; allowed are 1 <= low < high, or None")
        for name in ("interest", "mean_notional", "mean_age", "turn"):
            _require(name, getattr(self, name), low=0.0, high=math.inf, strict=True)
        _require("trend", self.trend, low=0.0, high=0.5)


GROUPS = (
    CrowdGroup(0.36, (1.0, 3.0), mean_notional=18_600.0, mean_age=40.0, turn=13.0),
    CrowdGroup(0.48, (3.0, 7.0), mean_notional=15_100.0, mean_age=8.0, turn=2.6),
    CrowdGroup(0.16, (7.0, None), mean_notional=10_500.0, mean_age=0.7, turn=0.31, trend=0.475),
)
"""Interest by leverage as one venue shows it (December 2025); the rest is calibrated."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What all groups share.

    Parameters
    ----------
    size_sigma, tilt : float
        Of account sizes and their sampling, see `SizeDesign`.
    stop_share, top_up_share : float
        Shares of positions with a stop order, and of those whose owner adds margin once.
    stop_way : (float, float)
        A stop lies this far on the way from entry to liquidation, uniformly.
    top_up_way : float
        How far the way is gone when margin is added.
    top_up : float
        How much is added then, over initial margin.
    mean_return : float
        Mean hours until an account that was stopped or wiped out trades again.
    max_stress : float
        Highest factor by which stress speeds renewals up.
    slippage : float
        How far in log price an order of a renewal walks through the book before it waits.
    work : float
        Minutes in which an order of a renewal is worked.
    free_cash : float
        Free cash of an account over its margin.
    reserve_wallet : float
        Wallet of a reserve account over its notional.
    reserve_notional : float
        Largest notional of a reserve account, USD.
    """

    size_sigma: float = 1.9
    tilt: float = 0.6
    stop_share: float = 0.3
    stop_way: tuple[float, float] = (0.35, 0.95)
    top_up_share: float = 0.1
    top_up_way: float = 0.6
    top_up: float = 0.6
    mean_return: float = 4.0
    max_stress: float = 12.0
    slippage: float = 0.005
    work: float = 10.0
    free_cash: float = 0.2
    reserve_wallet: float = 4.0
    reserve_notional: float = 1e9

    def __post_init__(self) -> None:
        _require("size_sigma", self.size_sigma, low=0.0, high=5.0, strict=True)
        _require("tilt", self.tilt, strict=True)
        for name in ("stop_share", "top_up_share", "top_up_way"):
            _require(name, getattr(self, name))
        _require("stop_share + top_up_share", self.stop_share + self.top_up_share, high=1.0)
        if not 0.0 < self.stop_way[0] <= self.stop_way[1] < 1.0:
            raise ValueError(f"stop_way is {self.stop_way}; allowed are 0 < low <= high < 1")
        for name in ("free_cash", "top_up", "mean_return", "max_stress", "slippage", "work"):
            _require(name, getattr(self, name), high=math.inf)
        _require("reserve_wallet", self.reserve_wallet, low=2.0, high=100.0)
        _require("reserve_notional", self.reserve_notional, low=1.0, high=5e9)


@dataclass(frozen=True, slots=True)
class ContractInterest:
    """The open interest of one linear contract at the start.

    Parameters
    ----------
    terms : Perpetual
        The contract, settled in USD.
    price : int
        Ticks.
    open_interest : float
        USD, of one side.
    volatility : float
        Standard deviation of the log price over a day, as positions met it.
    out_of_reach : float
        Share of long interest that no fall liquidates.
    hedged : float
        Share of short interest that is hedged elsewhere.
    """

    terms: Perpetual
    price: int
    open_interest: float
    volatility: float
    out_of_reach: float = 0.48
    hedged: float = 0.73

    def __post_init__(self) -> None:
        if self.terms.inverse:
            raise ValueError(f"terms is {self.terms.name}, inverse; allowed are linear contracts")
        if not 1 <= self.price <= self.terms.max_price:
            raise ValueError(f"price is {self.price}; allowed are 1 to {self.terms.max_price}")
        for name in ("open_interest", "volatility"):
            _require(name, getattr(self, name), high=math.inf, strict=True)
        _require("out_of_reach", self.out_of_reach, high=1.0)
        _require("hedged", self.hedged, high=1.0, strict=True)
        if self.lots < 1:
            raise ValueError(f"open_interest is {self.open_interest}; that is less than a lot")

    @property
    def lot_value(self) -> int:
        """Micro-USD of a lot at the start price."""
        return self.price * self.terms.unit

    @property
    def lots(self) -> int:
        """Open interest of one side."""
        return round(self.open_interest * MILLION / self.lot_value)

    def reserve_lots(self, side: int) -> int:
        """Lots of a side that reserves hold."""
        return round(self.lots * (self.out_of_reach if side == LONG else self.hedged))
