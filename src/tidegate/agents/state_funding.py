"""Who pays for a reserve: what each source owes, has in hand, and has paid so far.

Foreign exchange is there at once; a budget grants a sum a year; gold pays its gain once. Proceeds
of crime and of mining pay as they come, in cash or in kind: coins that are kept are part of what
their source owes.
"""

from __future__ import annotations

from tidegate.agents.reserve_politics import split
from tidegate.agents.state_treasury import StateTreasury
from tidegate.books import USD
from tidegate.scenario.reserve_levers import Source
from tidegate.scenario.reserve_plan import SOURCES, FundingMix
from tidegate.scenario.sovereign import StateSpec

__all__ = ["StateFunding"]

MICRO = 1_000_000
YEAR_PARTS, DAY_PARTS = 3_652_425, 10_000  # days of a year, exactly


class StateFunding:
    """Accounts of one state's sources; all amounts in micro-USD.

    Parameters
    ----------
    spec : StateSpec
        The state.
    treasury : StateTreasury
        Holds the money.
    """

    def __init__(self, spec: StateSpec, treasury: StateTreasury) -> None:
        self.spec = spec
        self.treasury = treasury
        self.paid: dict[Source, int] = dict.fromkeys(SOURCES, 0)  # committed, or come as coins
        self.cash: dict[Source, int] = dict.fromkeys(SOURCES, 0)  # in hand
        self.due: dict[Source, int] = dict.fromkeys(SOURCES, 0)  # owed to purchases
        self._in_kind: dict[Source, int] = dict.fromkeys(SOURCES, 0)  # in coins, since the start
        self._granted = 0  # what budget and gold have paid
        treasury.receive(int(spec.fx_usd * MICRO), "fx")
        fund = treasury.receive(int(spec.set_aside_usd * MICRO))
        for source, part in by_source(fund, spec.funding).items():
            self.cash[source] += part

    def begin(self) -> None:
        """Start a purchase: what came before is no part of it."""
        self._in_kind = dict.fromkeys(SOURCES, 0)
        self.clear()

    def clear(self) -> None:
        """Forget what is owed."""
        self.due = dict.fromkeys(SOURCES, 0)

    def owe(self, amount: int, funding: FundingMix) -> None:
        """Let the sources owe an amount by their shares."""
        for source, part in by_source(amount, funding).items():
            self.due[source] += part

    def give_back(self, amount: int, funding: FundingMix) -> None:
        """Return money that was paid and not spent to the sources, by their shares."""
        for source, part in by_source(amount, funding).items():
            self.paid[source] -= part
            self.cash[source] += part

    def book_coins(self, worth: int, source: Source, kept: int) -> None:
        """Book coins that came otherwise than by trade, of which a part's worth is kept."""
        self.paid[source] += worth
        self._in_kind[source] += kept

    def pay(self, free: int, since: int) -> int:
        """Have every source pay what it owes and has; return the sum.

        Parameters
        ----------
        free
            Cash in the fund that is promised to nothing.
        since
            Days since buying began.
        """
        self._pay_in_kind()
        total = 0
        for source, due in self.due.items():
            if due <= 0:
                continue
            part = min(due, self.cash[source], max(free, 0))
            self.cash[source] -= part
            free -= part
            part += self._draw(source, due - part, since)
            self.due[source] -= part
            self.paid[source] += part
            total += part
        return total

    def _pay_in_kind(self) -> None:
        for source, worth in self._in_kind.items():
            covered = max(0, min(worth, self.due[source]))
            self.due[source] -= covered
            self._in_kind[source] -= covered

    def _draw(self, source: Source, due: int, since: int) -> int:
        """Draw on the state's other means; return what came into the fund."""
        treasury, spec = self.treasury, self.spec
        if source == "fx":
            amount = min(due, treasury.usd("fx"))
            treasury.shift(USD, "fx", "fund", amount)
            return amount
        if source == "budget":
            allowed = int(spec.budget_usd * MICRO) * (since + 1) * DAY_PARTS // YEAR_PARTS
        elif source == "gold":
            allowed = int(spec.gold_gain_usd * MICRO)
        else:
            return 0
        amount = max(0, min(due, allowed - self._granted))
        self._granted += amount
        return treasury.receive(amount)


def by_source(amount: int, funding: FundingMix) -> dict[Source, int]:
    """Return an amount's parts by who pays, exactly."""
    return split(amount, {source: getattr(funding, source) for source in SOURCES})
