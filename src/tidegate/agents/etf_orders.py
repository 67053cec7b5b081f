"""Baskets in and out: orders of authorised participants with the fund, until they settle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tidegate.agents.etf_agent import CoinAgent
from tidegate.books import BTC, USD
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.etf import EtfSpec
from tidegate.venue import Venue

__all__ = ["TALLY", "BasketOrders", "Creation", "Window"]

MICRO = 1_000_000
WORLD = "world"
TALLY = ("created", "redeemed", "issued", "cancelled", "lots_in", "lots_out")
Stock = Sequence[tuple[Venue, int, int]]
"""Venue, account there, and lots (or a whole weight)."""


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


class Window(Protocol):
    """What an order depends on at the moment it is given."""

    @property
    def creates(self) -> bool:
        """Whether the creation window is open."""

    @property
    def redeems(self) -> bool:
        """Whether the redemption window is open."""

    @property
    def settles(self) -> int:
        """Second at which what is ordered now settles."""

    @property
    def struck(self) -> float:
        """Price of a coin at the last strike, USD."""


class BasketOrders:
    """Takes orders for whole baskets and settles them.

    Parameters
    ----------
    spec : EtfSpec
        Terms.
    listed : ListedVenue
        Where shares are held.
    agent : CoinAgent
        Trades the coins of cash orders.
    window : Window
        Whether orders are taken, at what price, and when they settle.
    """

    def __init__(
        self, spec: EtfSpec, listed: ListedVenue, agent: CoinAgent, window: Window
    ) -> None:
        self.spec = spec
        self.listed = listed
        self.agent = agent
        self.trust = agent.trust
        self.books = agent.books
        self.window = window
        self.planned = 0  # micro-USD of net creations since the start
        self.tally = dict.fromkeys(TALLY, 0)
        self._open: list[Creation] = []
        self._payouts: list[tuple[int, int, int]] = []  # due, account, micro-USD
        self._fee = round(spec.order_fee * MICRO)

    # -- what is under way --------------------------------------------------------------------

    def due_to(self, account: int) -> int:
        """Return the shares that an account has ordered and not received."""
        return sum(order.shares for order in self._open if order.account == account)

    @property
    def to_buy(self) -> int:
        """Lots that the agent owes to the fund."""
        return sum(order.lots for order in self._open if order.bought_by_agent)

    @property
    def coming(self) -> int:
        """Lots that have been sent for shares not issued yet."""
        return sum(order.lots for order in self._open if not order.bought_by_agent)

    def cash_for(self, shares: int, side: int) -> int:
        """Return what shares cost (side 1), bring (-1) or are worth (0) for cash, micro-USD."""
        lots = self.trust.lots_in(shares) if side > 0 else self.trust.lots_out(shares)
        unit = self.window.struck * self.agent.desk.venues[0].lot * MICRO
        return int(lots * unit * (1.0 + side * self.spec.cash_spread))

    # -- orders -------------------------------------------------------------------------------

    def _demand(self, baskets: int, *, window: bool) -> None:
        if baskets < 1 or not window:
            raise ValueError(f"baskets is {baskets}; whole ones are taken while the window is open")

    def _accept(self, account: int, baskets: int, *, cash: int = 0) -> int:
        """Take the order's fee, or refuse the order and leave all as it was."""
        needed = self._fee + cash
        if self.listed.cash(account) < needed:
            raise ValueError(f"account {account} must have {needed} micro-USD for its order")
        if self._fee:
            self.listed.debit(account, USD, self._fee)
            self.books.move(USD, self.listed.name, self.trust.agent, self._fee)
        return baskets * self.spec.basket

    def create_in_kind(self, account: int, baskets: int, sources: Stock) -> None:
        """Take an order for shares against coins.

        Parameters
        ----------
        account : int
            Who gets the shares, at the listed venue; it pays the order's fee.
        baskets : int
            How many.
        sources : sequence of (Venue, account, lots)
            Where the coins come from; in sum what the shares take.
        """
        self._demand(baskets, window=self.window.creates)
        lots = self.trust.lots_in(baskets * self.spec.basket)
        there = all(venue.coins(source) >= part >= 0 for venue, source, part in sources)
        if sum(part for _, _, part in sources) != lots or not there:
            raise ValueError(f"sources must deliver {lots} lots for {baskets} baskets")
        shares = self._accept(account, baskets)
        due, inbox = self.window.settles, self.trust.inbox
        for venue, source, part in sources:
            if part:
                self.books.withdraw(venue, source, BTC, part, target=inbox, arrives=due)
        self._ordered(Creation(account, shares, lots, due, bought_by_agent=False))

    def create_for_cash(self, account: int, baskets: int) -> None:
        """Take an order for shares against cash at the last strike; the agent buys the coins."""
        self._demand(baskets, window=self.window.creates)
        lots = self.trust.lots_in(baskets * self.spec.basket)
        cost = self.cash_for(baskets * self.spec.basket, 1)
        shares = self._accept(account, baskets, cash=cost)
        self.listed.debit(account, USD, cost)
        self.books.move(USD, self.listed.name, WORLD, cost)
        self._ordered(Creation(account, shares, lots, self.window.settles, bought_by_agent=True))

    def _ordered(self, order: Creation) -> None:
        self._open.append(order)
        self.tally["created"] += order.shares
        self.planned += self.cash_for(order.shares, 0)

    def redeem_in_kind(self, account: int, baskets: int, targets: Stock) -> int:
        """Cancel shares and send their coins; return the lots.

        Parameters
        ----------
        account, baskets
            As of `create_in_kind`.
        targets : sequence of (Venue, account, weight)
            Where the coins go, in proportion to whole weights.
        """
        lots = left = self._cancel(account, baskets)
        due, weights = self.window.settles, sum(weight for _, _, weight in targets)
        for number, (venue, target, weight) in enumerate(targets):
            part = left if number == len(targets) - 1 else lots * weight // weights
            left -= part
            if part:
                self.books.deposit(venue, target, BTC, part, source=self.trust.agent, arrives=due)
        return lots

    def redeem_for_cash(self, account: int, baskets: int) -> int:
        """Cancel shares and pay for them at the last strike; the agent sells their coins."""
        paid = self.cash_for(baskets * self.spec.basket, -1)
        self.agent.sell(self._cancel(account, baskets))
        self._payouts.append((self.window.settles, account, paid))
        return paid

    def _cancel(self, account: int, baskets: int) -> int:
        self._demand(baskets, window=self.window.redeems)
        if self.listed.shares(account) < baskets * self.spec.basket:
            raise ValueError(f"account {account} has no {baskets} baskets of shares to redeem")
        shares = self._accept(account, baskets)
        lots = self.trust.cancel(self.listed, account, shares)
        for what, amount in (("redeemed", shares), ("cancelled", shares), ("lots_out", lots)):
            self.tally[what] += amount
        self.planned -= self.cash_for(shares, 0)
        return lots

    # -- settlement ---------------------------------------------------------------------------

    def settle(self, now: int) -> None:
        """Send what the agent has bought, issue what is due, pay what is due."""
        for order in self._open:
            if order.bought_by_agent and (arrives := self.agent.deliver(order.lots)):
                order.bought_by_agent = False
                order.due = max(order.due, arrives)
        for order in [o for o in self._open if not o.bought_by_agent and o.due <= now]:
            if self.books.balance(self.trust.inbox, BTC) < order.lots:
                break
            self._open.remove(order)
            self.trust.issue(self.listed, order.account, order.shares, order.lots)
            self.tally["issued"] += order.shares
            self.tally["lots_in"] += order.lots
        for payout in [p for p in self._payouts if p[0] <= now]:
            self._payouts.remove(payout)
            _, account, paid = payout
            self.books.move(USD, WORLD, self.listed.name, paid)
            self.listed.credit(account, USD, paid)

    def take_tally(self) -> dict[str, int]:
        """Return what was ordered and settled since the last call."""
        taken, self.tally = self.tally, dict.fromkeys(TALLY, 0)
        return taken
