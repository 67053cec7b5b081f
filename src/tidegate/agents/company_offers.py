"""What a treasury company issues at the market and what it buys back, session by session.

Both are decided at the opening, by mNAV and by the bills that cash does not cover, and worked
through the session. What was not sold, and what was bought, is cancelled at the close.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.agents.share_desk import ShareDesk
from tidegate.scenario.companies import CompanyLevers

if TYPE_CHECKING:
    from tidegate.agents.treasury_company import TreasuryCompany

__all__ = ["ShareOffers"]

MICRO = 1_000_000


class ShareOffers:
    """Decides and books a company's trades in its own shares.

    Parameters
    ----------
    company : TreasuryCompany
        Whose shares.
    desk : ShareDesk
        Trades them; the company's bank pays and is paid.

    Attributes
    ----------
    raised, returned : int
        Micro-USD from and to shareholders since the start.
    to_invest : int
        Micro-USD raised for coins and not yet spent on them.
    announced : int
        Micro-USD of buybacks that an event brought, carried out at any mNAV.
    """

    def __init__(self, company: TreasuryCompany, desk: ShareDesk) -> None:
        self.company = company
        self.desk = desk
        self.raised = self.returned = 0
        self.to_invest = self.announced = 0
        self._heeded = 0.0  # buyback of the levers that has been taken up, or left
        self._for_bills = 0  # micro-USD of an offer that bills ask for
        self._invested = 0

    def take_placement(self, money: int) -> None:
        """Book money, micro-USD, that a private placement has brought for coins."""
        self.raised += money
        self.to_invest += money

    @property
    def promised(self) -> int:
        """Micro-USD of announced buybacks that are still to be carried out."""
        return max(0, self.announced - self.returned)

    def open(self, levers: CompanyLevers) -> None:
        """Decide at the opening what is issued or bought back today."""
        company = self.company
        if levers.buyback > self._heeded:
            if levers.buyback_below is None or company.mnav < levers.buyback_below:
                self.announced += int((levers.buyback - self._heeded) * company.cap * MICRO)
            self._heeded = levers.buyback
        issued = self._issue()
        self.desk.backlog = -issued if issued else self._buyback()

    def _issue(self) -> int:
        """Issue shares for coins or bills; return what they should bring, micro-USD."""
        company, rule = self.company, self.company.spec.issuance
        ratio, floor = company.mnav, company.levers().issue_floor
        amount = 0.0
        if ratio >= max(rule.above, floor) and not self.promised:
            amount = company.cap * (rule.rich_rate if ratio >= rule.rich else rule.rate)
        short = max(0, -company.free_cash)
        if short and company.sells_shares:
            amount = max(amount, short / MICRO)
        if amount <= 0.0 or not company.solvent:
            return 0
        shares = int(amount / company.price)
        company.shares.issue(company.shares.own, shares)
        self._for_bills = short
        return int(shares * company.price * MICRO)

    def _buyback(self) -> int:
        """Return what is bought back today, micro-USD; sell coins for it if the rule says so."""
        company, rule = self.company, self.company.spec.buyback
        left = self.announced - self.returned
        if company.mnav < rule.below:
            left += int(rule.authorised_usd * MICRO)
        wanted = min(left, int(company.cap * rule.rate * MICRO))
        if wanted < MICRO:
            return 0
        have = max(0, company.free_cash)
        if have < wanted and rule.sells_coins:
            # The proceeds come in a day or so: they pay for the next sessions.
            company.coins.sell(max(0, wanted - have - company.coins.selling))
        return min(wanted, have)

    def close(self) -> None:
        """Cancel the company's own shares and book what shareholders paid or were paid."""
        company, shares = self.company, self.company.shares
        spent, self._invested = self.desk.invested - self._invested, self.desk.invested
        left = company.listed.shares(shares.own)
        shares.cancel(shares.own, left)
        if spent > 0:
            self.returned += spent
            shares.retired += left
        elif spent < 0:
            self.raised -= spent
            self.to_invest += max(0, -spent - self._for_bills)
        self._for_bills = 0
        self.desk.backlog = 0
