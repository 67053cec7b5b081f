"""A single retail trader with fundamental, trend and noise views, for any Mesa model."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from tidegate_core import Kind, Side
from tidegate_core.draws import exp, log

from tidegate.agents.base import MarketAgent
from tidegate.venue import Venue

__all__ = ["RetailTrader", "Views", "expected_price"]


@dataclass(frozen=True, slots=True)
class Views:
    """How a trader weighs value, trend and noise (Chiarella, Iori & Perello 2009).

    Attributes
    ----------
    fundamental, trend, noise : float
        Weights, >= 0, not all zero.
    horizon : int
        Ticks over which it looks back and ahead.
    reversion : float
        Ticks in which price is expected to return to value.
    sigma : float
        Size of the noise, log price per tick.
    margin : float
        Discount it demands from its expectation, as a share.
    """

    fundamental: float = 1.0
    trend: float = 1.0
    noise: float = 1.0
    horizon: int = 100
    reversion: float = 100.0
    sigma: float = 0.001
    margin: float = 0.01

    def __post_init__(self) -> None:
        weights = (self.fundamental, self.trend, self.noise)
        if min(weights) < 0 or sum(weights) <= 0:
            raise ValueError(f"weights must be >= 0 and not all zero, got {weights}")
        if self.horizon < 1 or self.reversion <= 0:
            raise ValueError(
                f"horizon must be >= 1 and reversion > 0, got {self.horizon}, {self.reversion}"
            )
        if not 0 <= self.margin < 1 or self.sigma < 0:
            raise ValueError(
                f"margin must be in [0, 1) and sigma >= 0, got {self.margin}, {self.sigma}"
            )


def expected_price(price: float, past: float, value: float, shock: float, views: Views) -> float:
    """Return the price a trader expects after its horizon.

    Parameters
    ----------
    price, past, value : float
        Price now and a horizon ago, and fundamental value, USD.
    shock : float
        Standard normal draw.
    views : Views
        Its weights.
    """
    pull = views.fundamental * log(value / price) / views.reversion
    trend = views.trend * log(price / past) / views.horizon
    noise = views.noise * views.sigma * shock
    rate = (pull + trend + noise) / (views.fundamental + views.trend + views.noise)
    return price * exp(rate * views.horizon)


class RetailTrader(MarketAgent):
    """Quotes one limit order a tick on one venue, where its expectation says.

    Parameters
    ----------
    account : int
        Its account at the venue.
    value : float, optional
        Fundamental value in USD; the first price it sees if not given.
    lots : int
        Size of its orders.
    views : Views
        How it forms expectations.
    """

    def __init__(
        self,
        model: Any,
        *,
        account: int,
        value: float | None = None,
        lots: int = 1,
        views: Views | None = None,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        if len(self.venues) != 1:
            raise ValueError(f"venues must be one venue, got {len(self.venues)}")
        if lots < 1:
            raise ValueError(f"lots must be >= 1, got {lots}")
        self.account = account
        self.value = value
        self.lots = lots
        self.views = views or Views()
        self.order = 0
        self._past: deque[float] = deque(maxlen=self.views.horizon + 1)

    @property
    def venue(self) -> Venue:
        """The venue it trades on."""
        venue: Venue = self.venues[0]
        return venue

    def begin(self) -> None:
        """Remember the price; once a tick, however many rounds the tick has."""
        price = self.venue.price(self.venue.indicative)
        if price > 0:
            self._past.append(price)

    def trade(self) -> None:
        """Replace its order by one at the price it now wants."""
        venue = self.venue
        if self.order:
            venue.cancel(self.order)
            self.order = 0
        price = venue.price(venue.indicative)
        if price <= 0:
            return
        self.value = self.value or price
        past = self._past[0] if self._past else price
        shock = self.streams.normal(self.path, "view", self.clock.tick, self.clock.round)
        expected = expected_price(price, past, self.value, shock, self.views)
        buys = expected > price
        factor = 1.0 - self.views.margin if buys else 1.0 + self.views.margin
        ticks = venue.ticks(expected * factor)
        if expected == price or ticks < 1:
            return
        side = Side.BUY if buys else Side.SELL
        order = venue.submit(self.account, side, ticks, self.lots, Kind.LIMIT)
        self.order = max(order, 0)
