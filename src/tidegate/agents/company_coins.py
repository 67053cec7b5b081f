"""The coins of a treasury company: BTC in custody and on venues, or other coins at given prices.

Both kinds buy and sell for a sum of money, may be pledged to a lender, and count at market.
"""

from __future__ import annotations

from typing import Any, Protocol

from tidegate.agents.coin_treasury import CoinTreasury
from tidegate.agents.other_coins import LOT, OtherCoins
from tidegate.books import BTC

__all__ = ["CompanyCoins", "FactorTreasury", "VenueTreasury"]

MICRO = 1_000_000


class CompanyCoins(Protocol):
    """What a company has to know of its coins; money in micro-USD, coins in lots."""

    lot: float  # coins
    bought: int  # micro-USD spent since the start
    sold_for: int  # micro-USD of proceeds since the start

    @property
    def lots(self) -> int:
        """All it owns, pledged or not."""

    @property
    def pledged(self) -> int:
        """What is pledged."""

    @property
    def unit(self) -> float:
        """Micro-USD per lot."""

    @property
    def cash(self) -> int:
        """Money of the company that is at the venues of coins, or on its way back."""

    @property
    def selling(self) -> int:
        """Money that sales under way are still to bring."""

    @property
    def pending(self) -> bool:
        """Whether more could be traded in this tick."""

    def buy(self, amount: int) -> None:
        """Set out to buy for an amount of the company's cash."""

    def sell(self, amount: int) -> int:
        """Set out to sell for an amount; return what free coins do not cover."""

    def pledge(self, lots: int) -> int:
        """Pledge free coins, or release some where negative; return how many."""

    def earn(self, lots: int) -> None:
        """Take in coins that staking has brought."""

    def look(self) -> None:
        """Start a tick."""

    def work(self) -> None:
        """Send on their way what the tick's trades need."""

    def trade(self) -> None:
        """Send this round's orders."""

    def settle(self) -> None:
        """End a tick: count what was traded."""


class VenueTreasury(CoinTreasury):
    """BTC: bought and sold on the venues, kept in custody, partly pledged.

    Parameters
    ----------
    pledge_party : str
        Custody of a lender, which the books know.
    **treasury
        As of `CoinTreasury`; the desk's payer is the company's bank.
    """

    def __init__(self, *, pledge_party: str, **treasury: Any) -> None:
        super().__init__(**treasury)
        self.pledge_party = pledge_party
        self.lot = self.desk.venues[0].lot
        self.bought = self.sold_for = 0
        self._homeward = 0  # micro-USD sent to the bank in this tick
        self._invested = 0

    @property
    def pledged(self) -> int:
        """Lots with the lender."""
        return self.books.balance(self.pledge_party, BTC)

    @property
    def lots(self) -> int:
        """Lots it owns: free, pledged, under way, at the venues."""
        return self.held + self.pledged

    @property
    def cash(self) -> int:
        """Money at the venues, on its way there or back, micro-USD."""
        return self.desk.cash + self.desk.in_transit + self._homeward

    @property
    def selling(self) -> int:
        """Money that sales under way are still to bring, micro-USD."""
        return max(0, -self.desk.backlog)

    @property
    def pending(self) -> bool:
        """Whether its desk could fill more of its slice in this tick."""
        return self.desk.backlog != 0 and self.desk.pending

    def buy(self, amount: int) -> None:
        """Add to what the desk is to buy."""
        self.desk.backlog += amount

    def sell(self, amount: int) -> int:
        """Sell for an amount, once; return what free coins do not cover."""
        return self.order(amount)

    def pledge(self, lots: int) -> int:
        """Move lots from free custody to the lender, or back where negative."""
        if lots >= 0:
            lots = min(lots, self.books.balance(self.party, BTC))
            source, target = self.party, self.pledge_party
        else:
            lots = -min(-lots, self.pledged)
            source, target = self.pledge_party, self.party
        if lots:
            self.books.move(BTC, source, target, abs(lots))
        return lots

    def earn(self, lots: int) -> None:
        """BTC earns no coins."""
        if lots:
            raise ValueError(f"lots is {lots}; BTC cannot be staked")

    def look(self) -> None:
        """Take in what has arrived, and what was traded since the last tick."""
        self._homeward = 0
        super().look()
        self._book()

    def work(self) -> None:
        """Fund purchases, send coins for sales, and money home."""
        before = self.desk.cash
        super().work()
        self._homeward = before - self.desk.cash

    def trade(self) -> None:
        """Send this round's part of what is to be bought or sold."""
        if self.desk.backlog:
            self.desk.trade()

    def settle(self) -> None:
        """Count what was bought and sold up to now, and bring bought coins into custody."""
        self.desk.book_trades()
        self._book()
        if self.desk.backlog > -MICRO and not self._sent:
            self._bring_home()

    def _book(self) -> None:
        spent = self.desk.invested - self._invested
        self._invested = self.desk.invested
        self.bought += max(spent, 0)
        self.sold_for += max(-spent, 0)

    def _bring_home(self) -> None:
        """Withdraw all coins from the venues to custody; they arrive with the next tick."""
        arrives = self.clock.seconds + 1
        for venue in self.desk.venues:
            account = self.desk.accounts[venue.name]
            lots = venue.coins(account)
            if lots:
                self.books.withdraw(venue, account, BTC, lots, target=self.party, arrives=arrives)
                self._sent.append((arrives, lots))


class FactorTreasury:
    """Coins other than BTC, at given prices, in an account of `OtherCoins`.

    Parameters
    ----------
    coins : OtherCoins
        Prices and ledger.
    name : str
        Which coin.
    owner : str
        Its bank, a party in the books that pays and is paid.
    """

    lot = LOT

    def __init__(self, coins: OtherCoins, name: str, owner: str) -> None:
        self.coins = coins
        self.name = name
        self.owner = owner
        self.bought = self.sold_for = 0
        coins.open(owner)

    @property
    def lots(self) -> int:
        """Lots it owns."""
        return self.coins.lots(self.owner, self.name)

    @property
    def pledged(self) -> int:
        """Lots pledged."""
        return self.coins.pledged(self.owner, self.name)

    @property
    def unit(self) -> float:
        """Micro-USD per lot."""
        return self.coins.unit(self.name)

    @property
    def cash(self) -> int:
        """None is on its way: trades are done at once."""
        return 0

    @property
    def selling(self) -> int:
        """Nothing: trades are done at once."""
        return 0

    @property
    def pending(self) -> bool:
        """No: trades are done at once."""
        return False

    def buy(self, amount: int) -> None:
        """Buy at once."""
        self.bought += self.coins.buy(self.owner, self.name, amount)

    def sell(self, amount: int) -> int:
        """Sell at once for an amount; return what free coins do not cover."""
        lots = int(amount / self.unit) + 1
        proceeds = self.coins.sell(self.owner, self.name, lots)
        self.sold_for += proceeds
        short = lots - proceeds / self.unit > 0.5 and not self.coins.free(self.owner, self.name)
        return max(0, amount - proceeds) if short else 0

    def pledge(self, lots: int) -> int:
        """Pledge free lots, or release some where negative; return how many."""
        if lots >= 0:
            lots = min(lots, self.coins.free(self.owner, self.name))
        else:
            lots = -min(-lots, self.pledged)
        self.coins.pledge(self.owner, self.name, lots)
        return lots

    def earn(self, lots: int) -> None:
        """Take in what staking has brought."""
        if lots:
            self.coins.endow(self.owner, self.name, lots)

    def look(self) -> None:
        """Nothing is under way."""

    def work(self) -> None:
        """Nothing is under way."""

    def trade(self) -> None:
        """Trades are done at once."""

    def settle(self) -> None:
        """Trades are done at once."""
