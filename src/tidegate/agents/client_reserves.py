"""What an exchange keeps for its clients, what it owes them, and what it has of its own.

Three claims stand in the books for each exchange, with the exchange as issuer: its clients' cash,
its clients' coins, and what it has borrowed. Solvency (assets cover what is owed) and liquidity
(what can be paid now covers what is asked for now) are two states, and either can be without the
other. Cash and coins turn into each other at an OTC desk, at the market's price: what that desk
does to the market is left out.
"""

from __future__ import annotations

from typing import Protocol

from tidegate.books import BTC, USD, Books
from tidegate.scenario.deposits import CustodialExchangeSpec
from tidegate.scenario.hack_levers import Wallet

__all__ = ["ClientReserves", "Wallets", "claim_assets"]

WORLD, OTHERS = "world", "others"


class Wallets(Protocol):
    """Clients' own wallets, where withdrawn coins go."""

    def receive(self, source: str, lots: int) -> None:
        """Take coins from a party of the books."""


def claim_assets(name: str) -> tuple[str, str, str]:
    """Return the names of what an exchange owes, as assets of the books: cash, coins, debt."""
    return f"{name}:USD", f"{name}:BTC", f"{name}:DEBT"


class ClientReserves:
    """The balance sheet of one exchange, in parties and assets of the books.

    Parameters
    ----------
    spec : CustodialExchangeSpec
        Sizes.
    path : str
        Prefix of its parties.
    books : Books
        Keep its claims among their assets.
    unit : float
        Micro-USD per lot at the start.
    coins_from : str
        Party that gives up the clients' coins; cash comes from ``world``.

    Attributes
    ----------
    cash_claims, coin_claims : int
        What was owed to clients at the start, micro-USD and lots.
    hidden : int
        What is gone without the public's knowledge, micro-USD at the theft.
    """

    def __init__(
        self,
        spec: CustodialExchangeSpec,
        *,
        path: str,
        books: Books,
        unit: float,
        coins_from: str = OTHERS,
    ) -> None:
        self.books = books
        self.path = path
        self.market = coins_from  # whom the OTC desk deals with
        self.assets = [books.assets.index(name) for name in claim_assets(spec.name)]
        self.firm, self.clients = f"{path}/firm", f"{path}/clients"
        self.hot, self.cold, self.own = f"{path}/hot", f"{path}/cold", f"{path}/own"
        self.pledged, self.thieves = f"{path}/pledged", f"{path}/thieves"
        self.lenders = f"{path}/lenders"
        books.open(self.firm, issuer=True)
        for party in (self.clients, self.hot, self.cold, self.own, self.pledged):
            books.open(party)
        for party in (self.thieves, self.lenders):
            books.open(party)
        whole = round(spec.claims_usd * 1e6)
        self.coin_claims = int(whole * spec.coin_share / unit)
        self.cash_claims = whole - int(self.coin_claims * unit)
        self.hidden = 0
        self.hot_share = spec.hot
        self._endow(spec)

    def _endow(self, spec: CustodialExchangeSpec) -> None:
        for asset, source, amount in (
            (USD, WORLD, self.cash_claims),
            (BTC, self.market, self.coin_claims),
        ):
            ready = int(amount * spec.hot)
            self.move(asset, source, self.hot, ready)
            self.move(asset, source, self.cold, amount - ready)
        self.move(USD, WORLD, self.own, round(spec.cash_usd * 1e6))
        self.move(self.assets[0], self.firm, self.clients, self.cash_claims)
        self.move(self.assets[1], self.firm, self.clients, self.coin_claims)

    def move(self, asset: int, source: str, target: str, amount: int) -> None:
        """Move an amount, if there is any."""
        if amount:
            self.books.move(asset, source, target, amount)

    # -- what there is ------------------------------------------------------------------------

    def worth(self, party: str, unit: float) -> int:
        """Return what a party's cash and coins are worth, micro-USD."""
        return self.books.balance(party, USD) + int(self.books.balance(party, BTC) * unit)

    def owed(self, unit: float) -> int:
        """Return what clients own, micro-USD."""
        cash, coins, _ = (self.books.balance(self.clients, asset) for asset in self.assets)
        return cash + int(coins * unit)

    @property
    def debt(self) -> int:
        """What is owed to lenders, micro-USD."""
        return self.books.balance(self.lenders, self.assets[2])

    def reserves(self, unit: float) -> int:
        """Return what is kept for clients, micro-USD."""
        return self.worth(self.hot, unit) + self.worth(self.cold, unit)

    def payable(self, unit: float) -> int:
        """Return what can be paid out now, the firm's own cash included, micro-USD."""
        return self.worth(self.hot, unit) + self.books.balance(self.own, USD)

    def equity(self, unit: float) -> int:
        """Return assets less all that is owed, micro-USD; below 0 the exchange is insolvent."""
        assets = self.reserves(unit) + self.worth(self.own, unit) + self.worth(self.pledged, unit)
        return assets - self.owed(unit) - self.debt

    def cover(self, unit: float) -> float:
        """Return reserves over claims as the public sees them: what is hidden still counts."""
        owed = self.owed(unit)
        return (self.reserves(unit) + self.hidden) / owed if owed > 0 else 1.0

    # -- what happens to it -------------------------------------------------------------------

    def steal(self, amount: int, wallet: Wallet, unit: float) -> int:
        """Let thieves take micro-USD out of reserves, coins first; return what they got."""
        places = {"hot": (self.hot,), "cold": (self.cold,), "all": (self.cold, self.hot)}[wallet]
        left = amount
        for place in places:
            lots = min(int(left / unit), self.books.balance(place, BTC))
            self.move(BTC, place, self.thieves, lots)
            left -= int(lots * unit)
        for place in places:
            cash = min(max(left, 0), self.books.balance(place, USD))
            self.move(USD, place, self.thieves, cash)
            left -= cash
        self.hidden += amount - max(left, 0)
        return amount - max(left, 0)

    def disclose(self) -> None:
        """Make known what was hidden."""
        self.hidden = 0

    def bring(self, amount: int, unit: float) -> int:
        """Bring up to some micro-USD out of cold storage, coins and cash as they are kept there."""
        kept = self.worth(self.cold, unit)
        if kept <= 0 or amount <= 0:
            return 0
        part = min(1.0, amount / kept)
        before = self.worth(self.hot, unit)
        for asset in (USD, BTC):
            held = self.books.balance(self.cold, asset)
            self.move(asset, self.cold, self.hot, held if part == 1.0 else int(held * part))
        return self.worth(self.hot, unit) - before

    def use_own(self, amount: int) -> None:
        """Put some of the firm's own cash among what can be paid out."""
        self.move(USD, self.own, self.hot, min(max(amount, 0), self.books.balance(self.own, USD)))

    def pay(self, cash: int, lots: int, wallets: Wallets, unit: float) -> tuple[int, int]:
        """Pay a client as far as hot reserves and own cash go; return cash and lots paid.

        Coins go to the client's wallet, cash to the client's bank. Where one of the two is short
        and the other is not, an OTC desk turns one into the other.
        """
        short = cash + int(lots * unit) - self.worth(self.hot, unit)
        if short > 0:
            self.use_own(short)
        self._balance(cash, lots, unit)
        cash = min(cash, self.books.balance(self.hot, USD))
        lots = min(lots, self.books.balance(self.hot, BTC))
        self.move(USD, self.hot, WORLD, cash)
        wallets.receive(self.hot, lots)
        self.move(self.assets[0], self.clients, self.firm, cash)
        self.move(self.assets[1], self.clients, self.firm, lots)
        return cash, lots

    def _balance(self, cash: int, lots: int, unit: float) -> None:
        """Turn spare coins into cash that lacks, or spare cash into coins that lack."""
        held_cash, held_lots = (self.books.balance(self.hot, asset) for asset in (USD, BTC))
        if held_cash < cash and held_lots > lots:
            sold = min(int((cash - held_cash) / unit) + 1, held_lots - lots)
            self.move(BTC, self.hot, self.market, sold)
            self.move(USD, WORLD, self.hot, int(sold * unit))
        elif held_lots < lots and held_cash > cash:
            bought = min(lots - held_lots, int((held_cash - cash) / unit))
            self.move(USD, self.hot, WORLD, int(bought * unit))
            self.move(BTC, self.market, self.hot, bought)

    # -- proof --------------------------------------------------------------------------------

    def differences(self, cash: int, lots: int) -> tuple[str, ...]:
        """Compare what stands in the books with the sums of clients' columns."""
        found = []
        for asset, column in zip(self.assets[:2], (cash, lots), strict=True):
            name = self.books.assets[asset]
            held, issued = (
                self.books.balance(party, asset) * sign
                for party, sign in ((self.clients, 1), (self.firm, -1))
            )
            if not held == issued == column:
                found.append(f"{name}: issued {issued}, held {held}, of accounts {column}")
        issued = -self.books.balance(self.firm, self.assets[2])
        if issued != self.debt:
            found.append(f"{self.books.assets[self.assets[2]]}: owed {issued}, lent {self.debt}")
        return tuple(found)
