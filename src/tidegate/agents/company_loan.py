"""The covenant of a loan against coins: more coins at the call, and a sale if there are none.

It is looked at every tick: coins trade at night.
"""

from __future__ import annotations

from tidegate.agents.company_coins import CompanyCoins
from tidegate.agents.company_debt import LOAN, CompanyDebt
from tidegate.agents.mnav import covenant_sale

__all__ = ["CoinCovenant"]


class CoinCovenant:
    """Keeps one loan within its terms.

    Parameters
    ----------
    debt : CompanyDebt
        Owes the loan.
    coins : CompanyCoins
        Some of which are pledged.

    Attributes
    ----------
    forced : int
        Micro-USD of sales that the lender has asked for since the start.
    calls : int
        How often it asked for anything.
    """

    def __init__(self, debt: CompanyDebt, coins: CompanyCoins) -> None:
        self.debt = debt
        self.coins = coins
        self.forced = self.calls = 0
        self.marked = 0  # micro-USD of proceeds that the lender is to get

    @property
    def _open(self) -> int:
        """What is owed, less what sales under way are to pay."""
        return self.debt.owed(LOAN) - self.marked

    @property
    def collateral(self) -> int:
        """What the pledged coins are worth, micro-USD."""
        return int(self.coins.pledged * self.coins.unit)

    @property
    def ltv(self) -> float:
        """Loan over pledged coins; 0 where nothing is owed."""
        owed = self._open
        return owed / max(self.collateral, 1) if owed > 0 else 0.0

    def start(self) -> None:
        """Pledge what the loan asks for at first."""
        terms = self.debt.loan
        if terms is not None and self.debt.owed(LOAN):
            self._pledge_for(terms.start_ltv)

    def _pledge_for(self, ltv: float) -> None:
        missing = self._open / ltv - self.collateral
        if missing > 0:
            self.coins.pledge(int(missing / self.coins.unit) + 1)

    def look(self) -> None:
        """Pay what was sold for the lender, and answer a call."""
        if self.debt.loan is None:
            return
        if self.marked:
            paid = self.debt.pay(LOAN, self.marked)
            coming = self.coins.selling + self.coins.cash
            self.marked = min(self.marked - paid, coming)  # a sale may bring less than its price
        if self.debt.owed(LOAN) == 0:
            self.marked = 0
            self.coins.pledge(-self.coins.pledged)
            return
        self._answer()

    def release(self) -> None:
        """Give back to the firm what is pledged beyond the loan's terms at the start."""
        terms = self.debt.loan
        if terms is not None and self._open > 0:
            spare = self.collateral - self._open / terms.start_ltv
            self.coins.pledge(-max(0, int(spare / self.coins.unit)))

    def _answer(self) -> None:
        terms = self.debt.loan
        assert terms is not None
        if self.ltv <= terms.call_ltv:
            return
        self.calls += 1
        self._pledge_for(terms.start_ltv)
        if self.ltv <= terms.call_ltv:
            return
        target = 0.0 if self.ltv > terms.sale_ltv else terms.start_ltv
        self._sell(min(self._open, covenant_sale(self._open, self.collateral, target)))

    def _sell(self, amount: int) -> None:
        """Sell coins for an amount that goes to the lender: pledged ones first."""
        lots = min(self.coins.pledged, int(amount / self.coins.unit) + 1)
        self.coins.pledge(-lots)
        short = self.coins.sell(amount)
        self.forced += amount - short
        self.marked += amount - short
