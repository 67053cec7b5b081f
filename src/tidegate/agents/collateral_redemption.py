"""The arbitrageur who holds a coin at what its issuer pays: buys below, redeems, and the reverse.

What it can do is limited three times: by what it has on the exchange, by the rate at which coins
and cash can be sent, and by the time that takes. When withdrawals are frozen nothing is sent.
"""

from __future__ import annotations

import math
from typing import Protocol

from tidegate_core import Kind, Side

from tidegate.agents.collateral import SpotExchange
from tidegate.agents.collateral_value import LOTS
from tidegate.books import Books

__all__ = ["RedemptionDesk"]

USD = 0
PPM = 1_000_000


class CoinExchange(SpotExchange, Protocol):
    """An exchange that knows what its clients hold."""

    def totals(self) -> tuple[int, ...]:
        """Return what clients hold by asset."""


class RedemptionDesk:
    """One arbitrageur between one exchange's book of a coin and the coin's issuer.

    Parameters
    ----------
    exchange : CoinExchange
        Where it trades.
    books : Books
        Keep what is on its way; get a party for it.
    name : str
        The coin's.
    account : int
        Its spot account: what coins it holds now is what it returns to.
    instrument, asset : int
        The coin's on the spot engine; the asset is that of the books too.
    channel : float
        Most that can be sent, USD per second.
    transfer_seconds : int
        Way to the issuer, and again back.
    edge : float
        Gap in log price to redemption value that it leaves.
    cash_from, coins_from : str
        Parties of the books who pay for the issuer, and issue.

    Attributes
    ----------
    redeemed, issued : int
        Lots since the start.
    """

    def __init__(
        self,
        exchange: CoinExchange,
        books: Books,
        *,
        name: str,
        account: int,
        instrument: int,
        asset: int,
        channel: float,
        transfer_seconds: int,
        edge: float,
        cash_from: str,
        coins_from: str,
    ) -> None:
        self.exchange = exchange
        self.books = books
        self.account = account
        self.instrument = instrument
        self.asset = asset
        self.channel = channel
        self.transfer_seconds = transfer_seconds
        self.edge = edge
        self.redeemed = self.issued = 0
        self._cash_from, self._coins_from = cash_from, coins_from
        self._home = exchange.spot.free(account, asset)
        self._bound = 0  # micro-USD on their way to the issuer
        self._coming: list[tuple[int, int]] = []  # when, and lots, that come from there
        self._terms = exchange.spot.instruments[instrument]
        self.party = f"redemption/{name}/{exchange.name}"
        books.open(self.party)

    def act(self, now: int, seconds: int, redemption: int) -> None:
        """Deal with the issuer in what has arrived there, trade, and send.

        Parameters
        ----------
        now : int
            Second of the run.
        seconds : int
            Length of the round that ends now.
        redemption : int
            What the issuer pays for a million lots, micro-USD.
        """
        self._redeem(now, redemption)
        self._issue(now, redemption)
        self._trade(redemption)
        if not self.exchange.withdrawals_frozen:
            self._send(now, int(self.channel * seconds * PPM), redemption)

    # -- at the issuer ------------------------------------------------------------------------

    def _redeem(self, now: int, redemption: int) -> None:
        """Hand coins that have arrived to the issuer and send the cash back."""
        lots = self.books.balance(self.party, self.asset)
        if not lots:
            return
        paid = lots * redemption // LOTS
        self.books.move(self.asset, self.party, self._coins_from, lots)
        self.redeemed += lots
        if paid:
            self._pay_back(now, paid)

    def _pay_back(self, now: int, paid: int) -> None:
        self.books.deposit(
            self.exchange,
            self.account,
            USD,
            paid,
            source=self._cash_from,
            arrives=now + self.transfer_seconds,
        )

    def _issue(self, now: int, redemption: int) -> None:
        """Buy coins of the issuer for cash that has arrived and send them back, the rest too."""
        cash = self.books.balance(self.party, USD)
        if not cash:
            return
        lots = cash * LOTS // redemption
        price = -(-lots * redemption // LOTS)
        self.books.move(USD, self.party, self._cash_from, cash)
        self._bound -= cash
        if lots:
            arrives = now + self.transfer_seconds
            self.books.deposit(
                self.exchange,
                self.account,
                self.asset,
                lots,
                source=self._coins_from,
                arrives=arrives,
            )
            self._coming.append((arrives, lots))
            self.issued += lots
        if cash > price:
            self._pay_back(now, cash - price)

    # -- on the exchange ----------------------------------------------------------------------

    def _held(self, asset: int) -> int:
        return int(self.exchange.spot.free(self.account, asset))

    def _trade(self, redemption: int) -> None:
        """Buy what is offered below redemption value, sell what is bid above."""
        spot, terms = self.exchange.spot, self._terms
        fair = redemption / (LOTS * terms.tick_value)  # ticks
        ask, bid = spot.best_ask(self.instrument), spot.best_bid(self.instrument)
        most, least = math.floor(fair * (1.0 - self.edge)), math.ceil(fair * (1.0 + self.edge))
        if ask is not None and 0 < ask <= most:
            with_fee = PPM + max(terms.maker_ppm, terms.taker_ppm)
            lots = self._held(USD) * PPM // (most * terms.tick_value * with_fee)
            self._order(Side.BUY, most, lots)
        elif bid is not None and bid >= least:
            self._order(Side.SELL, least, self._held(self.asset))

    def _order(self, side: Side, price: int, lots: int) -> None:
        if lots > 0:
            self.exchange.spot.submit(self.instrument, self.account, side, price, lots, Kind.IOC)

    def _send(self, now: int, allowance: int, redemption: int) -> None:
        """Send coins beyond the home stock to be redeemed, or cash for those that lack."""
        excess = self._held(self.asset) - self._home
        if excess > 0:
            lots = min(excess, allowance * LOTS // redemption)
            self._withdraw(now, self.asset, lots)
            return
        self._coming = [flight for flight in self._coming if flight[0] > now]
        lacking = -excess - sum(lots for _, lots in self._coming)
        cash = lacking * redemption // LOTS - self._bound
        cash = min(cash, self._held(USD), allowance)
        if cash > 0:
            self._bound += cash
            self._withdraw(now, USD, cash)

    def _withdraw(self, now: int, asset: int, amount: int) -> None:
        arrives = now + self.transfer_seconds
        if amount:
            self.books.withdraw(
                self.exchange, self.account, asset, amount, target=self.party, arrives=arrives
            )

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        assert min(self.redeemed, self.issued, self._bound) >= 0
        for asset in (USD, self.asset):
            assert self.exchange.spot.reserved(self.account, asset) == 0
            assert self.books.balance(self.party, asset) >= 0
