"""Market makers: Avellaneda-Stoikov ladders that widen and thin with volatility and inventory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tidegate_core import Kind, Side
from tidegate_core.draws import exp, log

from tidegate.agents.base import MarketAgent
from tidegate.scenario import MakerSpec
from tidegate.venue import Venue

__all__ = ["MarketMaker", "ladder"]

DAY = 86_400
PROTECTION = 0.02  # an unwinding order pays at most 2 % beyond the indicative price
SWEEP = 0.5  # and takes at most this share of what rests up to there in one round
SMALL = 4e4  # USD: an order this small tells what the price is
DEPTH_BAND = 0.01  # calm depth is stated within 1 % of the mid
VARIANCE_DAYS = 1.0  # memory of the maker's volatility estimate


def ladder(
    *, inventory: float, variance: float, calm_variance: float, spec: MakerSpec
) -> tuple[float, float, float, float]:
    """Return the quotes of Avellaneda and Stoikov (2008) in log price.

    Parameters
    ----------
    inventory : float
        Position over the largest one, in [-1, 1].
    variance, calm_variance : float
        Variance of log price per day, now and in calm.
    spec : MakerSpec
        Risk aversion, horizon, spread and withdrawal.

    Returns
    -------
    centre, half : float
        Shift of the reservation price from the mid, and half-spread (log price).
    bid_size, ask_size : float
        Sizes over the calm ones, in [0, 1].
    """
    risk = spec.risk_aversion * variance * spec.horizon_minutes / 1440.0
    nervous = math.sqrt(max(variance / calm_variance, 1e-12))
    half = spec.half_spread * max(nervous, 1.0) + 0.5 * risk
    thin = min(1.0, exp(-spec.withdrawal * log(nervous)))
    bid_size = thin * min(1.0, max(0.0, 1.0 - inventory))
    ask_size = thin * min(1.0, max(0.0, 1.0 + inventory))
    return -inventory * risk, half, bid_size, ask_size


class MarketMaker(MarketAgent):
    """One firm that quotes a ladder on every venue it trades.

    Net flow lands in its inventory; it passes it on to whoever rests in the book at rate
    1 / horizon and shades its quotes meanwhile.

    Parameters
    ----------
    accounts : mapping of venue name to account
        Its account at each venue, funded with half coins and half cash.
    spec : MakerSpec
        How it quotes.
    depth : float
        Calm depth it shows within 1 % of the mid over all venues, bids and asks, USD.
    volatility : float
        Calm volatility, per square root of a day.
    round_seconds : float
        Time a round stands for: what it can unwind in it.
    """

    def __init__(
        self,
        model: Any,
        *,
        accounts: Mapping[str, int],
        spec: MakerSpec,
        depth: float,
        volatility: float,
        round_seconds: float,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.accounts = dict(accounts)
        self.spec = spec
        self.depth = depth
        self.calm_variance = volatility * volatility
        self.variance = volatility * volatility
        self.passed_on = 1.0 - exp(-round_seconds / (60.0 * spec.horizon_minutes))
        self.orders: dict[str, list[int]] = {venue.name: [] for venue in self.venues}
        self.home = {venue.name: venue.coins(self.accounts[venue.name]) for venue in self.venues}
        self._last = {venue.name: 0.0 for venue in self.venues}
        self.inventory = 0  # lots over all venues beyond those it started with
        self.middle = 0.0  # what it thinks the coin is worth, USD
        self.spread_factor = 1.0  # what standards make of its half-spread
        self.half_spread = 0.0  # that it last quoted, log price; 0 before it has

    def begin(self) -> None:
        """Update the volatility estimate with the last tick's move."""
        memory = exp(-self.clock.step_seconds / (VARIANCE_DAYS * DAY))
        squares, weight = 0.0, 0.0
        for venue in self.venues:
            now, before = venue.indicative, self._last[venue.name]
            if before > 0 and now > 0:
                move = 2.0 * (now - before) / (now + before)
                squares += venue.share * move * move
                weight += venue.share
            self._last[venue.name] = now
        if weight:
            per_day = squares / weight * DAY / self.clock.step_seconds
            self.variance = memory * self.variance + (1.0 - memory) * per_day

    def withdraw(self) -> None:
        """Cancel all quotes."""
        for venue in self.venues:
            orders = self.orders[venue.name]
            for order in orders:
                venue.cancel(order)
            orders.clear()

    def _count(self) -> int:
        """Return its coins beyond those it started with, lots; none may rest in a quote."""
        return sum(v.coins(self.accounts[v.name]) - self.home[v.name] for v in self.venues)

    def post(self) -> None:
        """Pass a part of the inventory on to those who rest in the book, and find the price."""
        before = self._count()
        passed = int(abs(before) * self.passed_on)
        side = Side.SELL if before > 0 else Side.BUY
        for venue in self.venues:
            if venue.indicative > 0:
                self._pass_on(venue, side, int(passed * venue.share))
        self.middle = self._unwinding(self._count() * self.spec.firms)

    def _pass_on(self, venue: Venue, side: Side, lots: int) -> None:
        limit = venue.indicative * (1 - PROTECTION if side is Side.SELL else 1 + PROTECTION)
        price = max(1, round(limit))
        resting = venue.depth_to(Side.BUY if side is Side.SELL else Side.SELL, price)
        quantity = min(lots, int(resting * SWEEP))
        if quantity > 0:
            venue.submit(self.accounts[venue.name], side, price, quantity, Kind.IOC)

    def _unwinding(self, owed: int) -> float:
        """Return the price at which makers could get even, USD; 0 if nobody rests.

        It is the middle of holders' quotes as long as nothing is owed. Who is short pays what the
        last lot costs, so it neither sells for less nor need it bid less, and the other way round.
        Others like it are in the same position and would trade along: `owed` is what they hold
        together. It sees all venues' books and quotes around one price.
        """
        weighted, weight = 0.0, 0.0
        side = Side.SELL if owed > 0 else Side.BUY
        for venue in self.venues:
            least = max(1, venue.lots(SMALL * venue.share / venue.price(max(venue.indicative, 1))))
            ask, bid = venue.marginal(Side.BUY, least), venue.marginal(Side.SELL, least)
            if ask is None or bid is None:
                continue
            last = venue.marginal(side, least + int(abs(owed) * venue.share))
            moved = 0 if last is None else last - (bid if owed > 0 else ask)
            weighted += venue.share * venue.price((ask + bid) / 2 + moved)
            weight += venue.share
        return weighted / weight if weight else 0.0

    def quote(self) -> None:
        """Quote one ladder on both sides of every venue, around one price."""
        self.inventory = self._count()
        open_venues = [v for v in self.venues if v.indicative > 0 and v.accepts]
        if not open_venues:
            return
        first = open_venues[0]
        mid = self.middle or first.price(first.indicative)
        side_lots = self.depth / 2.0 / mid / first.lot
        centre, half, bid_size, ask_size = ladder(
            inventory=max(-1.0, min(1.0, self.inventory / max(side_lots, 1.0))),
            variance=self.variance,
            calm_variance=self.calm_variance,
            spec=self.spec,
        )
        half *= self.spread_factor
        self.half_spread = half
        levels = self.spec.levels
        span = max(DEPTH_BAND - half, half)
        distances = [half + span * level / levels for level in range(levels)]
        bid_lots, ask_lots = side_lots * bid_size / levels, side_lots * ask_size / levels
        for venue in open_venues:
            middle = mid / venue.tick * (1.0 + centre)
            bids = [math.floor(middle * (1.0 - distance)) for distance in distances]
            asks = [math.ceil(middle * (1.0 + distance)) for distance in distances]
            self._show(venue, Side.BUY, bids, int(bid_lots * venue.share))
            self._show(venue, Side.SELL, asks, int(ask_lots * venue.share))

    def _show(self, venue: Venue, side: Side, prices: Sequence[int], lots: int) -> None:
        """Rest the same lots at each price."""
        if lots < 1:
            return
        account, orders = self.accounts[venue.name], self.orders[venue.name]
        for price in prices:
            if price >= 1:
                order = venue.submit(account, side, price, lots, Kind.POST_ONLY)
                if order > 0:
                    orders.append(order)
