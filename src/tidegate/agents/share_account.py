"""A state's holding of a simulated ETF: shares bought and sold on a listed exchange.

Without one, an ETF holding is looked through to coins (see `state_treasury`). With one, its money
goes to a desk for listed shares, which trades in the exchange's sessions.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["ShareAccount", "ShareHolding"]

PPM = 1_000_000
MICRO = 1_000_000


class ListedCash(Protocol):
    """An exchange's record of cash."""

    def cash(self, account: int) -> int:
        """Return the cash of an account, micro-USD."""
        ...


class ShareAccount(Protocol):
    """A desk for listed shares that pays from, and into, a party of the books.

    Attributes
    ----------
    backlog : int
        Micro-USD still to trade; positive buys.
    invested : int
        Micro-USD spent on shares less proceeds.
    account : int
        Its account at the exchange.
    """

    backlog: int
    invested: int
    account: int

    @property
    def listed(self) -> ListedCash:
        """The exchange."""
        ...

    @property
    def shares(self) -> int:
        """Shares it has."""
        ...

    @property
    def value(self) -> int:
        """What its shares are worth, micro-USD."""
        ...


class ShareHolding:
    """What a state has in ETF shares, and which part of it is frozen; perhaps nothing at all."""

    def __init__(self) -> None:
        self.desk: ShareAccount | None = None
        self.frozen = 0  # shares that cannot be sold

    @property
    def value(self) -> int:
        """Value of the shares, micro-USD."""
        return 0 if self.desk is None else self.desk.value

    @property
    def invested(self) -> int:
        """What was spent on them less proceeds, micro-USD."""
        return 0 if self.desk is None else self.desk.invested

    @property
    def cash(self) -> int:
        """Cash at the exchange, micro-USD."""
        return 0 if self.desk is None else self.desk.listed.cash(self.desk.account)

    @property
    def backlog(self) -> int:
        """Micro-USD still to be bought."""
        return 0 if self.desk is None else max(self.desk.backlog, 0)

    def trim(self, amount: int) -> int:
        """Cancel up to an amount of what is to be bought; return how much."""
        cut = max(0, min(amount, self.backlog))
        if self.desk is not None:
            self.desk.backlog -= cut
        return cut

    def freeze(self, part: int) -> None:
        """Freeze a part, 1e-6, of the shares there are."""
        shares = 0 if self.desk is None else self.desk.shares
        self.frozen = max(self.frozen, shares * part // PPM)

    def thaw(self) -> None:
        """Let all shares be sold again."""
        self.frozen = 0

    def sell(self) -> bool:
        """Order the sale of all that is not frozen; return whether there is any."""
        if self.desk is None:
            return False
        shares = self.desk.shares
        free = self.desk.value * max(0, shares - self.frozen) // max(shares, 1)
        self.desk.backlog = -free
        return free > MICRO
