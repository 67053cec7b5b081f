"""Retail as a crowd of columns: shared belief, holders who give depth, traders who give volume."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tidegate_core import Kind, Side
from tidegate_core.draws import exp, log
from tidegate_crowd.holders import HolderCrowd
from tidegate_crowd.traders import TraderCrowd
from tidegate_crowd.valuation import Valuation

from tidegate.activity_clock import even_clock, weekly_clock
from tidegate.agents.base import MarketAgent
from tidegate.scenario import EcologySpec, TraderSpec
from tidegate.scenario.levers import ShockLevers, known_news
from tidegate.venue import Venue

__all__ = ["RetailCrowd", "RetailDesk"]

DAY = 86_400
PROTECTION = 0.01  # net flow pays at most 1 % beyond the indicative price


@dataclass(slots=True)
class RetailDesk:
    """The part of the crowd that trades on one venue."""

    venue: Venue
    holders: HolderCrowd
    traders: TraderCrowd
    shown_lots: int
    position: float = 0.0  # net position the fast traders want, lots


class RetailCrowd(MarketAgent):
    """The retail public on all venues: one Mesa agent, many accounts.

    Parameters
    ----------
    desks : sequence of RetailDesk
        The crowd's parts by venue.
    belief : Valuation
        The consensus about value that all of them share, whoever forms it.
    spec : TraderSpec
        Fast traders' behaviour.
    daily_lots : float
        Calm volume of the whole market, lots per day.
    scale : EcologySpec
        What counts as calm: holders revalue, and volume grows, by the variance relative to it.
    rounds : int
        Rounds of a tick in which volume is traded.
    news : callable, optional
        Returns the news posted so far, of which the public learns evenly until all is known.
    """

    def __init__(
        self,
        model: Any,
        *,
        desks: Sequence[RetailDesk],
        belief: Valuation,
        spec: TraderSpec,
        daily_lots: float,
        scale: EcologySpec,
        rounds: int,
        news: Callable[[], Sequence[ShockLevers]] = tuple,
        **base: Any,
    ) -> None:
        super().__init__(model, venues=[desk.venue for desk in desks], **base)
        self.desks = tuple(desks)
        self.belief = belief
        self.spec = spec
        self.daily_lots = daily_lots
        self.mean_variance = scale.mean_variance
        self.mean_activity = scale.mean_activity
        self.rounds = rounds
        self.news = news
        self._told = 0.0  # of the news, log price
        self.consensus: float = belief.consensus
        start = self.clock.start
        self.pace = weekly_clock("variance", start) if spec.seasons else even_clock()
        self.turnover = weekly_clock("volume", start) if spec.seasons else even_clock()

    def begin(self) -> None:
        """Advance the shared belief by a tick and let holders revalue."""
        self._listen()
        now = math.fsum(d.venue.share * d.venue.price(d.venue.indicative) for d in self.desks)
        start, end = self.pace.at(self.clock.seconds), self.pace.at(self.clock.end)
        if end > start:
            self.consensus = self.belief.advance(log(now), start, end - start)
        nervous = self.belief.slow_variance / self.mean_variance
        for desk in self.desks:
            desk.holders.withdraw(desk.venue.engine)
            desk.holders.wake(self.clock.tick, nervous)
            desk.position = self._next_position(desk, (end - start) / 60.0)

    def _next_position(self, desk: RetailDesk, minutes: float) -> float:
        """Move the wanted net position by the exact step of its mean-reverting process."""
        hold = self.spec.noise_minutes
        keep = exp(-minutes / hold)
        per_minute = self.spec.noise * self.daily_lots * desk.venue.share / 1440.0
        spread = per_minute / math.sqrt(2.0 * (1.0 - exp(-1.0 / hold)))
        draw = self.streams.normal(self.path, f"noise/{desk.venue.name}", self.clock.tick)
        return keep * desk.position + spread * math.sqrt(1.0 - keep * keep) * draw

    def _listen(self) -> None:
        """Take up what is known of the news by the end of the tick."""
        told = known_news(self.news(), self.clock.end)
        if told != self._told:
            self.hear(told - self._told)
            self._told = told

    def hear(self, log_jump: float) -> None:
        """Take up news: from now on everybody values the coin higher by that, for good.

        Called before the tick's first round it moves where the holders' orders stand in this tick;
        the price follows as they trade.
        """
        self.belief.shock(log_jump)
        self.consensus = self.belief.consensus

    def withdraw(self) -> None:
        """Take note of fills and cancel what is left in the book."""
        for desk in self.desks:
            desk.holders.withdraw(desk.venue.engine)

    def post(self) -> None:
        """Post the holders nearest the price."""
        for desk in self.desks:
            venue = desk.venue
            if not venue.accepts:
                continue
            desk.holders.post(venue.engine, self.consensus, desk.shown_lots, venue.tick)

    def trade(self) -> None:
        """Trade round trips inside the spread, then send the net flow."""
        for desk in self.desks:
            if not desk.venue.accepts:
                continue
            if self.clock.round < self.rounds:
                self._round_trips(desk)
            self._net_flow(desk)

    def _when(self) -> int:
        return self.clock.tick * 4096 + self.clock.round

    def _round_trips(self, desk: RetailDesk) -> None:
        activity = math.sqrt(self.belief.relative_variance) / self.mean_activity
        seconds = self.turnover.at(self.clock.end) - self.turnover.at(self.clock.seconds)
        per_tick = self.daily_lots * activity * seconds / DAY
        lots = int(per_tick * desk.venue.share / self.rounds)
        price = round(desk.venue.indicative)
        desk.traders.trips(desk.venue.engine, self._when(), price, lots, self.spec.trips)

    def _net_flow(self, desk: RetailDesk) -> None:
        venue = desk.venue
        wanted = int(desk.position) - desk.traders.drift(venue.engine)
        if wanted == 0:
            return
        side = Side.BUY if wanted > 0 else Side.SELL
        limit = venue.indicative * (1 + PROTECTION if wanted > 0 else 1 - PROTECTION)
        arrival = self.streams.integer(
            self.path, f"arrival/{venue.name}", self.clock.tick, self.clock.round, n=2**62
        )
        account = desk.traders.account(self._when())
        venue.send(account, side, max(1, round(limit)), abs(wanted), Kind.IOC, arrival)

    def coins(self, venue: Venue) -> int:
        """Return the lots the crowd holds at a venue, as of its last withdrawal."""
        desk = next(d for d in self.desks if d.venue is venue)
        return int(desk.holders.total_coins) + desk.traders.start_lots

    @staticmethod
    def account_weights(draws: np.ndarray[Any, Any], sigma: float) -> np.ndarray[Any, Any]:
        """Return log-normal account sizes from standard normal draws."""
        return np.array([exp(sigma * float(x)) for x in draws])
