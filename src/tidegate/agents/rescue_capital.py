"""Money for an exchange with a hole: what it borrows, what an owner gives, whom it sells itself to.

A bridge loan pays clients who leave, and makes the exchange no richer. A hole is filled by the
firm's own cash first, then by an owner who can and will, at last by new shareholders, who pay if
what the firm will earn is worth more than the hole. The less growth they expect, the more of the
firm they ask for.
"""

from __future__ import annotations

from tidegate.agents.client_reserves import WORLD, ClientReserves
from tidegate.books import BTC, USD
from tidegate.scenario.deposit_terms import LoanSpec, RescueSpec
from tidegate.scenario.deposits import CustodialExchangeSpec

__all__ = ["RescueCapital", "dilution", "firm_value"]

HOUR, DAY, YEAR_DAYS = 3_600, 86_400, 365.0
MICRO = 1_000_000


def firm_value(terms: RescueSpec, kept: float) -> float:
    """Return what the firm is worth to new shareholders once its hole is filled, USD.

    Parameters
    ----------
    terms
        Profit, growth expected and return required: a growing perpetuity.
    kept
        Share of the clients' claims that is still there; profit falls with it.
    """
    return terms.profit_usd * kept / (terms.required - terms.growth)


def dilution(terms: RescueSpec, kept: float, hole: float) -> float | None:
    """Return the share of the firm that fills a hole in USD; None: all of it would not."""
    value = firm_value(terms, kept)
    return hole / value if 0.0 < hole <= value else None


class RescueCapital:
    """Outside money of one exchange.

    Parameters
    ----------
    spec : CustodialExchangeSpec
        Loans on offer, owner, investors.
    sheet : ClientReserves
        Where the money goes.

    Attributes
    ----------
    sold : float
        Share of the firm that new shareholders have got.
    given : int
        Micro-USD that the owner has given.
    raised : int
        Micro-USD that new shareholders have paid.
    """

    def __init__(self, spec: CustodialExchangeSpec, sheet: ClientReserves) -> None:
        self.spec = spec
        self.terms = spec.rescue
        self.sheet = sheet
        self.sold = 0.0
        self.given = self.raised = 0
        self.drawn: dict[int, int] = {}  # second at which each loan drawn is due
        self.repaid: set[int] = set()

    @property
    def outside(self) -> bool:
        """Whether anybody but the firm itself has paid."""
        return bool(self.drawn) or self.given > 0 or self.raised > 0

    def borrow(self, now: int, since: int, wanted: bool, unit: float) -> None:
        """Draw the loans that are on offer some time after the news, if money is wanted."""
        if not wanted:
            return
        for number, loan in enumerate(self.spec.loans):
            if number not in self.drawn and now >= since + round(loan.after_hours * HOUR):
                self._draw(number, loan, now, unit)

    def _draw(self, number: int, loan: LoanSpec, now: int, unit: float) -> None:
        sheet, amount = self.sheet, round(loan.usd * MICRO)
        pledge = int(loan.collateral * amount / unit)
        if pledge > sheet.books.balance(sheet.cold, BTC):
            return  # nothing left to pledge
        sheet.move(BTC, sheet.cold, sheet.pledged, pledge)
        sheet.move(USD, WORLD, sheet.hot, amount)
        sheet.move(sheet.assets[2], sheet.firm, sheet.lenders, amount)
        self.drawn[number] = now + round(loan.days * DAY)

    def repay(self, now: int, free: int) -> None:
        """Repay loans that are due, as far as some micro-USD that nobody else waits for go."""
        for number, due in self.drawn.items():
            loan = self.spec.loans[number]
            interest = int(loan.usd * MICRO * loan.rate * loan.days / YEAR_DAYS)
            owed = round(loan.usd * MICRO)
            if number in self.repaid or now < due or free < owed + interest:
                continue
            if self._return(owed, interest):
                free -= owed + interest
                self.repaid.add(number)
                self._release()

    def _return(self, owed: int, interest: int) -> bool:
        sheet = self.sheet
        own = min(sheet.books.balance(sheet.own, USD), owed + interest)
        rest = owed + interest - own
        if rest > sheet.books.balance(sheet.hot, USD):
            return False
        sheet.move(USD, sheet.own, WORLD, own)
        sheet.move(USD, sheet.hot, WORLD, rest)
        sheet.move(sheet.assets[2], sheet.lenders, sheet.firm, owed)
        return True

    def _release(self) -> None:
        """Take pledges back once all that was pledged for is repaid."""
        if len(self.repaid) == len(self.drawn):
            sheet = self.sheet
            sheet.move(BTC, sheet.pledged, sheet.cold, sheet.books.balance(sheet.pledged, BTC))

    def fill(self, now: int, since: int, hole: int, kept: float) -> None:
        """Let the owner and new shareholders fill a hole of some micro-USD, when it is their time.

        Parameters
        ----------
        now, since : int
            Seconds: now, and that of the news.
        hole : int
            Micro-USD; 0: there is none.
        kept : float
            Share of clients' claims that is still there.
        """
        if hole <= 0:
            return
        if now >= since + round(self.terms.owner_hours * HOUR):
            gift = min(hole, round(self.terms.owner_usd * MICRO) - self.given)
            self.sheet.move(USD, WORLD, self.sheet.own, gift)
            self.given += gift
            hole -= gift
        if hole > 0 and now >= since + round(self.terms.equity_days * DAY):
            asked = dilution(self.terms, kept, hole / MICRO)
            if asked is not None:
                self.sheet.move(USD, WORLD, self.sheet.own, hole)
                self.raised += hole
                self.sold += (1.0 - self.sold) * asked
