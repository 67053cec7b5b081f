"""After the failure of an exchange: all that is left waits, and is divided among creditors.

Claims are fixed in dollars at the failure's prices. Cash and coins are divided by them, lenders
beside clients, nobody beyond what is owed to it; what is not paid is lost.
"""

from __future__ import annotations

from tidegate.agents.client_reserves import WORLD, ClientReserves, Wallets
from tidegate.books import BTC, USD

__all__ = ["ExchangeEstate"]


class ExchangeEstate:
    """Assets and creditors of one failed exchange.

    Parameters
    ----------
    sheet : ClientReserves
        Whose; its parties hand over what they have.
    unit : float
        Micro-USD per lot at the failure.
    opens : int
        Second at which creditors are paid.

    Attributes
    ----------
    owed : int
        Clients' claims at the failure, micro-USD; with `debt`, those of lenders.
    paid : int
        What clients got, micro-USD at the prices of the day.
    recovery : float or None
        What a creditor got of a dollar owed; None before.
    """

    def __init__(self, sheet: ClientReserves, unit: float, opens: int) -> None:
        self.sheet = sheet
        self.opens = opens
        self.party = f"{sheet.path}/estate"
        self.owed, self.debt = sheet.owed(unit), sheet.debt
        self.paid = 0
        self.recovery: float | None = None
        sheet.books.open(self.party)
        self.collect()

    def collect(self) -> None:
        """Take over what stands with the exchange, and what comes back to it later."""
        sheet = self.sheet
        for party in (sheet.hot, sheet.cold, sheet.own, sheet.pledged):
            for asset in (USD, BTC):
                sheet.move(asset, party, self.party, sheet.books.balance(party, asset))

    def worth(self, unit: float) -> int:
        """Return what is left, micro-USD."""
        return self.sheet.worth(self.party, unit)

    def divide(self, wallets: Wallets, unit: float) -> None:
        """Pay creditors; what they are owed beyond that is struck out."""
        sheet, creditors = self.sheet, self.owed + self.debt
        worth = self.worth(unit)
        share = min(worth, creditors) / worth if worth > 0 else 0.0
        cash = int(sheet.books.balance(self.party, USD) * share)
        lots = int(sheet.books.balance(self.party, BTC) * share)
        clients = self.owed / creditors if creditors else 0.0
        own = int(lots * clients)
        wallets.receive(self.party, own)
        # Lenders' coins are sold over the counter, outside the market.
        sheet.move(BTC, self.party, sheet.market, lots - own)
        sheet.move(USD, self.party, WORLD, cash)
        self.paid = int(cash * clients) + int(own * unit)
        self.recovery = self.paid / self.owed if self.owed else 1.0
        for asset, holder in zip(
            sheet.assets, (sheet.clients, sheet.clients, sheet.lenders), strict=True
        ):
            sheet.move(asset, holder, sheet.firm, sheet.books.balance(holder, asset))
